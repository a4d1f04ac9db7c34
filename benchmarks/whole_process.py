"""What the bot costs as the process that it is, beside other clients, on the small Discord of the tests on loopback.

`python -m benchmarks.whole_process [messages mixed memory start pause answers]`, all of them when none is named. The
clients are fed the same events in turns; each ratio is of one turn, and the median of the turns counts. CPU is what the
system says that the threads of a process were on a processor; this needs Linux. With the extra `speed`, discord.py's
clients use its libraries as discord.py does by itself, but for `plain`, which is as pip installs it.
"""

import argparse
import asyncio
import gc
import json
import os
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import crowd
from tests.fake_discord import HEARTBEAT, TOKEN, FakeDiscord
from tests.telegram_faults import on_processor

ROOT = Path(__file__).parent.parent
OTHERS = ("idle", "plain", "deaf", "bare", "tutorial")
OURS = "this bot"
PATIENCE_SECONDS = 180.0
# Runs beside a client, and takes down each of the longer turns that something else takes.
PROBE = """
import asyncio, time

async def watch():
    while True:
        begin = time.thread_time()
        await asyncio.sleep(0.001)
        if (turn := time.thread_time() - begin) > 0.001:
            with open({noted!r}, "a") as noted:
                noted.write(f"{{turn * 1000}}\\n")

class Runner(asyncio.Runner):
    def run(self, coroutine, **options):
        async def both():
            watching = asyncio.create_task(watch())
            return await coroutine
        return super().run(both(), **options)

asyncio.Runner = asyncio.runners.Runner = Runner
"""


class StandIn(FakeDiscord):
    """A Discord whose servers have some size, and which can tell when a client has read all that was sent."""

    def __init__(self, servers: int) -> None:
        super().__init__()
        self.guild_ids = crowd.servers(servers)
        self.describe = crowd.server
        self._all_heard = asyncio.Event()
        self._unheard: set[int] = set()

    async def _receive(self, socket: Any, payload: dict[str, Any]) -> None:
        if payload["op"] == HEARTBEAT:
            self._unheard.discard(socket.shard_id)
            if not self._unheard:
                self._all_heard.set()
        await super()._receive(socket, payload)

    async def send(self, events: Iterable[crowd.Event], rate: float | None) -> None:
        """Send the events, so many a second, or as fast as the client takes them."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        for number, (name, data) in enumerate(events):
            if rate is not None:
                due += 1 / rate
                if (early := due - loop.time()) > 0:
                    await asyncio.sleep(early)
            elif number % 50 == 0:
                await asyncio.sleep(0)
            await self.dispatch(name, data, shard_id=self._shard_of(int(data["guild_id"])), kept=False)

    async def wait_until_read(self) -> None:
        """Wait until all connections have read what was sent: each answers when it is asked for a heartbeat."""
        self._all_heard.clear()
        self._unheard = {socket.shard_id for socket in self._sockets}
        await self.send_text(json.dumps({"op": HEARTBEAT, "d": None}))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._all_heard.wait()


@dataclass
class Running:
    """A client at work on a Discord of its own."""

    discord: StandIn
    pid: int
    began: float

    def resident(self) -> float:
        """Return how much memory it has, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) * 1024 / 1e6

    async def microseconds(self, events: Sequence[crowd.Event], rate: float | None) -> float:
        """Return what each event costs on the processor."""
        begin = on_processor(self.pid)
        await self.discord.send(events, rate)
        await self.discord.wait_until_read()
        await asyncio.sleep(0.05)
        return (on_processor(self.pid) - begin) / len(events) / 1_000


@asynccontextmanager
async def running(name: str, servers: int = 1, paths: Sequence[str] = ()) -> AsyncIterator[Running]:
    """Run a client until the block ends; it is connected, and has been told of its servers, when the block begins."""
    discord = StandIn(servers)
    await discord.start()
    with TemporaryDirectory() as folder:
        given = {
            "PATH": "/usr/bin",
            "PYTHONPATH": os.pathsep.join((*paths, str(ROOT))),
            "HOST": "127.0.0.1",
            "PORT": "0",
            "TOKEN": TOKEN,
        }
        given |= {"QUOTES": "bundled", "BACKUPS": "0", "DATABASE": f"{folder}/bot.db"}
        given |= {"DISCORD_API_URL": discord.api_url, "DISCORD_GATEWAY_URL": discord.gateway_url}
        others = ("-m", "benchmarks.clients", name, TOKEN, discord.api_url, discord.gateway_url)
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(("-m", "bot") if name == OURS else others),
            cwd=folder,
            env=given,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await discord.connected.wait()
            yield Running(discord, process.pid, began)
            process.terminate()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await discord.stop()


def show(what: str, figures: dict[str, list[float]], unit: str) -> None:
    """Print the ratios to the client that does nothing, of each turn, and the medians themselves."""
    base = figures[next(iter(figures))]
    print(f"\n{what}")
    for name, several in figures.items():
        ratios = [one / other for one, other in zip(several, base, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"  {name:10} {spread:24} {statistics.median(several):,.1f} {unit}", flush=True)


async def cost(what: str, options: argparse.Namespace, *, mixed: bool) -> None:
    """Measure the CPU of events that nobody answers."""
    figures: dict[str, list[float]] = {name: [] for name in options.clients}
    async with AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(running(name, 100)) for name in options.clients}
        # What is done once after the start is not what a message costs.
        await asyncio.sleep(4)
        for turn in range(-1, options.turns):
            make = crowd.mixed if mixed else crowd.messages
            for name, client in clients.items():
                events = list(make(options.events, client.discord.guild_ids))
                spent = await client.microseconds(events, options.rate or None)
                if turn >= 0:
                    figures[name].append(spent)
    show(f"CPU of {what}, {options.rate or 'as many as it takes'} a second", figures, "µs each")


async def memory(options: argparse.Namespace, servers: int) -> None:
    """Measure the memory once the servers are known and a thousand messages have come."""
    figures: dict[str, list[float]] = {name: [] for name in options.clients}
    for _ in range(options.starts):
        for name in options.clients:
            async with running(name, servers) as client:
                await client.discord.wait_until_read()
                await asyncio.sleep(4)
                await client.microseconds(list(crowd.messages(1_000, client.discord.guild_ids)), None)
                figures[name].append(client.resident())
    show(f"memory with {servers:,} servers", figures, "MB")


async def start(options: argparse.Namespace) -> None:
    """Measure what it takes from the start of a process to its first reply, to a message that waits for it."""
    figures: dict[str, list[float]] = {name: [] for name in ("answering", OURS)}
    spent: dict[str, list[float]] = {name: [] for name in figures}
    for _ in range(2 * options.turns):
        for name, several in figures.items():
            async with running(name) as client:
                await client.discord.send([crowd.said("$hello", client.discord.guild_ids[0])], None)
                await client.discord.wait_for_posts(1, seconds=PATIENCE_SECONDS)
                several.append((time.monotonic() - client.began) * 1_000)
                spent[name].append(on_processor(client.pid) / 1e6)
    show("start to first reply", figures, "ms")
    show("start to first reply, on the processor", spent, "ms")


async def pause(options: argparse.Namespace) -> None:
    """Measure the longest turn that anything takes in a burst of 30,000 messages at 5,000 servers.

    It is counted in time on the processor: on a machine with other work, it lasts longer.
    """
    figures: dict[str, list[float]] = {name: [] for name in ("idle", OURS)}
    for _ in range(options.starts):
        for name, several in figures.items():
            with TemporaryDirectory() as folder:
                noted = Path(folder) / "turns"
                (Path(folder) / "sitecustomize.py").write_text(PROBE.format(noted=str(noted)), encoding="utf-8")
                async with running(name, 5_000, paths=[folder]) as client:
                    await client.discord.wait_until_read()
                    await asyncio.sleep(8)
                    noted.write_text("")
                    await client.microseconds(list(crowd.messages(30_000, client.discord.guild_ids)), None)
                    several.append(max(float(line) for line in noted.read_text().split()))
    show("longest pause in a burst of 30,000 messages", figures, "ms")


async def answers(options: argparse.Namespace) -> None:
    """Measure how long a `$hello` waits for its answer among so many messages a second: the slowest of a hundred."""
    figures: dict[str, list[float]] = {name: [] for name in ("answering", OURS)}
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(running(name, 100)) for name in figures}
        await asyncio.sleep(4)
        for turn in range(-1, options.turns):
            for name, client in clients.items():
                discord, waits = client.discord, list[float]()
                chatter = list(crowd.messages(options.events, discord.guild_ids))
                chatting = asyncio.create_task(discord.send(chatter, options.rate or 500))
                discord.forget_posts()
                while not chatting.done():
                    begin, guild_id = loop.time(), discord.guild_ids[len(waits) % 100]
                    # Nobody asks so often that the bot would let it wait.
                    asking = crowd.said("$hello", guild_id, author=1 + (turn + 1) % 50)
                    await discord.send([asking], None)
                    while len(discord.posts) <= len(waits):
                        await asyncio.sleep(0.0005)
                    waits.append((loop.time() - begin) * 1_000)
                    await asyncio.sleep(0.02)
                if turn >= 0:
                    figures[name].append(sorted(waits)[int(len(waits) * 0.99)])
    show(f"p99 of an answer among {options.rate or 500} messages a second", figures, "ms")


async def main(options: argparse.Namespace) -> None:
    """Measure what was asked for."""
    wanted = options.rows or ["messages", "mixed", "memory", "start", "pause", "answers"]
    if "messages" in wanted:
        await cost("an ordinary message", options, mixed=False)
    if "mixed" in wanted:
        await cost("an event, with typing, reactions, edits and voice", options, mixed=True)
    if "memory" in wanted:
        await memory(options, 100)
        await memory(options, 5_000)
    if "start" in wanted:
        await start(options)
    if "pause" in wanted:
        await pause(options)
    if "answers" in wanted:
        await answers(options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--clients", nargs="+", default=[*OTHERS, OURS])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--starts", type=int, default=1, help="how often memory is measured")
    parser.add_argument("--events", type=int, default=2_000, help="how many in each turn")
    parser.add_argument("--rate", type=int, default=500, help="events a second; 0: as many as are taken")
    gc.disable()
    os.chdir(ROOT)
    asyncio.run(main(parser.parse_args()))
