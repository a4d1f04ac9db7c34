"""Makes the bot known to Telegram: who it is, where its updates go, and which commands it has."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from telegram import WebhookInfo
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.helpers import create_deep_linked_url

from bot.background import Background, Backoff
from bot.errors import ExitCode, StartError
from bot.health import Health, Trouble
from bot.telegram.dispatcher import Dispatcher
from bot.telegram.intake import Intake
from bot.telegram.menu import publishing
from bot.telegram.polling import PollingQueue
from bot.telegram.updates import ALLOWED_UPDATES, is_update
from bot.telegram.webhook import Webhook

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0
REFUSED_RETRY_SECONDS = 600.0
POLL_SECONDS = 30
# How often to ask whether Telegram can deliver.
WATCH_SECONDS = 180.0
SECONDS_BETWEEN_LOOKS_AT_OTHERS = 1.0
# Telegram tells when a delivery failed by the second, and by its own clock.
CLOCKS_DIFFER_SECONDS = 5.0
REMOVED = "removed"
LONGEST_REASON = 200

T = TypeVar("T")

log = logging.getLogger(__name__)


class Connection:
    """The bot and Telegram, by webhook or by polling; `health` is how that goes.

    When it is `alone`, a refused token ends it; beside another platform, it tries again, slowly. Several processes take
    what is posted to a webhook; the one that `leads` sees to it that it is, and is the only one to ask for updates.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        intake: Intake,
        health: Health,
        background: Background,
        *,
        webhook_url: str,
        secret: str,
        alone: bool,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self.health = health
        self._dispatcher = dispatcher
        self._intake = intake
        self._background = background
        self._bot = dispatcher.bot
        self._webhook_url = webhook_url
        self._secret = secret
        self._alone = alone
        self._leads = leads
        # Takes what is posted to the webhook.
        self.webhook = Webhook(intake, secret)

    async def run_webhook(self) -> None:
        """Have Telegram send the updates here, for ever; the server must be listening.

        Raises:
            StartError: Telegram refuses the token, and nothing else is to go on.
        """
        await self._introduce()
        async with self._publishing():
            while True:
                await self._until_leading()
                await self._until_done(self._set_webhook, "set the webhook", "status.telegram_webhook_unset")
                self._is_well()
                log.info("Telegram sends the updates of @%s to %s", self._bot.username, self._webhook_url)
                await self._watch_webhook()
                if self._leads():
                    log.warning("somebody has removed the webhook of @%s; it is set again", self._bot.username)

    async def run_polling(self) -> None:
        """Ask Telegram for updates, for ever.

        Raises:
            StartError: Telegram refuses the token.
        """
        await self._introduce()
        await self._until_leading()
        await self._until_done(self._bot.delete_webhook, "delete the webhook", "status.telegram_unreachable")
        log.info("asking Telegram for the updates of @%s", self._bot.username)
        async with self._publishing():
            queue, backoff = PollingQueue(self._intake), Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
            try:
                while True:
                    await self._until_leading()
                    try:
                        updates = await self._get_updates(queue.following)
                    except TelegramError as error:
                        self._is_in_trouble("status.telegram_unreachable", reason=_short(error))
                        await _wait(error, backoff, "give updates")
                        continue
                    self._is_well()
                    backoff.reset()
                    await queue.add(updates)
            finally:
                await queue.close()

    async def _until_leading(self) -> None:
        """Wait, while another process does what only one has to do; what is posted here is answered meanwhile."""
        while not self._leads():
            self._is_well()
            self.health.pending = None
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS_AT_OTHERS)

    async def _watch_webhook(self) -> None:
        """Ask every few minutes whether Telegram can deliver, until it has no address to deliver to.

        Another process does so from the moment that this one does not lead any more.
        """
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self._leads():
                return
            info = await self._until_done(
                self._bot.get_webhook_info, "say how the webhook does", "status.telegram_unreachable"
            )
            self.health.pending = info.pending_update_count
            if not info.url:
                self._is_in_trouble("status.telegram_webhook_unset", reason=REMOVED)
                return
            if info.url != self._webhook_url:
                if self.health.trouble is None:
                    log.warning("Telegram sends the updates to another address: another program uses this token")
                self._is_in_trouble("status.telegram_elsewhere")
            elif self._can_not_deliver(info):
                if self.health.trouble is None:
                    log.warning("Telegram can't deliver the updates; /readyz says why")
                self._is_in_trouble(
                    "status.telegram_undelivered", reason=(info.last_error_message or "")[:LONGEST_REASON]
                )
            else:
                self._is_well()

    def _can_not_deliver(self, info: WebhookInfo) -> bool:
        """Tell whether updates wait, the last try to deliver one failed, and none has come since."""
        if not info.pending_update_count or info.last_error_date is None:
            return False
        # Of an update that was answered with 503, too, Telegram says that it could not be delivered.
        silence = time.monotonic() - self._intake.received_at
        return silence > max(0.0, time.time() - info.last_error_date.timestamp()) + CLOCKS_DIFFER_SECONDS

    def _is_well(self) -> None:
        if self.health.trouble is not None:
            log.info("Telegram delivers again")
        self.health.trouble = None
        # To connect counts as an event; to be connected still is none.
        if not self.health.verdict().connected:
            self.health.connected()

    def _is_in_trouble(self, key: str, **params: object) -> None:
        self.health.trouble = Trouble(key, params)
        self.health.disconnected()

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
        await self._until_done(self._bot.initialize, "say who the bot is", "status.telegram_unreachable")
        self._intake.ready = True
        self.health.invite = create_deep_linked_url(self._bot.username)

    async def _set_webhook(self) -> None:
        await self._bot.set_webhook(
            self._webhook_url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES, drop_pending_updates=False
        )

    @asynccontextmanager
    async def _publishing(self) -> AsyncIterator[None]:
        """Publish the menu, and say daily words, beside what the block does: nothing waits for either."""
        async with (
            self._background.running(self._publish_commands, name="telegram menu"),
            self._background.running(self._dispatcher.keep_saying_daily, name="daily word on Telegram"),
        ):
            yield

    async def _until_done(self, work: Callable[[], Awaitable[T]], what: str, trouble: str) -> T:
        """Do something again and again until Telegram lets it be done; meanwhile, `trouble` is why nothing works.

        Raises:
            StartError: Telegram refuses the token, and nothing else is to go on.
        """
        backoff = Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
        while True:
            try:
                return await work()
            except InvalidToken:
                if self._alone:
                    raise _refused() from None
                log.error("Telegram refuses the token; the next try is in %d s", REFUSED_RETRY_SECONDS)
                self._is_in_trouble("status.telegram_refused")
                await asyncio.sleep(REFUSED_RETRY_SECONDS)
            except TelegramError as error:
                self._is_in_trouble(trouble, reason=_short(error))
                await _wait(error, backoff, what)

    async def _publish_commands(self) -> None:
        """Send what Telegram shows of the bot, in each language."""
        await self._until_leading()
        for work in publishing(self._bot, self._dispatcher.commands, self._dispatcher.voices):
            await _publish(work)


async def _publish(work: Callable[[], Awaitable[object]]) -> None:
    """Do something again and again until Telegram lets it be done; nothing depends on it."""
    backoff = Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
    while True:
        try:
            await work()
            return
        except TelegramError as error:
            await _wait(error, backoff, "take the commands")


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
