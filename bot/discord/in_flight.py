"""The answers under way, which a stop waits for."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

DRAIN_SECONDS = 2.5
CANCEL_SECONDS = 0.5

log = logging.getLogger(__name__)


class InFlight:
    """Knows the tasks that owe somebody an answer; once the bot is `stopping`, none is begun."""

    def __init__(self) -> None:
        self.stopping = False
        self._tasks: set[asyncio.Task[Any]] = set()

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
