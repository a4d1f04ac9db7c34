"""Which shards this process may run of a bot that several run: leases, which are advisory locks of PostgreSQL.

The locks belong to one connection, and end with it: at once when the process dies, and after IDLE_SECONDS without a
beat when it hangs, its machine does, or the network is cut (`idle_session_timeout`). Whoever holds a lease acts on it
until VALID_SECONDS after it sent the last beat that was answered, by a clock that goes on while the process is stopped.
The server saw that beat before it let go of the lock, and who takes it next waits for longer, GRACE_SECONDS, before
acting: so never do two, whatever has become of the one before. While its own time lasts, that one may take the lock
again on another connection, and go on as if nothing had happened.

Which leases are in use is written down as well, and crossed out by who ends in order: no other is waited for.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from bot.errors import OtherShardCountError
from bot.postgres_url import PostgresURL
from bot.storage.advisory_locks import (
    FAILURES,
    JOINING,
    LEADER,
    MEMBER,
    SHARD,
    TURN,
    AdvisoryLocks,
    clock,
    holding_locks,
)
from bot.storage.postgres_driver import reason_of

BEAT_SECONDS = 1.0
VALID_SECONDS = 4.0
GRACE_SECONDS = 5.0
RETRY_SECONDS = 0.5
SECONDS_BETWEEN_TRIES = 0.25
RETAKE_SECONDS = 1.0
LEAD = -1

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Lease:
    """A lock that is held, or was when the connection was lost: acted on from `begins_at` on.

    It `is_used` once its session has begun; one that `is_leaving` is given back as soon as it is closed. Only what the
    connection that there is holds `is_held`: any other lock may be another process's by now.
    """

    begins_at: float
    is_held: bool = True
    is_used: bool = False
    is_leaving: bool = False


class Leases:
    """Takes this process's part of the shards, and the lead, which one process has at a time.

    Of the shards, only those `among` these are taken, whatever the others do, or else any, up to a fair share.
    """

    def __init__(self, url: PostgresURL, *, among: Collection[int] = (), clock: Callable[[], float] = clock) -> None:
        self._url = url
        self._among = among
        self._clock = clock
        self._locks: AdvisoryLocks | None = None
        self._count: int | None = None
        self._shards: dict[int, _Lease] = {}
        self._share = 0
        self._free: frozenset[int] = frozenset()
        self._lead: _Lease | None = None
        self._turns: dict[int, asyncio.TimerHandle | None] = {}
        self._valid_until = self._takes_from = self._told_at = clock()
        self._lost = self._is_told_to_give_back = False
        self._problem: OtherShardCountError | None = None
        self._joined, self._changed, self._forgotten = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def lost(self) -> bool:
        """Tell whether the shards that were held are lost: it stays so until `forget` is called."""
        if not self._lost and self._shards and self._clock() >= self._valid_until:
            self._lost = True
            self._forgotten.clear()
        return self._lost

    def leads(self) -> bool:
        """Tell whether this process does what only one has to do."""
        now = self._clock()
        return self._lead is not None and not self._lost and self._lead.begins_at <= now < self._valid_until

    def allows(self, shard_id: int) -> bool:
        """Tell whether this process may act for a shard at this moment."""
        lease, now = self._shards.get(shard_id), self._clock()
        return lease is not None and not (lease.is_leaving or self._lost) and lease.begins_at <= now < self._valid_until

    def may_send(self) -> bool:
        """Tell whether anything may be sent: whoever has lost its shards is silent until it has closed them."""
        return not self.lost

    def allowed(self) -> frozenset[int]:
        """Return the shards that may be run now."""
        return frozenset(id for id in self._shards if self.allows(id))

    def leaving(self) -> list[int]:
        """Return the shards that are to be given back once they are closed."""
        return [id for id, lease in self._shards.items() if lease.is_leaving]

    async def join(self, count: int) -> None:
        """Take part in running so many shards; return once the other processes know.

        Raises:
            OtherShardCountError: they run another number of shards.
        """
        self._count = count
        self._wake()
        await self._joined.wait()
        if self._problem is not None:
            raise self._problem

    async def changed(self) -> None:
        """Wait until other shards may be run, are to be given back, or are lost.

        Raises:
            OtherShardCountError: the others have divided the servers anew, while they could not be reached.
        """
        # Once they are lost, nothing changes any more before they are forgotten.
        if not self.lost:
            now = self._clock()
            moments = [self._valid_until, *(lease.begins_at for lease in self._shards.values())] if self._shards else []
            # A moment that has passed since the last answer is one that whoever asks has not seen.
            seconds = min((moment - now for moment in moments if moment > self._told_at), default=None)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            self._changed.clear()
        self._told_at = self._clock()
        if self._problem is not None:
            raise self._problem

    def forget(self) -> None:
        """Go on without the shards that were lost: all of them are closed."""
        self._shards.clear()
        self._lost = False
        self._forgotten.set()

    def give_back_what_is_too_much(self) -> None:
        """Give back, after the next look, the shards beyond the fair share, for a process that was added."""
        self._is_told_to_give_back = True
        self._wake()

    async def give_back(self, shard_id: int) -> None:
        """Let another process have a shard; it is closed."""
        lease = self._shards.pop(shard_id, None)
        if lease is not None and lease.is_held and self._locks is not None:
            await self._end_use(self._locks, {shard_id: lease})
            await self._locks.let_go(SHARD, shard_id)

    async def _end_use(self, locks: AdvisoryLocks, leases: Mapping[int, _Lease]) -> None:
        """Note that these are free, but for what the process before may be acting on still."""
        now = self._clock()
        with suppress(*FAILURES):
            await locks.end_use([id for id, lease in leases.items() if lease.is_held and lease.begins_at <= now])

    def _wake(self) -> None:
        if self._locks is not None:
            self._locks.wake()

    async def take_turn(self, shard_id: int, key: int) -> None:
        """Wait until no other process is in its turn to begin a session of those that share `key`.

        Raises:
            ConnectionError: no turn can be held now.
        """
        if (timer := self._turns.get(key)) is not None:
            timer.cancel()
        while key not in self._turns:
            if self._locks is None:
                raise ConnectionError("the leases are cut off")
            try:
                if await self._locks.take(TURN, key):
                    self._turns[key] = None
                    break
            except FAILURES as error:
                raise ConnectionError(str(error)) from error
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        if (lease := self._shards.get(shard_id)) is not None:
            lease.is_used = True

    def end_turn(self, key: int, *, after: float) -> None:
        """Let the next process have its turn after so many seconds."""
        if key in self._turns:
            self._turns[key] = asyncio.get_running_loop().call_later(after, self._next_turn, key)

    def _next_turn(self, key: int) -> None:
        del self._turns[key]
        if self._locks is not None:
            task = asyncio.create_task(self._locks.let_go(TURN, key))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def keep(self) -> None:
        """Hold what this process may have, for ever, and take its part of what becomes free."""
        failing = False
        while True:
            try:
                async with holding_locks(self._url) as locks:
                    try:
                        await self._begin(locks)
                        if failing:
                            log.info("the shards are held by a new connection")
                        failing = False
                        while True:
                            await self._beat(locks)
                            await locks.wait(BEAT_SECONDS)
                    except asyncio.CancelledError:
                        await self._leave_in_order(locks)
                        raise
                    finally:
                        self._end()
            except FAILURES as error:
                is_second = failing
                if not failing:
                    log.warning("the connection that holds the shards has failed (%s)", reason_of(error))
                failing = True
            await asyncio.sleep(RETRY_SECONDS if is_second else 0.0)
            if self.lost:
                await self._forgotten.wait()

    async def _leave_in_order(self, locks: AdvisoryLocks) -> None:
        """Give back everything: the process ends, and has closed its shards."""
        leases = ({} if self.lost else self._shards) | ({} if self._lead is None else {LEAD: self._lead})
        self._shards, self._lead = {}, None
        await self._end_use(locks, leases)

    async def _begin(self, locks: AdvisoryLocks) -> None:
        """Take again what is still this process's, and be there for the others."""
        sent = self._clock()
        for id, lease in [*self._shards.items()]:
            # One that was not acted on yet may have been another's meanwhile.
            if sent >= lease.begins_at and await self._retake(locks, id, until=sent + RETAKE_SECONDS):
                lease.is_held = True
                await locks.begin_use(id)
            else:
                lease.is_leaving = True
        if self._lead is not None and self.leads() and await locks.take(LEADER):
            self._lead.is_held = True
            await locks.begin_use(LEAD)
        else:
            self._lead = None
        self._renew(sent)
        if self._joined.is_set():
            # Whoever had them before may come back for them.
            self._takes_from = self._clock() + VALID_SECONDS
            self._joined.clear()
            self._free = frozenset()
        self._locks = locks
        self._changed.set()

    async def _retake(self, locks: AdvisoryLocks, shard_id: int, *, until: float) -> bool:
        """Take a shard that is still this process's; the server may hear a moment later that the other line is cut."""
        while not await locks.take(SHARD, shard_id):
            if self._clock() >= until:
                return False
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        return True

    def _end(self) -> None:
        self._locks = None
        for lease in (*self._shards.values(), *filter(None, (self._lead,))):
            lease.is_held = False
        for timer in self._turns.values():
            if timer is not None:
                timer.cancel()
        self._turns.clear()

    async def _beat(self, locks: AdvisoryLocks) -> None:
        """Show that this process lives, and look how things are."""
        sent = self._clock()
        look = await locks.look()
        self._renew(sent)
        if self._lead is None and await locks.take(LEADER):
            self._lead = _Lease(await self._grace(locks, LEAD) + self._clock())
        if self._count is None or self._problem is not None:
            return
        if not self._joined.is_set():
            await self._become_member(locks, self._count)
            look = await locks.look()
        # Who was cut off for a moment has until the next look to come back.
        free_before, self._free = self._free, frozenset(self._among or range(self._count)) - look.taken
        self._share = len(self._among) or -(-self._count // max(look.members, 1))
        kept = sorted(id for id, lease in self._shards.items() if not lease.is_leaving)
        may_go = kept if self._is_told_to_give_back else [id for id in kept if not self._shards[id].is_used]
        self._is_told_to_give_back = False
        self._leave(may_go[::-1][: max(0, len(kept) - self._share)])
        free = free_before & self._free if self._clock() >= self._takes_from else frozenset()
        if self._free and len(self._shards) < self._share:
            await self._take(locks, sorted(free | (self._free - await locks.in_use())))

    def _renew(self, sent: float) -> None:
        """Note that what was sent at this moment was answered.

        Raises:
            ConnectionError: too late: this connection is to let go of all that it may still hold.
        """
        if self.lost:
            raise ConnectionError("the answer came too late")
        self._valid_until = sent + VALID_SECONDS

    async def _become_member(self, locks: AdvisoryLocks, count: int) -> None:
        while True:
            if await locks.take(JOINING):
                break
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        there = (await locks.look()).count
        if there is None or there == count:
            await locks.share(MEMBER, count)
            log.info("this process is one of %d", (await locks.look()).members)
        else:
            self._problem = OtherShardCountError(there)
            self._changed.set()
        await locks.let_go(JOINING)
        self._joined.set()

    async def _take(self, locks: AdvisoryLocks, free: Collection[int]) -> None:
        taken: dict[int, float] = {}
        for id in free:
            if len(self._shards) + len(taken) >= self._share:
                break
            if id not in self._shards and await locks.take(SHARD, id):
                taken[id] = await self._grace(locks, id)
        if taken:
            now = self._clock()
            self._shards |= {id: _Lease(now + grace) for id, grace in taken.items()}
            self._changed.set()

    async def _grace(self, locks: AdvisoryLocks, id: int) -> float:
        """Return for how long who has just taken a lock waits for whoever had it before."""
        return 0.0 if await locks.begin_use(id) else GRACE_SECONDS

    def _leave(self, ids: Collection[int]) -> None:
        if ids:
            log.info("giving back %d of %d shards", len(ids), len(self._shards))
            for id in ids:
                self._shards[id].is_leaving = True
            self._changed.set()
