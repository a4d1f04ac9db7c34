"""What the bot does on Telegram for somebody who is sad or in danger."""

import re

from telegram import CallbackQuery, Chat, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.helpers import create_deep_linked_url

from bot.errors import UserError
from bot.models import Person, Platform
from bot.services import Services
from bot.telegram.admins import Administrators
from bot.telegram.markup import formatted
from bot.telegram.reader import LINES, IncomingMessage
from bot.telegram.replies import Replies
from bot.telegram.voices import scope_of
from bot.text.helplines import support_text
from bot.text.markdown import escape
from bot.text.sentences import Voice

FINE = re.compile(r"fine:(-?[0-9]{1,20})")
HURT = re.compile(r"hurt:(-?[0-9]{1,20}):([0-9]{1,19})")
OPT_OUT = re.compile(r"opt-out:(-?[0-9]{1,20})")


class Care:
    """Answers who is sad with a kind word, who is in danger with helplines, and says why."""

    def __init__(self, services: Services, replies: Replies, administrators: Administrators) -> None:
        self._services = services
        self._care = services.care
        self._replies = replies
        self._administrators = administrators

    async def respond(self, message: IncomingMessage) -> bool:
        """Answer who is sad with a kind word, and danger, grief and worry with who listens; False when none is due."""
        if message.incoming.feeling.calls_for_helplines:
            return await self._give_helplines(message)
        return await self._give_kind_word(message)

    async def _give_kind_word(self, message: IncomingMessage) -> bool:
        """Answer a sad message with a kind word, where the chat wants it and the time has come."""
        async with self._care.kind_word(message.incoming) as turn:
            if turn is None:
                return False
            fine = InlineKeyboardButton(message.voice.text("fine.button"), callback_data=f"fine:{message.author.id}")
            buttons = [fine]
            if turn.answer.number is not None and not message.is_private:
                data = f"hurt:{message.author.id}:{turn.answer.number}"
                buttons.append(InlineKeyboardButton(message.voice.text("hurt.button"), callback_data=data))
            await self._reply(message, f"{escape(turn.answer.text)}\n{message.voice.text('care.why_sad')}", *buttons)
            turn.sent()
        return True

    async def _give_helplines(self, message: IncomingMessage) -> bool:
        """Answer danger, grief or worry with who listens, and with nothing else."""
        voice = message.voice
        async with self._care.support(message.incoming) as turn:
            if turn is None:
                return False
            support, anywhere = turn.answer, self._services.helplines.anywhere(voice.locale)
            in_group = not message.is_private
            alone = voice.text("crisis.alone_telegram") if in_group else ""
            buttons = [self._private_lines(voice, support.country.code)] if in_group and not support.is_of_pet else []
            await self._reply(message, support_text(voice, support, anywhere, alone=alone), *buttons)
            turn.sent()
        return True

    def _private_lines(self, voice: Voice, country: str) -> InlineKeyboardButton:
        """Return a button that opens the private conversation, where `/start` gives every line of the country."""
        url = create_deep_linked_url(self._replies.bot.username, f"{LINES}{country}")
        return InlineKeyboardButton(voice.text("crisis.button"), url=url)

    async def opt_out(self, query: CallbackQuery, voice: Voice, member_id: int) -> None:
        """Opt out whoever clicked the button under an answer to his or her own message.

        Raises:
            UserError: it is somebody else's.
        """
        if query.from_user.id != member_id:
            raise UserError("optout.not_yours")
        await self._services.opt_outs.opt_out(Person(Platform.TELEGRAM, member_id))
        await query.answer(formatted(voice.text("optout.done")).text, show_alert=True)

    async def take_back(self, query: CallbackQuery, chat: Chat, member_id: int) -> None:
        """Delete a kind word for the one who got it, or for an administrator; nothing is kept of it.

        Raises:
            UserError: it is somebody else's.
        """
        if query.from_user.id != member_id and not await self._administrators.has(chat, query.from_user.id):
            raise UserError("fine.not_yours")
        await query.answer()
        await query.delete_message()

    async def report(self, query: CallbackQuery, chat: Chat, voice: Voice, *, member_id: int, number: int) -> None:
        """Delete a kind word that hurt the one who got it, and say it no more until somebody has looked at it.

        Raises:
            UserError: it is somebody else's.
        """
        if query.from_user.id != member_id:
            raise UserError("hurt.not_yours")
        await query.delete_message()
        await self._services.encouragements.report(scope_of(chat), number)
        await query.answer(formatted(voice.text("hurt.done")).text, show_alert=True)

    async def _reply(self, message: IncomingMessage, text: str, *buttons: InlineKeyboardButton) -> None:
        last = InlineKeyboardButton(message.voice.text("optout.button"), callback_data=f"opt-out:{message.author.id}")
        await self._replies.answer(message, text, keyboard=InlineKeyboardMarkup.from_column([*buttons, last]))
