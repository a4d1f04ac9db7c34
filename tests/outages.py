"""What Discord does on its bad days, to the real process; in any size, as in `tests/faults.py`."""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.fake_discord import FakeDiscord
from tests.fake_rest import Failure
from tests.faults import assert_clean, discord_and_bot, resident_bytes, said
from tests.processes import in_less_time, page_becomes, page_of, reconnecting
from tests.telegram_faults import on_processor

STORMS: Mapping[str, Callable[[FakeDiscord], None]] = {
    "each resumed session is closed": lambda fake: setattr(fake, "close_on_resume", 4000),
    "no session is resumed": lambda fake: setattr(fake, "forget_sessions", True),
    "each new session is closed": lambda fake: fake.__dict__.update(forget_sessions=True, close_on_identify=4000),
    "no connection is taken": lambda fake: setattr(fake, "refuse_websockets", True),
    "each connection begins with nonsense": lambda fake: setattr(fake, "hello", "[]"),
}
# What the edge answers when Discord is not well.
EDGE = (503, *range(520, 528))


async def come_back(folder: Path, *, outage: float, speed: float = 1.0, slack: float = 0.5) -> dict[str, Any]:
    """Let nobody connect for so many seconds; the bot is back soon after, and answers what it has missed.

    `slack` is for what the machine itself needs, which is not faster in a world that is.
    """
    fast = in_less_time(folder, reconnecting(speed))
    async with discord_and_bot(folder, **fast) as (fake, started):
        fake.refuse_websockets = True
        await fake.cut()
        await asyncio.sleep(outage / speed)
        await fake.member_says("$hello")
        fake.refuse_websockets = False
        begin = time.monotonic()
        await fake.wait_for_posts(1, seconds=60)
        seconds = (time.monotonic() - begin) * speed
        code, _ = await started.stop()

    assert seconds < (2.0 if outage <= 10 else 33.0) + slack * speed
    assert (fake.identified, fake.resumed) == (1, 1)
    assert_clean(started, code)
    return {"outage": outage, "back after": round(seconds, 1), "connections": len(fake.opened_at)}


async def weather(folder: Path, storm: str, *, minutes: float, speed: float = 1.0) -> dict[str, Any]:
    """Let a storm rage; it costs few connections and hardly a session, and is survived."""
    async with discord_and_bot(folder, **in_less_time(folder, reconnecting(speed))) as (fake, started):
        STORMS[storm](fake)
        fake.opened_at.clear()
        fake.identified_at.clear()
        begin = time.monotonic()
        while time.monotonic() - begin < minutes * 60 / speed:
            # Whatever lives on in it is cut.
            await fake.cut()
            await asyncio.sleep(0.05)
        connections, sessions = len(fake.opened_at), len(fake.identified_at)
        code, needed = await started.stop()

    assert connections <= 10 * minutes
    assert sessions <= max(1, minutes)
    assert needed < 5
    assert_clean(started, code)
    return {
        "storm": storm,
        "connections a minute": round(connections / minutes, 1),
        "sessions a minute": round(sessions / minutes, 1),
    }


async def lose_answers(folder: Path, *, commands: int, seed: int = 1) -> dict[str, Any]:
    """Let every other answer fail in some way, received or not; each command is answered once."""
    chance = random.Random(seed)
    async with discord_and_bot(folder, **in_less_time(folder, {})) as (fake, started):
        fake.limit = (1_000_000, 1.0)
        begin = time.monotonic()
        for number in range(1, commands + 1):
            if chance.random() < 0.5:
                reset, kept = chance.random() < 0.5, chance.random() < 0.5
                fake.failures.append(Failure(chance.choice(EDGE), reset=reset, kept=kept))
            await fake.member_says(f"$del {number}")
            if number % 50 == 0:
                await fake.wait_for_posts(number, seconds=60)
        await fake.wait_for_posts(commands, seconds=60)
        # Whatever would come twice has time to.
        await asyncio.sleep(0.5)
        seconds = time.monotonic() - begin
        code, _ = await started.stop()

    answered = Counter(int(number) for post in fake.posts for number in re.findall(r"n° (\d+)", said(post)))
    assert answered == Counter(range(1, commands + 1))
    assert_clean(started, code)
    return {"commands": commands, "requests": len(fake.requests), "seconds": round(seconds, 1)}


async def go_deaf(folder: Path, *, deaf_after: float) -> dict[str, Any]:
    """Send nothing any more, whoever connects; the page says so in time, and is well again when the bot is."""
    seconds = {"discord.internals.watchdog.LOOK_SECONDS": min(1.0, deaf_after / 20)}
    chosen = in_less_time(folder, seconds)
    async with discord_and_bot(folder, DEAF_AFTER_SECONDS=str(deaf_after), **chosen) as (fake, started):
        await page_becomes(started, 200)
        fake.every_session_is_deaf = True
        fake.deafen()
        begin = time.monotonic()
        while (await page_of(started))[0] == 200:
            await asyncio.sleep(0.02)
        told = time.monotonic() - begin
        while time.monotonic() - begin < 2 * deaf_after:
            assert (await page_of(started))[0] == 503
            await asyncio.sleep(deaf_after / 50)
        fake.every_session_is_deaf = False
        begin = time.monotonic()
        while (await page_of(started))[0] == 503:
            await asyncio.sleep(0.02)
        healed = time.monotonic() - begin
        code, _ = await started.stop()

    assert told < deaf_after + 3
    assert_clean(started, code)
    return {"deaf after": deaf_after, "told after": round(told, 1), "well after": round(healed, 1)}


async def soak(folder: Path, *, minutes: int, rate: int = 200, minute: float = 60.0) -> dict[str, Any]:
    """Let people talk, and ask for something now and then, for so long; nothing grows, and nothing slows down."""
    chance = random.Random(1)
    answered: list[list[float]] = []
    memory: list[int] = []
    spent: list[float] = []
    async with discord_and_bot(folder) as (fake, started):
        fake.limit = (1_000_000, 1.0)
        number = 10**9
        for _ in range(minutes):
            sent: dict[int, float] = {}
            took: list[float] = []
            count, before = 0, on_processor(started.process.pid)
            end = time.monotonic() + minute
            while time.monotonic() < end:
                for _ in range(rate // 20):
                    count += 1
                    if chance.random() < 0.05:
                        number += 1
                        sent[number] = time.monotonic()
                        await fake.member_says(f"$del {number}")
                    else:
                        await fake.member_says(f"on se retrouve à {chance.randrange(10_000)} ?")
                await asyncio.sleep(0.05)
                took += _note_answers(fake, sent)
            async with asyncio.timeout(60):
                while sent:
                    await asyncio.sleep(0.01)
                    took += _note_answers(fake, sent)
            spent.append((on_processor(started.process.pid) - before) / count / 1_000)
            answered.append(sorted(took))
            memory.append(resident_bytes(started))
        code, needed = await started.stop()

    assert_clean(started, code)
    assert needed < 5
    slowest = [times[len(times) * 99 // 100] for times in answered]
    return {
        "minutes": minutes,
        "MiB after a minute": round(memory[0] / 2**20, 1),
        "MiB at the end": round(memory[-1] / 2**20, 1),
        "p99 ms of the first minute": round(slowest[0] * 1_000),
        "p99 ms of the worst": round(max(slowest) * 1_000),
        "µs on a processor for a message": round(spent[0]),
        "µs in the worst minute": round(max(spent)),
        "seconds to stop": round(needed, 2),
    }


def _note_answers(fake: FakeDiscord, sent: dict[int, float]) -> list[float]:
    """Return how long the answers that have come took."""
    now = time.monotonic()
    numbers = [int(number) for post in fake.posts for number in re.findall(r"n° (\d+)", said(post))]
    fake.forget_posts()
    return [now - sent.pop(number) for number in numbers]
