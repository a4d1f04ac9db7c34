"""Work that many may ask for at once, and that is dear: one at a time, and once for all who ask before it begins."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


@dataclass(slots=True)
class _Shared(Generic[Result]):
    """Work under way, and how many wait for it."""

    task: asyncio.Task[Result]
    waiting: int = 0


class Batch(Generic[Key, Result]):
    """Does work by its key; whoever asks once it has begun may expect something newer, and waits for the next."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._next: dict[Key, _Shared[Result]] = {}

    async def get(self, key: Key, work: Callable[[], Awaitable[Result]]) -> Result:
        """Return the result of work that begins from now on; `work` is to do the same for the same key.

        Work for which nobody waits any more ends.
        """
        shared = self._next.get(key)
        if shared is None:
            shared = self._next[key] = _Shared(asyncio.create_task(self._do(key, work), name="batch"))
        shared.waiting += 1
        try:
            # One who no longer waits must not take it from the others.
            return await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting and not shared.task.done():
                shared.task.cancel()
                if self._next.get(key) is shared:
                    del self._next[key]

    async def _do(self, key: Key, work: Callable[[], Awaitable[Result]]) -> Result:
        async with self._lock:
            del self._next[key]
            return await work()
