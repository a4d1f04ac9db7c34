"""Keeps a second process off the same shards: a lock beside the SQLite file, which ends with the process."""

import errno
import logging
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

# A shard's byte in the lock file, which stays empty: a lock may lie beyond the end. No bot has so many shards.
MOST_SHARDS = 1 << 20
# The bytes after those of the shards: of who leads, and of who takes the updates of Telegram with no shard at all.
LEADER, TELEGRAM = MOST_SHARDS, MOST_SHARDS + 1
TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)

log = logging.getLogger(__name__)


class ShardTakenError(Exception):
    """Another process runs one of the shards."""


class ShardLock:
    """What this process holds of the shards of a database, all through one open file: closing any other would end it.

    The file is made beside the database by the first that asks for something; its folder must be there by then.
    """

    def __init__(self, database: Path) -> None:
        self._path = lock_file_of(database)
        self._file: int | None = None
        self._is_leader = False
        self._knows_locks = True

    def hold(self, shard_ids: Collection[int]) -> None:
        """Hold these shards, or all of them when none is named.

        Raises:
            ShardTakenError: another process holds one of them.
        """
        for first, count in [(id, 1) for id in shard_ids] or [(0, MOST_SHARDS)]:
            if not self._take(first, count):
                raise ShardTakenError(first)

    def hold_telegram(self) -> None:
        """Be the one process that is on Telegram alone.

        Raises:
            ShardTakenError: another one is.
        """
        if not self._take(TELEGRAM, 1):
            raise ShardTakenError

    def leads(self) -> bool:
        """Tell whether this process does what only one has to do, and be the one if nobody is."""
        self._is_leader = self._is_leader or self._take(LEADER, 1)
        return self._is_leader

    def close(self) -> None:
        """Let go of all that is held."""
        if self._file is not None:
            os.close(self._file)

    def _take(self, first: int, count: int) -> bool:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not self._knows_locks:
            return True
        try:
            _lock(self._file, first, count)
        except OSError as error:
            if error.errno in TAKEN:
                return False
            self._knows_locks = False
            # Some network file systems know no locks; the bot works there as it always has.
            log.warning("no lock can be held beside the database (%s): see to it that only one bot uses it", error)
        return True


@contextmanager
def shard_lock(database: Path) -> Iterator[ShardLock]:
    """Let go of all that this process holds after the block."""
    lock = ShardLock(database)
    try:
        yield lock
    finally:
        lock.close()


def lock_file_of(database: Path) -> Path:
    """Return the file in which the shards of a database are held, by whatever link somebody comes to it."""
    return Path(f"{database.resolve()}.lock")


def _lock(file: int, first: int, count: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, first, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, count)
    else:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, count, first)
