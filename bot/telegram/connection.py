"""Makes the bot known to Telegram: who it is, where its updates go, and which commands it has."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.background import Backoff
from bot.errors import ExitCode, StartError
from bot.health import Health
from bot.telegram.dispatcher import ALLOWED_UPDATES, Dispatcher, is_update
from bot.telegram.menu import publishing
from bot.telegram.webhook import Webhook

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0
POLL_SECONDS = 30
LONGEST_REASON = 200

log = logging.getLogger(__name__)


class Connection:
    """The dispatcher and Telegram, by webhook or by polling; `health` is how that goes."""

    def __init__(self, dispatcher: Dispatcher, health: Health, *, webhook_url: str, secret: str) -> None:
        self.health = health
        self._dispatcher = dispatcher
        self._bot = dispatcher.bot
        self._webhook_url = webhook_url
        self._secret = secret
        # Takes what is posted to the webhook.
        self.receive = Webhook(dispatcher, secret).receive

    async def run_webhook(self) -> None:
        """Have Telegram send the updates here, for ever; the server must be listening.

        Raises:
            StartError: Telegram refuses the token.
        """
        await self._introduce()
        await _until_done(self._set_webhook, "set the webhook")
        log.info("Telegram sends the updates of @%s to %s", self._bot.username, self._webhook_url)
        await self._publish_commands()
        await asyncio.Event().wait()

    async def run_polling(self) -> None:
        """Ask Telegram for updates, for ever, and handle them one after the other.

        Raises:
            StartError: Telegram refuses the token.
        """
        await self._introduce()
        await _until_done(self._bot.delete_webhook, "delete the webhook")
        log.info("asking Telegram for the updates of @%s", self._bot.username)
        await self._publish_commands()
        following, backoff = 0, Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
        while True:
            try:
                updates = await self._get_updates(following)
            except TelegramError as error:
                self.health.disconnected()
                await _wait(error, backoff, "give updates")
                continue
            self.health.connected()
            backoff.reset()
            for update in updates:
                if not await self._dispatcher.take(update):
                    # What comes next from Telegram begins with this one again.
                    await asyncio.sleep(FIRST_RETRY_SECONDS)
                    break
                following = update["update_id"] + 1

    async def _get_updates(self, following: int) -> Sequence[dict[str, Any]]:
        """Return the updates from this one on, as Telegram has sent them: the library logs whole what it can't read."""
        query = {"offset": following, "timeout": POLL_SECONDS, "allowed_updates": json.dumps(ALLOWED_UPDATES)}
        address = f"{self._bot.base_url}/getUpdates?{urlencode(query)}"
        request = self._dispatcher.polling
        found = await request.post(address, read_timeout=request.read_timeout + POLL_SECONDS)
        updates = [update for update in found if is_update(update)] if isinstance(found, list) else []
        if found and not updates:
            raise TelegramError("the answer holds no updates")
        return updates

    async def delete_webhook(self) -> None:
        """Have Telegram keep the updates until somebody asks for them.

        Raises:
            StartError: Telegram refuses the token, or can't be reached.
        """
        try:
            await self._bot.initialize()
            await self._bot.delete_webhook()
        except InvalidToken:
            raise _refused() from None
        except TelegramError as error:
            raise StartError("start.telegram_unreachable", ExitCode.FAILED, reason=_short(error)) from error

    async def _introduce(self) -> None:
        await _until_done(self._bot.initialize, "say who the bot is")
        self._dispatcher.ready = True
        self.health.connected()

    async def _set_webhook(self) -> None:
        await self._bot.set_webhook(
            self._webhook_url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES, drop_pending_updates=False
        )

    async def _publish_commands(self) -> None:
        """Send what Telegram shows of the bot, in each language."""
        for work in publishing(self._bot, self._dispatcher.commands, self._dispatcher.voices):
            await _until_done(work, "take the commands")


async def _until_done(work: Callable[[], Awaitable[object]], what: str) -> None:
    """Do something again and again until Telegram lets it be done."""
    backoff = Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
    while True:
        try:
            await work()
            return
        except InvalidToken:
            raise _refused() from None
        except TelegramError as error:
            await _wait(error, backoff, what)


async def _wait(error: TelegramError, backoff: Backoff, what: str) -> None:
    """Wait before the next try, as long as Telegram asks at least."""
    asked: float | timedelta = error.retry_after if isinstance(error, RetryAfter) else 0.0
    pause = backoff.next(at_least=asked.total_seconds() if isinstance(asked, timedelta) else asked)
    log.warning("Telegram did not %s (%s); the next try is in %d s", what, _short(error), pause)
    await asyncio.sleep(pause)


def _short(error: TelegramError) -> str:
    """Return an error in a few words: what a proxy sends along may be a whole page."""
    return (error.message or type(error).__name__)[:LONGEST_REASON]


def _refused() -> StartError:
    return StartError("start.refused_telegram_token", ExitCode.REFUSED_TOKEN)
