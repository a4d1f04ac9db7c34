"""What is known of the connection to Discord; the bot reports, the web page tells."""

import time
from collections.abc import Callable
from dataclasses import dataclass

GRACE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the bot counts as alive, the sentence that says so, and for how many seconds it has been cut off."""

    alive: bool
    key: str
    seconds: int


class Health:
    """Keeps what the gateway's events said; `clock` gives monotonic seconds.

    `Client.is_ready()` and `latency` say nothing of an outage: the one stays true, the other freezes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._cut_since: float | None = clock()
        self._was_connected = False

    def connected(self) -> None:
        """Note that the gateway has accepted or resumed the session."""
        self._was_connected = True
        self._cut_since = None

    def disconnected(self) -> None:
        """Note that the connection is down; repeated reports of one outage count once."""
        if self._cut_since is None:
            self._cut_since = self._clock()

    def verdict(self) -> Verdict:
        """Return alive while connected, or cut off (or just started) for less than the grace."""
        cut_for = 0.0 if self._cut_since is None else self._clock() - self._cut_since
        if cut_for < GRACE_SECONDS:
            return Verdict(True, "alive.yes", int(cut_for))
        key = "alive.disconnected" if self._was_connected else "alive.never_connected"
        return Verdict(False, key, int(cut_for))
