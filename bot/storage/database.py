"""The SQLite file: opened, brought up to date, shared and closed."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import aiosqlite

from bot.errors import StorageUnavailableError

# How long to wait for another process that holds the file.
BUSY_TIMEOUT_SECONDS = 2.0
# For one try while the bot runs: SQLite waits in a thread, which nothing can stop.
BUSY_TURN_SECONDS = 0.1
FAILURES_OF_THE_FILE = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
)

log = logging.getLogger(__name__)


class UnusableDatabaseError(Exception):
    """The file can't be opened or written."""


class DamagedDatabaseError(UnusableDatabaseError):
    """The file is there, and is no database that SQLite can read."""


class NewerDatabaseError(UnusableDatabaseError):
    """The file was written by a newer version of the bot."""


class Database:
    """The one connection, shared by all tasks; every use takes the lock, so nobody sees half a change."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection
        self._lock = asyncio.Lock()
        self._failing = False

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
                if not _is_of_the_file(error):
                    raise
                if not self._failing:
                    log.error("the database can't be used: %s", error)
                self._failing = True
                raise StorageUnavailableError(str(error)) from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Keep what is written during the block, all or nothing.

        Raises:
            StorageUnavailableError: the file fails, or another process holds it; nothing has changed.
        """
        deadline = time.perf_counter() + BUSY_TIMEOUT_SECONDS
        async with self.alone() as db:
            try:
                # BEGIN is inside: a task cancelled here has already handed it to the connection's thread.
                await _begin(db, deadline)
                yield db
                await db.commit()
            except BaseException:
                await db.rollback()
                raise
        if self._failing:
            log.info("the database can be used again")
        self._failing = False

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


def _is_of_the_file(error: sqlite3.Error) -> bool:
    # The lowest byte is the kind: https://sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in FAILURES_OF_THE_FILE


@asynccontextmanager
async def connect(path: Path) -> AsyncIterator[Database]:
    """Connect to the file at `path`, made with its folder if need be and brought up to date; close after the block.

    Raises:
        UnusableDatabaseError: the file can't be opened or written; its subclasses name the other causes.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # aiosqlite's thread outlives a connection that fails to open, and ends in a traceback: find out before.
        sqlite3.connect(path).close()
    except (OSError, sqlite3.Error) as error:
        raise UnusableDatabaseError(str(error)) from error
    connection = await aiosqlite.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_SECONDS)
    try:
        try:
            await _prepare(connection)
        except aiosqlite.OperationalError as error:
            raise UnusableDatabaseError(str(error)) from error
        except aiosqlite.DatabaseError as error:
            raise DamagedDatabaseError(str(error)) from error
        yield Database(connection)
    finally:
        await connection.close()


def known_migrations() -> list[Traversable]:
    """Return the scripts in their order; the version of a database is how many of them it has seen."""
    folder = files("bot.storage") / "migrations"
    return sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)


async def _prepare(connection: aiosqlite.Connection) -> None:
    connection.row_factory = sqlite3.Row
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    migrations = known_migrations()
    if version > len(migrations):
        raise NewerDatabaseError(f"version {version}")
    await connection.execute("PRAGMA journal_mode = WAL")
    await connection.execute("PRAGMA synchronous = FULL")
    await connection.execute("PRAGMA foreign_keys = ON")
    await connection.execute("PRAGMA secure_delete = ON")
    for migration in migrations[version:]:
        # executescript commits whatever is open: each script carries its own BEGIN, user_version and COMMIT.
        await connection.executescript(migration.read_text(encoding="utf-8"))
    # A file that can be read but not written must stop the start, not the first command.
    await connection.execute("BEGIN IMMEDIATE")
    await connection.execute(f"PRAGMA user_version = {len(migrations)}")
    await connection.commit()
    await connection.execute(f"PRAGMA busy_timeout = {BUSY_TURN_SECONDS * 1000:.0f}")
