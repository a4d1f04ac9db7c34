"""Several processes on one PostgreSQL: each shard is run by one of them, whatever becomes of the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from bot.errors import OtherShardCountError
from bot.postgres_url import PostgresURL
from bot.storage import advisory_locks, leases
from bot.storage.leases import Leases
from tests import PATIENCE_SECONDS
from tests.engines import empty_postgres
from tests.postgres_proxy import Proxy

# In these tests, time passes so many times as fast for whoever holds leases.
SPEED = 5.0


@pytest.fixture
async def url(monkeypatch: pytest.MonkeyPatch) -> PostgresURL:
    beats = ("BEAT_SECONDS", "VALID_SECONDS", "GRACE_SECONDS")
    for name in (*beats, "RETRY_SECONDS", "RETAKE_SECONDS", "SECONDS_BETWEEN_TRIES"):
        monkeypatch.setattr(leases, name, getattr(leases, name) / SPEED)
    monkeypatch.setattr(advisory_locks, "IDLE_SECONDS", advisory_locks.IDLE_SECONDS / SPEED)
    return await empty_postgres()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


class Process:
    """What one process does with its leases: `running` are the shards it would have sessions for."""

    def __init__(self, own: Leases) -> None:
        self.leases = own
        self.running = frozenset[int]()

    async def run(self) -> None:
        while True:
            if self.leases.lost:
                self.running = frozenset()
                self.leases.forget()
            for id in self.leases.leaving():
                self.running -= {id}
                await self.leases.give_back(id)
            for id in self.leases.allowed() - self.running:
                # One that is cut off tries again later, as a session does.
                with suppress(ConnectionError):
                    await self.leases.take_turn(id, id)
                    self.leases.end_turn(id, after=0.0)
                    self.running |= {id}
            self.running &= self.leases.allowed()
            await self.leases.changed()


@asynccontextmanager
async def process(
    url: PostgresURL, *, shards: int = 4, clock: Callable[[], float] = advisory_locks.clock
) -> AsyncIterator[Process]:
    """A process that takes part, until the end of the block."""
    own = Leases(url, clock=clock)
    it = Process(own)
    keeping = asyncio.create_task(own.keep())
    tasks = [keeping]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await own.join(shards)
        tasks.append(asyncio.create_task(it.run()))
        yield it
    finally:
        for task in reversed(tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_processes_have_equal_parts_once_they_are_told_and_who_is_left_takes_over(url: PostgresURL) -> None:
    async with process(url) as one:
        async with process(url) as other:
            await until(lambda: len(one.running) + len(other.running) == 4)
            one.leases.give_back_what_is_too_much()
            await until(lambda: len(one.running) == len(other.running) == 2)
            assert not one.running & other.running
            assert [one.leases.leads(), other.leases.leads()].count(True) == 1
            async with process(url) as spare:
                await asyncio.sleep(0.5)
                assert not spare.running
                assert len(one.running) == 2, "what has a session is not taken away"
        await until(lambda: len(one.running) == 4)
        await until(one.leases.leads)


async def test_only_who_comes_after_one_that_ended_without_a_word_waits(
    url: PostgresURL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "GRACE_SECONDS", 2 * PATIENCE_SECONDS)
    async with process(url) as one:
        await until(lambda: len(one.running) == 4 and one.leases.leads())
        async with process(url) as other:
            one.leases.give_back_what_is_too_much()
            await until(lambda: len(other.running) == 2)
    async with Proxy(url) as proxy, process(proxy.url) as one:
        await until(lambda: len(one.running) == 4 and one.leases.leads())
        proxy.cut(refuse=True)
        async with process(url) as other:
            # It takes them soon, and must not act on them.
            await until(lambda: len(other.leases._shards) == 4)
            assert not other.leases.allowed()
            assert not other.leases.leads()
    async with process(url) as third:
        # Nor must who comes after one that has taken them, and ended in order before it could act.
        await until(lambda: len(third.leases._shards) == 4)
        assert not third.leases.allowed()
        assert not third.leases.leads()


async def test_a_process_that_is_told_to_gives_back_what_is_beyond_its_part(url: PostgresURL) -> None:
    async with process(url) as one:
        await until(lambda: len(one.running) == 4)
        async with process(url) as added:
            await asyncio.sleep(0.4)
            one.leases.give_back_what_is_too_much()
            await until(lambda: len(added.running) == 2)

            assert one.running == {0, 1}
            assert added.running == {2, 3}


async def test_who_comes_with_another_number_of_shards_is_refused(url: PostgresURL) -> None:
    async with process(url, shards=2):
        with pytest.raises(OtherShardCountError) as refused:
            async with process(url, shards=3):
                pass
    async with process(url, shards=3) as later:
        await until(lambda: len(later.running) == 3)

    assert refused.value.count == 2


async def test_a_short_cut_costs_nothing_and_a_long_one_all_before_another_acts(url: PostgresURL) -> None:
    watch = Watch()
    async with Proxy(url) as proxy, process(proxy.url, shards=2, clock=watch) as one:
        await until(lambda: len(one.running) == 2)
        # However slow the machine is, this one is short.
        before = one.leases._locks
        watch.stop()
        proxy.cut()
        await until(lambda: one.leases._locks not in (before, None))
        watch.go_on()
        assert one.running == {0, 1}
        assert one.leases.may_send()
        assert not one.leases.leaving()

        async with process(url, shards=2) as spare:
            proxy.cut(refuse=True)
            async with asyncio.timeout(PATIENCE_SECONDS):
                # Who comes back has a part in what is not used by then.
                while len(spare.running) < 2:
                    assert not (one.running and spare.leases.allowed())
                    await asyncio.sleep(0.005)
            assert not one.leases.allowed()
            assert not one.running
            proxy.refuses = False
            await until(lambda: one.leases._locks)
            await asyncio.sleep(2 * leases.BEAT_SECONDS)
            assert not one.running
            assert spare.running == {0, 1}


class Watch:
    """The clock that leases go by, which can be stopped."""

    def __init__(self) -> None:
        self._behind = 0.0
        self._stopped_at: float | None = None

    def __call__(self) -> float:
        return (advisory_locks.clock() if self._stopped_at is None else self._stopped_at) - self._behind

    def stop(self) -> None:
        self._stopped_at = advisory_locks.clock()

    def go_on(self) -> None:
        assert self._stopped_at is not None
        self._behind += advisory_locks.clock() - self._stopped_at
        self._stopped_at = None


async def test_who_is_stopped_for_too_long_may_not_send_when_it_goes_on(url: PostgresURL) -> None:
    async with stoppable(url) as (own, stop):
        assert own.may_send()

        stop(leases.VALID_SECONDS)
        assert not own.may_send()
        assert not own.allows(0)
        await asyncio.sleep(2 * leases.BEAT_SECONDS)
        assert not own.may_send(), "an answer that comes too late mends nothing"

        own.forget()
        assert own.may_send()
        await until(own.allowed)


async def test_who_asks_what_has_changed_only_after_it_has_lost_its_shards_is_told(url: PostgresURL) -> None:
    async with stoppable(url) as (own, stop):
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                while True:
                    await own.changed()
        stop(leases.VALID_SECONDS)

        async with asyncio.timeout(PATIENCE_SECONDS):
            await own.changed()
        assert own.lost


async def test_who_asks_what_has_changed_only_after_a_shard_may_be_run_is_told(
    url: PostgresURL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "VALID_SECONDS", 1_000.0)
    connection = await asyncpg.connect(url.whole)
    await connection.execute("INSERT INTO leases VALUES (0)")
    await connection.close()
    own = Leases(url)
    keeping = asyncio.create_task(own.keep())
    await own.join(1)
    while not own._shards:
        await own.changed()
    await until(own.allowed)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await own.changed()
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


@asynccontextmanager
async def stoppable(url: PostgresURL) -> AsyncIterator[tuple[Leases, Callable[[float], None]]]:
    """The leases of a process that has one shard, and what stops it for so many seconds."""
    stopped = 0.0

    def stop(seconds: float) -> None:
        nonlocal stopped
        stopped += seconds

    own = Leases(url, clock=lambda: advisory_locks.clock() + stopped)
    keeping = asyncio.create_task(own.keep())
    try:
        await own.join(1)
        await until(own.allowed)
        yield own, stop
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def test_processes_take_turns_to_begin_sessions(url: PostgresURL) -> None:
    async with process(url) as one, process(url) as other:
        await one.leases.take_turn(0, 0)
        waiting = asyncio.create_task(other.leases.take_turn(1, 0))
        await other.leases.take_turn(2, 1)
        await asyncio.sleep(0.2)
        assert not waiting.done()

        one.leases.end_turn(0, after=0.1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await waiting
