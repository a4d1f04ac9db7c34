"""The kind messages: what may be kept and by whom, what waits for a moderator, who may delete, which one to say."""

import asyncio
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.errors import UserError
from bot.models import (
    Author,
    Contributors,
    Decided,
    Decision,
    Encouragement,
    KindWord,
    Scope,
    Starters,
    StartersUse,
    Waiting,
)
from bot.services.deletions import Deletions
from bot.services.feelings.plain_text import fold, is_visible
from bot.services.feelings.reader import Feeling, Feelings, Reading
from bot.services.links import has_link
from bot.services.message_numbers import is_number
from bot.services.recently_used import RecentlyUsed
from bot.services.search import like, with_words
from bot.services.settings.preferences import Preferences
from bot.storage.base import DuplicateEncouragementError, ScopeFullError, Storage, TooManyPendingError

MAX_LENGTH = 1_000
MAX_PER_SCOPE = 500
MAX_PENDING = 100
JOINER = "\u200d"
CHANNELS_REMEMBERED = 10_000
MOST_SEARCHES = 10
# What stands in a kind word for the name of whoever it is said to.
NAME = re.compile(r"\{name\}", re.IGNORECASE)
# With fewer messages of its own, a scope hears the same ones too often.
FEW = 10
# The refusals of what the bot would never say to anybody.
NEVER_SAID = frozenset({"new.dangerous", "new.cruel", "new.link"})


class Encouragements:
    """The messages of every scope, and the starters that each language ships with."""

    def __init__(
        self,
        storage: Storage,
        starters: Mapping[str, Starters],
        preferences: Preferences,
        feelings: Feelings,
        *,
        rng: random.Random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        deletions: Deletions | None = None,
    ) -> None:
        self._storage = storage
        self._deletions = deletions or Deletions()
        self._starters = starters
        self._preferences = preferences
        self._feelings = feelings
        self._rng = rng
        self._now = now
        # One at a time: each holds the whole list.
        self._searching = asyncio.Lock()
        self._searches = 0
        self._last_said: RecentlyUsed[tuple[Scope, int], str] = RecentlyUsed(CHANNELS_REMEMBERED)

    def trimmed(self, text: str, *, links: bool = False) -> str:
        """Return a message as it is kept; `links` lets it hold some.

        Raises:
            UserError: nothing to see in it, too long, it speaks of the danger somebody is in, it would wound whoever
                it is said to, or it holds a link.
        """
        text = text.strip()
        if not any(map(is_visible, text)):
            raise UserError("new.missing")
        if len(text) > MAX_LENGTH:
            raise UserError("new.too_long", length=len(text), limit=MAX_LENGTH)
        if self._feelings.read(text).feeling is Feeling.DANGER:
            raise UserError("new.dangerous")
        if self._feelings.wounds(text):
            raise UserError("new.cruel")
        if not links and has_link(text, self._feelings.knows):
            raise UserError("new.link")
        return text

    async def must_wait(self, scope: Scope, *, may_moderate: bool) -> bool:
        """Tell whether a member's message waits for a moderator here before it is listed and said.

        Raises:
            UserError: only moderators add messages here.
        """
        if may_moderate:
            return False
        contributors = (await self._preferences.get(scope)).contributors
        if contributors is Contributors.MODERATORS:
            raise UserError("new.moderators_only")
        return contributors is Contributors.APPROVAL

    async def add(self, scope: Scope, *, author: Author, text: str, may_moderate: bool = False) -> Encouragement:
        """Keep a member's message for this scope, trimmed; it is pending where it must wait.

        Raises:
            UserError: the member may not add any, nothing to see in it, too long, it speaks of danger, it would wound,
                it holds a link, a duplicate (case and spacing aside), the scope is full, or too many messages wait.
        """
        pending = await self.must_wait(scope, may_moderate=may_moderate)
        text = self.trimmed(text, links=(await self._preferences.get(scope)).links)
        with _refusals():
            return await self._storage.add_encouragement(
                scope,
                author=author,
                text=text,
                key=sameness_key(text),
                created_at=self._now(),
                limit=MAX_PER_SCOPE,
                pending_limit=MAX_PENDING if pending else None,
            )

    async def list(self, scope: Scope, search: str = "") -> Sequence[Encouragement]:
        """Return the scope's messages in the order of their numbers, without the pending ones.

        With `search`, only those that hold every word of it, however they are written.
        """
        everything = await self._storage.list_encouragements(scope)
        if not search:
            return everything
        # As long as for a completion.
        return await asyncio.to_thread(with_words, fold(search).split(), everything)

    async def search(self, scope: Scope, typed: str, *, member_id: int, may_moderate: bool) -> Sequence[Encouragement]:
        """Return the messages that a member may delete, pending ones too, with `typed` in their number or text.

        The one with that very number comes first, then those whose number begins so, then the others; newest first.
        Nothing is found when many search already.
        """
        if self._searches >= MOST_SEARCHES:
            return ()
        self._searches += 1
        try:
            async with self._searching:
                return await self._search(scope, typed, member_id=member_id, may_moderate=may_moderate)
        finally:
            self._searches -= 1

    async def _search(self, scope: Scope, typed: str, *, member_id: int, may_moderate: bool) -> Sequence[Encouragement]:
        everything = [*await self._storage.list_encouragements(scope), *await self._storage.list_pending(scope)]
        theirs = [kept for kept in everything if _may_delete(kept, member_id=member_id, may_moderate=may_moderate)]
        # A full list of long texts takes a third of a second to fold, which nobody else should wait for.
        return await asyncio.to_thread(like, typed, theirs)

    async def deletable(
        self, scope: Scope, *numbers: int, member_id: int, may_moderate: bool
    ) -> Sequence[Encouragement]:
        """Return the messages with these numbers; `may_moderate` lets a member delete others' messages.

        Raises:
            UserError: there is no such message, or one is someone else's.
        """
        return [
            await self._deletable(scope, number, member_id=member_id, may_moderate=may_moderate) for number in numbers
        ]

    async def _deletable(self, scope: Scope, number: int, *, member_id: int, may_moderate: bool) -> Encouragement:
        if not is_number(number):
            raise UserError("del.bad_number")
        found = await self._storage.find_encouragement(scope, number)
        if found is None:
            raise UserError("del.unknown", number=number)
        if not _may_delete(found, member_id=member_id, may_moderate=may_moderate):
            raise UserError("del.not_yours", number=number)
        return found

    async def delete(self, scope: Scope, *numbers: int, member_id: int, may_moderate: bool) -> None:
        """Delete these messages, or none of them, for now; `may_moderate` lets a member delete others' messages.

        Raises:
            UserError: there is no such message, or one is someone else's.
        """
        await self.deletable(scope, *numbers, member_id=member_id, may_moderate=may_moderate)
        deleted = await self._storage.delete_encouragements(scope, numbers)
        if not deleted:
            raise UserError("del.unknown", number=numbers[0])
        self._deletions.keep(scope, deleted, member_id=member_id)

    async def restore(self, scope: Scope, *numbers: int, member_id: int) -> None:
        """Put back what a member has deleted within the last five minutes.

        Raises:
            UserError: it is too late, or the same message is there again, or the list is full.
        """
        with self._deletions.taken(scope, numbers, member_id=member_id) as messages:
            keyed = {sameness_key(kept.text): kept for kept in messages}
            restored = await self._storage.restore_encouragements(scope, keyed, limit=MAX_PER_SCOPE)
        if not restored:
            raise UserError("del.not_restored")

    async def own(self, scope: Scope, number: int, *, member_id: int) -> Encouragement:
        """Return a message that its author wants to change.

        Raises:
            UserError: there is no such message, or it is someone else's.
        """
        found = await self._storage.find_encouragement(scope, number) if is_number(number) else None
        if found is None:
            raise UserError("del.unknown", number=number)
        if not is_by(found, member_id):
            raise UserError("edit.not_yours", number=number)
        return found

    async def edit(
        self, scope: Scope, number: int, *, member_id: int, text: str, may_moderate: bool = False
    ) -> Encouragement:
        """Give a member's own message another text; it waits, again, where a new one would have to.

        Raises:
            UserError: there is no such message, it is someone else's, or the text is refused as for `add`.
        """
        await self.own(scope, number, member_id=member_id)
        pending = await self.must_wait(scope, may_moderate=may_moderate)
        text = self.trimmed(text, links=(await self._preferences.get(scope)).links)
        limit = MAX_PENDING if pending else None
        with _refusals():
            edited = await self._storage.edit_encouragement(
                scope, number, text=text, key=sameness_key(text), now=self._now(), pending_limit=limit
            )
        if edited is None:
            raise UserError("del.unknown", number=number)
        return edited

    async def next_pending(self, scope: Scope, *, after: int = 0) -> Waiting | None:
        """Return the oldest pending message with a number above `after`, else the oldest; None when none waits."""
        pending = await self._storage.list_pending(scope)
        if not pending:
            return None
        place = next((place for place, waiting in enumerate(pending) if waiting.number > after), 0)
        return Waiting(pending[place], place=place + 1, count=len(pending))

    async def approve(self, scope: Scope, number: int) -> bool:
        """Put a pending message on the scope's list; False when it no longer waits."""
        return is_number(number) and await self._storage.approve_encouragement(scope, number)

    async def refuse(self, scope: Scope, number: int) -> bool:
        """Delete a pending message; False when it no longer waits."""
        return is_number(number) and await self._storage.refuse_encouragement(scope, number)

    async def decide(self, scope: Scope, number: int, decision: Decision, *, moderator_id: int) -> Decided:
        """Do with a pending message what a moderator has decided."""
        if decision is Decision.LATER:
            return Decided(done=True)
        kept = await self._storage.find_encouragement(scope, number) if is_number(number) else None
        approved = decision is Decision.APPROVE
        done = await (self.approve if approved else self.refuse)(scope, number)
        if not done or kept is None or kept.author is None or kept.author.id == moderator_id:
            return Decided(done)
        # Whoever wrote what is said again was never told that it was not.
        return Decided(done, None if approved and kept.reported else kept)

    def starters(self, locale: str, count: int) -> Sequence[str]:
        """Return some starters at random, of those that listen: nothing is known of whoever will read them."""
        listening = self._starters[locale].listening
        return self._rng.sample(listening, min(count, len(listening)))

    async def report(self, scope: Scope, number: int) -> None:
        """Let a message that hurt somebody wait for a moderator again, however many wait; who it hurt is not kept."""
        if is_number(number):
            await self._storage.report_encouragement(scope, number, now=self._now())

    async def pick(self, scope: Scope, *, locale: str, channel_id: int, reading: Reading) -> KindWord:
        """Return a starter or one of the scope's messages at random, never twice running in a channel.

        Starters that urge to feel better are only said to a little sadness, and none is where the scope wants none and
        has messages of its own.
        """
        kept = [KindWord(each.text, each.number) for each in await self._storage.list_encouragements(scope)]
        use = (await self._preferences.get_or_default(scope)).starters
        said = kept
        if are_starters_said(use, len(kept)):
            starters = self._starters[locale]
            urging = starters.exhorting if reading.is_mild else ()
            said = [*map(KindWord, (*urging, *starters.listening)), *kept]
        last = self._last_said.get((scope, channel_id))
        chosen = self._rng.choice([word for word in said if word.text != last] or said)
        self._last_said[scope, channel_id] = chosen.text
        return chosen


@contextmanager
def _refusals() -> Iterator[None]:
    """Say why a text is not kept."""
    try:
        yield
    except DuplicateEncouragementError as duplicate:
        raise UserError("new.already_waiting" if duplicate.pending else "new.duplicate") from None
    except ScopeFullError:
        raise UserError("new.full", limit=MAX_PER_SCOPE) from None
    except TooManyPendingError:
        raise UserError("new.too_many_waiting", limit=MAX_PENDING) from None


def are_starters_said(use: StartersUse, own: int) -> bool:
    """Tell whether starters are said in a scope with so many messages of its own; with none, they are all there is."""
    match use:
        case StartersUse.ON:
            return True
        case StartersUse.FEW:
            return own < FEW
        case StartersUse.OFF:
            return own == 0


def names_somebody(text: str) -> bool:
    """Tell whether a kind word can only be said to one person, whose name stands in it."""
    return NAME.search(text) is not None


def is_by(kept: Encouragement, member_id: int) -> bool:
    """Tell whether a member has added this message."""
    return kept.author is not None and kept.author.id == member_id


def _may_delete(kept: Encouragement, *, member_id: int, may_moderate: bool) -> bool:
    return may_moderate or is_by(kept, member_id)


def sameness_key(text: str) -> str:
    """Return what two messages share that differ only in case, spacing and invisible characters."""
    visible = (c for c in text if unicodedata.category(c) != "Cf" or c == JOINER)
    return " ".join(unicodedata.normalize("NFC", "".join(visible).casefold()).split())
