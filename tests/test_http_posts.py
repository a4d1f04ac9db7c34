"""Posts of a sender who is known, over raw sockets: which are taken off the connection, which are left to aiohttp."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.web import server as http_server
from bot.web.posts import Reply
from bot.web.server import serve, trust
from tests.test_http_server import REQUEST, talk

HEAD = b"POST /posts HTTP/1.1\r\nHost: bot\r\nX-Secret: 42\r\n"
LAST = REQUEST.replace(b"Host: bot", b"Host: bot\r\nConnection: close")
HELLO = HEAD + b"Content-Length: 5\r\n\r\nhello"


@dataclass
class Door:
    """Takes what is posted, at once or, if it is to `wait`, later."""

    path: str = "/posts"
    header: str = "X-Secret"
    seconds: float = 5.0
    size: int = 20_000
    taken: list[bytes] = field(default_factory=list)
    wait: asyncio.Event | None = None
    told: list[str] = field(default_factory=list)
    reply: bytes = b"taken"

    def knows(self, secret: bytes) -> bool:
        return secret == b"42"

    def take(self, body: bytes) -> Reply | Awaitable[Reply]:
        self.taken.append(body)
        if body == b"fails":
            raise LookupError("secret 4711")
        return Reply(body=self.reply) if self.wait is None else self.later(self.wait, body)

    async def later(self, wait: asyncio.Event, body: bytes) -> Reply:
        await wait.wait()
        if body == b"falls":
            raise LookupError("secret 4711")

        async def sent() -> None:
            self.told.append("sent")
            if body == b"trips":
                raise LookupError("secret 4711")

        return Reply(body=b"later", sent=sent, unsent=lambda: self.told.append("unsent"))


async def by_aiohttp(request: web.Request) -> web.Response:
    if request.headers.get("X-Secret") == "42":
        trust(request, seconds=5, size=20_000)
    return web.Response(body=b"aiohttp " + await request.read())


def app() -> web.Application:
    app = web.Application()
    app.router.add_post("/posts", by_aiohttp)
    app.router.add_get("/", by_aiohttp)
    return app


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def port(door: Door) -> AsyncIterator[int]:
    async with serve(app(), host="127.0.0.1", port=0, posts=door) as port:
        yield port


# Each with what answers: the door, aiohttp, or nobody, for it is no request.
REQUESTS = (
    (HELLO, b"taken"),
    (HELLO.replace(b"X-Secret", b"x-SECRET").replace(b"Content-Length: ", b"content-length:\t "), b"taken"),
    (HELLO.replace(b"Host: bot", b"Host: bot\r\nConnection: Keep-Alive"), b"taken"),
    (HELLO.replace(b"Host: bot", b"Via: a\r\nVia: b\r\nX-Utf: \xc3\xa9"), b"taken"),
    (HELLO.replace(b"Host: bot", b"Host: bot\r\nConnection: close"), b"aiohttp hello"),
    (HELLO.replace(b" 42", b" 43"), b"aiohttp hello"),
    (HELLO.replace(b"X-Secret: 42\r\n", b""), b"aiohttp hello"),
    (HELLO.replace(b"HTTP/1.1", b"HTTP/1.0"), b"aiohttp hello"),
    (HELLO.replace(b"/posts ", b"/posts?a=b "), b"aiohttp hello"),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"aiohttp hello"),
    (HEAD + (b"X: " + b"x" * 5_000 + b"\r\n") * 2 + b"Content-Length: 5\r\n\r\nhello", b"aiohttp hello"),
    (HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", b"aiohttp hello"),
    (HEAD + b"X-Secret: 42\r\nContent-Length: 5\r\n\r\nhello", b"aiohttp hello"),
    (HEAD + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", None),
    (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", None),
    (HEAD + b"Content-Length: +5\r\n\r\nhello", None),
    (HEAD + b"Content-Length: 5_0\r\n\r\nhello", None),
    (HEAD + b"Content-Length : 5\r\n\r\nhello", None),
    (HEAD + b"X:\r\n folded\r\nContent-Length: 5\r\n\r\nhello", None),
    (HEAD + b"X: a\nb: c\r\nContent-Length: 5\r\n\r\nhello", None),
    (HEAD + b"X: \0\r\nContent-Length: 5\r\n\r\nhello", None),
)


async def test_the_plainest_requests_are_taken_and_no_others(port: int, door: Door) -> None:
    wrong = []
    for request, answer in REQUESTS:
        ends = b": close" in request or b"HTTP/1.0" in request
        received, _ = await talk(port, request + (b"" if ends else LAST))
        if (b"HTTP/1.0 400 " if answer is None else b"\r\n\r\n" + answer) not in received:
            wrong.append((request, received))

    assert wrong == []
    assert door.taken == [b"hello"] * 4


async def test_posts_are_taken_in_whatever_pieces_they_come(port: int, door: Door) -> None:
    pieces = [bytes([byte]) for byte in HELLO]
    received, _ = await talk(port, *pieces, HELLO + HELLO + HELLO[:-3], b"llo" + HELLO[:30], HELLO[30:] + REQUEST)

    assert door.taken == [b"hello"] * 5
    assert received.count(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: ") == 5
    assert received.endswith(b"aiohttp ")


async def test_posts_that_are_answered_later_are_answered_in_their_order(port: int, door: Door) -> None:
    door.wait = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, door.wait.set)
    received, _ = await talk(port, HELLO + HELLO + REQUEST)

    assert received.count(b"\r\n\r\nlater") == 2
    assert received.endswith(b"aiohttp ")
    assert door.told == ["sent", "sent"]


async def hang_up(port: int, door: Door) -> None:
    """Post, and be gone before it is answered."""
    door.wait = asyncio.Event()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HELLO)
    while not door.taken:
        await asyncio.sleep(0.01)
    writer.transport.abort()
    await asyncio.sleep(0.05)
    door.wait.set()


async def test_who_has_hung_up_is_sent_nothing(port: int, door: Door) -> None:
    await hang_up(port, door)
    await asyncio.sleep(0.05)

    assert door.told == ["unsent"]


@pytest.mark.parametrize("body", [b"fails", b"falls"])
async def test_a_failure_is_answered_and_logged_and_tells_nothing(
    port: int, door: Door, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    if body == b"falls":
        door.wait = asyncio.Event()
        door.wait.set()
    with caplog.at_level(logging.ERROR, "bot"):
        received, _ = await talk(port, HELLO.replace(b"hello", body) + REQUEST)

    assert received.startswith(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n")
    assert len(caplog.records) == 1
    assert b"4711" not in received


async def test_a_failure_after_the_answer_is_logged_and_the_connection_goes_on(
    port: int, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    door.wait = asyncio.Event()
    door.wait.set()
    with caplog.at_level(logging.ERROR):
        received, seconds = await talk(port, HELLO.replace(b"hello", b"trips") + HELLO + REQUEST)

    assert received.count(b"\r\n\r\nlater") == 2
    assert received.endswith(b"aiohttp ")
    assert [record.name for record in caplog.records] == ["bot.web.posts"]
    assert seconds < 3


async def test_what_somebody_sent_before_hanging_up_is_not_taken_later(port: int, door: Door) -> None:
    door.wait = asyncio.Event()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HELLO + HELLO)
    while not door.taken:
        await asyncio.sleep(0.01)
    writer.transport.abort()
    await asyncio.sleep(0.05)
    door.wait.set()
    await asyncio.sleep(0.05)

    assert door.taken == [b"hello"]


async def test_no_more_is_taken_of_who_reads_no_answers(port: int, door: Door) -> None:
    door.seconds, door.size = 60.0, 2**30
    door.reply = b"x" * 500_000
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
    writer.write(HELLO * 200)
    before = -1
    while len(door.taken) != before:
        before = len(door.taken)
        await asyncio.sleep(0.1)
    received = 0
    writer.write(LAST)
    while piece := await reader.read(2**20):
        received += len(piece)
    writer.close()

    assert before < 100
    assert len(door.taken) == 200
    assert received > 200 * len(door.reply)


@pytest.mark.parametrize(("begun", "least"), [(HELLO[:30], 0.2), (HELLO[:-1], 0.9)], ids=["head", "body"])
async def test_half_a_post_is_cut_off_and_whose_sender_is_known_later(
    door: Door, begun: bytes, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "ARRIVAL_SECONDS", 0.3)
    monkeypatch.setattr(http_server, "ANSWER_SECONDS", 0.3)
    door.seconds = 1.0
    async with serve(app(), host="127.0.0.1", port=0, posts=door) as port:
        received, seconds = await talk(port, begun)

    assert received == b""
    assert least < seconds < 4


async def test_a_post_that_is_too_large_is_cut_off(port: int, door: Door) -> None:
    received, _ = await talk(port, HEAD + b"Content-Length: 600000\r\n\r\n", *[b"x" * 5_000] * 120)

    assert door.taken == []
    assert received == b""


async def test_a_stop_lets_a_post_be_answered(door: Door) -> None:
    door.wait = asyncio.Event()
    async with serve(app(), host="127.0.0.1", port=0, posts=door) as port:
        asking = asyncio.create_task(talk(port, HELLO + HELLO))
        while not door.taken:
            await asyncio.sleep(0.01)
        asyncio.get_running_loop().call_later(0.2, door.wait.set)

    assert (await asking)[0].endswith(b"later")
    assert door.taken == [b"hello"]


async def test_who_has_hung_up_makes_no_room(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 2)
    async with serve(app(), host="127.0.0.1", port=0, posts=door) as port:
        await hang_up(port, door)
        others = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        await asyncio.sleep(0.05)

        assert [reader.at_eof() or reader.exception() is not None for reader, _ in others] == [True, False, False]
        for _, writer in others:
            writer.close()
