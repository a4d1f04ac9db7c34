"""What the bot does on Telegram for somebody who is sad or in danger."""

import re

from telegram import CallbackQuery, Chat, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.errors import UserError
from bot.models import KindWord, Person, Platform, Written
from bot.services import Services
from bot.services.care import Incoming
from bot.telegram.admins import Administrators
from bot.telegram.alone import Alone
from bot.telegram.command import IN_GROUPS, Command
from bot.telegram.links import link_to
from bot.telegram.reader import IncomingMessage, author_of, own_words
from bot.telegram.replies import Replies
from bot.telegram.voices import scope_of
from bot.text.helplines import support_text
from bot.text.kind_words import plain_word
from bot.text.sentences import Voice

FINE = re.compile(r"fine:(-?[0-9]{1,20})")
HURT = re.compile(r"hurt:(-?[0-9]{1,20}):([0-9]{1,19})")
OPT_OUT = re.compile(r"opt-out:(-?[0-9]{1,20})")


class Care:
    """Answers who is sad with a kind word, who is in danger with helplines, and says why."""

    def __init__(self, services: Services, replies: Replies, administrators: Administrators, alone: Alone) -> None:
        self._services = services
        self._care = services.care
        self._replies = replies
        self._administrators = administrators
        self._alone = alone
        self.commands = {"encourage": Command(self._encourage, where=IN_GROUPS)}

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
            await self._say(message, turn.answer, why=message.voice.text("care.why_sad"))
            turn.sent()
        return True

    async def _say(self, message: IncomingMessage, word: KindWord, *, why: str) -> None:
        """Reply with a kind word and why it came, and buttons for the one who gets it."""
        fine = InlineKeyboardButton(message.voice.text("fine.button"), callback_data=f"fine:{message.author.id}")
        buttons = [fine]
        if word.number is not None and not message.is_private:
            data = f"hurt:{message.author.id}:{word.number}"
            buttons.append(InlineKeyboardButton(message.voice.text("hurt.button"), callback_data=data))
        await self._reply(message, f"{plain_word(word.text, _called(message))}\n{why}", *buttons)

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
        url = link_to(self._replies.bot.username, "helpline", country)
        return InlineKeyboardButton(voice.text("crisis.button"), url=url)

    async def _encourage(self, message: IncomingMessage) -> None:
        """Reply to the message that a command replies to; why that can't be is for the one alone who gave it.

        Raises:
            UserError: the command replies to none.
        """
        original = _replied_to(message.original)
        if original is None:
            raise UserError("telegram.encourage.usage")
        try:
            await self._encourage_author(original, message)
        except UserError as refusal:
            if not refusal.key.startswith("encourage."):
                raise
            # What it says of its author, such as that he or she was in danger a short while ago, is for nobody else.
            key, public = refusal.key, message.voice.text("encourage.not_possible")
            await self._alone.answer(message, lambda voice: voice.text(key), link=None, public=public)

    async def _encourage_author(self, original: Message, message: IncomingMessage) -> None:
        """Answer a message with a kind word from the author of another one, or with helplines if it calls for them.

        Raises:
            UserError: it can't be answered so.
        """
        author = author_of(original)
        if author is None:
            raise UserError("encourage.not_bots")
        reading = self._care.read_to_encourage(own_words(original.to_dict()), message.scope, author_id=author.id)
        locale = message.voice.locale
        incoming = Incoming(message.scope, author.id, (message.chat.id,), message.preferences, locale, reading)
        meant = IncomingMessage(original, author, incoming, message.voice, None, "")
        if incoming.feeling.calls_for_helplines:
            if not await self._give_helplines(meant):
                raise UserError("encourage.crisis")
            return
        async with self._care.requested_word(incoming, message.text) as turn:
            why = message.voice.text("encourage.from", name=Written(message.author.name))
            await self._say(meant, turn.answer, why=why)
            turn.sent()

    async def opt_out(self, query: CallbackQuery, chat: Chat, voice: Voice, member_id: int) -> None:
        """Opt out whoever clicked the button under an answer to his or her own message.

        Raises:
            UserError: it is somebody else's.
        """
        if not await self._administrators.may_click(chat.id, query.from_user.id, member_id):
            raise UserError("optout.not_yours")
        await self._services.opt_outs.opt_out(Person(Platform.TELEGRAM, member_id))
        await self._replies.alert(query, voice.text("optout.done"))

    async def take_back(self, query: CallbackQuery, chat: Chat, voice: Voice, member_id: int) -> None:
        """Delete a kind word for the one who got it, or for an administrator; nothing is kept of it.

        Raises:
            UserError: it is somebody else's.
        """
        if query.from_user.id != member_id and not await self._administrators.has(chat.id, query.from_user.id):
            raise UserError("fine.not_yours")
        await query.answer()
        await self._replies.take_away(query, voice.text("telegram.taken_away"))

    async def report(self, query: CallbackQuery, chat: Chat, voice: Voice, *, member_id: int, number: int) -> None:
        """Delete a kind word that hurt the one who got it, and say it no more until somebody has looked at it.

        Raises:
            UserError: it is somebody else's.
        """
        if not await self._administrators.may_click(chat.id, query.from_user.id, member_id):
            raise UserError("hurt.not_yours")
        await self._replies.take_away(query, voice.text("telegram.taken_away"))
        await self._services.encouragements.report(scope_of(chat), number)
        await self._replies.alert(query, voice.text("hurt.done"))

    async def _reply(self, message: IncomingMessage, text: str, *buttons: InlineKeyboardButton) -> None:
        last = InlineKeyboardButton(message.voice.text("optout.button"), callback_data=f"opt-out:{message.author.id}")
        await self._replies.answer(message, text, keyboard=InlineKeyboardMarkup.from_column([*buttons, last]))


def _called(message: IncomingMessage) -> str:
    """Return what a message's author is called by others."""
    person = message.original.from_user
    return message.author.name if message.is_anonymous or person is None else person.first_name


def _replied_to(message: Message) -> Message | None:
    """Return what a message replies to; in a topic, one that replies to none replies to the topic's beginning."""
    original = message.reply_to_message
    return None if original is None or original.forum_topic_created is not None else original
