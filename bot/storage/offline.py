"""What can be done with the SQLite file from beside the bot, whether or not it runs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot.storage.database import (
    BUSY_TIMEOUT_SECONDS,
    DamagedDatabaseError,
    NewerDatabaseError,
    UnusableDatabaseError,
    known_migrations,
)

# What SQLite keeps beside a database, and would read as a part of it.
COMPANIONS = ("-wal", "-shm", "-journal")


def back_up(database: Path, file: Path) -> None:
    """Copy the database, as it is at one moment, to a new `file` that only its owner can read.

    Raises:
        FileExistsError: `file` is there already, or SQLite would take it for a part of the database.
        OSError: `file` can't be written.
        UnusableDatabaseError: the database can't be read; its subclass when what is in it can't.
    """
    if file.exists() or file.resolve() in _companions(database):
        raise FileExistsError(str(file))
    with _reading(database, "mode=rw") as source:
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", suffix=".part", delete=False) as made:
            part = Path(made.name)
        try:
            with closing(sqlite3.connect(part, isolation_level=None)) as copy:
                _copy(source, copy)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)


def verify(database: Path) -> None:
    """Look whether the bot can read the database, and change nothing.

    Raises:
        UnusableDatabaseError: it can't; the subclasses name the causes.
    """
    # Nobody writes to one that has no companions; it can then be read without making them.
    in_use = any(companion.exists() for companion in _companions(database))
    with _reading(database, "mode=ro" if in_use else "mode=ro&immutable=1") as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(known_migrations()):
            raise NewerDatabaseError(f"version {version}")
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


def _companions(database: Path) -> list[Path]:
    return [Path(f"{database.resolve()}{companion}") for companion in COMPANIONS]
