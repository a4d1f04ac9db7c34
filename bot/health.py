"""What is known of the connection to a platform; the bot and the watchdog report, the web pages tell."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

GRACE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the bot counts as alive, the sentence that says so, and how long it has been connected or cut off.

    One that `was_connected` has had the connection that it does not have now.
    """

    alive: bool
    connected: bool
    key: str
    seconds: int
    platform: str = "Discord"
    was_connected: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a platform can't be served now: the key of a sentence, and what is to be filled in."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How long the answer to the last heartbeat took, or has been awaited, and how long ago one came; in seconds."""

    round_trip: float
    age: float


class SessionCount(Protocol):
    """How many sessions were begun within a day, and how many Discord allows."""

    @property
    def spent(self) -> int:
        """Return how many were begun."""

    @property
    def limit(self) -> int:
        """Return how many may be."""


@dataclass(slots=True)
class _Shard:
    """`since` is when it was connected or cut off; `answered_at` when a heartbeat was last answered.

    One that `is_deaf` may be connected, and yet nothing comes.
    """

    since: float
    connected: bool = False
    was_connected: bool = False
    is_deaf: bool = False
    heard_at: float | None = None
    round_trip: float = 0.0
    answered_at: float | None = None


class Health:
    """Keeps what was said of each shard; a single connection is shard 0. `clock` gives monotonic seconds.

    `Client.is_ready()` and `latency` say nothing of an outage: the one stays true, the other freezes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, platform: str = "Discord") -> None:
        self._clock = clock
        self._platform = platform
        self._shards = {0: _Shard(clock())}
        self._waiting_since = clock()
        self.application_id: int | None = None
        self.servers = 0
        self.events = 0
        # What the platform says of itself, where it does: why nothing comes, and how many updates wait there.
        self.trouble: Trouble | None = None
        self.pending: int | None = None
        self.invite: str | None = None
        self.sessions: SessionCount | None = None

    def expect(self, shard_ids: Iterable[int]) -> None:
        """Note which shards this process runs, and no others: one not heard of before counts as cut off from now on."""
        before = self._shards
        self._shards = {id: before.get(id) or _Shard(self._clock()) for id in shard_ids}
        if before and not self._shards:
            self._waiting_since = self._clock()

    @property
    def is_waiting(self) -> bool:
        """Tell whether other processes run all the shards, and this one waits for one to become free."""
        return not self._shards

    @property
    def shard_ids(self) -> Collection[int]:
        """Return the shards that this process runs."""
        return self._shards.keys()

    def connected(self, shard_id: int = 0) -> None:
        """Note that the gateway has accepted or resumed the session."""
        now = self._clock()
        shard = self._shard(shard_id)
        if not shard.connected:
            shard.since = now
        shard.connected = shard.was_connected = True
        if not shard.is_deaf:
            shard.heard_at = now

    def disconnected(self, shard_id: int = 0) -> None:
        """Note that the connection is down; repeated reports of one outage count once."""
        shard = self._shard(shard_id)
        if shard.connected:
            shard.since = self._clock()
        shard.connected = False
        shard.answered_at = None

    def heard(self, shard_id: int, events: int) -> None:
        """Note that so many events have just come; those with which a deaf shard is connected again don't count."""
        self.events += events
        shard = self._shard(shard_id)
        if not shard.is_deaf:
            shard.heard_at = self._clock()

    def deaf(self, shard_id: int) -> None:
        """Note that this shard, asked for an event, has not brought it."""
        self._shard(shard_id).is_deaf = True

    def hears(self, shard_id: int) -> None:
        """Note that an event has come that no new connection brings by itself."""
        shard = self._shard(shard_id)
        shard.is_deaf = False
        shard.heard_at = self._clock()

    def heartbeat_answered(self, shard_id: int, heartbeat: Heartbeat) -> None:
        """Note how the heartbeat of an open connection goes."""
        shard = self._shard(shard_id)
        shard.round_trip = heartbeat.round_trip
        shard.answered_at = self._clock() - heartbeat.age

    def _shard(self, shard_id: int) -> _Shard:
        # One that was just given up may still be told of; whoever expects others next drops it.
        return self._shards.setdefault(shard_id, _Shard(self._clock()))

    def is_connected(self, shard_id: int) -> bool:
        """Tell whether this shard is connected."""
        return shard_id in self._shards and self._shards[shard_id].connected

    def verdict(self) -> Verdict:
        """Return alive while no shard is deaf, has been cut off, or has failed to connect, for as long as the grace."""
        now = self._clock()
        if not self._shards:
            return Verdict(True, False, "alive.waiting", int(now - self._waiting_since), self._platform)
        deaf = [shard for shard in self._shards.values() if shard.is_deaf]
        if deaf:
            silent_since = min(shard.since if shard.heard_at is None else shard.heard_at for shard in deaf)
            return Verdict(False, False, "alive.deaf", int(now - silent_since), self._platform)
        cut = min((shard for shard in self._shards.values() if not shard.connected), key=_since, default=None)
        if cut is None:
            return Verdict(True, True, "alive.yes", int(now - max(map(_since, self._shards.values()))), self._platform)
        seconds = now - cut.since
        if seconds < GRACE_SECONDS:
            return Verdict(True, False, "alive.yes", int(seconds), self._platform, cut.was_connected)
        key = "alive.disconnected" if cut.was_connected else "alive.never_connected"
        return Verdict(False, False, key, int(seconds), self._platform, cut.was_connected)

    def heartbeat(self) -> Heartbeat | None:
        """Return the slowest shard's, or None when a shard is cut off or has had no answer yet."""
        now = self._clock()
        beats = [
            Heartbeat(shard.round_trip, now - shard.answered_at)
            for shard in self._shards.values()
            if shard.connected and shard.answered_at is not None
        ]
        slowest = max(beats, key=lambda beat: beat.round_trip, default=None)
        return slowest if len(beats) == len(self._shards) else None

    def seconds_since_last_event(self) -> float | None:
        """Return how long the most silent shard has heard nothing; None when one has never heard anything."""
        heard = [shard.heard_at for shard in self._shards.values() if shard.heard_at is not None]
        return self._clock() - min(heard) if heard and len(heard) == len(self._shards) else None


def _since(shard: _Shard) -> float:
    return shard.since
