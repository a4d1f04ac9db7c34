"""Reads what a sender who is known posts, one after the other, off the connection.

Most of what comes calls for nothing: to make a request and a response of it takes longer than all the rest. Only the
plainest requests are read here; whatever else may be one is left to the web server, with all that follows it.
"""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol

LONGEST_HEAD = 8_190
HEADERS = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)+")
LENGTH = re.compile(rb"[0-9]{1,9}")
# With these, there is more to a request than a body of so many bytes, and another request after it.
NOT_PLAIN = "connection|transfer-encoding|content-encoding|expect|upgrade"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer; `sent` is called once it has gone out, `unsent` when nobody is there any more to take it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: Callable[[], Awaitable[object]] | None = None
    unsent: Callable[[], object] | None = None


class Posts(Protocol):
    """Takes what is posted to `path` by whoever knows a secret, which is in a header.

    Each is received and answered within so many seconds, and has so many bytes at most.
    """

    path: str
    header: str
    seconds: float
    size: int

    def knows(self, secret: bytes) -> bool:
        """Tell whether this is the secret."""

    def take(self, body: bytes) -> Reply | Awaitable[Reply]:
        """Return what to answer; where nothing is to be done, at once, and with nothing to be called."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where in what was received the body of a post begins and ends."""

    begin: int
    end: int


class PlainPosts:
    """Finds posts at the beginning of what was received, has them taken, and puts the replies into bytes."""

    def __init__(self, posts: Posts) -> None:
        self.seconds, self.size = posts.seconds, posts.size
        self._posts = posts
        self._first = f"POST {posts.path} HTTP/1.1\r\n".encode()
        self._header = posts.header.lower().encode()
        names = f"content-length|{re.escape(posts.header)}|{NOT_PLAIN}"
        self._named = re.compile(rf"\r\n({names}):[ \t]*([^\r]*)(?=\r\n)".encode(), re.IGNORECASE)
        self._second = 0
        self._date = ""

    def may_begin(self, received: bytes) -> bool:
        """Tell whether this may be the beginning of a post, of whose head the rest is still to come."""
        first = self._first
        begins = received.startswith(first) if len(received) > len(first) else first.startswith(received)
        return begins and len(received) < LONGEST_HEAD and b"\r\n\r\n" not in received

    def head(self, received: bytes) -> Head | None:
        """Return the head of the post that begins here; None for whatever else it is."""
        begin, end = len(self._first), received.find(b"\r\n\r\n", 0, LONGEST_HEAD) + 2
        if not received.startswith(self._first) or HEADERS.fullmatch(received, begin, end) is None:
            return None
        found = self._named.findall(received, begin - 2, end)
        headers = {name.lower(): value.rstrip(b" \t") for name, value in found}
        length, secret = headers.pop(b"content-length", b""), headers.pop(self._header, b"")
        plain = len(found) == 2 or (len(found) == 3 and headers.get(b"connection", b"").lower() == b"keep-alive")
        if not plain or LENGTH.fullmatch(length) is None or not self._posts.knows(secret):
            return None
        return Head(end + 2, end + 2 + int(length))

    def take(self, body: bytes) -> Reply | Awaitable[Reply]:
        """Return what to answer, at once where nothing is to be done."""
        try:
            return self._posts.take(body)
        except Exception:
            return _failed()

    async def awaited(self, reply: Awaitable[Reply]) -> Reply:
        """Return what to answer once it is known."""
        try:
            return await reply
        except Exception:
            return _failed()

    async def confirm(self, reply: Reply) -> None:
        """Do what is to be done once a reply has gone out; whatever fails then, the next post can be taken."""
        if reply.sent is None:
            return
        try:
            await reply.sent()
        except Exception:
            log.exception("what was posted is answered, but what follows has failed")

    def written(self, reply: Reply) -> bytes:
        """Return the whole response."""
        second = int(time.time())
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True)
        head = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        head += f"Content-Length: {len(reply.body)}\r\nDate: {self._date}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        return f"{head}\r\n".encode() + reply.body


def _failed() -> Reply:
    log.exception("what was posted could not be answered")
    return Reply(500)
