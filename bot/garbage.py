"""Keeps the garbage collector from walking, again and again, what stays until the end.

A collection of all that a bot in thousands of servers keeps stops everything for as long as people notice. What is
dropped without being a part of a circle is freed at once anyway.
"""

import ctypes
import gc
from contextlib import suppress

# Of new objects that are a part of what could be a circle: few stay for longer than an answer takes.
THRESHOLDS = (10_000, 20, 20)


def begin() -> None:
    """Collect nothing while the program is loaded and made ready: nearly all of it stays."""
    gc.disable()


def keep() -> None:
    """Collect what will be made from now on, and leave alone what there is."""
    gc.set_threshold(*THRESHOLDS)
    gc.freeze()
    gc.enable()
    _give_back()


class Servers:
    """Leaves alone what is kept of the servers; `known` is called whenever a session has told of all of them."""

    def __init__(self) -> None:
        self._told_before = False

    async def known(self) -> None:
        """Leave alone what is kept of the servers, and drop what another session had told of them."""
        if self._told_before:
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        self._told_before = True
        _give_back()


def _give_back() -> None:
    """Give back to the system what memory was needed for a while, where the C library (glibc) does so when asked."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
