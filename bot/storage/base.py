"""What the services ask of any storage."""

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.models import Author, Backlog, Delivery, Encouragement, Person, Platform, Progress, Scope


class DuplicateEncouragementError(Exception):
    """The scope already has an encouragement with this key; `pending` tells whether that one waits."""

    def __init__(self, *, pending: bool) -> None:
        super().__init__()
        self.pending = pending


class ScopeFullError(Exception):
    """The scope has as many encouragements as the caller allows."""


class TooManyPendingError(Exception):
    """The scope has as many pending encouragements as the caller allows."""


class AlreadyClaimedError(Exception):
    """Somebody else has claimed the delivery: what it asks for is changed already, and not again."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What another process may have written: the settings of scopes, the opt-outs of people, or anything at all."""

    scopes: frozenset[Scope] = frozenset()
    people: frozenset[Person] = frozenset()
    anything: bool = False


class Claimed(Protocol):
    """A delivery that is to be claimed; `made` tells that it was, with a change."""

    made: bool


class Storage(Protocol):
    """A storage in the words of its users; what a method has returned or confirmed survives a crash.

    Any method may raise `StorageUnavailableError`; nothing has changed then, unless it is an `UnknownOutcomeError`.
    """

    async def add_encouragement(
        self,
        scope: Scope,
        *,
        author: Author,
        text: str,
        key: str,
        created_at: datetime,
        limit: int,
        pending_limit: int | None = None,
    ) -> Encouragement:
        """Keep a text under the scope's next number, in one step with the checks.

        `key` is what two texts share when they count as the same; `limit` is how many the scope may hold, pending ones
        included. With `pending_limit`, the text is pending, and that is how many of those the scope may hold.

        Raises:
            DuplicateEncouragementError: `key` is there already.
            ScopeFullError: the scope holds `limit` encouragements.
            TooManyPendingError: the scope holds `pending_limit` pending ones.
        """
        ...

    async def list_encouragements(self, scope: Scope) -> list[Encouragement]:
        """Return the scope's encouragements in the order of their numbers, without the pending ones."""
        ...

    async def list_pending(self, scope: Scope) -> list[Encouragement]:
        """Return the scope's pending encouragements in the order of their numbers."""
        ...

    async def find_encouragement(self, scope: Scope, number: int) -> Encouragement | None:
        """Return one encouragement, pending or not, or None when the number was never given or its text is gone."""
        ...

    async def approve_encouragement(self, scope: Scope, number: int) -> bool:
        """Make a pending encouragement one like the others; False when no such one is pending."""
        ...

    async def refuse_encouragement(self, scope: Scope, number: int) -> bool:
        """Delete a pending encouragement; False when no such one is pending."""
        ...

    async def report_encouragement(self, scope: Scope, number: int, *, now: datetime) -> bool:
        """Make an encouragement pending since `now`, and reported until it is approved; False when none is said."""
        ...

    async def delete_pending_before(self, moment: datetime) -> int:
        """Delete what has been pending since before `moment`, in every scope; return how many that were.

        What was reported has been pending since then, anything else since it was added.
        """
        ...

    async def delete_encouragements(self, scope: Scope, numbers: Sequence[int]) -> list[Encouragement]:
        """Delete these encouragements, pending or not, in one step; return those that were there."""
        ...

    async def edit_encouragement(
        self, scope: Scope, number: int, *, text: str, key: str, now: datetime, pending_limit: int | None = None
    ) -> Encouragement | None:
        """Give an encouragement another text and return it; None when there is none with this number.

        With `pending_limit`, it is pending from `now` on, and that is how many the scope may hold.

        Raises:
            DuplicateEncouragementError: another one has this `key`.
            TooManyPendingError: the scope holds `pending_limit` other pending ones.
        """
        ...

    async def restore_encouragements(self, scope: Scope, messages: Mapping[str, Encouragement], *, limit: int) -> int:
        """Put deleted encouragements, by their keys, back under their numbers; return how many could be.

        Not one of which the key is there again, nor more than make `limit` in all.
        """
        ...

    async def list_keys(self, scope: Scope) -> set[str]:
        """Return the keys of all that the scope holds."""
        ...

    async def import_scope(
        self,
        scope: Scope,
        *,
        author: Author,
        texts: Mapping[str, str],
        created_at: datetime,
        limit: int,
        settings: Mapping[str, object],
    ) -> int:
        """Keep the settings and, under the next numbers, the texts whose key the scope lacks: all of it, or nothing.

        `texts` are by their key; `limit` is how many the scope may hold; `settings` are as for `save_settings`. Return
        how many were added.

        Raises:
            ScopeFullError: the scope would hold more than `limit`.
        """
        ...

    async def list_encouragements_of(self, person: Person) -> list[tuple[Scope, Encouragement]]:
        """Return the person's encouragements in every scope, pending or not."""
        ...

    async def forget_person(self, person: Person, private: Scope | None) -> None:
        """Delete the person's pending encouragements, take the name off the others and empty the private scope.

        All in one step, and beyond recovery.
        """
        ...

    async def load_settings(self, scope: Scope) -> dict[str, object]:
        """Return what the scope has chosen, by the name of the setting; a value is one that JSON has."""
        ...

    async def save_settings(self, scope: Scope, settings: Mapping[str, object]) -> None:
        """Keep what the scope has chosen for these settings, and forget those that are None; others stay."""
        ...

    async def list_scopes_with_daily(self, platform: Platform) -> list[Scope]:
        """Return the scopes of a platform that want a daily word."""
        ...

    async def load_daily(self, scope: Scope) -> tuple[date | None, frozenset[str]]:
        """Return the day of a scope's last daily word, and what was said since all had been said."""
        ...

    async def claim_daily(self, scope: Scope, day: date, said: Collection[str]) -> bool:
        """Claim a day for its word and keep what was said then; False when it, or a later one, was claimed before."""
        ...

    async def list_backlogs(self, platform: Platform) -> list[Backlog]:
        """Return what waits in each scope of a platform that wants its moderators to be told."""
        ...

    async def claim_notice(self, scope: Scope, *, now: datetime, since: datetime) -> bool:
        """Claim telling moderators `now` that something waits; False when they were told after `since`."""
        ...

    async def return_notice(self, scope: Scope, *, told: datetime | None) -> None:
        """Undo a claim: moderators were last told then, or never."""
        ...

    async def load_published_commands(self) -> str | None:
        """Return the digest of the slash commands last sent to the platform."""
        ...

    async def save_published_commands(self, digest: str) -> None:
        """Keep the digest of the slash commands just sent."""
        ...

    async def check_write(self) -> None:
        """Write as every change does, but nothing new.

        Raises:
            StorageUnavailableError: a change would be lost.
        """
        ...

    async def look(self) -> None:
        """Find out, without writing, whether what is written is still kept where it should be.

        Raises:
            StorageUnavailableError: a change would be lost.
        """
        ...

    async def load_opt_outs(self, platform: Platform) -> "array[int]":
        """Return the ids of everybody on a platform who has opted out, the smallest first."""
        ...

    async def has_opted_out(self, person: Person) -> bool:
        """Tell whether the person has opted out."""
        ...

    async def add_opt_out(self, person: Person) -> None:
        """Keep that the person has opted out."""
        ...

    async def remove_opt_out(self, person: Person) -> None:
        """Forget that the person had opted out."""
        ...

    async def changed_elsewhere(self) -> Changes:
        """Wait until another process has written, since this was opened or last asked, and return what."""
        ...

    async def record_servers(
        self,
        platform: Platform,
        present: Collection[int],
        *,
        now: datetime,
        among: Callable[[int], bool] = lambda _id: True,
    ) -> None:
        """Take `present` for all servers `among` which the bot is in: any other known one was left, by now.

        Those that only use commands were not.
        """
        ...

    async def record_arrival(self, server: Scope) -> None:
        """Keep that the bot is in this server, whether or not it had left."""
        ...

    async def record_departure(self, server: Scope, *, now: datetime) -> None:
        """Keep that the bot has left this server; a departure already known keeps its time."""
        ...

    async def record_use(self, server: Scope, *, day: date) -> None:
        """Keep that a server which the bot itself is not in was using its commands on that day, and is not left."""
        ...

    async def list_servers_left(self) -> list[Scope]:
        """Return the servers that were left, and have something to be deleted yet."""
        ...

    async def delete_servers_left_before(
        self, moment: datetime, *, among: Callable[[Scope], bool] = lambda _server: True
    ) -> list[Scope]:
        """Delete all that the servers `among` those left before `moment` had; return these servers."""
        ...

    async def delete_servers_unused_since(
        self, day: date, *, among: Callable[[Scope], bool] = lambda _server: True
    ) -> list[Scope]:
        """Delete all that the servers `among` those that only use commands had, if none was used from `day` on.

        Return these servers.
        """
        ...

    async def progress_of(self, delivery: Delivery) -> Progress:
        """Return how far a delivery has come.

        Raises:
            StorageUnavailableError: that can't be known now.
        """
        ...

    def claiming(self, delivery: Delivery, *, now: datetime) -> AbstractContextManager[Claimed]:
        """Claim the delivery in the same step as the first change that the calling task makes in the block.

        Such a change raises AlreadyClaimedError, and is undone, when the delivery has been claimed before.
        """
        ...

    async def finish_delivery(self, delivery: Delivery, *, now: datetime, forget_before: datetime) -> None:
        """Keep that the delivery was answered; forget those claimed before `forget_before`.

        Raises:
            StorageUnavailableError: that can't be kept now.
        """
        ...

    async def move_scope(self, old: Scope, new: Scope) -> None:
        """Give all that `old` has to `new`, in one step; when `old` has nothing, nothing changes.

        What `old` has keeps its numbers; what `new` has already gets new ones, unless it is the same as one of `old`,
        and the choices made in `new` stay. `old` is no server any more.
        """
        ...
