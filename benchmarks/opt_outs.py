"""What a million people who have opted out cost: seconds of a start and memory of the process.

`python benchmarks/opt_outs.py [DATABASE]`; the database, a new file by default, must be empty.
"""

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from bot.config import Settings
from bot.databases import opened, place_of
from bot.models import Platform
from bot.services.opt_outs import OptOuts
from bot.storage.sql import SQLStorage

PEOPLE = 1_000_000
# Ids of Discord: https://discord.com/developers/docs/reference#snowflakes
FIRST, STEP = 10**17, 10**12


async def measure(database: str) -> None:
    """Have so many people opt out, then read them as a start does."""
    place = place_of(Settings.from_env({"DATABASE": database}))
    async with opened(place) as storage:
        for first in range(0, PEOPLE, 10_000):
            async with storage._database.transaction() as db:
                await db.executemany(
                    "INSERT INTO opt_outs (platform, person_id) VALUES (?, ?)",
                    [(Platform.DISCORD, FIRST + number * STEP) for number in range(first, first + 10_000)],
                )
    async with opened(place) as storage:
        await report(storage)


async def report(storage: SQLStorage) -> None:
    """Print what it takes to read them."""
    opt_outs = OptOuts(storage)
    before, begin = _megabytes(), time.process_time()
    await opt_outs.load()
    seconds = time.process_time() - begin
    assert opt_outs.has(Platform.DISCORD, FIRST)
    assert not opt_outs.has(Platform.DISCORD, FIRST + 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    more = _megabytes() - before
    print(f"{PEOPLE:,} people: {seconds:.2f} s on a processor, {more:.0f} MiB more, {peak:.0f} MiB at the most")


def _megabytes() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(sys.argv[1] if len(sys.argv) > 1 else f"{folder}/encourage.db"))
