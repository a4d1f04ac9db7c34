"""Opens the storage that DATABASE leads to, and says what to do about one that can't be used."""

from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from types import ModuleType

from bot.config import Settings
from bot.errors import ExitCode, StartError
from bot.postgres_url import PostgresURL
from bot.storage.engine import (
    DamagedDatabaseError,
    ForeignDatabaseError,
    MissingDatabaseError,
    MissingRightsError,
    NewerDatabaseError,
    OutdatedServerError,
    ReadOnlyDatabaseError,
    UnusableDatabaseError,
)
from bot.storage.sql import SQLStorage
from bot.storage.sqlite import open_sqlite

_OF_A_FILE: dict[type[UnusableDatabaseError], str] = {
    DamagedDatabaseError: "start.database_damaged",
    ForeignDatabaseError: "start.database_foreign",
    MissingDatabaseError: "start.database_missing",
    NewerDatabaseError: "start.database_newer",
}
_OF_A_SERVER: dict[type[UnusableDatabaseError], str] = {
    DamagedDatabaseError: "start.postgres_damaged",
    ForeignDatabaseError: "start.postgres_foreign",
    MissingRightsError: "start.postgres_rights",
    NewerDatabaseError: "start.database_newer",
    OutdatedServerError: "start.postgres_old",
    ReadOnlyDatabaseError: "start.postgres_read_only",
}


def place_of(settings: Settings) -> Path | PostgresURL:
    """Return where all that is kept is."""
    return settings.postgres or settings.database


def opened(place: Path | PostgresURL) -> AbstractAsyncContextManager[SQLStorage]:
    """Return what opens the storage at a place, and closes it after the block.

    Entering it raises UnusableDatabaseError where there is none that can be used.

    Raises:
        StartError: the extra is not installed.
    """
    if isinstance(place, Path):
        return open_sqlite(place)
    storage: AbstractAsyncContextManager[SQLStorage] = postgres().open_postgres(place)
    return storage


def postgres(module: str = "postgres") -> ModuleType:
    """Return a module of the storage that connects to PostgreSQL, which is loaded only where one is used.

    Raises:
        StartError: the extra is not installed.
    """
    try:
        return import_module(f"bot.storage.{module}")
    except ModuleNotFoundError as error:
        if error.name != "asyncpg":
            raise
        raise StartError("start.missing_extra", ExitCode.MISSING_EXTRA, extra="postgres") from error


def unusable(place: Path | PostgresURL, error: UnusableDatabaseError) -> StartError:
    """Return what to tell the operator of a database that can't be used."""
    keys, otherwise = (_OF_A_FILE, "start.database") if isinstance(place, Path) else (_OF_A_SERVER, "start.postgres")
    return StartError(keys.get(type(error), otherwise), ExitCode.DATABASE, path=place, reason=error)
