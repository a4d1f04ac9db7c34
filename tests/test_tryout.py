"""The try-out: what the terminal shows, the world it makes, and its pages in a real browser."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import simcord

from bot.__main__ import main
from bot.config import Settings
from bot.errors import ExitCode
from bot.languages import Language
from bot.operator.simulation import page_of
from bot.operator.tryout import World, build
from bot.services import cooldowns, daily, notices
from tests import PATIENCE_SECONDS
from tests.conftest import starters, with_plain_spaces
from tests.processes import AFTER_IMPORTS, Process, running

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs a browser: Debian's package chromium")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the process is stopped by POSIX signals here")

GUARD = """
import sys

def only_loopback(event, arguments):
    host = arguments[0] if event == "socket.getaddrinfo" else None
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    if host not in (None, "localhost", "127.0.0.1", "::1"):
        raise RuntimeError(f"the try-out reached for {host}")

sys.addaudithook(only_loopback)
"""


def environment(folder: Path, locale: str) -> dict[str, str]:
    (folder / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"LOCALE": locale, "PYTHONPATH": str(folder), AFTER_IMPORTS: "yes"}


@pytest.fixture
async def tryout(tmp_path: Path, locale: str) -> AsyncIterator[Process]:
    async with running(environment(tmp_path, locale), tmp_path, "try") as started:
        await started.line_with("http://127.0.0.1:")
        yield started
        if started.process.returncode is None:
            await started.stop(signal.SIGINT)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright, expect

    expect.set_options(timeout=PATIENCE_SECONDS * 1_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=BROWSER,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        await browser.close()


async def say(page: Page, text: str) -> str:
    """Send a message; return what the bot answers, which must be within view."""
    from playwright.async_api import expect

    answers = page.locator(".message-group, article").filter(has_text="Encourage Bot")
    before = await answers.count()
    composer = page.locator("#channel-composer-input")
    await composer.fill(text)
    await composer.press("Enter")
    await expect(page.get_by_text(text, exact=True).last).to_be_visible()
    await expect(answers).not_to_have_count(before)
    await expect(page.locator("#action-status")).to_have_text("Message sent")
    await expect(answers.last).to_be_in_viewport(ratio=0.9)
    return with_plain_spaces(await answers.last.inner_text())


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "fr",
            ["| Bonjour !", "Je suis triste", "Nouveau message d'encouragement ajouté.", "Messages d'encouragement"],
        ),
        ("en", ["| Hello!", "I am sad", "New encouraging message added.", "Encouraging messages"]),
    ],
    indirect=["locale"],
)
async def test_the_terminal_shows_the_conversation_and_ctrl_c_ends_it(tryout: Process, words: list[str]) -> None:
    code, seconds = await tryout.stop(signal.SIGINT)

    output = with_plain_spaces("\n".join(tryout.lines))
    assert all(word in output for word in words)
    assert "Encourage Bot |" in output
    assert sum("http://127.0.0.1:" in line for line in tryout.lines) == 4
    assert (code, seconds < 5) == (0, True)
    assert "Traceback" not in output
    assert "WARNING" not in output


@needs_browser
async def test_the_page_takes_commands_sad_messages_and_slash_commands(
    tryout: Process, browser: Browser, languages: dict[str, Language]
) -> None:
    """The first answer is within view on usual screens, and a refused command is an answer like any other."""
    from playwright.async_api import expect

    url = (await tryout.line_with("http://127.0.0.1:")).strip()
    # Playwright evaluates scripts in the page, which the page's own policy rightly forbids.
    page = await browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    await page.goto(url)
    await page.wait_for_function("window.simcordPreview && window.simcordPreview.ready")
    assert "Bonjour !" in await say(page, "$hello")
    await page.set_viewport_size({"width": 1440, "height": 900})
    await expect(page.locator("#action-status")).to_have_text("Viewport updated")
    assert "Il n'y a pas de message n° 99 ici." in await say(page, "$del 99")
    answer = await say(page, "je suis triste")
    assert any(text in answer for text in (*starters(languages["fr"]), "Une chose à la fois, on est là."))

    await page.locator("#channel-composer-input").fill("/list")
    await expect(page.get_by_text("Montre les messages gardés ici")).to_be_visible()
    # The command, what it may be given, and all of it as it is.
    for _ in range(3):
        await page.keyboard.press("Enter")

    await expect(page.get_by_text("Camille used")).to_be_visible()


@pytest.fixture
async def world(settings: Settings, languages: Mapping[str, Language]) -> AsyncIterator[World]:
    async with build(settings, languages) as made:
        await made.talk()
        yield made


def said_in(channel: simcord.ChannelHandle) -> list[str]:
    """The messages of a channel, without the line that says why one was sent."""
    return [with_plain_spaces(message.content.partition("\n-#")[0]) for message in channel.history()]


async def test_each_place_shows_something_of_its_own(world: World, languages: Mapping[str, Language]) -> None:
    general, support, private, english = (place.channel for place in world.places)

    assert len(general.history()) == 10
    asked, answer = support.history()
    assert answer.reference is not None
    assert (answer.reference.message_id, "Alix" in answer.content) == (asked.id, True)
    assert said_in(private) == ["$hello", "Bonjour !"]
    changed, *_, kind_word = said_in(english)
    assert (changed, kind_word in starters(languages["en"])) == ("$language en", True)
    assert [place.name for place in world.places] == [
        *("#général", "#entraide", "En privé, avec Camille", "#general (English)")
    ]


class Visitor:
    """A browser that has opened a page of the try-out, without a picture of it."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._address, _, capability = url.partition("#")
        self._headers = {"X-Simcord-Capability": capability}

    async def ask(self, path: str, **body: Any) -> dict[str, Any]:
        """Send something and return the answer."""
        async with self._session.post(f"{self._address}api/{path}", headers=self._headers, json=body) as response:
            answer = await response.json()
        assert isinstance(answer, dict)
        return answer

    async def say(self, text: str) -> dict[str, Any]:
        """Open the page, send a message, and return what became of it."""
        page = await self.ask("pages")
        self._headers["X-Simcord-Context"] = page["context"]["id"]
        return await self.ask(
            "action",
            protocol_version=3,
            sequence=1,
            request_id="1",
            generation=page["context"]["generation"],
            bot_generation=page["botGeneration"],
            published_revision=page["publishedRevision"],
            kind="send_message",
            content=text,
        )


async def test_each_place_has_a_page_and_all_are_open_at_once(world: World) -> None:
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(page_of(world.env, place, port=0)) for place in world.places]
        session = await stack.enter_async_context(aiohttp.ClientSession())
        outcomes = [await Visitor(session, page.url).say("$hello") for page in pages]
        refusal = await Visitor(session, pages[0].url).say("$del 99")

    for outcome in (*outcomes, refusal):
        assert (outcome["settlement"], outcome["dispatched"], outcome["uncertain"]) == ("settled", True, False)
    said = [said_in(place.channel)[-1] for place in world.places]
    assert said == ["Il n'y a pas de message n° 99 ici. Les numéros sont dans `$list`.", *["Bonjour !"] * 2, "Hello!"]


async def test_commands_are_named_as_the_page_can_show_them(world: World) -> None:
    home = world.home
    answer = await home.member.slash(home.channel, "help")

    assert answer.response is not None
    shown = str([embed.to_dict() for embed in answer.response.embeds])
    assert "`/hello`" in shown
    assert "</" not in shown


async def test_all_go_by_one_clock_which_tells_the_time_of_this_machine(world: World) -> None:
    home, now = world.home, datetime.now(UTC)
    opening = home.channel.history()[-1].created_at
    await home.admin.send(home.channel, "$contributors approval")
    await home.member.send(home.channel, "$new Courage.")
    asked = await home.admin.send(home.channel, "$pending")

    waiting = home.channel.history()[-1].embeds[0].description or ""
    (since,) = re.findall(r"<t:(\d+):R>", waiting)
    assert abs(datetime.fromtimestamp(int(since), UTC) - now) < timedelta(seconds=20)
    assert abs(asked.created_at - now) < timedelta(seconds=20)
    assert timedelta(minutes=9) < asked.created_at - opening < timedelta(minutes=11)

    world.clock.move_on(3_600)
    world.env.catch_up()
    later = await home.admin.send(home.channel, "bonjour")
    assert timedelta(minutes=59) < later.created_at - asked.created_at < timedelta(minutes=61)


async def test_pauses_last_as_long_as_they_are_said_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After danger, nothing that is swept away lets a kind word through, and time goes on for whoever waits."""
    monkeypatch.setattr(cooldowns, "SECONDS_BETWEEN_SWEEPS", 0.01)
    home, channel = world.home, world.home.channel

    async def is_answered(who: simcord.MemberActor, text: str, *, after: float) -> bool:
        world.clock.move_on(after)
        await asyncio.sleep(0.05)
        before = len(channel.history())
        await who.send(channel, text)
        return len(channel.history()) == before + 2

    assert await is_answered(home.member, "je veux mourir", after=0)
    assert not await is_answered(home.member, "je suis triste", after=3_600)
    assert await is_answered(home.admin, "je suis triste", after=0)
    assert not await is_answered(home.admin, "je suis triste", after=110)
    assert await is_answered(home.admin, "je suis triste", after=20)
    assert await is_answered(home.member, "je suis triste", after=86_400)


async def test_a_refusal_is_no_error_of_the_page_and_an_error_is(world: World) -> None:
    home = world.home
    await home.member.send(home.channel, "$del 99")
    await home.member.send(home.channel, "$del")
    await home.member.send(home.channel, "$responding off")
    await home.member.slash(home.channel, "del", number=99)
    await home.admin.click(home.channel.history()[3], label="Ça va")
    assert world.env.errors == []

    failure = ValueError()
    world.env._record_error(failure)
    assert world.env.errors == [failure]


def test_without_the_extra_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "simcord", None)
    monkeypatch.delitem(sys.modules, "bot.operator.tryout", raising=False)

    assert main(["try"]) == ExitCode.MISSING_EXTRA
    assert '".[try]"' in capsys.readouterr().err


async def test_what_comes_unasked_comes_there_too(
    settings: Settings, languages: Mapping[str, Language], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notice to moderators comes by itself, and so does the daily word, at its hour."""
    for each in (notices, daily):
        monkeypatch.setattr(each, "SECONDS_BETWEEN_LOOKS", 0.01)
    async with build(settings, languages) as world:
        home, other = world.home, world.home.other
        await home.admin.send(home.channel, f"$notices {other.mention}")
        await home.admin.send(home.channel, "$contributors approval")
        await home.member.send(home.channel, "$new Courage.")
        await home.admin.send(home.channel, f"$daily {other.mention} {world.clock.now():%H:%M}")
        await home.admin.send(home.channel, "$timezone UTC")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(other.history()) < 2:
                await asyncio.sleep(0.01)

    said = with_plain_spaces("\n".join(message.content for message in other.history()))
    assert "1 message attend l'accord" in said
    assert "-# Le mot du jour" in said


async def test_a_page_shows_what_came_without_an_action_there(world: World) -> None:
    home = world.home
    async with page_of(world.env, home.place(home.channel), port=0) as page, aiohttp.ClientSession() as session:
        tab = await Visitor(session, page.url).ask("pages")
        await home.admin.send(home.channel, "bonjour")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while str(home.channel.history()[-1].id) not in page._pages[tab["context"]["id"]].snapshot["messages"]:
                await asyncio.sleep(0.01)
