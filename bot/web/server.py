"""Serves a web application to strangers: one request a connection, in bounded time and size, with safe headers."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.errors import ExitCode, StartError

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
async def serve(app: web.Application, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` while the block runs; yields the port, which the system chooses when `port` is 0.

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

    def accept() -> asyncio.Protocol:
        server = runner.server
        if server is None or (len(server.connections) >= MAX_CONNECTIONS and not strangers.make_room()):
            return _Refusal()
        return _Connection(server, strangers, loop=loop, access_log=quiet, logger=quiet, keepalive_timeout=KEPT_SECONDS)

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

    def make_room(self, among: "Callable[[_Connection], bool]" = lambda _: True) -> bool:
        """Drop the one who is idle for longest, or else who asked first; False when there is none."""
        dropped = next(filter(among, (*self._idle, *self._asking)), None)
        if dropped is not None:
            dropped.drop()
        return dropped is not None


class _Connection(web.RequestHandler):
    """One connection, cut off when it takes too long or sends too much.

    It is a stranger's, one of those that make room for others, until the sender of its request is known.
    """

    def __init__(self, manager: web.Server, strangers: _Strangers, **more: Any) -> None:
        super().__init__(manager, **more)
        self.address = ""
        self._strangers = strangers
        self._known = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # That of uvloop is a Transport in all but its class.
        self._abort = cast("asyncio.Transport", transport).abort
        self._end = asyncio.get_running_loop().call_later(ARRIVAL_SECONDS, self._abort)
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
        if known:
            self._strangers.add(self, self.address)
            self._end_in(KEPT_SECONDS + ARRIVAL_SECONDS)
            self._received, self._most = 0, CONNECTION_BYTES
        return known

    def drop(self) -> None:
        """Make room for somebody else."""
        self._strangers.forget(self)
        self._abort()

    def _end_in(self, seconds: float) -> None:
        self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(seconds, self._abort)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > self._most:
            self._abort()
        else:
            super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._strangers.forget(self)
        self._end.cancel()
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
