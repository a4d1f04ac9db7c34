"""What a million people who have opted out cost a start, in a file and on a PostgreSQL: seconds, and memory.

`python -m benchmarks.opt_outs` makes a file and starts a server of its own in a temporary folder; where PostgreSQL is
not installed, it measures the file alone. It ends with 1 if a start is slowed by more than it may be.
"""

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.whole_process import ROOT
from bot.config import Settings
from bot.databases import opened, place_of
from bot.models import Platform
from bot.services.opt_outs import OptOuts
from tests.postgres import PostgresServer, binaries, own_server

PEOPLE = 1_000_000
AT_ONCE = 100_000
# Ids of Discord: https://discord.com/developers/docs/reference#snowflakes
FIRST, STEP = 10**17, 10**12
MOST_SECONDS, MOST_MEGABYTES = 2.0, 60.0
TURNS = 3

_OPT_OUT = """
INSERT INTO opt_outs (platform, person_id)
WITH RECURSIVE numbers (n) AS (SELECT CAST(? AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(? AS bigint))
SELECT ?, CAST(? AS bigint) + n * CAST(? AS bigint) FROM numbers
"""


async def fill(database: str) -> None:
    """Have so many people opt out."""
    async with opened(place_of(Settings.from_env({"DATABASE": database}))) as storage:
        for first in range(0, PEOPLE, AT_ONCE):
            async with storage._database.transaction() as db:
                await db.execute(_OPT_OUT, (first, first + AT_ONCE - 1, Platform.DISCORD, FIRST, STEP))


async def measure(database: str) -> None:
    """Read them as a start does; print the seconds, those on a processor, and the MiB: after it, and at the most."""
    async with opened(place_of(Settings.from_env({"DATABASE": database}))) as storage:
        opt_outs = OptOuts(storage)
        before, begin, spent = _resident(), time.monotonic(), time.process_time()
        await opt_outs.load()
        seconds, spent = time.monotonic() - begin, time.process_time() - spent
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        assert opt_outs.has(Platform.DISCORD, FIRST + (PEOPLE - 1) * STEP)
        assert not opt_outs.has(Platform.DISCORD, FIRST + 1)
        print(seconds, spent, _resident() - before, peak - before)


def _resident() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


@contextmanager
def places() -> Iterator[tuple[dict[str, str], PostgresServer | None]]:
    """Yield what leads to each database, by its name, and the server."""
    with TemporaryDirectory() as folder:
        file = {"a file": f"{folder}/encourage.db"}
        if binaries() is None:
            yield file, None
            return
        with own_server() as server:
            yield file | {"PostgreSQL": server.url()}, server


def main() -> int:
    """Measure each database in processes of its own, which have read nothing before; return how to end."""
    holds = True
    with places() as (databases, server):
        for name, database in databases.items():
            asyncio.run(fill(database))
            if server is not None:
                # As the server does by itself where its daemons are not turned off.
                server.sql("VACUUM ANALYZE")
            command = (sys.executable, "-m", "benchmarks.opt_outs", database)
            turns = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(TURNS)]
            seconds, spent, more, most = (
                min(each) for each in zip(*(map(float, t.split()) for t in turns), strict=True)
            )
            print(f"{name:10} {seconds:.2f} s, {spent:.2f} on a processor; {more:.0f} MiB more, {most:.0f} at the most")
            holds = holds and seconds <= MOST_SECONDS and most <= MOST_MEGABYTES
    return 0 if holds else 1


if __name__ == "__main__":
    os.chdir(ROOT)
    if len(sys.argv) > 1:
        asyncio.run(measure(sys.argv[1]))
    else:
        sys.exit(main())
