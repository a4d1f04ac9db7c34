"""What was deleted a moment ago, which whoever did it can take back; in memory only, and for five minutes."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bot.errors import StorageUnavailableError, UserError
from bot.models import Encouragement, Person, Scope

SECONDS_TO_UNDO = 300.0


@dataclass(frozen=True, slots=True)
class _Deleted:
    kept: Encouragement
    member_id: int
    since: float


class Deletions:
    """Keeps deleted messages for as long as their deletion can be taken back; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deleted: dict[tuple[Scope, int], _Deleted] = {}

    def keep(self, scope: Scope, messages: Sequence[Encouragement], *, member_id: int) -> None:
        """Keep what a member has just deleted, for five minutes."""
        keys = [(scope, kept.number) for kept in messages]
        for key, kept in zip(keys, messages, strict=True):
            self._deleted[key] = _Deleted(kept, member_id, self._clock())
        asyncio.get_running_loop().call_later(SECONDS_TO_UNDO, self._drop, keys)

    @contextmanager
    def taken(self, scope: Scope, numbers: Sequence[int], *, member_id: int) -> Iterator[Sequence[Encouragement]]:
        """Give what a member has deleted, once, or again when it could not be put back.

        Raises:
            UserError: it is too late, or somebody else deleted it.
        """
        since = self._clock() - SECONDS_TO_UNDO
        found = [self._deleted.get((scope, number)) for number in numbers]
        fresh = [each for each in found if each is not None and each.member_id == member_id and each.since > since]
        if len(fresh) < len(numbers):
            raise UserError("del.too_late")
        self._drop([(scope, number) for number in numbers])
        try:
            yield [each.kept for each in fresh]
        except StorageUnavailableError:
            self._deleted.update(((scope, each.kept.number), each) for each in fresh)
            raise

    def forget(self, person: Person) -> None:
        """Let nothing come back of somebody who asked to be forgotten."""
        for key, each in [*self._deleted.items()]:
            author = each.kept.author
            if key[0].platform is person.platform and author is not None and author.id == person.id:
                self._drop([key])

    def _drop(self, keys: Sequence[tuple[Scope, int]]) -> None:
        for key in keys:
            self._deleted.pop(key, None)
