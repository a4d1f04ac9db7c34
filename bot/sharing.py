"""What one process of several does alone: the shards that it runs, and the work that only one has to do."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

from bot.background import Background
from bot.config import Settings
from bot.databases import postgres
from bot.errors import ExitCode, StartError
from bot.storage.shard_lock import ShardLock, ShardTakenError, shard_lock

if TYPE_CHECKING:
    from bot.storage.leases import Leases


class Part:
    """What is this process's: by a lock beside the file or, where several share a PostgreSQL, by leases."""

    def __init__(self, settings: Settings, lock: ShardLock, leases: "Leases | None") -> None:
        self._settings = settings
        self._lock = lock
        self.leases = leases

    def leads(self) -> bool:
        """Tell whether this process does what only one has to do."""
        return self._lock.leads() if self.leases is None else self.leases.leads()

    def hold_shards(self) -> None:
        """Hold this process's shards of a file; leases come and go while the bot runs.

        Raises:
            StartError: another process runs one of them.
        """
        if self.leases is None:
            with self._refusing():
                self._lock.hold(self._settings.shard_ids)

    def hold_telegram(self) -> None:
        """Be the one process that is on Telegram alone with a file; on a server, there may be several.

        Raises:
            StartError: another process is.
        """
        if self.leases is None:
            with self._refusing():
                self._lock.hold_telegram()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except ShardTakenError as error:
            path = self._settings.database
            raise StartError("start.already_running", ExitCode.ALREADY_RUNNING, path=path) from error

    @asynccontextmanager
    async def taking(self, background: Background) -> AsyncIterator[None]:
        """Take leases during the block, and give back what is too much on SIGHUP."""
        if self.leases is None:
            yield
            return
        loop, hangup = asyncio.get_running_loop(), getattr(signal, "SIGHUP", None)
        with suppress(NotImplementedError):
            if hangup is not None:
                loop.add_signal_handler(hangup, self.leases.give_back_what_is_too_much)
        try:
            async with background.running(self.leases.keep, name="leases"):
                yield
        finally:
            with suppress(NotImplementedError):
                if hangup is not None:
                    loop.remove_signal_handler(hangup)


@contextmanager
def taking_part(settings: Settings) -> Iterator[Part]:
    """Let go, after the block, of all that makes this process's part.

    Raises:
        StartError: what connects to PostgreSQL is not installed.
    """
    leases = None
    if settings.postgres is not None:
        leases = postgres("leases").Leases(settings.postgres, among=settings.shard_ids)
    with shard_lock(settings.database) as lock:
        yield Part(settings, lock, leases)
