"""The messages of a group that wait for an administrator, one at a time, and not before everybody's eyes."""

import re
from contextlib import suppress
from datetime import UTC, datetime

from telegram import CallbackQuery, Chat, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.errors import UserError
from bot.models import Decision, Encouragement, Platform, Scope, Waiting
from bot.services.encouragements import Encouragements
from bot.telegram.admins import Administrators
from bot.telegram.alone import Alone
from bot.telegram.command import IN_GROUPS, Command
from bot.telegram.links import SEPARATOR
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.telegram.voices import Voices
from bot.text.approval import decided_text, news_text
from bot.text.durations import rough_duration
from bot.text.lists import author_name
from bot.text.markdown import escape
from bot.text.sentences import Voice

NAME = "pending"
CLICK = re.compile(r"pending:(approve|refuse|later):([0-9]{1,19}):(-[0-9]{1,16})")


class Approval:
    """Lets administrators decide which messages the group keeps."""

    def __init__(
        self,
        encouragements: Encouragements,
        voices: Voices,
        replies: Replies,
        administrators: Administrators,
        alone: Alone,
    ) -> None:
        self._encouragements = encouragements
        self._voices = voices
        self._replies = replies
        self._administrators = administrators
        self._alone = alone
        self.commands = {NAME: Command(self._pending, for_admins=True, where=IN_GROUPS, opened=self._open)}

    async def _pending(self, message: IncomingMessage) -> None:
        """Show the message that has waited longest: the one that hurt somebody must not be said to all again."""
        group_id, voice = message.chat.id, await self._alone.voice(message)
        text, keyboard = _shown(voice, group_id, await self._encouragements.next_pending(message.scope))
        await self._alone.give(
            message,
            lambda: self._replies.tell(message.author.id, text, keyboard=keyboard),
            link=f"{NAME}{SEPARATOR}{group_id}",
        )

    async def _open(self, message: IncomingMessage) -> None:
        group_id = await self._administrators.chat_meant(message)
        text, keyboard = _shown(message.voice, group_id, await self._encouragements.next_pending(_scope(group_id)))
        await self._replies.answer(message, text, keyboard=keyboard)

    async def click(self, query: CallbackQuery, match: re.Match[str]) -> None:
        """Do what was chosen, say so, and show the next message in the place of this one.

        Raises:
            UserError: whoever clicked does not administer the group.
        """
        decision, number, group_id = Decision(match[1]), int(match[2]), int(match[3])
        if not await self._administrators.has(group_id, query.from_user.id):
            raise UserError("telegram.admins_only")
        moderator_id = query.from_user.id
        decided = await self._encouragements.decide(_scope(group_id), number, decision, moderator_id=moderator_id)
        following = await self._encouragements.next_pending(_scope(group_id), after=number)
        voice = await self._voices.voice_alone(query.from_user)
        said = decided_text(voice, decision, number, done=decided.done)
        text, keyboard = _shown(voice, group_id, following, said)
        await self._replies.show(query, text, keyboard=keyboard)
        if decided.news is not None:
            await self._tell_author(group_id, decision, decided.news)

    async def _tell_author(self, group_id: int, decision: Decision, kept: Encouragement) -> None:
        """Tell whoever wrote a message what was decided, in the group's language, if he or she has begun a chat."""
        if kept.author is None:
            return
        voice = await self._voices.voice_in(Chat(group_id, ChatType.SUPERGROUP), None)
        with suppress(TelegramError):
            await self._replies.tell(kept.author.id, news_text(voice, decision, kept))


def _scope(group_id: int) -> Scope:
    return Scope(Platform.TELEGRAM, group_id)


def _shown(
    voice: Voice, group_id: int, waiting: Waiting | None, said: str = ""
) -> tuple[str, InlineKeyboardMarkup | None]:
    """Return what a message shows, under a line that says what was done: one that waits, or that none does."""
    if waiting is None:
        return f"{said}\n{voice.text('pending.none')}".strip(), None
    kept = waiting.encouragement
    seconds = (datetime.now(UTC) - kept.created_at).total_seconds()
    when = voice.text("status.ago", duration=rough_duration(voice.texts, voice.locale, seconds))
    lines = [
        *filter(None, [said]),
        f"**{voice.text('pending.title', number=kept.number)}**",
        voice.text("pending.entry", text=escape(kept.text), author=author_name(voice, kept), when=when),
        *([f"**{voice.text('pending.why')}** — {voice.text('pending.reported')}"] if kept.reported else []),
        voice.text("pending.place", place=waiting.place, count=waiting.count),
    ]
    choices = Decision if waiting.count > 1 else (Decision.APPROVE, Decision.REFUSE)
    buttons = [
        InlineKeyboardButton(
            voice.text(f"pending.{choice}"), callback_data=f"pending:{choice}:{kept.number}:{group_id}"
        )
        for choice in choices
    ]
    return "\n".join(lines), InlineKeyboardMarkup([buttons])
