"""What strangers and members do too much of, to the real process; in any size, as in `tests/faults.py`."""

import asyncio
import re
import time
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.models import Author, Platform, Scope
from bot.services.encouragements import MAX_LENGTH, MAX_PER_SCOPE
from bot.storage.sqlite import open_sqlite
from tests.fake_discord import GUILD_ID
from tests.faults import assert_clean, discord_and_bot, resident_bytes
from tests.processes import page_of


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


async def idle_around(folder: Path, *, sockets: int, seconds: float) -> dict[str, Any]:
    """Hold so many connections to the web server open, and open those anew that it drops; `/livez` is answered."""
    took: list[float] = []
    async with discord_and_bot(folder) as (_, started), AsyncExitStack() as stack:
        port = int(re.findall(r":(\d+)/", await started.line_with("status page"))[0])

        async def idle() -> None:
            while True:
                with suppress(OSError):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    try:
                        await reader.read()
                    finally:
                        writer.close()
                await asyncio.sleep(5)

        for _ in range(sockets):
            task = asyncio.create_task(idle())
            stack.callback(task.cancel)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begin = time.monotonic()
            status, _ = await page_of(started, "livez")
            took.append(time.monotonic() - begin)
            assert status == 200
            await asyncio.sleep(0.1)
        code, _ = await started.stop()

    assert_clean(started, code)
    return {"sockets": sockets, "asked": len(took), "slowest ms": round(max(took) * 1_000)}
