"""Greeting, quotes, and the kind messages of a chat: adding, showing and deleting."""

import re
from collections.abc import Sequence

from telegram import CallbackQuery, Chat, ForceReply

from bot.errors import UserError
from bot.models import Contributors
from bot.services import Services
from bot.services.encouragements import is_by
from bot.services.message_numbers import message_numbers, page_number
from bot.services.privacy import DAYS_KEPT_PENDING
from bot.telegram import lists, questions
from bot.telegram.admins import Administrators
from bot.telegram.command import Command
from bot.telegram.prompts import QUESTIONS
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.telegram.voices import scope_of
from bot.text.lists import delete_question, deleted_text, edited_text, restored_text
from bot.text.quotes import quote_text
from bot.text.sentences import Voice


class ChatMessages:
    """The chat's own messages, and those that come with the bot."""

    def __init__(self, services: Services, replies: Replies, administrators: Administrators) -> None:
        self._services = services
        self._encouragements = services.encouragements
        self._replies = replies
        self._administrators = administrators
        self.commands = {
            "hello": Command(self._hello),
            "inspire": Command(self._inspire),
            "new": Command(self._new),
            "list": Command(self._list),
            "edit": Command(self._edit),
            "del": Command(self._delete),
        }

    async def _hello(self, message: IncomingMessage) -> None:
        await self._replies.say(message, "greetings.hello")

    async def _inspire(self, message: IncomingMessage) -> None:
        quote = self._services.quotes.next(message.voice.locale, message.preferences.quotes)
        await self._replies.answer(message, quote_text(message.voice, quote))

    async def _new(self, message: IncomingMessage) -> None:
        may_moderate = await self._may_moderate(message)
        if not message.text:
            # Whoever may not add any must not write one first.
            await self._encouragements.must_wait(message.scope, may_moderate=may_moderate)
            await self._ask(message)
            return
        added = await self._encouragements.add(
            message.scope, author=message.author, text=message.text, may_moderate=may_moderate
        )
        key = "new.waiting" if added.pending else "new.added"
        await self._replies.say(message, key, number=added.number, days=DAYS_KEPT_PENDING)

    async def _ask(self, message: IncomingMessage) -> None:
        placeholder = message.voice.text("new.form_placeholder")
        await self._replies.answer(
            message,
            message.voice.text(QUESTIONS["new"]),
            keyboard=ForceReply(selective=True, input_field_placeholder=placeholder),
        )

    async def _may_moderate(self, message: IncomingMessage) -> bool:
        """Tell whether a message is kept whoever may add some; where nobody has to ask, nor has the bot."""
        contributors = message.preferences.contributors
        if message.is_private or contributors is Contributors.EVERYONE:
            return message.is_private
        try:
            return await self._administrators.wrote(message)
        except UserError:
            if contributors is Contributors.MODERATORS:
                raise
            return False

    async def _list(self, message: IncomingMessage) -> None:
        search = " ".join(message.text.split())[: lists.LONGEST_SEARCH]
        page = page_number(search)
        search = "" if page else search
        kept = await self._encouragements.list(message.scope, search)
        await lists.show(self._replies, message, kept, page=page or 1, search=search)

    async def _delete(self, message: IncomingMessage) -> None:
        numbers = _numbers(message.text)
        member_id, scope, voice = message.author.id, message.scope, message.voice
        may_moderate = message.is_private
        try:
            found = await self._encouragements.deletable(
                scope, *numbers, member_id=member_id, may_moderate=may_moderate
            )
        except UserError as error:
            # One's own goes whatever Telegram tells about administrators.
            if error.key != "del.not_yours" or not await self._administrators.wrote(message):
                raise
            may_moderate = True
            found = await self._encouragements.deletable(scope, *numbers, member_id=member_id, may_moderate=True)
        if others := [kept for kept in found if not is_by(kept, member_id)]:
            keyboard = questions.keyboard(voice, "del", member_id, ",".join(map(str, numbers)), yes="del.yes")
            await self._replies.answer(message, delete_question(voice, others), keyboard=keyboard)
            return
        await self._encouragements.delete(scope, *numbers, member_id=member_id, may_moderate=may_moderate)
        remaining = await self._encouragements.list(message.scope)
        undo = questions.undo(voice, member_id, numbers)
        await lists.show(self._replies, message, remaining, above=deleted_text(voice, numbers), undo=undo)

    async def _edit(self, message: IncomingMessage) -> None:
        """Give one of its author's own messages another text."""
        typed = re.fullmatch(r"(\S+)\s+(.+)", message.text, re.DOTALL)
        if typed is None:
            raise UserError("edit.usage")
        try:
            (number,) = message_numbers(typed[1])
        except ValueError:
            raise UserError("edit.usage") from None
        may_moderate = await self._may_moderate(message)
        edited = await self._encouragements.edit(
            message.scope, number, member_id=message.author.id, text=typed[2], may_moderate=may_moderate
        )
        await self._replies.answer(message, edited_text(message.voice, edited))

    async def delete(self, query: CallbackQuery, chat: Chat, voice: Voice, numbers: Sequence[int]) -> None:
        """Delete messages that somebody else has added, for an administrator who was asked whether to.

        Raises:
            UserError: whoever clicked does not decide here any more, or one of them is gone.
        """
        may_moderate = await self._administrators.has(chat.id, query.from_user.id)
        await self._encouragements.delete(
            scope_of(chat), *numbers, member_id=query.from_user.id, may_moderate=may_moderate
        )
        undo = questions.undo(voice, query.from_user.id, numbers)
        await self._replies.show(query, deleted_text(voice, numbers), keyboard=undo)

    async def restore(
        self, query: CallbackQuery, chat: Chat, voice: Voice, *, asker_id: int, numbers: Sequence[int]
    ) -> None:
        """Put back what was deleted a moment ago, for whoever has done it.

        Raises:
            UserError: it was somebody else, or it is too late.
        """
        if not await self._administrators.may_click(chat.id, query.from_user.id, asker_id):
            raise UserError("pages.not_yours")
        await self._encouragements.restore(scope_of(chat), *numbers, member_id=asker_id)
        await self._replies.show(query, restored_text(voice, numbers))


def _numbers(typed: str) -> Sequence[int]:
    try:
        return message_numbers(typed)
    except ValueError:
        raise UserError("del.bad_number") from None
