"""`python -m bot copy`: everything that the bot keeps goes to another database, while the bot is stopped."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.databases import postgres, unusable
from bot.errors import ExitCode, StartError, StorageUnavailableError
from bot.postgres_url import PostgresURL
from bot.storage.copying import IncompleteError, NotEmptyError, copy_everything
from bot.storage.engine import Connection, InUseError, MissingDatabaseError, UnusableDatabaseError
from bot.storage.shard_lock import ShardTakenError, lock_file_of, shard_lock
from bot.storage.sqlite import companions, connect


async def copy(source: Path | PostgresURL, target: Path | PostgresURL) -> int:
    """Copy everything, all or nothing, and return how many rows that were.

    Raises:
        StartError: one of the two can't be used or is in use, or the target holds something already.
    """
    if isinstance(source, Path) and isinstance(target, Path) and source.resolve() == target.resolve():
        raise StartError("start.copy_not_empty", ExitCode.BACKUP, path=target)
    made = target if isinstance(target, Path) and not target.exists() else None
    try:
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(_alone(source, must_exist=True))
            there = await stack.enter_async_context(_alone(target))
            return await copy_everything(here, there)
    except BaseException as error:
        if made is not None:
            # It was made for this, and one with nothing in it would pass for a bot's.
            for file in (made, *companions(made), lock_file_of(made)):
                file.unlink(missing_ok=True)
        if isinstance(error, NotEmptyError):
            raise StartError("start.copy_not_empty", ExitCode.BACKUP, path=target) from None
        if isinstance(error, (IncompleteError, StorageUnavailableError)):
            raise StartError("start.copy_failed", ExitCode.BACKUP, path=target, reason=error) from error
        raise


@asynccontextmanager
async def _alone(place: Path | PostgresURL, *, must_exist: bool = False) -> AsyncIterator[Connection]:
    """Have a database to oneself, in a transaction that ends with the block."""
    async with AsyncExitStack() as stack:
        try:
            if isinstance(place, PostgresURL):
                yield await stack.enter_async_context(postgres().open_alone(place))
            else:
                if must_exist and not place.exists():
                    raise MissingDatabaseError(str(place))
                database = await stack.enter_async_context(connect(place))
                lock = stack.enter_context(shard_lock(place))
                lock.hold(())
                lock.hold_telegram()
                yield await stack.enter_async_context(database.transaction())
        except (InUseError, ShardTakenError) as error:
            raise StartError("start.copy_running", ExitCode.ALREADY_RUNNING, path=place) from error
        except UnusableDatabaseError as error:
            raise unusable(place, error) from error
