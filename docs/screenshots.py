"""Take the pictures of the README and the pages: `make screenshots`, with Debian's package chromium."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

FOLDER = Path(__file__).parent
LOCALES = ("fr", "en")
# What is typed before the list is shown: enough for a second page.
MESSAGES = {
    "fr": "Tu vas y arriver.|On est là.|Respire.|Ça va passer.|Tu comptes pour nous.|Un pas après l'autre.|"
    "Repose-toi un peu.|Tu as déjà fait le plus dur.|Appelle quand tu veux.|Demain est un autre jour.",
    "en": "You can do it.|We are here.|Breathe.|This will pass.|You matter to us.|One step at a time.|"
    "Rest a little.|The hardest part is behind you.|Call whenever you like.|Tomorrow is another day.",
}


@asynccontextmanager
async def try_out(browser: Browser, locale: str, *, width: int, height: int) -> AsyncIterator[Page]:
    """Start the try-out in one language and open its page."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "try"),
        env=os.environ | {"LOCALE": locale},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        url = ""
        while not url.startswith("http://"):
            url = (await process.stdout.readline()).decode().strip()
        page = await browser.new_page(viewport={"width": width, "height": height}, bypass_csp=True)
        await page.goto(url)
        await page.wait_for_function("window.simcordPreview && window.simcordPreview.ready")
        yield page
        await page.close()
    finally:
        process.terminate()
        await process.wait()


def answers_on(page: Page) -> Locator:
    """Find what the bot has said."""
    return page.locator(".message-group, article").filter(has_text="Encourage Bot")


async def say(page: Page, text: str) -> None:
    """Send a message, or a slash command, and wait for the answer."""
    before = await answers_on(page).count()
    composer = page.locator("#channel-composer-input")
    await composer.fill(text)
    await page.wait_for_timeout(300)
    await page.keyboard.press("Enter")
    if text.startswith("/"):
        await page.wait_for_timeout(300)
        await page.get_by_role("button", name="Send", exact=True).click()
    await expect(answers_on(page)).not_to_have_count(before, timeout=30_000)
    # No faster than a member is answered.
    await page.wait_for_timeout(2_100)


async def take_conversation(browser: Browser, locale: str, name: str, *, width: int, height: int) -> None:
    """Photograph the page as it opens."""
    async with try_out(browser, locale, width=width, height=height) as page:
        if width > 800:
            await page.get_by_role("button", name="Messages").first.click()
        await page.wait_for_timeout(500)
        await expect(page.locator("#action-status")).to_have_text("Viewport updated", timeout=30_000)
        await page.screenshot(path=FOLDER / f"{name}.{locale}.png")


async def take_answers(browser: Browser, locale: str) -> None:
    """Photograph the help, the list and the panel, each by itself."""
    async with try_out(browser, locale, width=900, height=2200) as page:
        await page.get_by_label("Viewing as").first.select_option(label="Alix")
        for text in MESSAGES[locale].split("|"):
            await say(page, f"$new {text}")
        for name, command in (("help", "/help"), ("list", "$list"), ("settings", "/settings")):
            await say(page, command)
            await page.locator("#channel-composer-input").blur()
            await answers_on(page).last.screenshot(path=FOLDER / f"{name}.{locale}.png")


async def main() -> None:
    """Take every picture."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for locale in LOCALES:
            await take_conversation(browser, locale, "try-out", width=900, height=860)
            await take_conversation(browser, locale, "phone", width=390, height=844)
            await take_answers(browser, locale)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
