"""Work that many may ask for at once, and that is dear: one at a time, and once for all who ask before it begins."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Batch(Generic[Key, Result]):
    """Does work by its key; whoever asks once it has begun may expect something newer, and waits for the next."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting: dict[Key, asyncio.Task[Result]] = {}

    async def get(self, key: Key, work: Callable[[], Awaitable[Result]]) -> Result:
        """Return the result of work that begins from now on; `work` is to do the same for the same key."""
        task = self._waiting.get(key)
        if task is None:
            task = self._waiting[key] = asyncio.create_task(self._do(key, work), name="batch")
        # One who no longer waits must not take it from the others.
        return await asyncio.shield(task)

    async def _do(self, key: Key, work: Callable[[], Awaitable[Result]]) -> Result:
        async with self._lock:
            del self._waiting[key]
            return await work()
