"""The keep-alive page, over HTTP, while the connection to Discord comes and goes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from bot.errors import ExitCode, StartError
from bot.health import Health
from bot.i18n import Texts
from bot.web import create_app, serve


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock)


@pytest.fixture
async def page(health: Health, texts: Texts, locale: str) -> AsyncIterator[str]:
    async with serve(create_app(health=health, texts=texts, locale=locale), host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}/"


async def get(url: str, method: str = "GET") -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.request(method, url) as response:
        return response.status, await response.text()


async def test_a_young_process_is_alive(page: str, clock: Clock) -> None:
    clock.now += 119

    assert await get(page) == (200, "Bonjour. Je suis en vie !")


async def test_a_process_that_never_connects_is_not(page: str, clock: Clock) -> None:
    clock.now += 120

    status, text = await get(page)
    assert status == 503
    assert "120 secondes" in text


async def test_a_connected_bot_is_alive_for_ever(page: str, clock: Clock, health: Health) -> None:
    clock.now += 50
    health.connected()
    clock.now += 10_000

    assert await get(page) == (200, "Bonjour. Je suis en vie !")


async def test_a_lost_connection_is_forgiven_for_two_minutes_and_then_told(
    page: str, clock: Clock, health: Health
) -> None:
    health.connected()
    clock.now += 10_000
    health.disconnected()
    clock.now += 119
    health.disconnected()
    assert (await get(page))[0] == 200

    clock.now += 1
    status, text = await get(page)
    assert status == 503
    assert "coupée depuis 120 secondes" in text

    health.connected()
    assert (await get(page))[0] == 200


async def test_head_answers_like_get_without_a_body(page: str, clock: Clock) -> None:
    assert await get(page, "HEAD") == (200, "")

    clock.now += 500
    assert await get(page, "HEAD") == (503, "")


@pytest.mark.parametrize("locale", ["en"], indirect=True)
async def test_the_page_speaks_the_language_of_the_bot(page: str) -> None:
    assert await get(page) == (200, "Hello. I am alive!")


async def test_other_paths_and_methods_are_refused(page: str) -> None:
    assert (await get(page + "nothing"))[0] == 404
    assert (await get(page, "POST"))[0] == 405


async def test_a_busy_port_stops_the_start(page: str, health: Health, texts: Texts) -> None:
    port = int(page.rstrip("/").rsplit(":", 1)[1])

    with pytest.raises(StartError) as refusal:
        async with serve(create_app(health=health, texts=texts, locale="fr"), host="127.0.0.1", port=port):
            pass
    assert refusal.value.code is ExitCode.PORT_TAKEN


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00", b"GET " + b"/" * 9000 + b" HTTP/1.1\r\n\r\n", b"GET http://[::1 HTTP/1.1\r\n\r\n"],
)
async def test_garbage_is_refused_without_a_line_in_the_log(
    page: str, caplog: pytest.LogCaptureFixture, garbage: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(page.rstrip("/").rsplit(":", 1)[1]))
    writer.write(garbage)
    await writer.drain()
    writer.write_eof()
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()

    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []
    assert (await get(page))[0] == 200


async def test_an_address_that_is_not_of_this_machine_stops_the_start(health: Health, texts: Texts) -> None:
    with pytest.raises(StartError) as refusal:
        async with serve(create_app(health=health, texts=texts, locale="fr"), host="192.0.2.1", port=0):
            pass
    assert refusal.value.key == "start.unusable_address"
