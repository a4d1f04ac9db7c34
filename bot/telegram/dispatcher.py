"""Reads updates, and sends each where it is answered."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from telegram import CallbackQuery, LinkPreviewOptions, Message, Update
from telegram.ext import Defaults, ExtBot

from bot.errors import UserError
from bot.models import KindWord, Platform, Quote, Scope
from bot.services import Services
from bot.services.feelings.reader import Feeling
from bot.services.rate_limits import Admission
from bot.services.settings.table import ScopePreferences
from bot.services.tally import ReplyKind
from bot.telegram.clicks import helps
from bot.telegram.errors import Errors
from bot.telegram.features import Features
from bot.telegram.inline import Inline
from bot.telegram.limiter import ChatLimiter
from bot.telegram.memberships import Memberships
from bot.telegram.reader import Call, IncomingMessage, MessageReader
from bot.telegram.replies import Replies
from bot.telegram.request import AiohttpRequest
from bot.telegram.updates import MIGRATING, Json, is_clicked_button, message_in, update_in
from bot.telegram.voices import Voices, place_of
from bot.text.kind_words import daily_text
from bot.text.sentences import Texts

# Reads an update whole, and the message that it brings, if that calls for something after all.
Read = Callable[[], Awaitable[tuple[Update | None, IncomingMessage | None]]]


class Dispatcher:
    """Knows what is done about each kind of update; whether it is done once is another one's business."""

    def __init__(
        self,
        *,
        services: Services,
        texts: Texts,
        locale: str,
        token: str,
        api_url: str,
        messages_per_second: int,
        privacy_url: str | None = None,
    ) -> None:
        # Asks for updates with a connection of its own: each answer may take as long as nothing happens.
        self.polling = AiohttpRequest()
        self.limiter = ChatLimiter(messages_per_second)
        self.bot: ExtBot[int] = ExtBot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=AiohttpRequest(),
            get_updates_request=self.polling,
            defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
            rate_limiter=self.limiter,
        )
        self.voices = Voices(texts, locale, services.preferences)
        self._services = services
        self._replies = Replies(self.bot, services, self.limiter)
        features = Features(services, self.voices, self._replies, privacy_url=privacy_url)
        self.commands, self._care, self._clicks = features.commands, features.care, features.clicks
        # Of what an administrator cites, it is known only when he or she is.
        cites = {name: command.cites and not command.for_admins for name, command in self.commands.by_name.items()}
        self._reader = MessageReader(services, self.voices, cites)
        self._memberships = Memberships(services, self.voices)
        self._inline = Inline(services, self.voices)
        self._errors = Errors(services, self.voices, self._replies)

    def look(self, data: Mapping[str, Any], kind: str) -> Read | None:
        """Return how to read an update, or None for one that calls for nothing, as most do: that costs next to nothing.

        Raises:
            Exception: it has a shape of which nobody knows; the reading may raise that, too.
        """
        raw, edited = data[kind], kind == Update.EDITED_MESSAGE
        if kind == Update.CALLBACK_QUERY and not is_clicked_button(raw):
            return None
        if kind != Update.MESSAGE and not edited:
            return partial(self._read_other, data, kind)
        call = self._reader.call_in(raw, self.bot, edited=edited)
        migrates = not edited and any(name in raw for name in MIGRATING)
        return partial(self._read_message, data, raw, call, edited) if call is not None or migrates else None

    async def _read_other(self, data: Mapping[str, Any], kind: str) -> tuple[Update | None, IncomingMessage | None]:
        return update_in(data, kind, self.bot), None

    async def _read_message(
        self, data: Mapping[str, Any], raw: Json, call: Call | Scope | None, edited: bool
    ) -> tuple[Update | None, IncomingMessage | None]:
        message = None if call is None else await self._reader.read(raw, call, self.bot, edited=edited)
        if message is not None:
            return Update(data["update_id"], message=message.original), message
        if not edited and any(name in raw for name in MIGRATING):
            return Update(data["update_id"], message=message_in(raw, self.bot)), None
        return None, None

    async def dispatch(self, update: Update, message: IncomingMessage | None, *, again: bool) -> None:
        """Send an update where it is answered; one that comes `again` was counted the first time."""
        if message is not None:
            await self._answer(message, counted=again)
        elif update.callback_query is not None:
            await self._click(update.callback_query, counted=again)
        elif update.my_chat_member is not None:
            await self._memberships.note(update.my_chat_member)
        elif update.inline_query is not None:
            await self._inline.answer(update.inline_query)
        elif update.message is not None:
            await self._migrate(update.message)

    async def keep_saying_daily(self) -> None:
        """Say the daily word in each chat that wants one, for ever."""
        await self._services.daily.keep_saying(Platform.TELEGRAM, self.voices.locale, self.say_daily)

    async def say_daily(self, scope: Scope, preferences: ScopePreferences, word: KindWord | Quote) -> None:
        """Say a word in a chat; one that has removed the bot gets none."""
        if not self._services.privacy.counts_as_left(scope):
            voice = self.voices.own_voice(preferences.language, place=place_of(scope.id))
            await self._replies.tell(scope.id, daily_text(voice, word))

    async def answer_error(self, update: Update, message: IncomingMessage | None, error: Exception) -> None:
        """Answer an update that failed.

        Raises:
            RedeliverError: it is to be sent again.
        """
        await self._errors.answer(update, error, None if message is None else message.voice)

    async def say_done_before(self, update: Update, message: IncomingMessage | None) -> None:
        """Say that what a message or a click asks for was done, before a crash kept that from being said.

        Raises:
            RedeliverError: it is to be sent again.
        """
        query = update.callback_query
        try:
            if message is not None:
                await self._replies.say(message, "telegram.done_before")
            elif query is not None and query.message is not None:
                voice = await self.voices.voice_in(query.message.chat, query.from_user)
                await self._replies.alert(query, voice.text("telegram.done_before"))
        except Exception as error:
            await self.answer_error(update, message, error)

    async def _answer(self, message: IncomingMessage, *, counted: bool) -> None:
        calls = message.incoming.feeling is not Feeling.NONE and not await self.commands.cites(message)
        if calls and await self._care.respond(message):
            return
        # Whoever was given the helplines a short while ago, and now asks for something, gets it.
        if message.command is None:
            return
        always = self.commands.is_always_answered(message)
        if counted or self._admits(message.chat.id, message.author.id, always=always):
            await self.commands.run(message)
            self._services.tally.replied(ReplyKind.TYPED)

    async def _click(self, query: CallbackQuery, *, counted: bool) -> None:
        if query.message is None or query.data is None:
            return
        always = helps(query.data)
        if counted or self._admits(query.message.chat.id, query.from_user.id, always=always, click=True):
            await self._clicks.answer(query, query.message.chat, query.data)

    def _admits(self, chat_id: int, person_id: int, *, always: bool, click: bool = False) -> bool:
        """Tell whether to carry out a command or to answer a click; False when its author has been told already.

        Raises:
            UserError: there are too many of its author.
        """
        scope = Scope(Platform.TELEGRAM, chat_id)
        limits = self._services.rate_limits
        admission = limits.admit(scope, member_id=person_id, channel_id=chat_id, always=always, click=click)
        if admission is Admission.TOLD:
            raise UserError("errors.too_fast")
        return admission is Admission.GRANTED

    async def _migrate(self, message: Message) -> None:
        """Take a group's things along when it becomes a supergroup: Telegram tells both chats."""
        if message.migrate_to_chat_id is not None:
            await self._replies.moved(message.chat_id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._replies.moved(message.migrate_from_chat_id, message.chat_id)
