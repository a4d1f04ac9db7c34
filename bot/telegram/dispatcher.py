"""Takes updates, each once, and sends each where it is answered."""

import asyncio
import logging
import traceback
from collections.abc import Mapping
from typing import Any, TypeGuard

from telegram import LinkPreviewOptions, Message, Update
from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, Defaults, ExtBot

from bot.models import Delivery, Platform, Progress
from bot.services import Services
from bot.services.deliveries import StorageUnavailableError
from bot.services.feelings.reader import Feeling
from bot.services.tally import ReplyKind
from bot.telegram.errors import Errors, RedeliverError
from bot.telegram.features import Features
from bot.telegram.inline import Inline
from bot.telegram.memberships import Memberships
from bot.telegram.prompts import Prompts
from bot.telegram.reader import IncomingMessage, MessageReader
from bot.telegram.replies import Replies
from bot.telegram.request import AiohttpRequest
from bot.telegram.voices import Voices
from bot.text.sentences import Texts

# Everything else, Telegram keeps to itself: https://core.telegram.org/bots/api#update
ALLOWED_UPDATES = (
    *(Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER),
    Update.INLINE_QUERY,
)
HANDLING_SECONDS = 45.0
DRAIN_SECONDS = 2.5
# How often to wait as long as Telegram asks before the update is left to come again.
RETRIES = 3

log = logging.getLogger(__name__)


class Dispatcher:
    """Handles every update once: at the same time, one after the other, and after a restart."""

    def __init__(
        self,
        *,
        services: Services,
        texts: Texts,
        locale: str,
        token: str,
        api_url: str,
        privacy_url: str | None = None,
    ) -> None:
        # Asks for updates with a connection of its own: each answer may take as long as nothing happens.
        self.polling = AiohttpRequest()
        self.bot: ExtBot[int] = ExtBot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=AiohttpRequest(),
            get_updates_request=self.polling,
            defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
            rate_limiter=AIORateLimiter(max_retries=RETRIES),
        )
        self.ready = False
        self.voices = Voices(texts, locale, services.preferences)
        self._services = services
        self._replies = Replies(self.bot, services)
        self._errors = Errors(services, self.voices, self._replies)
        self._memberships = Memberships(services, self.voices)
        self._inline = Inline(services, self.voices)
        features = Features(services, self.voices, self._replies, privacy_url=privacy_url)
        self.commands, self._care, self._clicks = features.commands, features.care, features.clicks
        # Of what an administrator cites, it is known only when he or she is.
        cites = {name: command.cites and not command.for_admins for name, command in self.commands.by_name.items()}
        self._reader = MessageReader(services, self.voices, Prompts(self.voices), cites, self.bot)
        self._under_way: dict[int, asyncio.Task[bool]] = {}

    async def take(self, data: Mapping[str, Any]) -> bool:
        """Handle an update as Telegram has sent it; False when it is to be sent again.

        Copies that come while it is handled wait for the same outcome.
        """
        try:
            update = Update.de_json(dict(data), self.bot)
        except Exception as error:  # whatever shape Telegram invents
            _let_go(error)
            return True
        task = self._under_way.get(update.update_id)
        if task is None:
            task = asyncio.create_task(self._handle(update), name="telegram update")
            self._under_way[update.update_id] = task
            task.add_done_callback(lambda _task: self._under_way.pop(update.update_id))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Let what is under way end within a bounded time, then leave Telegram."""
        self.ready = False
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            if late:
                log.warning("%d updates were too slow to be handled before the stop; they come again", len(late))
                await asyncio.wait(late)
        await self.bot.shutdown()

    async def _handle(self, update: Update) -> bool:
        message = None
        try:
            async with asyncio.timeout(HANDLING_SECONDS):
                try:
                    message = await self._read(update)
                except Exception as error:  # it would be the same each time
                    _let_go(error)
                    return True
                if update.inline_query is not None:
                    await self._inline.answer(update.inline_query)
                elif message is not None or _is_more_than_a_message(update):
                    await self._handle_once(update, message)
        except RedeliverError:
            return False
        except TimeoutError:
            log.warning("an update of Telegram took more than %d s; it comes again", HANDLING_SECONDS)
            return False
        except StorageUnavailableError as error:
            log.warning("the database can't be used for an update of Telegram: %s", error)
            return await self._gave_helplines(message)
        except Exception:
            log.exception("an update of Telegram could not be handled")
        return True

    async def _read(self, update: Update) -> IncomingMessage | None:
        """Return the message that an update brings; most call for nothing, and must cost neither disk nor network."""
        if update.message is not None:
            return await self._reader.read(update.message)
        return None if update.edited_message is None else await self._reader.read_again(update.edited_message)

    async def _handle_once(self, update: Update, message: IncomingMessage | None) -> None:
        async with self._services.deliveries.handling(Delivery(Platform.TELEGRAM, update.update_id)) as progress:
            if progress is Progress.CHANGED:
                if message is not None:
                    # It was done before a crash, and perhaps not answered.
                    await self._replies.say(message, "telegram.done_before")
            elif progress is Progress.NEW:
                try:
                    await self._dispatch(update, message)
                except Exception as error:
                    await self._errors.answer(update, error, None if message is None else message.voice)

    async def _dispatch(self, update: Update, message: IncomingMessage | None) -> None:
        if message is not None:
            await self._answer(message)
        elif update.callback_query is not None:
            await self._clicks.answer(update.callback_query)
        elif update.my_chat_member is not None:
            await self._memberships.note(update.my_chat_member)
        elif update.message is not None:
            await self._migrate(update.message)

    async def _answer(self, message: IncomingMessage) -> None:
        calls = message.incoming.feeling is not Feeling.NONE and not await self.commands.cites(message)
        if calls and await self._care.respond(message):
            return
        # Whoever was given the helplines a short while ago, and now asks for something, gets it.
        if message.command is not None:
            await self.commands.run(message)
            self._services.tally.replied(ReplyKind.TYPED)

    async def _gave_helplines(self, message: IncomingMessage | None) -> bool:
        """Answer somebody in danger all the same: the lines need no database."""
        if message is None or not message.incoming.feeling.calls_for_helplines:
            return False
        try:
            return await self._care.respond(message) or message.command is None
        except TelegramError:
            return False

    async def _migrate(self, message: Message) -> None:
        """Take a group's things along when it becomes a supergroup: Telegram tells both chats."""
        if message.migrate_to_chat_id is not None:
            await self._replies.moved(message.chat_id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._replies.moved(message.migrate_from_chat_id, message.chat_id)


def is_update(data: object) -> TypeGuard[dict[str, Any]]:
    """Tell whether this is an update: what makes one is its number."""
    return isinstance(data, dict) and type(data.get("update_id")) is int and 0 <= data["update_id"] < 2**63


def _let_go(error: Exception) -> None:
    """Log that an update can't be read: where and why, but not what the error says, which may be what it holds."""
    place = traceback.extract_tb(error.__traceback__)[-1].name
    log.warning("an update of Telegram can't be read (%s in %s): let go", type(error).__name__, place)


def _is_more_than_a_message(update: Update) -> bool:
    if update.message is not None:
        return _is_migration(update.message)
    return update.callback_query is not None or update.my_chat_member is not None


def _is_migration(message: Message) -> bool:
    return message.migrate_to_chat_id is not None or message.migrate_from_chat_id is not None
