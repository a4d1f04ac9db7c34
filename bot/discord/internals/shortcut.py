"""Leads a frame straight to who takes it, where aiohttp would wake a task for each.

aiohttp puts frames into a queue; in the queue's place, this one asks first whether a frame can be taken at once.
"""

from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import client

DATA = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


class Shortcut:
    """A queue of frames, with `take` for those that come while none waits.

    `take` returns None for what it has taken, and otherwise what is left to do: the frame's data, or the text in it.
    """

    take: Callable[[Any], Any] | None = None
    _buffer: Any

    def feed_data(self, data: Any, size: int) -> None:
        """Have a frame taken, or let it wait for its turn."""
        if self.take is not None and not self._buffer and data.type in DATA:
            left = self.take(data.data)
            if left is None:
                return
            if left is not data.data:
                data = aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, left, None)
        super().feed_data(data, size)  # type: ignore[misc]


def prepare() -> None:
    """Have the connections that are opened from now on use such queues, where aiohttp's are as expected."""
    queue: Any = getattr(client, "WebSocketDataQueue", None)
    if queue is not None and not issubclass(queue, Shortcut):
        setattr(client, "WebSocketDataQueue", type("ShortcutQueue", (Shortcut, queue), {}))  # noqa: B010


def lead(socket: Any, take: Callable[[Any], Any]) -> None:
    """Lead what comes through a connection to `take`, if it can be."""
    if isinstance(getattr(socket, "_reader", None), Shortcut):
        socket._reader.take = take
