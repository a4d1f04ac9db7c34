"""A database of PostgreSQL: a few connections shared by all tasks, and one to hear of what other processes write."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from bot.errors import StorageUnavailableError, UnknownOutcomeError
from bot.postgres_url import PostgresURL
from bot.storage import postgres_schema
from bot.storage.base import Changes
from bot.storage.engine import (
    Complaints,
    InUseError,
    MissingRightsError,
    UnreachableDatabaseError,
    UnusableDatabaseError,
)
from bot.storage.postgres_connection import PostgresConnection
from bot.storage.postgres_driver import (
    ELSEWHERE_NOW,
    NO_RIGHT,
    connect_once,
    is_failure,
    is_lost,
    keep_what_is_confirmed,
    options_for,
    reason_of,
)
from bot.storage.postgres_news import IN_USE, News
from bot.storage.sql import SQLStorage

MOST_CONNECTIONS = 10
# For one of them to become free, or to be made.
WAIT_SECONDS = 5.0
# To find out whether a change was kept whose confirmation was lost: a server that restarts is back by then.
SETTLE_SECONDS = 15.0
PAUSE_SECONDS = 0.1
CLOSE_SECONDS = 3.0

log = logging.getLogger(__name__)


class PostgresDatabase:
    """The connections, each used by one task at a time."""

    def __init__(self, url: PostgresURL, pool: Any, news: News) -> None:
        self._url = url
        self._pool = pool
        self._news = news
        self._complaints = Complaints()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PostgresConnection]:
        """Read during the block.

        Raises:
            StorageUnavailableError: the database fails; any other error of asyncpg is a mistake of ours.
        """
        async with self._connected() as connection:
            yield PostgresConnection(connection, self._news)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresConnection]:
        """Keep what is written during the block, all or nothing.

        Raises:
            StorageUnavailableError: the database fails, or others hold what is to be changed; nothing has changed.
            UnknownOutcomeError: it failed at the very end; it may have.
        """
        async with self._connected() as connection:
            try:
                await connection.execute("BEGIN")
                yield PostgresConnection(connection, self._news)
                transaction_id = await connection.fetchval(
                    "SELECT pg_current_xact_id_if_assigned() || ' ' || pg_postmaster_start_time()"
                )
            except BaseException:
                with suppress(Exception):
                    await connection.execute("ROLLBACK")
                raise
            await self._commit(connection, transaction_id)
        self._complaints.over()

    async def _commit(self, connection: Any, transaction_id: str | None) -> None:
        try:
            await connection.execute("COMMIT")
        except Exception as error:
            if transaction_id is None or not is_lost(error):
                raise
            # It may be kept or not: nobody is told either before that is known.
            _drop(connection)
            if not await self._was_committed(transaction_id):
                raise

    async def _was_committed(self, transaction_id: str) -> bool:
        """Find out what became of a transaction; https://www.postgresql.org/docs/current/functions-info.html.

        Raises:
            UnknownOutcomeError: nobody can tell.
        """
        number, _, started = transaction_id.partition(" ")
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            try:
                connection = await connect_once(self._url)
                try:
                    status = await connection.fetchval("SELECT pg_xact_status($1::text::xid8)", number)
                    started_now = await connection.fetchval("SELECT pg_postmaster_start_time()::text")
                finally:
                    connection.terminate()
            except asyncpg.InvalidParameterValueError:
                return False  # the machine that has taken over has never seen it
            except Exception as error:
                if not is_failure(error):
                    raise
                status = None
            # A server that crashed gives numbers again that it had not yet written down: then it may be another's.
            if status == "committed" and started_now != started:
                break
            if status in ("committed", "aborted"):
                return bool(status == "committed")
            await asyncio.sleep(PAUSE_SECONDS)
        log.error("the connection was lost while a change was kept, and the database does not tell: it may be there")
        raise UnknownOutcomeError("the connection was lost while a change was kept")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """Have one of the connections to oneself during the block."""
        try:
            connection = await self._pool.acquire(timeout=WAIT_SECONDS)
        except Exception as error:
            if not is_failure(error):
                raise
            raise self._unavailable(error) from error
        try:
            yield connection
        except Exception as error:
            if not is_failure(error):
                raise
            if is_lost(error):
                _drop(connection)
            if getattr(error, "sqlstate", None) in ELSEWHERE_NOW:
                await self._pool.expire_connections()
            raise self._unavailable(error) from error
        finally:
            with suppress(Exception):
                await self._pool.release(connection, timeout=WAIT_SECONDS)

    def _unavailable(self, error: Exception) -> StorageUnavailableError:
        return self._complaints.unavailable(reason_of(error))

    async def look(self) -> None:
        """Find out whether the database answers, and takes changes.

        Raises:
            StorageUnavailableError: it does not.
        """
        async with self._connected() as connection:
            if await connection.fetchval("SELECT pg_is_in_recovery()"):
                await self._pool.expire_connections()
                raise self._complaints.unavailable("it is a copy that takes no changes")

    async def check_write(self) -> None:
        """Write what changes nothing.

        Raises:
            StorageUnavailableError: that can't be kept.
        """
        async with self.transaction() as db:
            await db.execute(f"UPDATE {postgres_schema.VERSION_TABLE} SET version = version")

    async def changed_elsewhere(self) -> Changes:
        """Wait until another process has written, and return what."""
        return await self._news.wait()

    async def scrub(self) -> None:
        """Leave it to PostgreSQL: what was deleted goes with its next VACUUM, which is not ours to command."""


@asynccontextmanager
async def open_postgres(url: PostgresURL) -> AsyncIterator[SQLStorage]:
    """Open the storage at `url`, brought up to date, and close it after the block.

    Raises:
        UnusableDatabaseError: it can't be reached or written; its subclasses name the other causes.
    """
    async with connect(url) as database:
        yield SQLStorage(database)


@asynccontextmanager
async def connect(url: PostgresURL) -> AsyncIterator[PostgresDatabase]:
    """Connect to a database, brought up to date, and close all connections after the block.

    Raises:
        UnusableDatabaseError: it can't be reached or written; its subclasses name the other causes.
    """
    news = News(lambda: connect_once(url))
    async with _explained():
        first = await connect_once(url)
        try:
            await postgres_schema.prepare(first)
        finally:
            await first.close(timeout=CLOSE_SECONDS)
        try:
            heard = await news.begin()
        except asyncpg.LockNotAvailableError:
            raise UnreachableDatabaseError("`python -m bot copy` has it to itself") from None
    listening = asyncio.create_task(news.keep_listening(heard), name="changes of other processes")
    try:
        pool = asyncpg.create_pool(
            min_size=0, max_size=MOST_CONNECTIONS, init=keep_what_is_confirmed, **options_for(url)
        )
        try:
            await pool
            yield PostgresDatabase(url, pool, news)
        finally:
            await _close(pool)
    finally:
        listening.cancel()
        await asyncio.wait({listening})
        heard.terminate()


@asynccontextmanager
async def open_alone(url: PostgresURL) -> AsyncIterator[PostgresConnection]:
    """Have a database to oneself, brought up to date, in a transaction that ends with the block.

    Raises:
        InUseError: a process of the bot uses it.
        UnusableDatabaseError: it can't be reached or written; its subclasses name the other causes.
        StorageUnavailableError: it failed during the block, and nothing has changed.
    """
    async with _explained():
        connection = await connect_once(url)
    try:
        async with _explained():
            await postgres_schema.prepare(connection)
            if not await connection.fetchval(f"SELECT pg_try_advisory_lock({IN_USE})"):
                raise InUseError
        async with connection.transaction(isolation="repeatable_read"):
            yield PostgresConnection(connection, News(lambda: connect_once(url)))
    except Exception as error:
        if not is_failure(error):
            raise
        raise StorageUnavailableError(reason_of(error)) from error
    finally:
        connection.terminate()


async def check(url: PostgresURL) -> int:
    """Look whether the bot can work with the database, and change nothing; return its version, 0 for an empty one.

    Raises:
        UnusableDatabaseError: it can't; the subclasses name the causes.
    """
    async with _explained():
        connection = await connect_once(url)
        try:
            return await postgres_schema.verify(connection)
        finally:
            await connection.close(timeout=CLOSE_SECONDS)


def _drop(connection: Any) -> None:
    """Close a connection of the pool without a word to the server, unless that is done already."""
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


async def _close(pool: Any) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await pool.close()
    except (TimeoutError, asyncpg.InterfaceError):
        pool.terminate()


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    try:
        yield
    except UnusableDatabaseError:
        raise
    except Exception as error:
        if getattr(error, "sqlstate", None) == NO_RIGHT:
            raise MissingRightsError(reason_of(error)) from error
        if is_failure(error) or isinstance(error, (asyncpg.ClientConfigurationError, asyncpg.PostgresError)):
            raise UnreachableDatabaseError(reason_of(error)) from error
        raise
