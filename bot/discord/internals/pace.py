"""How often the bot connects to Discord and begins sessions there: soon after a cut, and never in a storm."""

import asyncio
import random
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

MINUTE = 60.0
DAY = 86_400.0

# The seconds from one connection to the next, after each that did not last. While an outage is young, no pause is
# longer than two seconds; after that, none is longer than thirty.
STEPS = (0.0, 1.0, 1.95, 1.95, 1.95, 1.95, 1.95, 1.95, 6.0, 12.0, 24.0, 30.0)
# So that bots that were cut off together do not come back together.
SHORTEST = 0.95
MOST_CONNECTIONS_A_MINUTE = 10

# https://discord.com/developers/docs/events/gateway#rate-limiting: one every 5 seconds, and so many a day.
SECONDS_BETWEEN_IDENTIFIES = 5.0
SECONDS_BETWEEN_THOSE_OF_A_SHARD = 60.0
IDENTIFIES_A_DAY = 1_000


class Pace:
    """When one shard may connect again: at once after a connection that lasted a minute, then later and later."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._begun: deque[float] = deque(maxlen=MOST_CONNECTIONS_A_MINUTE)
        self._step = 0
        self._due = clock()

    def begin(self) -> None:
        """Note that a connection is being opened now."""
        self._begun.append(self._clock())

    def ended(self, *, lasted: float) -> None:
        """Note that it has ended, after so many seconds in which it worked."""
        self._step = 0 if lasted >= MINUTE else min(self._step + 1, len(STEPS) - 1)
        self._due = self._begun[-1] + STEPS[self._step] * self._jitter(SHORTEST, 1.0)

    def answered(self) -> None:
        """Note that Discord is there and asks for a new session: that is no outage, and so no reason to wait."""
        self._step = 1
        self._due = self._clock() + STEPS[1] * self._jitter(SHORTEST, 1.0)

    def pause(self) -> float:
        """Return how many seconds to wait now before the next connection."""
        due = self._due
        if len(self._begun) == MOST_CONNECTIONS_A_MINUTE:
            due = max(due, self._begun[0] + MINUTE)
        return max(0.0, due - self._clock())


class Turns(Protocol):
    """Turns to begin a session that are taken by all processes of a bot together."""

    async def take_turn(self, shard_id: int, key: int, /) -> None:
        """Wait for the turn of one of the shards that share `key`."""

    def end_turn(self, key: int, /, *, after: float) -> None:
        """Let the next one have its turn after so many seconds."""


class Identifies:
    """Gives all the shards of this process their turns to begin a session, and counts these by day.

    `turns` are those of all processes, if there are others. As many shards may begin at once as Discord allows.

    Discord resets the token of a bot that begins more sessions in a day than its limit. Half of them are free, the next
    ones are spread over the day, and so is the last tenth: a reserve, which only bots that end again and again reach.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        turns: Turns | None = None,
    ) -> None:
        self.limit = IDENTIFIES_A_DAY
        self.at_once = 1
        self._turns = turns
        self._clock = clock
        self._sleep = sleep
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._last_at: dict[int, float] = {}
        self._since = clock()
        self._sent: deque[float] = deque()
        # The first session of a shard and the one after that are free: the minute runs from each one since.
        self._of_shard: dict[int, float | None] = {}
        self._elsewhere = 0
        self._elsewhere_until = self._since

    def told(self, *, limit: int, remaining: int, reset_after: float, at_once: int = 1) -> None:
        """Note what Discord says of its limits, before a session is begun; `reset_after` is in seconds.

        https://discord.com/developers/docs/events/gateway#session-start-limit-object
        """
        self.limit, self.at_once = max(limit, 1), max(at_once, 1)
        self._elsewhere = max(0, limit - remaining - self._own())
        self._elsewhere_until = self._clock() + reset_after

    @property
    def spent(self) -> int:
        """Return how many sessions were begun within a day, as far as is known."""
        return self._own() + (self._elsewhere if self._clock() < self._elsewhere_until else 0)

    def pause(self, shard_id: int) -> float:
        """Return how many seconds this shard has to wait now before it begins a session."""
        now, spent = self._clock(), self.spent
        due = [now]
        if (last_at := self._last_at.get(shard_id % self.at_once)) is not None:
            due.append(last_at + SECONDS_BETWEEN_IDENTIFIES)
        if spent >= self.limit:
            due.append(self._sent[0] + DAY if self._sent else self._elsewhere_until)
        elif spent >= self.limit * 0.9:
            due.append((self._sent[-1] if self._sent else self._since) + DAY / (self.limit * 0.1))
        elif spent >= self.limit * 0.5 and self._sent:
            due.append(self._sent[-1] + DAY / (self.limit * 0.4))
        last = self._of_shard.get(shard_id)
        if last is not None:
            due.append(last + SECONDS_BETWEEN_THOSE_OF_A_SHARD)
        return max(due) - now

    @asynccontextmanager
    async def turn(self, shard_id: int) -> AsyncIterator[None]:
        """Wait until this shard may begin a session, and let no other do so meanwhile."""
        key = shard_id % self.at_once
        while True:
            while pause := self.pause(shard_id):
                await self._sleep(pause)
            async with self._locks[key]:
                if not self.pause(shard_id):
                    async with self._turn_of_all(shard_id, key):
                        yield
                    return

    @asynccontextmanager
    async def _turn_of_all(self, shard_id: int, key: int) -> AsyncIterator[None]:
        if self._turns is None:
            yield
            return
        await self._turns.take_turn(shard_id, key)
        before = self._last_at.get(key)
        try:
            yield
        finally:
            begun = self._last_at.get(key) != before
            self._turns.end_turn(key, after=SECONDS_BETWEEN_IDENTIFIES if begun else 0.0)

    def begin(self, shard_id: int) -> None:
        """Note that a session is being asked for now."""
        now = self._clock()
        self._of_shard[shard_id] = now if shard_id in self._of_shard else None
        self._sent.append(now)
        self._last_at[shard_id % self.at_once] = now

    def _own(self) -> int:
        """Return how many sessions this process has begun within a day."""
        while self._sent and self._clock() - self._sent[0] >= DAY:
            self._sent.popleft()
        return len(self._sent)
