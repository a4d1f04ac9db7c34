"""Take the README's pictures of the try-out page: `make screenshots`, with Debian's package chromium."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

from playwright.async_api import async_playwright

FOLDER = Path(__file__).parent
PICTURES = {"fr": "try-out.fr.png", "en": "try-out.en.png"}


async def take(locale: str, picture: Path) -> None:
    """Start the try-out in one language and photograph the conversation it opens with."""
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
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = await browser.new_page(viewport={"width": 900, "height": 860}, bypass_csp=True)
            await page.goto(url)
            await page.wait_for_function("window.simcordPreview && window.simcordPreview.ready")
            await page.get_by_role("button", name="Messages").first.click()
            await page.wait_for_timeout(500)
            await page.screenshot(path=picture)
            await browser.close()
    finally:
        process.terminate()
        await process.wait()


async def main() -> None:
    """Take every picture."""
    for locale, name in PICTURES.items():
        await take(locale, FOLDER / name)


if __name__ == "__main__":
    asyncio.run(main())
