"""What can be done with the SQLite file from beside the bot, whether or not it runs."""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bot.storage.engine import DamagedDatabaseError, MissingDatabaseError, UnusableDatabaseError, expect_ours
from bot.storage.sqlite import BUSY_TIMEOUT_SECONDS, TABLES_IN_IT, companions, known_migrations

# How a backup is called while it is made, and for how long at most nothing is written to it then.
PREFIX, SUFFIX = ".encourage-bot-", ".part"
STALE_SECONDS = 600.0


def back_up(database: Path, file: Path) -> None:
    """Copy the database, as it is at one moment, to a new `file` that only its owner can read.

    Raises:
        FileExistsError: `file` is there already, or SQLite would take it for a part of the database.
        OSError: `file` can't be written.
        UnusableDatabaseError: the database can't be read; its subclasses when there is none, or what is in it can't.
    """
    if not database.exists():
        raise MissingDatabaseError(str(database))
    if file.exists() or file.resolve() in companions(database):
        raise FileExistsError(str(file))
    _clear_away_parts(file.parent)
    with _reading(database, "mode=rw") as source:
        part = file.parent / f"{PREFIX}{secrets.token_hex(4)}{SUFFIX}"
        try:
            part.touch(mode=0o600, exist_ok=False)
            with closing(sqlite3.connect(part, isolation_level=None)) as copy:
                _copy(source, copy)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)


def _clear_away_parts(folder: Path) -> None:
    """Delete what a process that was killed has left in the middle of a backup."""
    for part in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(FileNotFoundError):
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()


def verify(database: Path) -> None:
    """Look whether the bot can read the database, and change nothing.

    Raises:
        UnusableDatabaseError: it can't; the subclasses name the causes.
    """
    # Nobody writes to one that has no companions; it can then be read without making them.
    in_use = any(companion.exists() for companion in companions(database))
    with _reading(database, "mode=ro" if in_use else "mode=ro&immutable=1") as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        expect_ours(version, len(known_migrations()), [name for (name,) in connection.execute(TABLES_IN_IT)])
        _expect_sound(connection, "quick_check")


def _copy(source: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    try:
        source.backup(copy)
        # It is of a database in WAL mode: without this, opening it would make files beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        _expect_sound(copy, "integrity_check")
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from error


@contextmanager
def _reading(database: Path, how: str) -> Iterator[sqlite3.Connection]:
    uri = f"{database.resolve().as_uri()}?{how}"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
            connection.execute("PRAGMA schema_version")
            yield connection
    except sqlite3.OperationalError as error:
        raise UnusableDatabaseError(str(error)) from error
    except sqlite3.DatabaseError as error:
        raise DamagedDatabaseError(str(error)) from error


def _expect_sound(connection: sqlite3.Connection, check: str) -> None:
    (found,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
    if found != "ok":
        raise DamagedDatabaseError(found)
