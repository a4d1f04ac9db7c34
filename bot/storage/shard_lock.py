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
TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)

log = logging.getLogger(__name__)


class ShardTakenError(Exception):
    """Another process runs one of the shards."""


@contextmanager
def holding_shards(database: Path, shard_ids: Collection[int]) -> Iterator[None]:
    """Hold these shards during the block, or all of them when none is named; the folder of `database` must be there.

    Raises:
        ShardTakenError: another process holds one of them; nothing is held.
    """
    file = os.open(lock_file_of(database), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for first, count in [(id, 1) for id in shard_ids] or [(0, MOST_SHARDS)]:
            try:
                _lock(file, first, count)
            except OSError as error:
                if error.errno in TAKEN:
                    raise ShardTakenError(first) from error
                # Some network file systems know no locks; the bot works there as it always has.
                log.warning("no lock can be held beside the database (%s): see to it that only one bot uses it", error)
                break
        yield
    finally:
        os.close(file)


def lock_file_of(database: Path) -> Path:
    """Return the file in which the shards of a database are held."""
    return database.with_name(f"{database.name}.lock")


def _lock(file: int, first: int, count: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, first, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, count)
    else:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, count, first)
