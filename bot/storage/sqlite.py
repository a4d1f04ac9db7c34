"""The SQLite file: opened, brought up to date, shared and closed."""

import asyncio
import json
import os
import sqlite3
import stat
import time
from array import array
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.resources.abc import Traversable
from pathlib import Path

import aiosqlite

from bot.errors import StorageUnavailableError
from bot.storage.base import Changes
from bot.storage.engine import (
    TABLES,
    Complaints,
    DamagedDatabaseError,
    UnusableDatabaseError,
    expect_ours,
    migrations_in,
)
from bot.storage.sql import SQLStorage

# How long to wait for another process that holds the file.
BUSY_TIMEOUT_SECONDS = 2.0
# For one try while the bot runs: SQLite waits in a thread, which nothing can stop.
BUSY_TURN_SECONDS = 0.1
# How long a look at the whole file may take, at the start and after it was found damaged.
CHECK_AT_START_SECONDS = 5.0
CHECK_AGAIN_SECONDS = 1.0
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
FAILURES_OF_THE_FILE = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_CANTOPEN, *DAMAGE),
)
OWNERS_ONLY = 0o600
TABLES_IN_IT = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
# Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
STEPS_BETWEEN_LOOKS = 10_000
# How often to look whether another process has written.
SECONDS_BETWEEN_LOOKS = 1.0


class SQLiteConnection:
    """What carries out SQL on the one connection; nobody else changes anything meanwhile."""

    for_update = ""
    ids_at_once = 100_000

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, parameters: Sequence[object] = ()) -> Sequence[sqlite3.Row]:
        """Return the rows."""
        return await self._connection.execute_fetchall(sql, parameters)  # type: ignore[return-value]

    async def fetch_ids(self, sql: str, parameters: Sequence[object] = ()) -> "array[int]":
        """Return the one column `id` in order, packed: as one text, since a million rows take ten times as long."""
        ((text,),) = await self._connection.execute_fetchall(f"SELECT json_group_array(id) FROM ({sql})", parameters)
        return array("q", sorted(json.loads(text)))

    async def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Change something; return how many rows that were."""
        return (await self._connection.execute(sql, parameters)).rowcount

    async def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Do the same for each of these."""
        await self._connection.executemany(sql, rows)

    async def tell(self, changes: Changes) -> None:
        """Tell nobody: the other processes look for themselves."""


class Database:
    """The one connection, shared by all tasks; every use takes the lock, so nobody sees half a change.

    What is written while the file is not where it was opened, or is damaged, would be lost: it is refused.
    """

    def __init__(self, connection: aiosqlite.Connection, path: Path, data_version: int) -> None:
        self.connection = connection
        # What is newest is only in the log beside the database, which stays as long as this connection.
        self._opened = {file: _identity(file) for file in (path, companions(path)[0])}
        self._lock = asyncio.Lock()
        self._complaints = Complaints()
        self._damaged = False
        self._data_version = data_version

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[aiosqlite.Connection]:
        """Keep everybody else from the connection during the block.

        Raises:
            StorageUnavailableError: the file fails; any other error of SQLite is a mistake of ours.
        """
        async with self._lock:
            try:
                yield self.connection
            except aiosqlite.DatabaseError as error:
                kind = _kind(error)
                if kind not in FAILURES_OF_THE_FILE:
                    raise
                self._damaged = self._damaged or kind in DAMAGE
                raise self._complaints.unavailable(str(error)) from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SQLiteConnection]:
        """Read during the block.

        Raises:
            StorageUnavailableError: the file fails.
        """
        async with self.alone() as db:
            yield SQLiteConnection(db)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SQLiteConnection]:
        """Keep what is written during the block, all or nothing.

        Raises:
            StorageUnavailableError: the file fails, is gone, or is held by another process; nothing has changed.
        """
        deadline = time.perf_counter() + BUSY_TIMEOUT_SECONDS
        async with self.alone() as db:
            if self._damaged:
                raise self._complaints.unavailable("it is damaged")
            try:
                # BEGIN is inside: a task cancelled here has already handed it to the connection's thread.
                await _begin(db, deadline)
                yield SQLiteConnection(db)
                self._expect_in_place()
                await db.commit()
            except BaseException:
                await db.rollback()
                raise
        self._complaints.over()

    async def look(self) -> None:
        """Find out whether the file is still where it was opened and, once it was found damaged, whether it is whole.

        Raises:
            StorageUnavailableError: it is not.
        """
        async with self.alone() as db:
            self._expect_in_place()
            if self._damaged:
                if (found := await _check(db, CHECK_AGAIN_SECONDS)) != "ok":
                    raise self._complaints.unavailable(found or "it is damaged")
                self._damaged = False

    async def check_write(self) -> None:
        """Write what changes nothing.

        Raises:
            StorageUnavailableError: that can't be kept.
        """
        await self.look()
        async with self.transaction() as db:
            ((version,),) = await db.fetch("PRAGMA user_version")
            # SQLite writes this number even when it stays the same.
            await db.execute(f"PRAGMA user_version = {version}")

    async def changed_elsewhere(self) -> Changes:
        """Wait until another process has written, since the file was opened or since the last time."""
        while not await self._has_changed():  # noqa: ASYNC110
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        return Changes(anything=True)

    async def _has_changed(self) -> bool:
        async with self.alone() as db:
            version = await _data_version(db)
        before, self._data_version = self._data_version, version
        return before != self._data_version

    def _expect_in_place(self) -> None:
        for file, opened in self._opened.items():
            if _identity(file) != opened:
                raise self._complaints.unavailable(
                    f"{file} was deleted or replaced; put it back, or start the bot again"
                )

    async def scrub(self) -> None:
        """Empty the write-ahead log, where what was deleted could still be read."""
        # What was deleted is, even when this fails; the log is then emptied by the next one, or at the end.
        with suppress(StorageUnavailableError):
            async with self.alone() as db:
                await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


async def _begin(db: aiosqlite.Connection, deadline: float) -> None:
    """Begin to write, once no other process does; SQLite itself would wait in its thread, where nothing can end it."""
    while True:
        try:
            await db.execute("BEGIN IMMEDIATE")
            return
        except aiosqlite.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.perf_counter() >= deadline:
                raise


async def _data_version(db: aiosqlite.Connection) -> int:
    """Return what moves when another connection commits; https://sqlite.org/pragma.html#pragma_data_version."""
    ((version,),) = await db.execute_fetchall("PRAGMA data_version")
    return int(version)


def _kind(error: sqlite3.Error) -> int:
    # The lowest byte is the kind: https://sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from any other that takes its name; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


async def _check(db: aiosqlite.Connection, seconds: float) -> str | None:
    """Return "ok" or what is wrong with the file; None when `seconds` did not suffice to know."""
    deadline = time.monotonic() + seconds
    await db.set_progress_handler(lambda: time.monotonic() >= deadline, STEPS_BETWEEN_LOOKS)
    try:
        ((found,),) = await db.execute_fetchall("PRAGMA quick_check(1)")
        return str(found)
    except aiosqlite.OperationalError as error:
        if _kind(error) != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    finally:
        await db.set_progress_handler(lambda: None, 0)


@asynccontextmanager
async def open_sqlite(path: Path) -> AsyncIterator[SQLStorage]:
    """Open the storage in the file at `path`, and close it after the block.

    Raises:
        UnusableDatabaseError: the file can't be opened or written; its subclasses name the other causes.
    """
    async with connect(path) as database:
        yield SQLStorage(database)


@asynccontextmanager
async def connect(path: Path) -> AsyncIterator[Database]:
    """Connect to the file at `path`, made with its folder if need be and brought up to date; close after the block.

    Raises:
        UnusableDatabaseError: the file can't be opened or written; its subclasses name the other causes.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not when it is there: closing it would let go of the locks that this process has on it.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, OWNERS_ONLY))
        # aiosqlite's thread outlives a connection that fails to open, and ends in a traceback: find out before.
        sqlite3.connect(path).close()
    except (OSError, sqlite3.Error) as error:
        raise UnusableDatabaseError(str(error)) from error
    connection = await aiosqlite.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_SECONDS)
    try:
        try:
            await _prepare(connection, path)
        except aiosqlite.OperationalError as error:
            raise UnusableDatabaseError(str(error)) from error
        except aiosqlite.DatabaseError as error:
            raise DamagedDatabaseError(str(error)) from error
        yield Database(connection, path, await _data_version(connection))
    finally:
        await connection.close()


def _keep_private(path: Path) -> None:
    """Let only the owner of the database read it, and the files beside it; SQLite makes others with the same mode."""
    for file in (path, *companions(path)):
        # A companion may be gone by now, or the file be somebody else's, and theirs to decide.
        with suppress(FileNotFoundError, PermissionError):
            if stat.S_IMODE(file.stat().st_mode) != OWNERS_ONLY:
                file.chmod(OWNERS_ONLY)


def companions(database: Path) -> list[Path]:
    """Return where SQLite keeps, beside a database, what it would read as a part of it."""
    return [Path(f"{database.resolve()}{ending}") for ending in ("-wal", "-shm", "-journal")]


def known_migrations() -> list[Traversable]:
    """Return the scripts in their order."""
    return migrations_in("migrations")


async def _prepare(connection: aiosqlite.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    migrations = known_migrations()
    expect_ours(version, len(migrations), await _tables(connection))
    if (found := await _check(connection, CHECK_AT_START_SECONDS)) not in ("ok", None):
        raise DamagedDatabaseError(found)
    _keep_private(path)
    await connection.execute("PRAGMA journal_mode = WAL")
    await connection.execute("PRAGMA synchronous = FULL")
    await connection.execute("PRAGMA foreign_keys = ON")
    await connection.execute("PRAGMA secure_delete = ON")
    for migration in migrations[version:]:
        # executescript commits whatever is open: each script carries its own BEGIN, user_version and COMMIT.
        await connection.executescript(migration.read_text(encoding="utf-8"))
    if missing := TABLES.difference(await _tables(connection)):
        raise DamagedDatabaseError(f"no such table: {', '.join(sorted(missing))}")
    # A file that can be read but not written must stop the start, not the first command.
    await connection.execute("BEGIN IMMEDIATE")
    await connection.execute(f"PRAGMA user_version = {len(migrations)}")
    await connection.commit()
    await connection.execute(f"PRAGMA busy_timeout = {BUSY_TURN_SECONDS * 1000:.0f}")


async def _tables(connection: aiosqlite.Connection) -> list[str]:
    return [name for (name,) in await connection.execute_fetchall(TABLES_IN_IT)]
