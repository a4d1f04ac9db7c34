"""What the tests show of faults, in full size; `python -m benchmarks.faults` ends with 1 if anything does not hold."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests import faults, processes

MINUTES = 15
# A process that has answered for a while may need this much more than one that has just begun.
MOST_GROWTH = 1.10


async def cuts(folder: Path) -> dict[str, Any]:
    """Cut the connection 100 times while 2,000 commands arrive."""
    return await faults.cut_while_commands_arrive(folder, commands=2_000, cuts=100)


async def kills(folder: Path) -> dict[str, Any]:
    """Kill the process 50 times while messages are added and deleted."""
    return await faults.kill_while_messages_change(folder, kills=50)


async def stops(folder: Path) -> dict[str, Any]:
    """Stop the process after 10 seconds of commands."""
    return await faults.stop_under_load(folder, seconds=10)


async def events(folder: Path) -> dict[str, Any]:
    """Send 200,000 random events and commands, after 20,000 to warm up."""
    figures = await faults.flood_with_events(folder, events=200_000, warm_up=20_000)
    assert figures["MiB after"] <= figures["MiB before"] * MOST_GROWTH, figures
    return figures


SCENARIOS: tuple[Callable[[Path], Awaitable[dict[str, Any]]], ...] = (cuts, kills, stops, events)


async def main(wanted: list[str]) -> int:
    """Run the scenarios of these names, or all; return how the process should end."""
    processes.FORKING = False
    failed = False
    for scenario in SCENARIOS:
        if wanted and scenario.__name__ not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                async with asyncio.timeout(MINUTES * 60):
                    print(scenario.__name__, await scenario(Path(folder)), flush=True)
            except (AssertionError, TimeoutError) as error:
                failed = True
                print(scenario.__name__, "DID NOT HOLD:", error or type(error).__name__, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
