"""The kind messages: what may be kept, who may delete, and which one to say."""

import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from bot.errors import UserError
from bot.models import Author, Encouragement, Scope
from bot.services.plain_text import is_visible
from bot.services.recently_used import RecentlyUsed
from bot.storage.base import DuplicateEncouragementError, ScopeFullError, Storage

MAX_LENGTH = 1_000
MAX_PER_SCOPE = 500
JOINER = "\u200d"
MAX_NUMBER = 2**63 - 1
CHANNELS_REMEMBERED = 10_000


class Encouragements:
    """The messages of every scope, and the starters that each language ships with."""

    def __init__(
        self,
        storage: Storage,
        starters: Mapping[str, Sequence[str]],
        *,
        rng: random.Random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._storage = storage
        self._starters = starters
        self._rng = rng
        self._now = now
        self._last_said: RecentlyUsed[int, str] = RecentlyUsed(CHANNELS_REMEMBERED)

    async def add(self, scope: Scope, *, author: Author, text: str) -> Encouragement:
        """Keep a member's message for this scope, trimmed.

        Raises:
            UserError: nothing to see in it, too long, a duplicate (case and spacing aside), or the scope is full.
        """
        text = text.strip()
        if not any(map(is_visible, text)):
            raise UserError("new.missing")
        if len(text) > MAX_LENGTH:
            raise UserError("new.too_long", length=len(text), limit=MAX_LENGTH)
        try:
            return await self._storage.add_encouragement(
                scope, author=author, text=text, key=_key(text), created_at=self._now(), limit=MAX_PER_SCOPE
            )
        except DuplicateEncouragementError:
            raise UserError("new.duplicate") from None
        except ScopeFullError:
            raise UserError("new.full", limit=MAX_PER_SCOPE) from None

    async def list(self, scope: Scope) -> Sequence[Encouragement]:
        """Return the scope's messages in the order of their numbers."""
        return await self._storage.list_encouragements(scope)

    async def delete(self, scope: Scope, number: int, *, member_id: int, may_moderate: bool) -> Sequence[Encouragement]:
        """Delete one message and return those that remain; `may_moderate` lets a member delete others' messages.

        Raises:
            UserError: there is no such message, or it is someone else's.
        """
        if not 1 <= number <= MAX_NUMBER:
            raise UserError("del.bad_number")
        found = await self._storage.find_encouragement(scope, number)
        if found is None:
            raise UserError("del.unknown", number=number)
        is_theirs = found.author is not None and found.author.id == member_id
        if not (is_theirs or may_moderate):
            raise UserError("del.not_yours", number=number)
        if not await self._storage.delete_encouragement(scope, number):
            raise UserError("del.unknown", number=number)
        return await self._storage.list_encouragements(scope)

    async def pick(self, scope: Scope, *, locale: str, channel_id: int) -> str:
        """Return a starter or one of the scope's messages at random, never twice running in a channel."""
        kept = [encouragement.text for encouragement in await self._storage.list_encouragements(scope)]
        last = self._last_said.get(channel_id)
        choices = [text for text in (*self._starters[locale], *kept) if text != last]
        chosen = self._rng.choice(choices)
        self._last_said[channel_id] = chosen
        return chosen


def _key(text: str) -> str:
    visible = (c for c in text if unicodedata.category(c) != "Cf" or c == JOINER)
    return " ".join(unicodedata.normalize("NFC", "".join(visible).casefold()).split())
