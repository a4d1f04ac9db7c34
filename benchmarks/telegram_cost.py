"""What an update of Telegram costs the bot in CPU, as a ratio to a minimal app of python-telegram-bot's.

One that calls for nothing is compared with what aiohttp alone takes for it. All run as processes of their own beside a
small Bot API on loopback, and are posted the same updates: `python -m benchmarks.telegram_cost`. The time is what the
system says that their threads were on a processor; it needs Linux, and the extra `telegram`, which brings httpx.
"""

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiohttp import web

from tests.fake_telegram import SECRET, TOKEN, WEBHOOK_URL, Chat, FakeTelegram, Somebody
from tests.telegram_faults import on_processor

ROOT = Path(__file__).parent.parent
UPDATES = 3_000
WARM_UP = 300
CONCURRENCY = 8
# All chats together may give so many commands in some seconds; more than those, the bot leaves alone.
BATCH = 1_500
PAUSE_SECONDS = 10.5
CHATTER = (
    "gg",
    "on se retrouve à 21h ?",
    "quelqu'un a le lien du document d'hier, je ne le trouve plus",
    "I pushed the fix, can you have a look when you are back?",
    "merci beaucoup pour ton aide !",
    "trop bien ce film, la fin est vraiment surprenante",
)

Json = dict[str, Any]


async def minimal(api_url: str) -> None:
    """Run the smallest app that answers `/hello`, as the library's page about webhooks has it, on aiohttp's server.

    https://docs.python-telegram-bot.org/en/stable/examples.customwebhookbot.html
    """
    from telegram import Update
    from telegram.ext import Application, CommandHandler

    async def hello(update: Update, _context: object) -> None:
        assert update.message is not None
        await update.message.reply_text("Bonjour !", do_quote=True)

    builder = Application.builder().token(TOKEN).updater(None).base_url(f"{api_url}/bot").concurrent_updates(True)
    application = builder.build()
    application.add_handler(CommandHandler("hello", hello))

    async def take(request: web.Request) -> web.Response:
        await application.process_update(Update.de_json(await request.json(), application.bot))
        return web.Response()

    async with application:
        await application.start()
        await _serve(take)


async def empty() -> None:
    """Run an app of aiohttp's that answers whatever is posted with nothing."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    await _serve(take)


async def _serve(take: Callable[[web.Request], Awaitable[web.Response]]) -> None:
    app = web.Application()
    app.router.add_post("/telegram", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def running(*arguments: str, folder: Path, **variables: str) -> AsyncIterator[tuple[int, str]]:
    """Run a process; yields its id, and where it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,
        env={"PATH": "/usr/bin", "PYTHONPATH": str(ROOT), "HOST": "127.0.0.1", "PORT": "0"} | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        while not (found := re.search(rb"http://127\.0\.0\.1:\d+/", line := await process.stdout.readline())):
            assert line, "the process has ended"
        reading = asyncio.create_task(_read_on(process.stdout))
        yield process.pid, found[0].decode()
        process.terminate()
        await process.wait()
        await reading
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _read_on(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass


def resident(pid: int) -> float:
    """Return how much memory a process has, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) * 1024 / 1e6


async def cost(
    fake: FakeTelegram, pid: int, address: str, make: Callable[[int], Json], *, is_answered: bool = True
) -> float:
    """Post the updates; return the microseconds on a processor for each, after a warm-up."""
    answered = [0]
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def post_all(updates: list[bytes]) -> None:
            async def post_some() -> None:
                while updates:
                    async with session.post(f"{address}telegram", data=updates.pop()) as response:
                        assert response.status == 200
                        answered[0] += bool(await response.read())

            await asyncio.gather(*(post_some() for _ in range(CONCURRENCY)))

        await post_all([json.dumps(make(number)).encode() for number in range(WARM_UP)])
        spent = 0
        for first in range(0, UPDATES, BATCH):
            updates = [json.dumps(make(number)).encode() for number in range(first, first + BATCH)]
            begin = on_processor(pid)
            await post_all(updates)
            spent += on_processor(pid) - begin
            await asyncio.sleep(PAUSE_SECONDS if is_answered else 0)
    assert answered[0] + len(fake.sent()) == (WARM_UP + UPDATES if is_answered else 0)
    fake.calls.clear()
    return spent / UPDATES / 1_000


async def main() -> None:
    """Measure the bot and the minimal app in turns, and print what was found."""
    fake = FakeTelegram()
    await fake.start()
    group = fake.group()

    def hello(number: int) -> Json:
        person = Somebody(1_000 + number, "Camille")
        return fake.message("/hello", Chat(person.id), person)

    def chatter(number: int) -> Json:
        return fake.message(CHATTER[number % len(CHATTER)], group, Somebody(1_000 + number % 50, "Camille"))

    try:
        with TemporaryDirectory() as folder:
            given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_SECRET": SECRET, "TELEGRAM_WEBHOOK_URL": WEBHOOK_URL}
            given |= {"TELEGRAM_API_URL": fake.api_url, "QUOTES": "bundled", "BACKUPS": "0"}
            given |= {"TELEGRAM_MESSAGES_PER_SECOND": "1000", "LOG_LEVEL": "INFO"}
            async with running("-m", "bot", "telegram", folder=Path(folder), **given) as (pid, address):
                await fake.wait_for("setMyCommands", 3)
                started = resident(pid)
                ours = await cost(fake, pid, address, hello)
                silent = await cost(fake, pid, address, chatter, is_answered=False)
                after = resident(pid)
            minimal_app = [str(Path(__file__)), "--minimal", fake.api_url]
            async with running(*minimal_app, folder=Path(folder)) as (pid, address):
                theirs = await cost(fake, pid, address, hello)
            async with running(str(Path(__file__)), "--empty", folder=Path(folder)) as (pid, address):
                nothing = await cost(fake, pid, address, chatter, is_answered=False)
    finally:
        await fake.stop()
    print(f"/hello: {ours:.0f} us, {ours / theirs:.2f} of the minimal app's {theirs:.0f} us (on this machine)")
    print(
        f"a group's chatter that is not answered: {silent:.0f} us, {silent / nothing:.2f} of the {nothing:.0f} us"
        " that aiohttp takes to answer it with nothing"
    )
    print(f"memory: {started:.1f} MB once started, {after:.1f} MB after {2 * (UPDATES + WARM_UP):,} updates")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minimal", metavar="API_URL", help=argparse.SUPPRESS)
    parser.add_argument("--empty", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    sys.path.insert(0, os.fspath(ROOT))
    asyncio.run(empty() if chosen.empty else main() if chosen.minimal is None else minimal(chosen.minimal))
