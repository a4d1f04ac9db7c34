"""Sends what the bot says, whatever has become of the chat meanwhile."""

from telegram import InlineKeyboardMarkup, InputFile, Message, ReplyParameters
from telegram.error import ChatMigrated
from telegram.ext import ExtBot

from bot.errors import UserError
from bot.models import Platform, Scope
from bot.services import Services
from bot.telegram.answer import ANSWER, Prepared
from bot.telegram.limiter import URGENT, ChatLimiter
from bot.telegram.markup import Formatted, messages
from bot.telegram.reader import IncomingMessage


class Replies:
    """Answers messages: in their topic, quoting them, in plain text, in as many messages as it takes."""

    def __init__(self, bot: ExtBot[int], services: Services, limiter: ChatLimiter) -> None:
        self.bot = bot
        self._services = services
        self._limiter = limiter

    async def answer(
        self, message: IncomingMessage, markdown: str, *, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Answer a message with a text that has Discord's marks; the buttons are under its end."""
        await self.reply(message.original, markdown, keyboard=keyboard, urgent=message.is_urgent)

    async def say(self, message: IncomingMessage, key: str, **params: object) -> None:
        """Answer a message with one sentence."""
        await self.answer(message, message.voice.text(key, **params))

    async def reply(
        self, message: Message, markdown: str, *, keyboard: InlineKeyboardMarkup | None = None, urgent: bool = False
    ) -> None:
        """Reply to a message; what is `urgent` waits behind nothing that is not.

        Raises:
            TelegramError: it can't be sent.
        """
        parts = messages(markdown)
        if len(parts) == 1 and keyboard is None and not urgent and self._prepare(message, parts[0]):
            return
        for number, part in enumerate(parts, start=1):
            await self._send_part(message, part, keyboard if number == len(parts) else None, urgent=urgent)

    def _prepare(self, message: Message, part: Formatted) -> bool:
        """Keep a message for the response to the webhook, if it may be the whole answer and has not to wait."""
        answer = ANSWER.get()
        if answer is None or not answer.awaits_response or not self._limiter.book(message.chat_id):
            return False
        payload = {
            "method": "sendMessage",
            "chat_id": message.chat_id,
            "text": part.text,
            "entities": [entity.to_dict() for entity in part.entities],
            "link_preview_options": {"is_disabled": True},
            "reply_parameters": {"message_id": message.message_id, "allow_sending_without_reply": True},
        }
        if message.is_topic_message:
            payload["message_thread_id"] = message.message_thread_id
        answer.prepared = Prepared(payload, lambda: self._send_part(message, part, None, urgent=False))
        return True

    async def _send_part(
        self, message: Message, part: Formatted, keyboard: InlineKeyboardMarkup | None, *, urgent: bool
    ) -> None:
        try:
            await self._send(message.chat_id, part, keyboard, message, urgent=urgent)
        except ChatMigrated as migrated:
            await self.moved(message.chat_id, migrated.new_chat_id)
            await self._send(migrated.new_chat_id, part, keyboard, urgent=urgent)

    async def moved(self, old_id: int, new_id: int) -> None:
        """Note that a group has become a supergroup, with another id."""
        old, new = Scope(Platform.TELEGRAM, old_id), Scope(Platform.TELEGRAM, new_id)
        await self._services.deliveries.move(old, new)
        await self._services.privacy.joined(new)

    async def give_file(self, message: IncomingMessage, key: str, content: bytes, *, filename: str) -> None:
        """Send a file to a message's author in private, with one sentence.

        Raises:
            UserError: nobody knows who that is, and what is sent to a chat is seen by all who are in it.
        """
        if message.is_anonymous:
            raise UserError("telegram.privacy.anonymous")
        await self.bot.send_document(
            message.author.id,
            InputFile(content, filename=filename),
            caption=message.voice.text(key),
            disable_content_type_detection=True,
        )

    async def _send(
        self,
        chat_id: int,
        part: Formatted,
        keyboard: InlineKeyboardMarkup | None,
        message: Message | None = None,
        *,
        urgent: bool,
    ) -> None:
        topic = message.message_thread_id if message is not None and message.is_topic_message else None
        quoted = None if message is None else ReplyParameters(message.message_id, allow_sending_without_reply=True)
        await self.bot.send_message(
            chat_id,
            part.text,
            entities=part.entities,
            message_thread_id=topic,
            reply_parameters=quoted,
            reply_markup=keyboard,
            rate_limit_args=URGENT if urgent else None,
        )
