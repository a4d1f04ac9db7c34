"""What a process may do with its leases at which moment: on the locks of a real PostgreSQL, beat by beat."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.postgres_url import PostgresURL
from bot.storage.advisory_locks import (
    ANSWER_SECONDS,
    IDLE_SECONDS,
    SHARD,
    AdvisoryLocks,
    PooledConnectionError,
    holding_locks,
)
from bot.storage.leases import BEAT_SECONDS, GRACE_SECONDS, LEAD, VALID_SECONDS, Leases
from tests import PATIENCE_SECONDS
from tests.engines import empty_postgres

SHARDS = 4


class Process:
    """The leases of a process, which beats when it is told to; `now` is its time, in seconds."""

    def __init__(self, url: PostgresURL, stack: AsyncExitStack, **options: object) -> None:
        self.now = 1_000.0
        self.leases = Leases(url, clock=lambda: self.now, **options)  # type: ignore[arg-type]
        self.leases._count = SHARDS
        self._url = url
        self._stack = stack
        self._connection = AsyncExitStack()
        self.locks: AdvisoryLocks

    async def connect(self) -> None:
        """Connect anew, as after a connection that was lost."""
        await self._connection.aclose()
        self._connection = await self._stack.enter_async_context(AsyncExitStack())
        self.locks = await self._connection.enter_async_context(holding_locks(self._url))
        await self.leases._begin(self.locks)

    async def beat(self, times: int = 1) -> None:
        """Look how things are, a second after the last time."""
        for _ in range(times):
            self.now += BEAT_SECONDS
            await self.leases._beat(self.locks)

    async def connect_after_a_kill(self) -> None:
        """Connect where whoever had everything has ended without a word."""
        await self.connect()
        for id in (LEAD, *range(SHARDS)):
            await self.locks.begin_use(id)

    async def begin(self) -> None:
        """Take what there is, and act on it."""
        await self.connect()
        await self.beat(2 + int(GRACE_SECONDS))
        for id in self.leases.allowed():
            self.leases._shards[id].is_used = True


@pytest.fixture
async def url() -> PostgresURL:
    return await empty_postgres()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What ends every connection."""
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def one(url: PostgresURL, stack: AsyncExitStack) -> Process:
    return Process(url, stack)


@pytest.fixture
async def other(url: PostgresURL, stack: AsyncExitStack) -> Process:
    return Process(url, stack)


async def test_the_shard_of_a_dead_process_is_taken_at_the_second_look_and_acted_on_after_the_grace(
    one: Process,
) -> None:
    await one.connect_after_a_kill()
    await one.beat()
    assert not one.leases._shards
    await one.beat()
    assert len(one.leases._shards) == SHARDS

    await one.beat(int(GRACE_SECONDS) - 2)
    assert not one.leases.leads()
    await one.beat()
    assert one.leases.leads(), "which was free at the first look"
    assert not one.leases.allowed()
    await one.beat()
    assert one.leases.allowed() == frozenset(range(SHARDS))


async def test_what_was_held_is_acted_on_until_the_last_answer_is_too_old(one: Process) -> None:
    await one.begin()
    one.now += VALID_SECONDS - 0.1
    assert one.leases.allowed()
    assert one.leases.leads()

    one.now += 0.2
    assert not one.leases.allows(0)
    assert not one.leases.leads()
    assert not one.leases.may_send()


async def test_an_answer_counts_from_the_moment_of_the_question(one: Process) -> None:
    await one.begin()
    asked_at = one.now + BEAT_SECONDS
    look = one.locks.look

    async def slowly() -> object:
        found = await look()
        one.now += VALID_SECONDS / 2
        return found

    one.locks.look = slowly  # type: ignore[method-assign,assignment]
    await one.beat()

    one.now = asked_at + VALID_SECONDS
    assert not one.leases.allows(0)


async def test_an_answer_that_comes_too_late_gives_nothing_back(one: Process) -> None:
    await one.begin()
    one.now += VALID_SECONDS

    with pytest.raises(ConnectionError):
        await one.leases._beat(one.locks)
    with pytest.raises(ConnectionError):
        await one.connect()
    assert not one.leases.may_send()


async def test_what_was_acted_on_goes_on_after_a_short_cut_and_what_was_not_yet_does_not(one: Process) -> None:
    await one.begin()
    await one.connect()
    await one.beat()
    assert one.leases.allowed() == frozenset(range(SHARDS))

    one.leases.forget()
    one.now += VALID_SECONDS
    await one.connect()
    await one.beat(int(VALID_SECONDS) + 2)
    assert one.leases._shards
    assert not one.leases.allowed()
    await one.connect()
    one.now += VALID_SECONDS - 1
    assert sorted(one.leases.leaving()) == list(range(SHARDS))
    assert not one.leases.allowed()


async def test_who_was_cut_off_takes_nothing_before_those_who_were_too_may_have_come_back(one: Process) -> None:
    await one.begin()
    one.leases._shards.pop(3)
    await one.connect()
    await one.beat(int(VALID_SECONDS) - 1)
    assert sorted(one.leases._shards) == [0, 1, 2]

    await one.beat(3)
    assert sorted(one.leases._shards) == [0, 1, 2, 3]


async def test_the_lead_begins_anew_for_who_has_lost_it_and_another_has_it_meanwhile(
    one: Process, other: Process
) -> None:
    one.leases._count = other.leases._count = None
    await one.begin()
    await other.begin()
    assert (one.leases.leads(), other.leases.leads()) == (True, False)

    one.now += VALID_SECONDS
    await one.connect()
    await one.beat()
    assert not one.leases.leads()
    await one.beat(int(GRACE_SECONDS))
    assert one.leases.leads()


async def test_what_is_to_be_given_back_is_not_acted_on_and_only_who_is_told_gives_what_it_uses(
    one: Process, other: Process
) -> None:
    await one.begin()
    await other.connect()
    await other.beat()
    await one.beat()
    assert one.leases.leaving() == []

    one.leases.give_back_what_is_too_much()
    await one.beat()
    assert one.leases.leaving() == [2, 3]
    assert one.leases.allowed() == {0, 1}
    for id in (2, 3):
        await one.leases.give_back(id)
    await other.beat(2)
    assert sorted(other.leases._shards) == [2, 3]
    await one.beat(3)
    assert one.leases.leaving() == []


async def test_what_has_no_session_yet_is_shared_with_who_comes_meanwhile_and_only_once_when_told(
    one: Process, other: Process, url: PostgresURL, stack: AsyncExitStack
) -> None:
    await one.connect()
    await one.beat(2)
    await other.connect()
    await other.beat()
    await one.beat()
    assert one.leases.leaving() == [2, 3]

    one.leases._shards[0].is_used = one.leases._shards[1].is_used = True
    third = Process(url, stack)
    one.leases.give_back_what_is_too_much()
    await one.beat()
    await third.connect()
    await third.beat()
    fourth = Process(url, stack)
    await fourth.connect()
    await fourth.beat()
    await one.beat()
    assert one.leases.leaving() == [2, 3]


async def test_who_is_told_which_shards_to_run_takes_all_of_those_and_no_others(
    url: PostgresURL, stack: AsyncExitStack, other: Process
) -> None:
    chosen = Process(url, stack, among=(1, 2, 3))
    await chosen.connect()
    await other.connect()
    await chosen.beat(2)
    await other.beat(2)

    assert sorted(chosen.leases._shards) == [1, 2, 3]
    assert sorted(other.leases._shards) == [0]


async def test_locks_of_another_database_on_the_same_server_do_not_count(one: Process, url: PostgresURL) -> None:
    await one.connect()
    elsewhere = PostgresURL.read(f"postgresql://bot@/postgres?{url.whole.partition('?')[2]}")

    async with holding_locks(elsewhere) as locks:
        await locks.take(SHARD, 0)
        await one.beat(2)
    assert 0 in one.leases._shards


async def test_a_connection_that_hangs_is_cut_by_the_server_and_its_end_is_noticed_at_once(url: PostgresURL) -> None:
    async with holding_locks(url) as locks, holding_locks(url) as others:
        for name, seconds in (("idle_session_timeout", IDLE_SECONDS), ("statement_timeout", ANSWER_SECONDS)):
            setting = await locks._connection.fetchval(f"SELECT setting FROM pg_settings WHERE name = '{name}'")
            assert float(setting) == seconds * 1_000
        pid = await locks._connection.fetchval("SELECT pg_backend_pid()")
        waiting = asyncio.create_task(locks.wait(10 * PATIENCE_SECONDS))
        await others._connection.execute(f"SELECT pg_terminate_backend({pid})")

        async with asyncio.timeout(PATIENCE_SECONDS):
            await waiting


async def test_a_pooler_that_hands_out_another_connection_each_time_is_noticed(url: PostgresURL) -> None:
    async with holding_locks(url) as one, holding_locks(url) as other:
        connections = itertools.cycle((one._connection, other._connection))

        class Pooler:
            def add_termination_listener(self, _: object) -> None:
                pass

            async def fetchrow(self, *asked: object, **options: float) -> object:
                return await next(connections).fetchrow(*asked, **options)

        locks = AdvisoryLocks(Pooler())
        await locks.look()
        with pytest.raises(PooledConnectionError):
            await locks.look()
