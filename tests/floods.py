"""What strangers and members do too much of, to the real process; in any size, as in `tests/faults.py`."""

import asyncio
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.models import Author, Platform, Scope
from bot.services.encouragements import MAX_LENGTH, MAX_PER_SCOPE
from bot.storage.sqlite import open_sqlite
from tests.fake_discord import GUILD_ID
from tests.faults import assert_clean, discord_and_bot, resident_bytes
from tests.processes import Process, page_of


async def flood_with_lists(folder: Path, *, rate: int, seconds: float) -> dict[str, Any]:
    """Ask so many times a second for a full list of long messages; whoever asks, memory and `/readyz` stay as well."""
    async with open_sqlite(folder / "data" / "bot.db") as storage:
        await storage.import_scope(
            Scope(Platform.DISCORD, GUILD_ID),
            author=Author(1, "Camille"),
            texts={str(number): f"{number} " + "courage " * (MAX_LENGTH // 8 - 1) for number in range(MAX_PER_SCOPE)},
            created_at=datetime.now(UTC),
            limit=MAX_PER_SCOPE,
            settings={},
        )
    async with discord_and_bot(folder) as (fake, started):
        fake.limit = (1_000_000, 1.0)
        for count in range(1, 4):
            await fake.member_says("$list")
            await fake.wait_for_posts(count, seconds=60)
        before = most = resident_bytes(started)
        pages: list[int] = []
        asked, begin = 0, time.monotonic()
        while (now := time.monotonic() - begin) < seconds:
            while asked < now * rate:
                await fake.member_says("$list")
                asked += 1
            if len(pages) < now:
                pages.append((await page_of(started, "readyz"))[0])
                most = max(most, resident_bytes(started))
            await asyncio.sleep(1 / rate)
        answered = len(fake.posts)
        code, needed = await started.stop()

    assert_clean(started, code)
    assert set(pages) == {200}, pages
    assert needed < 5
    return {
        "asked": asked,
        "answered": answered,
        "MiB before": round(before / 2**20, 1),
        "MiB at most": round(most / 2**20, 1),
        "seconds to stop": round(needed, 2),
    }


# Connects, says nothing, and comes back some seconds after each connection has ended: for a process of its own.
STRANGERS = """
import asyncio, contextlib, sys

async def idle(port):
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await reader.read()
            writer.close()
        await asyncio.sleep(5)

async def main(port, count):
    await asyncio.gather(*(idle(port) for _ in range(count)))

asyncio.run(main(*map(int, sys.argv[1:])))
"""


async def idle_around(folder: Path, *, sockets: int, seconds: float) -> dict[str, Any]:
    """Hold so many connections to the web server open, and open those anew that it drops; `/livez` is answered."""

    async def ask_for_a_while(started: Process) -> list[float]:
        took, end = list[float](), time.monotonic() + seconds
        while time.monotonic() < end:
            begin = time.monotonic()
            assert (await page_of(started, "livez"))[0] == 200
            took.append(time.monotonic() - begin)
            await asyncio.sleep(0.1)
        return sorted(took)

    async with discord_and_bot(folder) as (_, started):
        port = re.findall(r":(\d+)/", await started.line_with("status page"))[0]
        alone = await ask_for_a_while(started)
        strangers = await asyncio.create_subprocess_exec(sys.executable, "-c", STRANGERS, port, str(sockets))
        try:
            among_them = await ask_for_a_while(started)
        finally:
            strangers.kill()
            await strangers.wait()
        code, _ = await started.stop()

    assert_clean(started, code)
    return {
        "sockets": sockets,
        "asked": len(among_them),
        "slowest ms without them": round(alone[-1] * 1_000),
        "median ms": round(among_them[len(among_them) // 2] * 1_000),
        "slowest ms": round(among_them[-1] * 1_000),
    }
