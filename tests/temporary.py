"""Keeps the files of the tests in memory: a disk takes longer for each of their thousands than a test has."""

import os
import sys
import tempfile
from collections.abc import Callable

MEMORY = "/dev/shm"
ENOUGH_BYTES = 1 << 30


def in_memory() -> Callable[[], None]:
    """Have this process and those that it starts make their temporary files in memory; return what ends that.

    Not where somebody has said where they are to be, or where memory is short or holds no programs.
    """
    if "TMPDIR" in os.environ or not _has_room():
        return lambda: None
    os.environ["TMPDIR"], tempfile.tempdir = MEMORY, None

    def end() -> None:
        del os.environ["TMPDIR"]
        tempfile.tempdir = None

    return end


def _has_room() -> bool:
    if sys.platform != "linux" or not os.access(MEMORY, os.W_OK):
        return False
    told = os.statvfs(MEMORY)
    return not told.f_flag & os.ST_NOEXEC and told.f_bavail * told.f_frsize >= ENOUGH_BYTES
