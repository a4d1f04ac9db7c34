"""The try-out: what the terminal shows, and the page in a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.__main__ import main
from bot.errors import ExitCode
from bot.languages import Language
from bot.operator.tryout import _Clock
from tests.conftest import starters, with_plain_spaces
from tests.processes import AFTER_IMPORTS, Process, running

if TYPE_CHECKING:
    from playwright.async_api import Page

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
async def page(tryout: Process) -> AsyncIterator[Page]:
    url = (await tryout.line_with("http://127.0.0.1:")).strip()
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=BROWSER,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        # Playwright evaluates scripts in the page, which the page's own policy rightly forbids.
        page = await browser.new_page(bypass_csp=True)
        await page.goto(url)
        await page.wait_for_function("window.simcordPreview && window.simcordPreview.ready")
        yield page
        await browser.close()


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
    assert (code, seconds < 5) == (0, True)
    assert "Traceback" not in output
    assert "WARNING" not in output


@needs_browser
async def test_the_page_takes_commands_sad_messages_and_slash_commands(
    page: Page, languages: dict[str, Language]
) -> None:
    from playwright.async_api import expect

    composer = page.locator("#channel-composer-input")

    async def say(text: str) -> str:
        answers = page.locator(".message-group, article").filter(has_text="Encourage Bot")
        before = await answers.count()
        await composer.fill(text)
        await composer.press("Enter")
        await expect(page.get_by_text(text, exact=True).last).to_be_visible()
        await expect(answers).not_to_have_count(before)
        return with_plain_spaces(await answers.last.inner_text())

    assert "Bonjour !" in await say("$hello")
    answer = await say("je suis triste")
    assert any(text in answer for text in (*starters(languages["fr"]), "Une chose à la fois, on est là."))

    await composer.fill("/list")
    await expect(page.get_by_text("Montre les messages gardés ici")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("Camille used")).to_be_visible()
    await expect(page.get_by_text("Messages d'encouragement", exact=True).last).to_be_visible()


def test_without_the_extra_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "simcord", None)
    monkeypatch.delitem(sys.modules, "bot.operator.tryout", raising=False)

    assert main(["try"]) == ExitCode.MISSING_EXTRA
    assert '".[try]"' in capsys.readouterr().err


def test_time_goes_on_for_whoever_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulation stops the clock of `time.monotonic`; a visitor who typed too fast would be ignored for ever."""
    monkeypatch.setattr(time, "monotonic", lambda: 7.0)
    clock = _Clock()
    before = clock()
    time.sleep(0.01)

    assert clock() > before
