"""Serves a web application to strangers: one request a connection, in bounded time and size, with safe headers."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.errors import ExitCode, StartError
from bot.web.posts import Head, PlainPosts, Posts, Reply

# Until a request has come, and from then on to the last byte: neither who trickles nor who sleeps holds anything.
ARRIVAL_SECONDS = 5.0
ANSWER_SECONDS = 5.0
# Whoever finds no room among those that wait to be accepted tries again a second later.
BACKLOG = 1_024
CONNECTION_BYTES = 256 * 1024
MAX_CONNECTIONS = 200
# All of them may be those of a proxy; a stranger alone leaves room for others.
MAX_STRANGERS_OF_AN_ADDRESS = 100
# How long the connection of a sender who is known waits for another request.
KEPT_SECONDS = 30.0

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@asynccontextmanager
async def serve(app: web.Application, *, host: str, port: int, posts: Posts | None = None) -> AsyncIterator[int]:
    """Serve `app` while the block runs; yields the port, which the system chooses when `port` is 0.

    `posts` takes the plainest requests to one of its paths: `app` answers all others, those to this path too.

    Raises:
        StartError: the address can't be bound.
    """
    # Scanners send garbage all day: a request that is none is worth no line, and its bytes must not be in the log.
    quiet = logging.getLogger(f"{__name__}.requests")
    quiet.setLevel(logging.CRITICAL)
    app.middlewares.append(_begin)
    app.on_response_prepare.append(_finish)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    loop = asyncio.get_running_loop()

    strangers = _Strangers()
    plain = None if posts is None else PlainPosts(posts)

    def accept() -> asyncio.Protocol:
        server = runner.server
        if server is None or (len(server.connections) >= MAX_CONNECTIONS and not strangers.make_room()):
            return _Refusal()
        return _Connection(server, strangers, plain, loop=loop, access_log=quiet, logger=quiet)

    try:
        try:
            listening = await loop.create_server(accept, host, port, backlog=BACKLOG)
        except (OSError, UnicodeError) as error:
            taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            raise StartError(
                "start.port_taken" if taken else "start.unusable_address",
                ExitCode.PORT_TAKEN,
                host=host,
                port=port,
                reason=getattr(error, "strerror", None) or error,
            ) from error
        try:
            yield listening.sockets[0].getsockname()[1]
        finally:
            listening.close()
    finally:
        await runner.cleanup()


def trust(request: web.Request, *, seconds: float, size: int) -> None:
    """Let the sender of a request, now known, take so much time from here on, and send `size` bytes in all.

    The connection stays for the next request, of whose sender nothing is known again: a proxy serves many.
    """
    assert isinstance(request.protocol, _Connection)
    request.protocol.allow(seconds, size)


@web.middleware
async def _begin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note that a request has come."""
    if isinstance(request.protocol, _Connection):
        request.protocol.begin()
    return await handler(request)


async def _finish(request: web.Request, response: web.StreamResponse) -> None:
    """Complete the headers of any response, and end the connection with it: a monitor comes back in minutes."""
    if isinstance(request.protocol, _Connection) and request.protocol.stay():
        return
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Connection"] = "close"
    response.force_close()


class _Strangers:
    """Those connected whom the bot does not know, oldest first: who has asked for nothing yet, and who has."""

    def __init__(self) -> None:
        self._idle: dict[_Connection, None] = {}
        self._asking: dict[_Connection, None] = {}

    def add(self, stranger: "_Connection", address: str) -> None:
        """Add one who has come now from this address; another one of there makes room if need be."""
        theirs = sum(other.address == address for other in (*self._idle, *self._asking))
        if theirs >= MAX_STRANGERS_OF_AN_ADDRESS:
            self.make_room(lambda other: other.address == address)
        self._idle[stranger] = None

    def begin(self, stranger: "_Connection") -> None:
        """Note that one has asked for something."""
        if stranger in self._idle:
            del self._idle[stranger]
            self._asking[stranger] = None

    def forget(self, stranger: "_Connection") -> None:
        """Forget one who is known now, or gone."""
        self._idle.pop(stranger, None)
        self._asking.pop(stranger, None)

    def again(self, stranger: "_Connection") -> None:
        """Note that one has been idle from now on."""
        if stranger in self._idle:
            del self._idle[stranger]
            self._idle[stranger] = None

    def make_room(self, among: "Callable[[_Connection], bool]" = lambda _: True) -> bool:
        """Drop the one who is idle for longest, or else who asked first; False when there is none."""
        dropped = next(filter(among, (*self._idle, *self._asking)), None)
        if dropped is not None:
            dropped.drop()
        return dropped is not None


class _Connection(web.RequestHandler):
    """One connection, cut off when it takes too long or sends too much.

    It is a stranger's, one of those that make room for others, until the sender of its request is known. As long as
    nothing but `plain` posts come, aiohttp is told of none.
    """

    def __init__(self, manager: web.Server, strangers: _Strangers, plain: PlainPosts | None, **more: Any) -> None:
        super().__init__(manager, **more)
        self.address = ""
        self._strangers = strangers
        self._plain = plain
        self._known = self._is_ending = False
        self._unread = b""
        self._head: Head | None = None
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # That of uvloop is a Transport in all but its class.
        self._abort = cast("asyncio.Transport", transport).abort
        self._end_in(ARRIVAL_SECONDS)
        self._watch()
        self.address = str((transport.get_extra_info("peername") or ("",))[0])
        self._strangers.add(self, self.address)
        self._received, self._most = 0, CONNECTION_BYTES
        super().connection_made(transport)

    def begin(self) -> None:
        """Give a request that has come the time for its answer."""
        self._strangers.begin(self)
        self._end_in(ANSWER_SECONDS)

    def allow(self, seconds: float, most: int) -> None:
        """Give the connection more time, from now on, and more room."""
        self._known = True
        self._strangers.forget(self)
        self._end_in(seconds)
        self._most = most

    def stay(self) -> bool:
        """Keep the connection for another request after one whose sender is known; False after any other."""
        known, self._known = self._known, False
        if known and self.transport is not None:
            self._strangers.add(self, self.address)
            self._rest()
        return known

    def drop(self) -> None:
        """Make room for somebody else."""
        self._strangers.forget(self)
        self._abort()

    def _rest(self) -> None:
        """Begin to wait for another request."""
        self._end_in(KEPT_SECONDS + ARRIVAL_SECONDS)
        self._received, self._most = len(self._unread), CONNECTION_BYTES

    def _end_in(self, seconds: float) -> None:
        self._end_at = self._loop.time() + seconds

    def _watch(self) -> None:
        """End the connection when its time is over; a timer for every request would take longer than some requests."""
        left = self._end_at - self._loop.time()
        if left <= 0:
            self._abort()
            return
        # No time that is given is shorter than these.
        self._end = self._loop.call_later(min(left, ARRIVAL_SECONDS, ANSWER_SECONDS), self._watch)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > self._most:
            self._abort()
        elif self._plain is None:
            super().data_received(data)
        else:
            self._unread += data
            self._read_posts(self._plain)

    def _read_posts(self, plain: PlainPosts) -> None:
        """Take the posts that have come whole, one after the other; leave all to aiohttp from what is none on.

        Of a sender who reads no answers, none is taken until the ones before are on their way.
        """
        while self._unread and self._answering is None and not (self._paused or self._is_ending):
            if self._head is None and (head := plain.head(self._unread)) is not None:
                self._head = head
                if len(self._unread) < head.end:
                    self.allow(plain.seconds, plain.size)
            if self._head is None:
                if not plain.may_begin(self._unread):
                    self._plain, unread, self._unread = None, self._unread, b""
                    super().data_received(unread)
                return
            if len(self._unread) < self._head.end:
                return
            body, self._unread = self._unread[self._head.begin : self._head.end], self._unread[self._head.end :]
            self._head = None
            reply = plain.take(body)
            if isinstance(reply, Reply):
                self._send(plain, reply)
                self._strangers.again(self)
                if not self.stay():
                    self._rest()
            else:
                self.allow(plain.seconds, plain.size)
                self._answering = asyncio.create_task(self._answer(plain, reply), name="post")

    async def _answer(self, plain: PlainPosts, coming: Awaitable[Reply]) -> None:
        try:
            reply = await plain.awaited(coming)
            if self._send(plain, reply):
                await plain.confirm(reply)
        finally:
            self._answering = None
        self.stay()
        self._read_posts(plain)

    def _send(self, plain: PlainPosts, reply: Reply) -> bool:
        """Send a reply, and tell whether somebody was there to take it."""
        if self.transport is None or self.transport.is_closing():
            if reply.unsent is not None:
                reply.unsent()
            return False
        self.transport.write(plain.written(reply))
        return True

    def close(self) -> None:
        """Take no other request."""
        self._is_ending = True
        super().close()

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109
        """Let the post that is being answered be answered, for so many seconds."""
        if (answering := self._answering) is not None:
            await asyncio.wait((answering,), timeout=timeout)
            answering.cancel()
        await super().shutdown(timeout)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._plain is not None:
            self._read_posts(self._plain)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._strangers.forget(self)
        self._end.cancel()
        self._unread, self._head = b"", None
        super().connection_lost(exc)

    def handle_error(self, *args: Any, **kwargs: Any) -> web.StreamResponse:
        """Answer what is no request; the application, and so its headers, know nothing of it."""
        response = super().handle_error(*args, **kwargs)
        response.headers.update(HEADERS)
        return response


class _Refusal(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).abort()
