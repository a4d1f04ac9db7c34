"""The Telegram front end: takes updates, each once, and has them answered."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from telegram import ChatMemberRestricted, ChatMemberUpdated, LinkPreviewOptions, Update
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError
from telegram.ext import (
    AIORateLimiter,
    Application,
    CallbackContext,
    CallbackQueryHandler,
    ChatMemberHandler,
    Defaults,
    ExtBot,
    MessageHandler,
    filters,
)

from bot.models import Delivery, Platform, Progress
from bot.services import Services
from bot.services.deliveries import StorageUnavailableError
from bot.services.tally import ReplyKind
from bot.telegram import lists
from bot.telegram.care import OPT_OUT, Care
from bot.telegram.chats import Due, Ear, Heard, scope_of
from bot.telegram.commands import Commands
from bot.telegram.errors import AgainError, Errors
from bot.telegram.outbox import Outbox
from bot.telegram.request import AiohttpRequest
from bot.text.sentences import Texts

# Everything else, Telegram keeps to itself: https://core.telegram.org/bots/api#update
ALLOWED_UPDATES = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)
HANDLING_SECONDS = 45.0
DRAIN_SECONDS = 2.5
# How often to wait as long as Telegram asks before the update is left to come again.
RETRIES = 3
THERE = (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER)

Context = CallbackContext[Any, Any, Any, Any]

log = logging.getLogger(__name__)


class Front:
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
        self.texts = texts
        self.locale = locale
        self.application = (
            Application.builder()
            .token(token)
            .base_url(f"{api_url}/bot")
            .base_file_url(f"{api_url}/file/bot")
            .request(AiohttpRequest())
            .get_updates_request(AiohttpRequest())
            .defaults(Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)))
            .rate_limiter(AIORateLimiter(max_retries=RETRIES))
            .job_queue(None)
            .updater(None)
            .build()
        )
        self.ready = False
        self._services = services
        self._outbox = Outbox(self.application.bot, services)
        self.commands = Commands(services, texts, self._outbox, privacy_url=privacy_url)
        self._ear = Ear(
            services, texts, locale, {name: command.cites for name, command in self.commands.by_name.items()}
        )
        self._care = Care(services, self._outbox)
        self._errors = Errors(services, self._ear, self._outbox)
        self._under_way: dict[int, asyncio.Task[bool]] = {}
        self._again: set[int] = set()
        self._add_handlers()

    @property
    def bot(self) -> ExtBot[int]:
        """Return what talks to Telegram."""
        return self.application.bot

    def _add_handlers(self) -> None:
        self.application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, self._on_migration))
        self.application.add_handler(MessageHandler(filters.ALL, self._on_message))
        self.application.add_handler(CallbackQueryHandler(self._on_opt_out, pattern=OPT_OUT))
        self.application.add_handler(CallbackQueryHandler(self._on_turn, pattern=lists.TURN))
        self.application.add_handler(ChatMemberHandler(self._on_membership, ChatMemberHandler.MY_CHAT_MEMBER))
        self.application.add_error_handler(self._on_error)

    async def take(self, data: Mapping[str, Any]) -> bool:
        """Handle an update as Telegram has sent it; False when it is to be sent again.

        Copies that come while it is handled wait for the same outcome.
        """
        try:
            update = Update.de_json(dict(data), self.bot)
        except Exception as error:  # whatever shape Telegram invents
            log.warning("an update of Telegram is of no known shape (%s)", type(error).__name__)
            return True
        return await self.take_update(update)

    async def take_update(self, update: Update) -> bool:
        """Handle an update; False when it is to be sent again."""
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
        await self.application.shutdown()
        # One that never got to know its name has connections all the same.
        await self.bot.shutdown()

    async def _handle(self, update: Update) -> bool:
        if await self._is_chatter(update):
            return True
        try:
            async with asyncio.timeout(HANDLING_SECONDS):
                await self._handle_once(update)
        except AgainError:
            return False
        except TimeoutError:
            log.warning("an update of Telegram took more than %d s; it comes again", HANDLING_SECONDS)
            return False
        except StorageUnavailableError as error:
            log.warning("the database can't be used for an update of Telegram: %s", error)
            return await self._gave_helplines(update)
        except Exception:
            log.exception("an update of Telegram could not be handled")
        return True

    async def _handle_once(self, update: Update) -> None:
        async with self._services.deliveries.handling(Delivery(Platform.TELEGRAM, update.update_id)) as progress:
            if progress is Progress.CHANGED:
                await self._say_done(update)
            elif progress is Progress.NEW:
                await self.application.process_update(update)
                if update.update_id in self._again:
                    self._again.discard(update.update_id)
                    raise AgainError

    async def _is_chatter(self, update: Update) -> bool:
        """Tell whether an update calls for nothing: most messages do, and must cost neither disk nor network."""
        message = update.message
        if message is None or filters.StatusUpdate.MIGRATE.check_update(update):
            return False
        heard = await self._ear.hear(message, self.bot.username)
        return heard is None or heard.due is Due.NOTHING

    async def _on_message(self, update: Update, _context: Context) -> None:
        assert update.message is not None
        heard = await self._ear.hear(update.message, self.bot.username)
        if heard is not None:
            await self._answer(heard)

    async def _answer(self, heard: Heard) -> None:
        match heard.due:
            case Due.HELPLINES:
                await self._care.give_helplines(heard)
            case Due.KIND_WORD:
                await self._care.give_kind_word(heard)
            case Due.COMMAND:
                await self.commands.run(heard)
                self._services.tally.replied(ReplyKind.TYPED)

    async def _gave_helplines(self, update: Update) -> bool:
        """Answer somebody in danger all the same: the lines need no database."""
        heard = await self._ear.hear(update.message, self.bot.username) if update.message else None
        if heard is None or heard.due is not Due.HELPLINES:
            return False
        try:
            await self._care.give_helplines(heard)
        except TelegramError:
            return False
        return True

    async def _say_done(self, update: Update) -> None:
        """Answer what was done before a crash, and perhaps not answered."""
        if update.message is not None and (heard := await self._ear.hear(update.message, self.bot.username)):
            await self._outbox.say(heard, "telegram.done_before")

    async def _on_opt_out(self, update: Update, context: Context) -> None:
        query = update.callback_query
        assert query is not None
        assert context.match is not None
        if query.message is not None:
            voice = await self._ear.voice_in(query.message.chat, query.from_user)
            await self._care.opt_out(query, voice, int(context.match[1]))

    async def _on_turn(self, update: Update, context: Context) -> None:
        query = update.callback_query
        assert query is not None
        assert context.match is not None
        if query.message is not None:
            voice = await self._ear.voice_in(query.message.chat, query.from_user)
            kept = await self._services.encouragements.list(scope_of(query.message.chat))
            await lists.turn(query, voice, kept, asker_id=int(context.match[1]), page=int(context.match[2]))

    async def _on_membership(self, update: Update, _context: Context) -> None:
        assert update.my_chat_member is not None
        scope = scope_of(update.my_chat_member.chat)
        if _is_there(update.my_chat_member):
            await self._services.privacy.joined(scope)
        else:
            await self._services.privacy.left(scope)

    async def _on_migration(self, update: Update, _context: Context) -> None:
        """Take a group's things along when it becomes a supergroup: Telegram tells both chats."""
        message = update.message
        assert message is not None
        if message.migrate_to_chat_id is not None:
            await self._outbox.moved(message.chat_id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._outbox.moved(message.migrate_from_chat_id, message.chat_id)

    async def _on_error(self, update: object, context: Context) -> None:
        if not isinstance(update, Update) or not isinstance(context.error, Exception):
            return
        try:
            await self._errors.answer(update, context.error)
        except AgainError:
            self._again.add(update.update_id)


def _is_there(change: ChatMemberUpdated) -> bool:
    member = change.new_chat_member
    return member.status in THERE or (isinstance(member, ChatMemberRestricted) and member.is_member)
