"""What the SQL asks of an engine, and how a database can be of no use."""

import logging
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Protocol

from bot.errors import StorageUnavailableError
from bot.storage.base import Changes

# Every database of the bot has had these, whatever its version.
TABLES_OF_EVERY_VERSION = frozenset(("scopes", "encouragements", "published_commands"))
TABLES = TABLES_OF_EVERY_VERSION | {"settings", "servers", "opt_outs", "deliveries", "daily_words"}

log = logging.getLogger(__name__)


class UnusableDatabaseError(Exception):
    """The database can't be opened or written."""


class MissingDatabaseError(UnusableDatabaseError):
    """There is no database."""


class DamagedDatabaseError(UnusableDatabaseError):
    """The database is there, and can't be read."""


class NewerDatabaseError(UnusableDatabaseError):
    """The database was written by a newer version of the bot."""


class ForeignDatabaseError(UnusableDatabaseError):
    """The database is another program's."""


class UnreachableDatabaseError(UnusableDatabaseError):
    """The server does not answer, or lets nobody in."""


class OutdatedServerError(UnusableDatabaseError):
    """The server is too old."""


class MissingRightsError(UnusableDatabaseError):
    """The bot may not do what it needs to."""


class ReadOnlyDatabaseError(UnusableDatabaseError):
    """The server takes no changes: it is a copy of another one."""


class InUseError(Exception):
    """Somebody else uses the database who must not do so now."""


class Row(Protocol):
    """A row, by the names of its columns or their places; iterating over it gives the values."""

    def __getitem__(self, key: Any) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What carries out SQL, in which `?` stands for each parameter in turn.

    `for_update` ends a SELECT whose rows nobody else is to change before the transaction is over; it is empty where
    nobody else could anyway. `ids_at_once` are so many as are read best in one step.
    """

    for_update: str
    ids_at_once: int

    async def fetch(self, sql: str, parameters: Sequence[object] = ()) -> Sequence[Row]:
        """Return the rows."""
        ...

    async def fetch_ids(self, sql: str, parameters: Sequence[object] = ()) -> "array[int]":
        """Return the one column `id` in order, packed: for very many."""
        ...

    async def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Change something; return how many rows that were."""
        ...

    async def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Do the same for each of these."""
        ...

    async def tell(self, changes: Changes) -> None:
        """Tell the processes that share the database what they may have in memory, once the transaction is over."""
        ...


class Engine(Protocol):
    """A database that is open."""

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """Read during the block.

        Raises:
            StorageUnavailableError: the database fails.
        """
        ...

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Keep what is written during the block, all or nothing.

        Raises:
            StorageUnavailableError: the database fails, or is held by others; nothing has changed.
            UnknownOutcomeError: it failed at the very end; it may have.
        """
        ...

    async def look(self) -> None:
        """Find out, without writing, whether what is written is kept.

        Raises:
            StorageUnavailableError: it is not.
        """
        ...

    async def check_write(self) -> None:
        """Write what changes nothing.

        Raises:
            StorageUnavailableError: that can't be kept.
        """
        ...

    async def changed_elsewhere(self) -> Changes:
        """Wait until another process has written, and return what."""
        ...

    async def scrub(self) -> None:
        """Make what was deleted unreadable, as far as that is in our hands."""
        ...


class Complaints:
    """Says in the log that a database fails: once, until it works again."""

    def __init__(self) -> None:
        self._failing = False

    def unavailable(self, reason: str) -> StorageUnavailableError:
        """Return what to raise, and say why."""
        if not self._failing:
            log.error("the database can't be used: %s", reason)
        self._failing = True
        return StorageUnavailableError(reason)

    def over(self) -> None:
        """Note that something could be written."""
        if self._failing:
            log.info("the database can be used again")
        self._failing = False


def migrations_in(folder: str) -> list[Traversable]:
    """Return an engine's scripts in their order; the version of a database is how many of them it has seen."""
    scripts = (files("bot.storage") / folder).iterdir()
    return sorted((file for file in scripts if file.name.endswith(".sql")), key=lambda file: file.name)


def expect_ours(version: int, newest: int, tables: Collection[str]) -> None:
    """Tell the bot's database, or an empty one, from others.

    Raises:
        NewerDatabaseError: a newer version of the bot wrote it.
        ForeignDatabaseError: another program did.
    """
    if version > newest:
        raise NewerDatabaseError(f"version {version}")
    if tables if version == 0 else TABLES_OF_EVERY_VERSION.difference(tables):
        raise ForeignDatabaseError(", ".join(sorted(tables)[:5]) or "no table")
