"""What goes on beside the answers: work that is watched, and how long to wait before something is tried again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 600.0
# Work that has gone on for so long since its last failure is well again.
SETTLED_SECONDS = 60.0

log = logging.getLogger(__name__)


class WorkError(Exception):
    """Work can't be done now, for a reason outside that its message gives in a line."""


class Backoff:
    """The seconds to wait before each next try: `first`, then twice as long each time, up to `longest`."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self._next = first

    def next(self, *, at_least: float = 0.0) -> float:
        """Return how long to wait now, no less than somebody asks for."""
        seconds = max(self._next, at_least)
        self._next = min(seconds * 2, self._longest)
        return seconds

    def reset(self) -> None:
        """Begin anew: it has worked."""
        self._next = self._first


class Background:
    """Keeps work going beside the bot: what fails is logged at once, begun again after a pause, and told of."""

    def __init__(self, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._failing: set[str] = set()

    @property
    def failing(self) -> Collection[str]:
        """Return the names of the work that has failed, and has not gone on for long enough since."""
        return sorted(self._failing)

    @asynccontextmanager
    async def running(self, work: Callable[[], Coroutine[Any, Any, None]], *, name: str) -> AsyncIterator[None]:
        """Do this work while the block runs, until it ends by itself; cancel it at the end of the block."""
        task = asyncio.create_task(self._keep_going(work, name), name=name)
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._failing.discard(name)

    @asynccontextmanager
    async def running_all(self, work: Mapping[str, Callable[[], Coroutine[Any, Any, None]]]) -> AsyncIterator[None]:
        """Do all of this work, each by its name, while the block runs."""
        async with AsyncExitStack() as stack:
            for name, each in work.items():
                await stack.enter_async_context(self.running(each, name=name))
            yield

    async def _keep_going(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        backoff = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)

        def settle() -> None:
            self._failing.discard(name)
            backoff.reset()

        while True:
            settling = asyncio.get_running_loop().call_later(SETTLED_SECONDS, settle)
            try:
                await work()
            except WorkError as error:
                pause = self._failed(name, backoff)
                log.warning("%s has failed (%s), and begins again in %d s", name, error, pause)
            except Exception:
                pause = self._failed(name, backoff)
                log.exception("%s has failed, and begins again in %d s", name, pause)
            else:
                settle()
                return
            finally:
                settling.cancel()
            await self._sleep(pause)

    def _failed(self, name: str, backoff: Backoff) -> float:
        self._failing.add(name)
        return backoff.next()
