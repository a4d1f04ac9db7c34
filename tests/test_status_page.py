"""The status page: its words, and how it looks in a real browser."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from bot.discord.views.embeds import COLOUR
from bot.health import Health, Heartbeat, Verdict
from bot.services import Services
from bot.services.quotes import QuotesState
from bot.text.sentences import Texts
from bot.web.status_page import Status, StatusPage
from tests.conftest import Clock
from tests.sites import serving

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs a browser: Debian's package chromium")


@dataclass
class Sessions:
    """How many sessions were begun."""

    spent: int
    limit: int


NOON = datetime(2026, 3, 4, 12, 0, 0, 500, tzinfo=UTC)
UP = Status(
    now=NOON,
    verdict=Verdict(alive=True, connected=True, key="alive.yes", seconds=7_300),
    heartbeat=Heartbeat(round_trip=0.0421, age=12.7),
    since_last_event=61.0,
    servers=1_284,
    telegram=None,
    database_write=0.0004,
    quotes=QuotesState(ready=47, failing=False),
    may_invite=True,
    sessions=Sessions(spent=3, limit=1_000),
)


@pytest.fixture
def page(texts: Texts) -> StatusPage:
    return StatusPage(texts, "1.2.3")


def shown(html: str) -> list[tuple[str, str]]:
    """The labels of a page and what stands beside them."""
    rows = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html)
    return [(label, re.sub(r"<.*?>", "", value)) for label, value in rows]


def test_it_tells_all_that_is_known_in_words(page: StatusPage) -> None:
    assert shown(page.render("en", UP)) == [
        ("Connected for", "2 hours"),
        ("Heartbeat", "42 ms, 12 seconds ago"),
        ("Last event", "1 minute ago"),
        ("Servers", "1,284"),
        ("Sessions begun", "3 of 1,000 in a day"),
        ("Database", "writes in 1 ms"),
        ("Quotes", "47 from ZenQuotes"),
        ("Version", "1.2.3"),
    ]
    assert shown(page.render("fr", UP))[:3] == [
        ("Connecté depuis", "2 heures"),
        ("Battement de cœur", "42 ms, il y a 12 secondes"),
        ("Dernier événement", "il y a 1 minute"),
    ]


def test_the_moment_is_there_for_machines_too(page: StatusPage) -> None:
    assert '<time datetime="2026-03-04T09:58:20+00:00">2 hours</time>' in page.render("en", UP)


def test_a_deaf_connection_is_told_of_and_not_as_one_that_is_cut(page: StatusPage) -> None:
    html = page.render("en", replace(UP, verdict=Verdict(False, False, "alive.deaf", 630)))

    assert "Discord has sent me nothing for 630 seconds" in html
    assert "Disconnected" not in html


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (3_599, "59 minutes"),
        (3_600, "1 hour"),
        (86_399, "23 hours"),
        (86_400, "1 day"),
        (100_000_000, "1,157 days"),
    ],
)
def test_a_duration_is_told_in_its_largest_unit(page: StatusPage, seconds: int, words: str) -> None:
    up = replace(UP, verdict=Verdict(True, True, "alive.yes", seconds))

    assert shown(page.render("en", up))[0] == ("Connected for", words)


@pytest.mark.parametrize(
    ("was_connected", "heading"),
    [
        (False, "One moment: I am connecting to Discord."),
        (True, "The connection to Discord was just cut. I am restoring it."),
    ],
)
def test_within_the_grace_it_is_alive_and_its_heading_says_that_it_is_not_connected(
    page: StatusPage, was_connected: bool, heading: str
) -> None:
    verdict = Verdict(True, False, "alive.yes", 30, was_connected=was_connected)
    html = page.render("en", replace(UP, verdict=verdict, heartbeat=None, servers=0, may_invite=False))

    assert f'<h1 class="connecting">{heading}</h1>' in html
    assert "<p>Hello. I am alive!</p>" in html
    assert shown(html)[0] == ("Disconnected for", "30 seconds")
    assert ("Heartbeat", "none") in shown(html)
    assert ("Servers", "none") in shown(html)
    assert "<a " not in html


def test_after_it_nothing_says_alive(page: StatusPage) -> None:
    down = replace(UP, verdict=Verdict(False, False, "alive.disconnected", 300), since_last_event=None)
    html = page.render("en", down)

    assert '<h1 class="down">I cannot reach Discord. I am still trying.</h1>' in html
    assert "alive" not in html


def test_what_does_not_work_is_marked(page: StatusPage) -> None:
    refused = Verdict(False, False, "alive.disconnected", 300, "Telegram")
    html = page.render("en", replace(UP, database_write=None, telegram=refused))

    assert re.findall(r'<span class="bad">(.*?)</span>', html) == ["not connected yet", "not writable"]
    assert 'class="bad"' not in page.render("en", UP)


@pytest.mark.parametrize(
    ("quotes", "words"),
    [
        (QuotesState(ready=None, failing=False), "my own"),
        (QuotesState(ready=3, failing=True), "ZenQuotes is not answering: I use my own"),
    ],
)
def test_it_tells_where_quotes_come_from(page: StatusPage, quotes: QuotesState, words: str) -> None:
    assert ("Quotes", words) in shown(page.render("en", replace(UP, quotes=quotes)))


def test_nothing_that_is_put_into_it_becomes_html(texts: Texts) -> None:
    html = StatusPage(texts, "<script>$&").render("en", UP)

    assert "<script>" not in html
    assert ("Version", "&lt;script&gt;$&amp;") in shown(html)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=BROWSER,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        await browser.close()


def contrast(one: str, other: str) -> float:
    """The contrast of two colours in the browser's `rgb(…)` (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (int(number) / 255 for number in re.findall(r"\d+", colour)[:3])
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def listen(page: Page) -> tuple[list[str], list[str]]:
    """What the browser complains of, and the addresses it asks for, from now on."""
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    return complaints, requests


Scheme = Literal["light", "dark"]


@needs_browser
async def test_it_fits_phones_and_desktops_by_day_and_by_night(
    browser: Browser, services: Services, texts: Texts, clock: Clock
) -> None:
    health = Health(clock.monotonic)
    health.application_id = 1
    health.connected()
    health.heartbeat_answered(0, Heartbeat(0.04, 1.0))
    schemes: tuple[tuple[Scheme, str], ...] = (("light", "fr"), ("dark", "en"))
    async with serving(health, services, texts) as port:
        pages = [await browser.new_page(color_scheme=scheme, locale=locale) for scheme, locale in schemes]
        heard = [listen(page) for page in pages]
        for state, seconds in (("connected", 100), ("connecting", 100), ("down", 200)):
            if state == "connecting":
                health.disconnected()
            clock.advance(seconds=seconds)
            for page, (scheme, locale) in zip(pages, schemes, strict=True):
                response = await page.goto(f"http://127.0.0.1:{port}/")
                assert response is not None
                assert response.status == (503 if state == "down" else 200)
                for width in (360, 1280):
                    await page.set_viewport_size({"width": width, "height": 740})
                    seen = await page.evaluate(LOOK, ["h1", "dt", "dd", "a", "footer", "header"])

                    assert (seen["state"], seen["locale"]) == (state, locale)
                    assert seen["width"] <= width, f"{state} on {width}"
                    assert_readable(seen, scheme)
                    assert_colour_tells(seen)
    for complaints, requests in heard:
        # Chromium notes any status of 400 or more there.
        assert [text for text in complaints if "503 (Service Unavailable)" not in text] == []
        assert [url for url in requests if not url.startswith(("data:", f"http://127.0.0.1:{port}/"))] == []


# What the browser shows, asked for at once.
LOOK = """selectors => {
    const style = selector => getComputedStyle(document.querySelector(selector));
    const dot = getComputedStyle(document.querySelector("h1"), "::before");
    return {
        state: document.querySelector("h1").className,
        locale: document.documentElement.lang,
        width: document.documentElement.scrollWidth,
        ground: style("body").backgroundColor,
        card: style("section").backgroundColor,
        sign: [dot.borderTopColor, dot.backgroundColor, dot.borderTopLeftRadius],
        texts: selectors.map(each => [each, style(each).color, style(each).backgroundColor]),
    };
}"""


def assert_colour_tells(seen: Mapping[str, Any]) -> None:
    """Green is good, red is bad, and what is neither is neither; without colours, the form tells them apart."""
    state, (border, inside, radius) = seen["state"], seen["sign"]
    red, green, blue = (int(number) for number in re.findall(r"\d+", border)[:3])

    assert {"connected": green > red, "connecting": red > green > blue, "down": red > 1.3 * max(green, blue)}[state]
    assert (inside == border) is (state != "connecting")
    assert (radius == "0px") is (state == "down")
    assert contrast(border, seen["card"]) >= 3


def assert_readable(seen: Mapping[str, Any], scheme: Scheme) -> None:
    """Every kind of text stands out from what is behind it."""
    ground, card = seen["ground"], seen["card"]
    assert (contrast(ground, "rgb(0, 0, 0)") > 10) is (scheme == "light"), "the style did not get in"
    for selector, colour, own in seen["texts"]:
        behind = own if selector == "a" else ground if selector in ("footer", "header") else card
        assert contrast(colour, behind) >= 4.5, f"{scheme}: {selector}"


def test_the_policy_names_the_style_of_the_page(page: StatusPage) -> None:
    style = re.findall(r"<style>(.*?)</style>", page.render("fr", UP), re.DOTALL)[0]

    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in page.policy


def test_the_accent_is_the_bots_colour() -> None:
    template = (Path(__file__).parent.parent / "bot" / "web" / "status_page.html").read_text(encoding="utf-8")

    assert f"--accent: {str(COLOUR).upper()};" in template
