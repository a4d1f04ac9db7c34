"""Sends what the bot says, whatever has become of the chat meanwhile."""

from contextlib import suppress

from telegram import CallbackQuery, ForceReply, InlineKeyboardMarkup, InputFile, Message, ReplyParameters
from telegram.constants import CallbackQueryLimit
from telegram.error import BadRequest, ChatMigrated
from telegram.ext import ExtBot

from bot.models import Platform, Scope
from bot.services import Services
from bot.telegram.answer import ANSWER, Prepared
from bot.telegram.limiter import URGENT, ChatLimiter
from bot.telegram.markup import Formatted, formatted, messages
from bot.telegram.reader import IncomingMessage
from bot.text.sentences import Voice

Keyboard = InlineKeyboardMarkup | ForceReply


class Replies:
    """Answers messages: in their topic, quoting them, in plain text, in as many messages as it takes."""

    def __init__(self, bot: ExtBot[int], services: Services, limiter: ChatLimiter) -> None:
        self.bot = bot
        self._services = services
        self._limiter = limiter

    async def answer(self, message: IncomingMessage, markdown: str, *, keyboard: Keyboard | None = None) -> None:
        """Answer a message with a text that has Discord's marks; the buttons are under its end."""
        await self.reply(message.original, markdown, keyboard=keyboard, urgent=message.is_urgent)

    async def say(self, message: IncomingMessage, key: str, **params: object) -> None:
        """Answer a message with one sentence."""
        await self.answer(message, message.voice.text(key, **params))

    async def reply(
        self, message: Message, markdown: str, *, keyboard: Keyboard | None = None, urgent: bool = False
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

    async def _send_part(self, message: Message, part: Formatted, keyboard: Keyboard | None, *, urgent: bool) -> None:
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

    async def tell(
        self, person_id: int, markdown: str, *, keyboard: Keyboard | None = None, urgent: bool = False
    ) -> None:
        """Write to somebody in private; what is `urgent` waits behind nothing that is not.

        Raises:
            TelegramError: it can't be sent; Forbidden when he or she has not begun a private chat.
        """
        parts = messages(markdown)
        for number, part in enumerate(parts, start=1):
            await self._send(person_id, part, keyboard if number == len(parts) else None, urgent=urgent)

    async def show(self, query: CallbackQuery, markdown: str, *, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """Show a text in the place of the message whose button was clicked, however old that is.

        Raises:
            TelegramError: it can't be shown.
        """
        await query.answer()
        await self._replace(query, markdown, keyboard)

    async def alert(self, query: CallbackQuery, markdown: str) -> None:
        """Show a text to whoever clicked, and to nobody else.

        Raises:
            TelegramError: it can't be shown.
        """
        text = formatted(markdown).text[: CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH]
        await query.answer(text, show_alert=True)

    async def take_away(self, query: CallbackQuery, instead: str) -> None:
        """Delete the message whose button was clicked; one that is too old for that shows another text instead.

        Telegram lets a bot delete its messages for 48 hours: https://core.telegram.org/bots/api#deletemessage
        """
        assert query.message is not None
        try:
            await self.bot.delete_message(query.message.chat.id, query.message.message_id)
        except BadRequest:
            # Of one that is gone already, nothing is left to be done.
            with suppress(BadRequest):
                await self._replace(query, instead, None)

    async def _replace(self, query: CallbackQuery, markdown: str, keyboard: InlineKeyboardMarkup | None) -> None:
        assert query.message is not None
        shown = formatted(markdown)
        await self.bot.edit_message_text(
            shown.text,
            query.message.chat.id,
            query.message.message_id,
            entities=shown.entities,
            reply_markup=keyboard,
        )

    async def give_file(self, person_id: int, voice: Voice, key: str, content: bytes, *, filename: str) -> None:
        """Send a file to somebody in private, with one sentence."""
        caption = formatted(voice.text(key))
        await self.bot.send_document(
            person_id,
            InputFile(content, filename=filename),
            caption=caption.text,
            caption_entities=caption.entities,
            disable_content_type_detection=True,
        )

    async def _send(
        self,
        chat_id: int,
        part: Formatted,
        keyboard: Keyboard | None,
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
