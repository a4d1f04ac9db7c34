"""What the tests show of faults, in full size; `python -m benchmarks.faults` ends with 1 if anything does not hold."""

import asyncio
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.postgres_url import PostgresURL
from tests import faults, floods, outages, postgres, processes, telegram_faults

# A scenario that is not over by then does not hold.
MINUTES = 90
HOUR = "--hour"
# A process that has answered for a while may need this much more than one that has just begun.
MOST_GROWTH = 1.10
MOST_GROWTH_IN_HOSTILITY = 1.5
# What a PostgreSQL confirms is on the disk, as it is outside the tests.
DURABLE = {"fsync": "on", "full_page_writes": "on"}


async def cuts(folder: Path) -> dict[str, Any]:
    """Cut the connection 100 times while 2,000 commands arrive."""
    return await faults.cut_while_commands_arrive(folder, commands=2_000, cuts=100)


async def kills(folder: Path) -> dict[str, Any]:
    """Kill the process 50 times while messages are added and deleted."""
    return await faults.kill_while_messages_change(folder, kills=50)


async def postgres_kills(folder: Path) -> dict[str, Any]:
    """Kill the process 50 times while messages in PostgreSQL are added and deleted."""
    with postgres.own_server(**DURABLE) as server:
        return await faults.kill_while_messages_change(folder, kills=50, postgres=PostgresURL.read(server.url()))


async def postgres_restarts(folder: Path) -> dict[str, Any]:
    """Restart PostgreSQL 30 times, in order, at once and by kill -9 in turns, while messages are added and deleted."""
    with postgres.own_server(**DURABLE) as server:
        return await faults.restart_server_while_messages_change(folder, server, restarts=30)


async def stops(folder: Path) -> dict[str, Any]:
    """Stop the process after 10 seconds of commands."""
    return await faults.stop_under_load(folder, seconds=10)


async def events(folder: Path) -> dict[str, Any]:
    """Send 200,000 random events and commands, after 20,000 to warm up."""
    figures = await faults.flood_with_events(folder, events=200_000, warm_up=20_000)
    assert figures["MiB after"] <= figures["MiB before"] * MOST_GROWTH, figures
    return figures


async def telegram_kills(folder: Path) -> dict[str, Any]:
    """Kill the process on Telegram 50 times while 2,000 updates come."""
    figures = await telegram_faults.kill_while_updates_come(folder, kills=50, updates=2_000)
    assert figures["lost"] == figures["not added"] == figures["doubled"] == 0, figures
    return figures


async def telegram_flood(folder: Path) -> dict[str, Any]:
    """Flood a group on Telegram while people there, elsewhere and in 200 private chats are in danger."""
    return await telegram_faults.help_while_a_group_is_flooded(folder, greetings=40, people=200)


async def hostile(folder: Path) -> dict[str, Any]:
    """Send a million events that Discord would never send, after 20,000 to warm up."""
    figures = await faults.send_hostile_events(folder, events=1_000_000, warm_up=20_000)
    assert figures["MiB after"] <= figures["MiB before"] * MOST_GROWTH_IN_HOSTILITY, figures
    return figures


async def lists(folder: Path) -> dict[str, Any]:
    """Ask 40 times a second, for a minute, for a list of 500 long messages."""
    figures = await floods.flood_with_lists(folder, rate=40, seconds=60)
    assert figures["MiB at most"] <= figures["MiB before"] * MOST_GROWTH_IN_HOSTILITY, figures
    return figures


async def idle(folder: Path) -> dict[str, Any]:
    """Hold 500 connections to the web server open for a minute."""
    figures = await floods.idle_around(folder, sockets=500, seconds=60)
    assert figures["slowest ms"] <= 1_000, figures
    return figures


async def answers(folder: Path) -> dict[str, Any]:
    """Let every other of 2,000 answers fail, received or not."""
    return await outages.lose_answers(folder, commands=2_000)


async def short_outage(folder: Path) -> dict[str, Any]:
    """Let nobody connect for 10 seconds."""
    return await outages.come_back(folder, outage=10)


async def long_outage(folder: Path) -> dict[str, Any]:
    """Let nobody connect for 10 minutes."""
    return await outages.come_back(folder, outage=600)


async def storms(folder: Path) -> dict[str, Any]:
    """Let each storm rage for 3 minutes."""
    figures = {}
    for number, storm in enumerate(outages.STORMS):
        (folder / str(number)).mkdir()
        figures[storm] = await outages.weather(folder / str(number), storm, minutes=3)
    return figures


async def deaf(folder: Path) -> dict[str, Any]:
    """Send nothing to a bot that takes 20 seconds of silence for deafness."""
    return await outages.go_deaf(folder, deaf_after=20)


async def soak(folder: Path) -> dict[str, Any]:
    """Let people talk for 15 minutes, or an hour, at 200 messages a second."""
    figures = await outages.soak(folder, minutes=60 if HOUR in sys.argv else 15)
    assert figures["MiB at the end"] <= figures["MiB after a minute"] * 1.05, figures
    # How long people wait depends on whatever else the machine does; the time on a processor does not.
    assert figures["µs in the worst minute"] <= 2 * figures["µs on a processor for a message"], figures
    return figures


SCENARIOS: tuple[Callable[[Path], Awaitable[dict[str, Any]]], ...] = (
    *(cuts, kills, postgres_kills, postgres_restarts, stops, events),
    *(hostile, lists, idle, answers, short_outage, long_outage, storms, deaf, soak),
    *(telegram_kills, telegram_flood),
)


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
                print(scenario.__name__, "DID NOT HOLD", flush=True)
                traceback.print_exception(error)
    return int(failed)


if __name__ == "__main__":
    sys.exit(asyncio.run(main([name for name in sys.argv[1:] if name != HOUR])))
