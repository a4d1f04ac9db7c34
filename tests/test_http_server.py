"""The web server among strangers: over raw sockets, with requests that are slow, huge, or none at all."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import web

from bot.errors import ExitCode, StartError
from bot.web import server as http_server
from bot.web.server import HEADERS, serve, trust

REQUEST = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"


def app() -> web.Application:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def fail(_request: web.Request) -> web.Response:
        raise LookupError("secret 4711")

    async def read(request: web.Request) -> web.Response:
        return web.Response(text=f"200 OK: {len(await request.read())}")

    async def know(request: web.Request) -> web.Response:
        trust(request, seconds=5, size=1_000)
        await asyncio.sleep(0.5)
        return web.Response(text="known")

    app = web.Application()
    app.router.add_get("/known", know)
    app.router.add_get("/", answer)
    app.router.add_post("/", read)
    app.router.add_get("/broken", fail)
    return app


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serve(app(), host="127.0.0.1", port=0) as port:
        yield port


async def talk(port: int, *chunks: bytes, pause: float = 0.0) -> tuple[bytes, float]:
    """Send bytes with pauses between them; return all that came back, and after how many seconds it ended."""
    begin = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""

    async def read() -> None:
        nonlocal received
        while chunk := await reader.read(65_536):
            received += chunk

    async def write() -> None:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause)

    async with asyncio.timeout(8), asyncio.TaskGroup() as both:
        writing = both.create_task(until_cut_off(write()))
        await until_cut_off(read())
        writing.cancel()
    writer.close()
    return received, time.monotonic() - begin


async def until_cut_off(work: Coroutine[Any, Any, None]) -> None:
    with suppress(ConnectionError):
        await work


async def test_one_request_is_answered_and_the_connection_closed(port: int) -> None:
    received, seconds = await talk(port, REQUEST + REQUEST)

    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.count(b"HTTP/1.1") == 1
    assert b"Connection: close\r\n" in received
    assert seconds < 5


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [b"GET / HT"],
        [bytes([byte]) for byte in REQUEST],
        [b"GET / HTTP/1.1\r\nHost: bot\r\n", *(b"X-Header: %d\r\n" % number for number in range(100))],
        [b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 100\r\n\r\n", *[b"x"] * 100],
        [b"POST / HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 100],
    ],
    ids=["silent", "half a line", "byte by byte", "endless headers", "slow body", "slow chunks"],
)
async def test_a_slow_request_is_cut_off(port: int, chunks: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "ARRIVAL_SECONDS", 0.4)
    monkeypatch.setattr(http_server, "ANSWER_SECONDS", 0.4)
    received, seconds = await talk(port, *chunks, pause=0.05)

    assert b"200 OK" not in received
    assert 0.3 < seconds < 4


@pytest.mark.parametrize("part", ["headers", "body", "chunks"])
async def test_an_oversized_request_is_cut_off(port: int, part: str) -> None:
    xs = b"x" * 5000
    head, piece = {
        "headers": (b"GET / HTTP/1.1\r\nHost: bot\r\n", b"X: " + xs + b"\r\n"),
        "body": (b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000000\r\n\r\n", xs),
        "chunks": (b"POST / HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n", b"1388\r\n" + xs + b"\r\n"),
    }[part]
    received, seconds = await talk(port, head, *[piece] * 200)

    assert b"200 OK" not in received
    assert seconds < 5


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET " + b"/" * 9000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\n\r\n",
    ],
    ids=["TLS", "long line", "long header", "bad address"],
)
async def test_garbage_is_refused_with_safe_headers_and_without_a_line_in_the_log(
    port: int, caplog: pytest.LogCaptureFixture, garbage: bytes
) -> None:
    received, _ = await talk(port, garbage)

    assert received.startswith(b"HTTP/1.0 400 ")
    assert all(f"{name}: {value}\r\n".encode() in received for name, value in HEADERS.items())
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []
    assert (await talk(port, REQUEST))[0].endswith(b"ok")


async def test_an_error_of_ours_tells_strangers_nothing(port: int) -> None:
    received, _ = await talk(port, REQUEST.replace(b"/ ", b"/broken "))

    assert received.startswith(b"HTTP/1.1 500 ")
    assert all(f"{name}: {value}\r\n".encode() in received for name, value in HEADERS.items())
    assert b"4711" not in received
    assert b"Lookup" not in received


async def test_beyond_the_limit_whoever_is_idle_for_longest_makes_room(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 3)
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    await asyncio.sleep(0.05)

    assert (await talk(port, REQUEST))[0].endswith(b"ok")
    with suppress(ConnectionError):
        assert await asyncio.wait_for(idle[0][0].read(), 5) == b""
    assert not idle[2][0].at_eof()
    for _, writer in idle:
        writer.close()


async def test_who_asks_for_something_is_dropped_after_all_who_are_idle(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 3)
    head, body = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 7\r\n\r\n", b"courage"
    asking = asyncio.create_task(talk(port, head, body, pause=0.5))
    await asyncio.sleep(0.2)
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(9)]

    assert (await asking)[0].endswith(b"200 OK: 7")
    for _, writer in idle:
        writer.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, only one address is that of the machine")
async def test_strangers_of_one_address_drop_only_each_other(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "MAX_STRANGERS_OF_AN_ADDRESS", 2)
    other, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
    many = [await asyncio.open_connection("127.0.0.1", port) for _ in range(9)]
    await asyncio.sleep(0.05)

    assert [reader.at_eof() or reader.exception() is not None for reader, _ in many] == [True] * 7 + [False] * 2
    writer.write(REQUEST)
    assert (await asyncio.wait_for(other.read(), 5)).endswith(b"ok")
    for _, each in [(other, writer), *many]:
        each.close()


async def test_whoever_is_known_makes_no_room_for_strangers(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 3)
    close = b"Host: bot\r\nConnection: close"
    request = REQUEST.replace(b"/ ", b"/known ").replace(b"Host: bot", close)
    known = [asyncio.create_task(talk(port, request)) for _ in range(3)]
    await asyncio.sleep(0.2)

    assert (await talk(port, REQUEST))[0] == b""
    assert all(answer.endswith(b"known") for answer, _ in await asyncio.gather(*known))
    assert (await talk(port, REQUEST))[0].endswith(b"ok")


async def test_a_connection_stays_after_a_request_whose_sender_is_known_and_after_no_other(port: int) -> None:
    known = REQUEST.replace(b"/ ", b"/known ")
    received, _ = await talk(port, known + known + REQUEST + known)

    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert received.endswith(b"ok")


async def test_a_busy_port_stops_the_start(port: int) -> None:
    with pytest.raises(StartError) as refusal:
        async with serve(app(), host="127.0.0.1", port=port):
            pass
    assert refusal.value.code is ExitCode.PORT_TAKEN


async def test_an_address_that_is_not_of_this_machine_stops_the_start() -> None:
    with pytest.raises(StartError) as refusal:
        async with serve(app(), host="192.0.2.1", port=0):
            pass
    assert refusal.value.key == "start.unusable_address"
