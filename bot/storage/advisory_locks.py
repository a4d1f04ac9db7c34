"""PostgreSQL's advisory locks on one connection of their own, with which they end."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg

from bot.postgres_url import PostgresURL
from bot.storage.postgres_driver import keep_what_is_confirmed, options_for

# How long the server keeps a connection from which nothing comes, and how long anybody waits for its answer.
IDLE_SECONDS = 5.0
ANSWER_SECONDS = 2.0
# Locks with two keys: what the first one stands for. No other program is likely to choose these numbers.
SHARD, MEMBER, LEADER, TURN, JOINING = 0x656E6300, 0x656E6301, 0x656E6302, 0x656E6303, 0x656E6304
FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_LOOK = """
SELECT pg_backend_pid() AS pid,
       count(*) FILTER (WHERE classid = $1::oid) AS members,
       max(objid::int8) FILTER (WHERE classid = $1::oid) AS count,
       coalesce(array_agg(objid::int8) FILTER (WHERE classid = $2::oid), '{}') AS taken
FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class PooledConnectionError(ConnectionError):
    """A pooler hands each statement to whatever connection is free: no lock can be held that way."""


@dataclass(frozen=True, slots=True)
class Look:
    """How many processes there are, into how many shards they divide the servers, and which of these are taken.

    Every process shares a lock whose second key is that number: so all agree on it for as long as one lives.
    """

    members: int
    count: int | None
    taken: frozenset[int]


class AdvisoryLocks:
    """What one connection holds; it is asked one thing at a time."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()
        self._pid: int | None = None
        self._awake = asyncio.Event()
        connection.add_termination_listener(lambda _: self.wake())

    async def wait(self, seconds: float) -> None:
        """Wait so long, or until the connection ends, or somebody wakes who waits."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        self._awake.clear()

    def wake(self) -> None:
        """Wake who waits, or is about to: there is something to do."""
        self._awake.set()

    async def look(self) -> Look:
        """Look who is there, and what is taken; it also shows the server that this process lives.

        Raises:
            PooledConnectionError: it is not the connection it was.
        """
        row = await self._ask(_LOOK, MEMBER, SHARD)
        if self._pid not in (None, row["pid"]):
            raise PooledConnectionError("DATABASE leads to a pooler; shards need a connection of their own")
        self._pid = row["pid"]
        return Look(row["members"], row["count"], frozenset(row["taken"]))

    async def take(self, kind: int, key: int = 0) -> bool:
        """Take a lock if it is free."""
        return bool((await self._ask("SELECT pg_try_advisory_lock($1, $2) AS taken", kind, key))["taken"])

    async def share(self, kind: int, key: int) -> None:
        """Take a lock with others; nobody takes this one alone."""
        await self._ask("SELECT pg_advisory_lock_shared($1, $2)", kind, key)

    async def let_go(self, kind: int, key: int = 0) -> None:
        """Let go of a lock, or leave it to the end of the connection."""
        with suppress(*FAILURES):
            await self._ask("SELECT pg_advisory_unlock($1, $2)", kind, key)

    async def in_use(self) -> frozenset[int]:
        """Return the leases that whoever had them has not given back."""
        return frozenset((await self._ask("SELECT coalesce(array_agg(id), '{}') AS ids FROM leases"))["ids"])

    async def begin_use(self, id: int) -> bool:
        """Note that a lease is in use, whose lock is held; tell whether who had it before had given it back."""
        sql = "INSERT INTO leases (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id"
        return await self._ask(sql, id) is not None

    async def end_use(self, ids: Sequence[int]) -> None:
        """Note that nobody acts on these leases any more, whose locks are held."""
        await self._ask("DELETE FROM leases WHERE id = ANY ($1::bigint[])", ids)

    async def _ask(self, sql: str, *values: object) -> Any:
        async with self._lock:
            return await self._connection.fetchrow(sql, *values, timeout=ANSWER_SECONDS)


@asynccontextmanager
async def holding_locks(url: PostgresURL) -> AsyncIterator[AdvisoryLocks]:
    """Connect, and let go of every lock after the block."""
    options = options_for(url)
    milliseconds = {"idle_session_timeout": IDLE_SECONDS, "statement_timeout": ANSWER_SECONDS}
    options["server_settings"] |= {name: f"{seconds * 1_000:.0f}" for name, seconds in milliseconds.items()}
    options["timeout"] = ANSWER_SECONDS
    # A copy of the database has locks of its own, which nobody sees who asks the one that it follows.
    options["target_session_attrs"] = "primary"
    connection = await asyncpg.connect(**options)
    try:
        await keep_what_is_confirmed(connection)
        yield AdvisoryLocks(connection)
    finally:
        try:
            with suppress(*FAILURES):
                await connection.close(timeout=ANSWER_SECONDS / 2)
        finally:
            if not connection.is_closed():
                connection.terminate()


def clock() -> float:
    """Return seconds that go on while the process, or its machine, is stopped."""
    boot_time: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)
