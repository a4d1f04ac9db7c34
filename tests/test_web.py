"""The web pages, over HTTP, while the connection to Discord comes and goes."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.health import Health, Heartbeat
from bot.services import Services
from bot.text.sentences import Texts
from bot.web.server import HEADERS
from tests.conftest import Clock, Server
from tests.sites import ask, serving

PATHS = ("", "livez", "readyz", "invite", "metrics")


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock.monotonic)


@pytest.fixture
async def page(health: Health, services: Services, texts: Texts, locale: str) -> AsyncIterator[str]:
    async with serving(health, services, texts, locale=locale) as port:
        yield f"http://127.0.0.1:{port}/"


async def get(url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    answer = await ask(url, method, **headers)
    return answer.status, answer.text


async def test_a_young_process_is_alive(page: str, clock: Clock) -> None:
    clock.advance(seconds=119)

    assert await get(page) == (200, "Bonjour. Je suis en vie !")


async def test_a_process_that_never_connects_is_not(page: str, clock: Clock) -> None:
    clock.advance(seconds=120)

    status, text = await get(page)
    assert status == 503
    assert "120 secondes" in text


async def test_a_connected_bot_is_alive_for_ever(page: str, clock: Clock, health: Health) -> None:
    clock.advance(seconds=50)
    health.connected()
    clock.advance(seconds=10_000)

    assert await get(page) == (200, "Bonjour. Je suis en vie !")


async def test_a_lost_connection_is_forgiven_for_two_minutes_and_then_told(
    page: str, clock: Clock, health: Health
) -> None:
    health.connected()
    clock.advance(seconds=10_000)
    health.disconnected()
    clock.advance(seconds=119)
    health.disconnected()
    assert (await get(page))[0] == 200

    clock.advance(seconds=1)
    status, text = await get(page)
    assert status == 503
    assert "coupée depuis 120 secondes" in text

    health.connected()
    assert (await get(page))[0] == 200


@pytest.mark.parametrize("accept", ["", "text/html"])
async def test_head_answers_like_get_without_a_body(page: str, clock: Clock, accept: str) -> None:
    headers = {"Accept": accept} if accept else {}
    assert await get(page, "HEAD", **headers) == (200, "")

    clock.advance(seconds=500)
    assert await get(page, "HEAD", **headers) == (503, "")
    with_body = await ask(page, **headers)
    without = await ask(page, "HEAD", **headers)
    assert without.headers["Content-Length"] == with_body.headers["Content-Length"]
    assert without.headers["Content-Type"] == with_body.headers["Content-Type"]


@pytest.mark.parametrize("locale", ["en"], indirect=True)
async def test_the_page_speaks_the_language_of_the_bot(page: str) -> None:
    assert await get(page) == (200, "Hello. I am alive!")


@pytest.mark.parametrize("accept", [None, "*/*", "text/plain", "text/html;q=0.5, text/plain", "application/json"])
async def test_monitors_get_plain_text_in_the_bots_own_language(page: str, accept: str | None) -> None:
    answer = await ask(page, **({"Accept": accept} if accept else {}))

    assert answer.text == "Bonjour. Je suis en vie !"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Vary"] == "Accept, Accept-Language"


async def test_plain_text_is_in_the_language_asked_for_and_keeps_the_words_of_the_bots_own(
    page: str, clock: Clock, health: Health
) -> None:
    """A monitor looks for words that somebody has typed, whatever language it asks for."""
    health.connected()
    answer = await ask(page, **{"Accept-Language": "en-GB, en;q=0.9"})
    assert answer.text.splitlines() == ["Hello. I am alive!", "Bonjour. Je suis en vie !"]
    assert answer.headers["Content-Language"] == "en"

    health.disconnected()
    clock.advance(seconds=120)
    status, text = await get(page, **{"Accept-Language": "en"})
    assert (status, text) == (503, "The connection to Discord has been down for 120 seconds.")


async def test_the_page_keeps_those_words_too(page: str) -> None:
    answer = await ask(page, **{"Accept": "text/html", "Accept-Language": "en"})

    assert "Bonjour. Je suis en vie !" in answer.text
    assert "Hello. I am alive!" in answer.text


async def test_browsers_get_a_page_in_their_own_language_with_the_same_status(page: str, clock: Clock) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = await ask(page, **browser | {"Accept-Language": "en-GB,en;q=0.9,fr;q=0.8"})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Language"] == "en"
    assert answer.headers["Vary"] == "Accept, Accept-Language"
    assert '<html lang="en">' in answer.text
    assert "Hello. I am alive!" in answer.text

    clock.advance(seconds=120)
    answer = await ask(page, **browser)
    assert answer.status == 503
    assert answer.headers["Content-Language"] == "fr"


async def test_the_process_lives_whatever_discord_does(page: str, clock: Clock) -> None:
    clock.advance(days=1)

    assert await get(page + "livez") == (200, "ok")


async def test_it_is_ready_while_it_is_connected_and_can_write(
    page: str, health: Health, clock: Clock, settings: Settings
) -> None:
    async def ready() -> tuple[int, bool, dict[str, bool]]:
        status, text = await get(page + "readyz")
        body = json.loads(text)
        return status, body["ready"], body["checks"]

    assert await ready() == (503, False, {"gateway": False, "database": True, "background": True})
    health.connected()
    assert await ready() == (200, True, {"gateway": True, "database": True, "background": True})
    health.disconnected()
    assert await ready() == (503, False, {"gateway": False, "database": True, "background": True})


async def test_a_database_that_can_not_be_written_is_named(
    health: Health, services: Services, texts: Texts, settings: Settings
) -> None:
    health.connected()
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with serving(health, services, texts) as port:
            status, text = await get(f"http://127.0.0.1:{port}/readyz")
            shown = await get(f"http://127.0.0.1:{port}/", Accept="text/html")
            numbers = await get(f"http://127.0.0.1:{port}/metrics")

    assert status == 503
    assert json.loads(text)["checks"] == {"gateway": True, "database": False, "background": True}
    assert "écriture impossible" in shown[1]
    assert "encourage_database_writable 0.0" in numbers[1]


async def test_the_invite_link_is_there_as_soon_as_the_application_is_known(page: str, health: Health) -> None:
    status, text = await get(page + "invite")
    assert status == 503
    assert text.startswith("Je ne sais pas encore")
    assert (await get(page + "invite", **{"Accept-Language": "en"}))[1].startswith("I don't know yet")
    assert "/invite" not in (await get(page, Accept="text/html"))[1]

    health.application_id = 4711
    answer = await ask(page + "invite")
    assert answer.status == 302
    assert answer.headers["Location"].startswith("https://discord.com/oauth2/authorize?client_id=4711&")
    assert '<a href="/invite">' in (await get(page, Accept="text/html"))[1]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused_by_name(page: str, method: str) -> None:
    for path in PATHS:
        answer = await ask(page + path, method)

        assert answer.status == 405, path
        assert answer.headers["Allow"] == "GET,HEAD", path


async def test_other_paths_are_unknown(page: str) -> None:
    for path in ("nothing", "livez/", "metrics/1", "..%2f", "favicon.ico"):
        assert (await get(page + path))[0] == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_every_answer_has_the_headers_that_keep_browsers_safe(page: str, method: str) -> None:
    for path in (*PATHS, "nothing"):
        answer = await ask(page + path, method)

        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
        assert answer.headers["Connection"] == "close", path


async def test_the_page_lets_its_own_style_in_and_nothing_else(page: str) -> None:
    answer = await ask(page, Accept="text/html")

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "script" not in policy
    assert "<script" not in answer.text
    assert {name: answer.headers[name] for name in HEADERS if "Content-S" not in name}.items() <= HEADERS.items()


async def test_the_numbers_follow_what_is_done(
    page: str, health: Health, server: Server, bot: EncourageBot, services: Services, clock: Clock
) -> None:
    async def numbers() -> dict[str, float]:
        answer = await ask(page + "metrics")
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = text_string_to_metric_families(answer.text)
        samples = [sample for family in families for sample in family.samples]
        assert {name for sample in samples for name in sample.labels} <= {"kind"}
        assert all(sample.name.startswith(("encourage_", "process_")) for sample in samples)
        return {
            sample.name + "".join(f":{kind}" for kind in sample.labels.values()): sample.value for sample in samples
        }

    health.disconnected()
    before = await numbers()
    assert before["encourage_discord_connected"] == 0
    assert "encourage_discord_latency_seconds" not in before
    health.connected()
    health.heard(0, 12)
    health.heartbeat_answered(0, Heartbeat(0.25, 0.0))
    health.servers = 3
    await server.ask(server.camille, "$hello")
    await server.ask(server.camille, "$privacy export")
    await server.camille.slash(server.channel, "hello")
    await server.ask(server.camille, "$del nothing")
    await server.ask(server.camille, "$del 99")
    await server.ask(server.camille, "$responding off")
    await server.ask(server.camille, "je suis triste")
    await server.ask(server.sacha, "je veux mourir")
    other = server.guild.create_text_channel("ailleurs")
    message = await server.moderator.send(other, "coucou")
    await server.camille.context_menu(other, "Encourager", message)

    after = await numbers()
    expected = {
        "encourage_discord_connected": 1,
        "encourage_discord_latency_seconds": 0.25,
        "encourage_discord_servers": 3,
        "encourage_discord_events_total": 12,
        "encourage_replies_total:typed": 2,
        "encourage_replies_total:slash": 1,
        "encourage_replies_total:menu": 1,
        "encourage_command_errors_total:mistake": 2,
        "encourage_command_errors_total:permission": 1,
        "encourage_command_errors_total:platform": 0,
        "encourage_command_errors_total:unexpected": 0,
        "encourage_database_writable": 1,
    }
    assert {name: after.get(name) for name in expected} == expected
    # Answers to who is sad or in danger leave no trace, in any kind.
    assert sum(value for name, value in after.items() if name.startswith("encourage_replies_total")) == 4
    assert 0 <= after["encourage_database_write_seconds"] < 1
    assert all(value == 0 for name, value in before.items() if name.startswith("encourage_") and "_total" in name)


async def test_numbers_can_be_turned_off(health: Health, services: Services, texts: Texts) -> None:
    async with serving(health, services, texts, metrics=False) as port:
        assert (await get(f"http://127.0.0.1:{port}/metrics"))[0] == 404
        assert (await get(f"http://127.0.0.1:{port}/metrics", "POST"))[0] == 404
