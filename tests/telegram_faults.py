"""What goes wrong around the process on Telegram: the tests run it small, `benchmarks/faults.py` in full."""

import asyncio
import random
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import aiohttp

from tests.fake_telegram import SECRET, TOKEN, WEBHOOK_URL, FakeTelegram, Json, Somebody
from tests.processes import Process, environment, running

CONCURRENCY = 8
# What people say, and how often of ten times: most is answered by one message, the rest by calls of their own.
SAID = (
    "/hello",
    "/hello",
    "/new Courage",
    "/new Courage",
    "/inspire",
    "/list",
    "/test bof",
    "/del 1",
    "je veux mourir",
)


@asynccontextmanager
async def telegram_and_bot(fake: FakeTelegram, folder: Path) -> AsyncIterator[Process]:
    """The process, with its webhook set."""
    given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_SECRET": SECRET, "TELEGRAM_WEBHOOK_URL": WEBHOOK_URL, "TOKEN": ""}
    given |= {"TELEGRAM_API_URL": fake.api_url, "TELEGRAM_MESSAGES_PER_SECOND": "1000"}
    async with running(environment(None, folder, **given), folder, "telegram") as started:
        for _ in range(3):  # on a busy machine, a start takes its time
            with suppress(TimeoutError):
                await started.line_with("sends the updates")
                break
        line = await started.line_with("status page")
        fake.address = f"http://127.0.0.1:{re.findall(r':([0-9]+)/', line)[0]}/telegram"
        yield started


async def kill_while_updates_come(folder: Path, *, kills: int, updates: int, seed: int = 1) -> dict[str, Any]:
    """Kill the process at random moments; what was not confirmed comes again, and is neither lost nor done twice."""
    chance, fake = random.Random(seed), FakeTelegram()
    await fake.start()
    people = [Somebody(1_000 + number, "Camille", "fr") for number in range(updates)]
    said = [fake.message(chance.choice(SAID), fake.private(person), person) for person in people]
    waiting = list(reversed(said))
    try:
        for turn in range(kills + 1):
            share = updates * (turn + 1) // (kills + 1)
            async with telegram_and_bot(fake, folder) as started:
                posting = asyncio.create_task(_post_all(fake, waiting, until=updates - share))
                if turn < kills:
                    await asyncio.sleep(chance.uniform(0.02, 0.4))
                    started.process.kill()
                await posting
                if turn == kills:
                    await started.stop()
    finally:
        await fake.stop()
    return _figures(fake, said, folder / "data" / "bot.db") | {"kills": kills}


async def _post_all(fake: FakeTelegram, waiting: list[Json], *, until: int) -> None:
    """Post updates until so many are left, or nobody takes them any more; what is not confirmed waits again."""

    async def post_some() -> None:
        while len(waiting) > until:
            update = waiting.pop()
            answer = None
            with suppress(aiohttp.ClientError):
                answer = await fake.post(update)
            if answer is None or answer.status != 200:
                waiting.append(update)
                return

    await asyncio.gather(*(post_some() for _ in range(CONCURRENCY)))


def _figures(fake: FakeTelegram, said: list[Json], database: Path) -> dict[str, Any]:
    asked = [update["message"]["message_id"] for update in said]
    answers = Counter(sent["reply_parameters"]["message_id"] for sent in fake.sent() if sent.get("arrived"))
    with closing(sqlite3.connect(database)) as connection:
        per_chat = connection.execute("SELECT count(*) FROM encouragements GROUP BY scope_id").fetchall()
    adding = sum(update["message"]["text"].startswith("/new") for update in said)
    return {
        "updates": len(said),
        "lost": sum(answers[id] == 0 for id in asked),
        "answered twice": sum(answers[id] > 1 for id in asked),
        "added": adding,
        "not added": adding - len(per_chat),
        "doubled": sum(count > 1 for (count,) in per_chat),
    }


def on_processor(pid: int) -> int:
    """Return the nanoseconds that the threads of a process have been on a processor, as Linux counts them."""
    return sum(int(file.read_text().split()[0]) for file in Path(f"/proc/{pid}/task").glob("*/schedstat"))


async def help_while_a_group_is_flooded(folder: Path, *, greetings: int, people: int) -> dict[str, Any]:
    """Flood a group and have Telegram hold back another one; time the helplines there, elsewhere, and for many."""
    fake, loop = FakeTelegram(), asyncio.get_running_loop()
    await fake.start()
    crowd = [Somebody(2_000 + number, "Camille", "fr") for number in range(people)]

    async def seconds_of(update: Json) -> float:
        begin = loop.time()
        await fake.post(update)
        return loop.time() - begin

    try:
        async with telegram_and_bot(fake, folder) as started:
            flooded, held, quiet = fake.group(), fake.group(), fake.group()
            fake.hold(held, 300)
            greeting = [Somebody(5_000 + number, "Camille", "fr") for number in range(greetings)]
            updates = [
                fake.message("je suis triste", held),
                *(fake.message("/hello", flooded, each) for each in greeting),
            ]
            flood = [asyncio.create_task(fake.post(update)) for update in updates]
            await asyncio.sleep(1)
            there, elsewhere = [
                await seconds_of(fake.message("je veux mourir", chat, crowd[0])) for chat in (flooded, quiet)
            ]
            asking = [fake.message("je veux mourir", fake.private(person), person) for person in crowd]
            begin, before = loop.time(), on_processor(started.process.pid)
            await asyncio.gather(*(seconds_of(update) for update in asking))
            together, spent = loop.time() - begin, on_processor(started.process.pid) - before
            for task in flood:
                task.cancel()
            await asyncio.gather(*flood, return_exceptions=True)
            started.process.kill()
    finally:
        await fake.stop()
    return {
        "in the flooded group": round(there, 2),
        "in another group": round(elsewhere, 2),
        f"{people} people at once": round(together, 2),
        "of which the bot was on a processor": round(spent / 1e9, 2),
    }
