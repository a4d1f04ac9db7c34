"""Finds out whether what the bot confirms would be kept at this moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.errors import StorageUnavailableError
from bot.storage.base import Storage

TIMEOUT_SECONDS = 1.0
# However often it is asked for, the disk is written to no more often than this.
SECONDS_BETWEEN_WRITES = 5.0
# A look writes nothing; what it finds is refused and told of before anybody has asked.
SECONDS_BETWEEN_LOOKS = 4.0


class StorageCheck:
    """Looks by itself, and writes a little when it is asked to and has not just done so; `clock`: monotonic seconds."""

    def __init__(
        self,
        storage: Storage,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._sleep = sleep
        self._writing: asyncio.Task[float | None] | None = None
        self._next_at = 0.0

    async def write_seconds(self) -> float | None:
        """Return how long a write took, at most five seconds ago; None when it failed or took more than a second."""
        if self._writing is None or (self._writing.done() and self._clock() >= self._next_at):
            self._writing = asyncio.create_task(self._write(), name="storage check")
        # A disk that hangs can't be cancelled: the write goes on by itself, and whoever asks meanwhile shares it.
        await asyncio.wait({self._writing}, timeout=TIMEOUT_SECONDS)
        seconds = self._writing.result() if self._writing.done() else None
        return seconds if seconds is not None and seconds <= TIMEOUT_SECONDS else None

    async def keep_looking(self) -> None:
        """Look for ever whether the storage is where it should be; run it beside the bot."""
        while True:
            await self._sleep(SECONDS_BETWEEN_LOOKS)
            with suppress(StorageUnavailableError):
                await self._storage.look()

    async def close(self) -> None:
        """Let go of the storage."""
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing

    async def _write(self) -> float | None:
        begin = self._clock()
        try:
            await self._storage.check_write()
        except StorageUnavailableError:
            return None
        finally:
            self._next_at = self._clock() + SECONDS_BETWEEN_WRITES
        return self._clock() - begin
