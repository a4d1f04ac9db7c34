"""Reads updates, and sends each where it is answered."""

from collections.abc import Mapping
from typing import Any

from telegram import CallbackQuery, ChatMemberRestricted, ChatMemberUpdated, LinkPreviewOptions, Message, Update
from telegram.constants import ChatMemberStatus
from telegram.ext import Defaults, ExtBot

from bot.services import Services
from bot.services.feelings.reader import Feeling
from bot.services.tally import ReplyKind
from bot.telegram import lists, settings
from bot.telegram.admins import Administrators
from bot.telegram.care import FINE, HURT, OPT_OUT, Care
from bot.telegram.commands import Commands
from bot.telegram.errors import Errors
from bot.telegram.limiter import ChatLimiter
from bot.telegram.reader import IncomingMessage, MessageReader
from bot.telegram.replies import Replies
from bot.telegram.request import AiohttpRequest
from bot.telegram.settings import ChatSettings
from bot.telegram.updates import MIGRATING, message_in, update_in
from bot.telegram.voices import Voices, scope_of
from bot.text.sentences import Texts

THERE = (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER)


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
        administrators = Administrators(self.bot)
        self._settings = ChatSettings(services.preferences, self.voices, self._replies, administrators)
        self.commands = Commands(services, self._replies, administrators, self._settings, privacy_url=privacy_url)
        cites = {name: command.cites for name, command in self.commands.by_name.items()}
        self._reader = MessageReader(services, self.voices, cites)
        self._care = Care(services, self._replies, administrators)
        self._errors = Errors(services, self.voices, self._replies)

    async def read(self, data: Mapping[str, Any], kind: str) -> tuple[Update | None, IncomingMessage | None]:
        """Return an update and the message that it brings; most call for nothing, and cost neither disk nor network.

        Raises:
            Exception: it has a shape of which nobody knows.
        """
        if kind not in (Update.MESSAGE, Update.EDITED_MESSAGE):
            return update_in(data, kind, self.bot), None
        raw = data[kind]
        message = await self._reader.read(raw, self.bot, edited=kind == Update.EDITED_MESSAGE)
        if message is not None:
            return Update(data["update_id"], message=message.original), message
        if kind == Update.MESSAGE and any(name in raw for name in MIGRATING):
            return Update(data["update_id"], message=message_in(raw, self.bot)), None
        return None, None

    async def dispatch(self, update: Update, message: IncomingMessage | None) -> None:
        """Send an update where it is answered."""
        if message is not None:
            await self._answer(message)
        elif update.callback_query is not None:
            await self._answer_click(update.callback_query)
        elif update.my_chat_member is not None:
            await self._note_membership(update.my_chat_member)
        elif update.message is not None:
            await self._migrate(update.message)

    async def answer_error(self, update: Update, message: IncomingMessage | None, error: Exception) -> None:
        """Answer an update that failed.

        Raises:
            RedeliverError: it is to be sent again.
        """
        await self._errors.answer(update, error, None if message is None else message.voice)

    async def say_done_before(self, message: IncomingMessage | None) -> None:
        """Say that what a message asks for was done, before a crash kept that from being said."""
        if message is not None:
            await self._replies.say(message, "telegram.done_before")

    async def _answer(self, message: IncomingMessage) -> None:
        if message.incoming.feeling is not Feeling.NONE and await self._care.respond(message):
            return
        # Whoever was given the helplines a short while ago, and now asks for something, gets it.
        if message.command is not None:
            await self.commands.run(message)
            self._services.tally.replied(ReplyKind.TYPED)

    async def _answer_click(self, query: CallbackQuery) -> None:
        if query.message is None or query.data is None:
            return
        chat = query.message.chat
        if opt_out := OPT_OUT.fullmatch(query.data):
            await self._care.opt_out(query, await self.voices.voice_in(chat, query.from_user), int(opt_out[1]))
        elif fine := FINE.fullmatch(query.data):
            await self._care.take_back(query, chat, int(fine[1]))
        elif hurt := HURT.fullmatch(query.data):
            voice = await self.voices.voice_in(chat, query.from_user)
            await self._care.report(query, chat, voice, member_id=int(hurt[1]), number=int(hurt[2]))
        elif turn := lists.TURN.fullmatch(query.data):
            voice = await self.voices.voice_in(chat, query.from_user)
            kept = await self._services.encouragements.list(scope_of(chat))
            await lists.turn(query, voice, kept, asker_id=int(turn[1]), page=int(turn[2]))
        elif chosen := settings.CLICK.fullmatch(query.data):
            await self._settings.click(query, chat, chosen)

    async def _note_membership(self, change: ChatMemberUpdated) -> None:
        scope = scope_of(change.chat)
        if _is_there(change):
            await self._services.privacy.joined(scope)
        else:
            await self._services.privacy.left(scope)

    async def _migrate(self, message: Message) -> None:
        """Take a group's things along when it becomes a supergroup: Telegram tells both chats."""
        if message.migrate_to_chat_id is not None:
            await self._replies.moved(message.chat_id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._replies.moved(message.migrate_from_chat_id, message.chat_id)


def _is_there(change: ChatMemberUpdated) -> bool:
    member = change.new_chat_member
    return member.status in THERE or (isinstance(member, ChatMemberRestricted) and member.is_member)
