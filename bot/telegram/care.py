"""What the bot does on Telegram for somebody who is sad or in danger."""

import re

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup

from bot.errors import UserError
from bot.models import Person, Platform
from bot.services import Services
from bot.telegram.markup import formatted
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.text.helplines import crisis_text
from bot.text.markdown import escape
from bot.text.sentences import Voice

OPT_OUT = re.compile(r"opt-out:(-?[0-9]{1,20})")


class Care:
    """Answers who is sad with a kind word, who is in danger with helplines, and says why."""

    def __init__(self, services: Services, replies: Replies) -> None:
        self._services = services
        self._care = services.care
        self._replies = replies

    async def respond(self, message: IncomingMessage) -> None:
        """Answer who is sad with a kind word, and who speaks of suicide or self-harm with helplines alone."""
        if message.incoming.feeling.calls_for_helplines:
            await self._give_helplines(message)
        else:
            await self._give_kind_word(message)

    async def _give_kind_word(self, message: IncomingMessage) -> None:
        """Answer a sad message with a kind word, where the chat wants it and the time has come."""
        async with self._care.kind_word(message.incoming) as turn:
            if turn is not None:
                await self._reply(message, f"{escape(turn.answer)}\n{message.voice.text('care.why_sad')}")
                turn.sent()

    async def _give_helplines(self, message: IncomingMessage) -> None:
        """Answer a message that speaks of suicide or self-harm with helplines, and with nothing else."""
        voice = message.voice
        async with self._care.lines_in_crisis(message.incoming) as turn:
            if turn is not None:
                text = crisis_text(voice, turn.answer, self._services.helplines.anywhere(voice.locale))
                await self._reply(message, f"{text}\n{voice.text('care.why_crisis')}")
                turn.sent()

    async def opt_out(self, query: CallbackQuery, voice: Voice, member_id: int) -> None:
        """Opt out whoever clicked the button under an answer to his or her own message.

        Raises:
            UserError: it is somebody else's.
        """
        if query.from_user.id != member_id:
            raise UserError("optout.not_yours")
        await self._services.opt_outs.opt_out(Person(Platform.TELEGRAM, member_id))
        await query.answer(formatted(voice.text("optout.done")).text, show_alert=True)

    async def _reply(self, message: IncomingMessage, text: str) -> None:
        button = InlineKeyboardButton(message.voice.text("optout.button"), callback_data=f"opt-out:{message.author.id}")
        await self._replies.answer(message, text, keyboard=InlineKeyboardMarkup.from_button(button))
