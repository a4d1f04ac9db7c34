"""Quotes: the pool, the bundled ones, and a ZenQuotes that misbehaves in every way it can."""

import asyncio
import json
import random
import re
import time
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import simcord
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import languages as language_folders
from bot import zenquotes
from bot.config import Settings
from bot.health import Health
from bot.languages import Language
from bot.models import Quote, QuoteSource
from bot.services.quotes import POOL_LOW, Quotes, QuotesState, QuotesUnavailableError
from bot.text.quotes import quote_text
from bot.text.sentences import Texts, Voice
from bot.wiring import make_bot, open_services
from bot.zenquotes import ZenQuotes
from tests.conftest import make_server, with_plain_spaces

Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]
BATCH = [{"q": f"Quote {i}. ", "a": f"Author {i}", "h": "<blockquote>…</blockquote>"} for i in range(50)]
NOTICE = [{"q": "Too many requests. Obtain an auth key for unlimited access.", "a": "zenquotes.io", "h": "…"}]


class Stub:
    """A local ZenQuotes; `respond` may be changed while it runs, `hits` are the times of its requests."""

    def __init__(self) -> None:
        self.hits: list[float] = []
        self.respond: Respond = self.batch
        app = web.Application()
        app.router.add_get("/api/quotes", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.hits.append(time.monotonic())
        return await self.respond(request)

    async def batch(self, _request: web.Request) -> web.Response:
        return web.json_response(BATCH)

    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    stub = Stub()
    await stub.server.start_server()
    yield stub
    await stub.server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def says(status: int = 200, body: str = "", content_type: str = "application/json") -> Respond:
    async def respond(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type=content_type)

    return respond


async def never(_request: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


async def cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def redirect(_request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/api/quotes"})


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"[")
    for _ in range(600):
        await response.write(json.dumps(BATCH[0]).encode() * 20 + b" " * 1_000)
    return response


MISBEHAVIOURS: dict[str, Respond] = {
    "a 429": says(429, "[]"),
    "a rate-limit notice that looks like a quote": says(200, json.dumps(NOTICE)),
    "the notice among quotes": says(200, json.dumps([*BATCH, *NOTICE])),
    "the notice in capitals": says(200, json.dumps([{"q": "Wait.", "a": " ZenQuotes.io "}])),
    "a page": says(200, "<html>maintenance</html>", "text/html"),
    "nothing": says(200, ""),
    "an empty array": says(200, "[]"),
    "an object": says(200, '{"q": "x", "a": "y"}'),
    "rows without text": says(200, '[{"q": "", "a": "y"}, {"q": 3, "a": "y"}, {"a": "y"}, [], null, 7]'),
    "nested too deep": says(200, "[" * 100_000),
    "not UTF-8": says(200, "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "application/octet-stream"),
    "a 500": says(500, "oops", "text/plain"),
    "a redirect to itself": redirect,
    "quotes that are too long": says(200, json.dumps([{"q": "q" * 600, "a": "Author"}])),
    "a cut connection": cut,
    "an endless answer": endless,
}


@pytest.mark.parametrize("name", MISBEHAVIOURS)
async def test_whatever_zenquotes_says_wrong_is_unavailable(
    stub: Stub, session: aiohttp.ClientSession, name: str
) -> None:
    stub.respond = MISBEHAVIOURS[name]

    with pytest.raises(QuotesUnavailableError):
        await ZenQuotes(session, stub.url()).fetch()
    assert len(stub.hits) <= 2  # aiohttp tries a GET once more when the connection is cut


async def test_an_answer_that_never_ends_is_given_up_for_its_length(stub: Stub, session: aiohttp.ClientSession) -> None:
    stub.respond = endless

    with pytest.raises(QuotesUnavailableError, match="too long"):
        await ZenQuotes(session, stub.url()).fetch()


async def test_a_slow_zenquotes_is_given_up(
    stub: Stub, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zenquotes, "TIMEOUT_SECONDS", 0.2)
    stub.respond = never

    with pytest.raises(QuotesUnavailableError, match="in time"):
        await ZenQuotes(session, stub.url()).fetch()


async def test_a_closed_port_is_unavailable(session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
    with pytest.raises(QuotesUnavailableError):
        await ZenQuotes(session, f"http://127.0.0.1:{unused_tcp_port}").fetch()


async def test_a_good_answer_gives_trimmed_quotes(stub: Stub, session: aiohttp.ClientSession) -> None:
    quotes = await ZenQuotes(session, stub.url()).fetch()

    assert len(quotes) == 50
    assert quotes[0] == Quote("Quote 0.", "Author 0", QuoteSource.ZENQUOTES)
    assert zenquotes.TIMEOUT_SECONDS == 5


async def test_the_whole_chain_serves_zenquotes_once_filled_and_bundled_before(
    stub: Stub, settings: Settings, languages: dict[str, Language]
) -> None:
    settings = replace(settings, quotes=QuoteSource.ZENQUOTES, zenquotes_url=stub.url())
    async with open_services(settings, languages) as services:
        first = services.quotes.next("fr")
        async with asyncio.timeout(5):
            while (quote := services.quotes.next("fr")).source is QuoteSource.BUNDLED:
                await asyncio.sleep(0.01)

    assert first.source is QuoteSource.BUNDLED
    assert quote.author.startswith("Author")


async def test_inspire_credits_zenquotes_with_a_link(
    stub: Stub, settings: Settings, languages: dict[str, Language], texts: Texts
) -> None:
    settings = replace(settings, quotes=QuoteSource.ZENQUOTES, zenquotes_url=stub.url())
    async with (
        open_services(settings, languages) as services,
        simcord.run(make_bot(settings, services, texts, Health())) as env,
    ):
        server = make_server(env)
        async with asyncio.timeout(5):
            while "Author" not in (answer := await server.ask(server.camille, "$inspire")):
                await asyncio.sleep(0.01)

    assert re.fullmatch(
        r"Quote (\d+)\. -Author \1\n-# Citation fournie par \[ZenQuotes\]\(<https://zenquotes\.io/>\)", answer
    )


@pytest.mark.parametrize("respond", [never, cut, says(200, json.dumps(NOTICE))])
async def test_a_member_never_waits_for_zenquotes(
    stub: Stub, settings: Settings, languages: dict[str, Language], respond: Respond
) -> None:
    stub.respond = respond
    settings = replace(settings, quotes=QuoteSource.ZENQUOTES, zenquotes_url=stub.url())
    async with open_services(settings, languages) as services:
        await asyncio.sleep(0.1)
        begin = time.perf_counter()
        quotes = [services.quotes.next("fr") for _ in range(200)]
        elapsed = time.perf_counter() - begin

    assert {quote.source for quote in quotes} == {QuoteSource.BUNDLED}
    assert elapsed < 0.1
    assert len(stub.hits) <= 2  # aiohttp tries a GET once more when the connection is cut


class Clock:
    """Sleeps without waiting, and knows how long it would have been."""

    def __init__(self, until: float) -> None:
        self.now = 0.0
        self._until = until

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)
        if self.now > self._until:
            await asyncio.Event().wait()


async def _requests_within(hours: float, fetch: Callable[[], Awaitable[Sequence[Quote]]], drain: bool) -> list[float]:
    clock = Clock(hours * 3600)
    times: list[float] = []

    async def timed() -> Sequence[Quote]:
        times.append(clock.now)
        return await fetch()

    quotes = Quotes({"fr": [_quote(0)]}, rng=random.Random(1), fetch=timed, sleep=clock.sleep)
    refill = asyncio.create_task(quotes.keep_filled())
    for _ in range(3000):
        await asyncio.sleep(0)
        if drain:
            quotes.next("fr")
    refill.cancel()
    await asyncio.gather(refill, return_exceptions=True)
    return times


def _quote(i: int) -> Quote:
    return Quote(f"text {i}", "author", QuoteSource.ZENQUOTES)


async def _one_quote() -> Sequence[Quote]:
    return [_quote(1)]


async def _failure() -> Sequence[Quote]:
    raise QuotesUnavailableError("down")


@pytest.mark.parametrize("fetch", [_one_quote, _failure])
async def test_zenquotes_is_never_asked_more_than_five_times_in_thirty_seconds(
    fetch: Callable[[], Awaitable[Sequence[Quote]]],
) -> None:
    times = await _requests_within(1, fetch, drain=True)

    assert len(times) > 5
    for begin in times:
        assert sum(begin <= moment <= begin + 30 for moment in times) <= 5


async def test_an_outage_is_asked_after_ever_more_rarely() -> None:
    times = await _requests_within(24, _failure, drain=True)
    pauses = [after - before for before, after in zip(times, times[1:], strict=False)]

    assert pauses[0] == 20
    assert pauses == sorted(pauses)
    assert pauses[-1] == 900


async def test_a_full_pool_is_left_alone_and_refilled_before_it_is_empty() -> None:
    fetched = 0

    async def fetch() -> Sequence[Quote]:
        nonlocal fetched
        fetched += 1
        return [_quote(fetched * 100 + i) for i in range(50)]

    quotes = Quotes({"fr": []}, rng=random.Random(1), fetch=fetch, sleep=Clock(1e9).sleep)
    refill = asyncio.create_task(quotes.keep_filled())

    async def settle() -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    await settle()
    assert fetched == 1
    for _ in range(50 - POOL_LOW):
        quotes.next("fr")
    await settle()
    assert fetched == 1
    quotes.next("fr")
    await settle()
    assert fetched == 2
    refill.cancel()
    await asyncio.gather(refill, return_exceptions=True)


async def test_the_state_tells_how_many_are_ready_and_whether_the_source_fails() -> None:
    answers: list[Callable[[], Awaitable[Sequence[Quote]]]] = [_failure, _one_quote]

    async def fetch() -> Sequence[Quote]:
        return await answers.pop(0)()

    async def sleep(_seconds: float) -> None:
        slept.append(quotes.state)
        if not answers:
            await asyncio.Event().wait()

    slept: list[QuotesState] = []
    quotes = Quotes({"fr": []}, rng=random.Random(1), fetch=fetch, sleep=sleep)
    refill = asyncio.create_task(quotes.keep_filled())
    while answers or len(slept) < 2:
        await asyncio.sleep(0)
    refill.cancel()

    assert slept == [QuotesState(ready=0, failing=True), QuotesState(ready=1, failing=False)]
    assert Quotes({"fr": []}, rng=random.Random(1)).state == QuotesState(ready=None, failing=False)


def test_bundled_quotes_all_come_before_one_comes_again(languages: dict[str, Language]) -> None:
    bundled = {code: language.quotes for code, language in languages.items()}
    quotes = Quotes(bundled, rng=random.Random(1))

    for code, every in bundled.items():
        assert {quotes.next(code) for _ in every} == set(every)


@pytest.mark.parametrize("code", language_folders.available())
def test_the_bundled_quotes_are_many_complete_and_in_the_public_domain(code: str) -> None:
    file = Path(language_folders.__file__).parent / code / "quotes.toml"
    rows: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["quotes"]

    assert len(rows) >= 60
    assert len({row["text"] for row in rows}) == len(rows)
    for row in rows:
        assert set(row) == {"text", "author", "died", "work", "year"}
        assert 10 < len(row["text"]) < 300
        assert row["died"] <= 1955, "an author's works are free seventy years after the year of his or her death"
        assert 1500 < row["year"] <= 1955


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Attendre.", "« Attendre. » — Alexandre Dumas, *Le Comte*, 1846"),
        ("Tout tient là : « Attendre ! »", "« Tout tient là : “Attendre !” » — Alexandre Dumas, *Le Comte*, 1846"),
    ],
)
def test_a_bundled_quote_says_where_it_is_from(texts: Texts, text: str, said: str) -> None:
    quote = Quote(text, "Alexandre Dumas", QuoteSource.BUNDLED, "Le Comte", 1846)

    assert with_plain_spaces(quote_text(Voice(texts, "fr", "$"), quote)) == said


def test_what_is_set_in_a_bundled_quote_ends_no_line(texts: Texts, languages: dict[str, Language]) -> None:
    said = "\n".join(quote_text(Voice(texts, "fr", "$"), quote) for quote in languages["fr"].quotes)

    assert re.findall("« | [»;:!?]", said) == []
