"""The answers under way, which a stop waits for."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

# Each answer under way may hold a connection to Discord; those that wait hold a message.
MOST_AT_ONCE = 100
# In one channel, where Discord takes a message a second: helplines wait behind no more than these.
MOST_IN_CHANNEL = 5
MOST_WAITING = 1_000
DRAIN_SECONDS = 2.5
CANCEL_SECONDS = 0.5

log = logging.getLogger(__name__)


class InFlight:
    """Knows the tasks that owe somebody an answer; once the bot is `stopping`, none is begun."""

    def __init__(self) -> None:
        self.stopping = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._channels: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    @property
    def is_full(self) -> bool:
        """Tell whether so many answers wait that no command may join them."""
        return len(self._tasks) >= MOST_WAITING

    @asynccontextmanager
    async def turn(self, channel_id: int) -> AsyncIterator[None]:
        """Wait until few enough others are under way, here and in all, for an answer to be begun."""
        channel = self._channels.setdefault(channel_id, asyncio.Semaphore(MOST_IN_CHANNEL))
        async with channel, self._turns:
            yield

    async def take_turn(self) -> bool:
        """Tell whether an answer that can't wait may be begun; the turn is that of the task that calls this."""
        task = asyncio.current_task()
        if task is None or self._turns.locked():
            return False
        await self._turns.acquire()
        task.add_done_callback(lambda _: self._turns.release())
        return True

    def begin(self) -> bool:
        """Tell whether to answer a click or a slash command; if so, the task that calls this finishes before a stop."""
        if self.stopping:
            return False
        self.track()
        return True

    def track(self) -> None:
        """Let the task that calls this finish before the bot closes."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def give_up(self) -> None:
        """End every answer under way, unsaid."""
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()

    async def drain(self) -> None:
        """Begin nothing any more, and let what is under way end within a bounded time."""
        self.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                # One turn of the loop lets tasks that were just created begin, and be counted.
                await asyncio.sleep(0)
                while self._tasks:
                    await asyncio.wait(self._tasks)
                    await asyncio.sleep(0)
        late = {task for task in self._tasks if task is not asyncio.current_task()}
        for task in late:
            task.cancel()
        if late:
            log.warning("%d answers were too slow to be sent before the stop", len(late))
            await asyncio.wait(late, timeout=CANCEL_SECONDS)
