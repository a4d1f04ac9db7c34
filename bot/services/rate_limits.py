"""How many commands are answered: enough for everybody, and never so many that one member takes the bot from others."""

import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum, auto

from bot.models import Scope
from bot.services.recently_used import RecentlyUsed

MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` in any `seconds`."""

    count: int
    seconds: float


PER_MEMBER = RateLimit(5, 10.0)
# Pages are turned, and names completed while they are typed, faster than commands are given.
CLICKS_PER_MEMBER = RateLimit(15, 10.0)
# A channel of Discord takes a message a second, a group of Telegram one in three: many more would wait for minutes.
PER_CHANNEL = RateLimit(50, 10.0)
IN_ALL = RateLimit(2_000, 10.0)


class Admission(Enum):
    """What becomes of a command or a click."""

    GRANTED = auto()
    # Told once, so that a member knows why nothing comes any more.
    TOLD = auto()
    IGNORED = auto()


class RateLimits:
    """Counts what was granted lately; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._members = _Granted(PER_MEMBER, clock)
        self._clicks = _Granted(CLICKS_PER_MEMBER, clock)
        self._told = _Granted(RateLimit(1, PER_MEMBER.seconds), clock)
        self._channels = _Granted(PER_CHANNEL, clock)
        self._all = _Granted(IN_ALL, clock)

    def admit(
        self, scope: Scope, *, member_id: int, channel_id: int, always: bool = False, click: bool = False
    ) -> Admission:
        """Say what becomes of one more command of a member, or of a `click` or what else takes a moment to ask for.

        What is `always` answered, such as the helplines, is counted by itself, and no channel is too full for it.
        """
        member = (scope.platform, member_id, always, click)
        if not (self._clicks if click else self._members).take(member):
            return Admission.TOLD if self._told.take(member) else Admission.IGNORED
        if always:
            return Admission.GRANTED
        granted = self._channels.take((scope.platform, channel_id)) and self._all.take(None)
        return Admission.GRANTED if granted else Admission.IGNORED


class _Granted:
    """When each key was granted something, while that counts; of that at most the 10,000 keys that asked last."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._moments: RecentlyUsed[Hashable, deque[float]] = RecentlyUsed(MOST_REMEMBERED)

    def take(self, key: Hashable) -> bool:
        """Grant one more, if there is room."""
        now = self._clock()
        self._moments.drop_oldest_while(lambda moments: now - moments[-1] >= self._limit.seconds)
        moments = self._moments.get(key)
        if moments is None:
            self._moments[key] = deque((now,), maxlen=self._limit.count)
            return True
        if len(moments) == self._limit.count and now - moments[0] < self._limit.seconds:
            return False
        moments.append(now)
        return True
