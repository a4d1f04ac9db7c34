"""The SQLite file: opened, brought up to date and closed."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import aiosqlite

# Long enough for a backup to pass, short enough to stop within 5 s while another process holds the file.
BUSY_TIMEOUT_SECONDS = 2.0


class UnusableDatabaseError(Exception):
    """The file can't be opened or written."""


class DamagedDatabaseError(UnusableDatabaseError):
    """The file is there, and is no database that SQLite can read."""


class NewerDatabaseError(UnusableDatabaseError):
    """The file was written by a newer version of the bot."""


@asynccontextmanager
async def connect(path: Path) -> AsyncIterator[aiosqlite.Connection]:
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
        yield connection
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
