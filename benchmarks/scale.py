"""What several processes on one PostgreSQL take, and what happens when one of them is killed, on loopback.

`python -m benchmarks.scale [messages changes kills]`, all of them when none is named. It starts a PostgreSQL of its own
in a temporary folder, and needs Linux and the extra `postgres`. One stand-in is Discord for all processes; on a machine
with few processors they share those with it, so what counts is the time on a processor that a message takes, and the
ratios within one run.
"""

import argparse
import asyncio
import os
import signal
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import crowd
from benchmarks.whole_process import ROOT, StandIn
from tests.fake_payloads import guild
from tests.postgres import PostgresServer, own_server
from tests.processes import Process, environment, running, shards_of
from tests.telegram_faults import on_processor

GROUPS = (1, 2, 4)
PATIENCE_SECONDS = 300.0
# The bot answers so many commands in ten seconds, in one process.
CHANGES_OF_A_PROCESS = 1_500
UNDER_WAY = 64
SETTLE_SECONDS, SECONDS_OF_REST = 60, 15
COMMANDS_A_SECOND = 40
# Of a server of the crowd, those where nobody is kept from writing.
TEXT_CHANNELS = (0, 4, 8)


class Shards(StandIn):
    """A Discord of many shards, which knows which of them have a session, and for whom."""

    def __init__(self, servers: int, shards: int) -> None:
        super().__init__(servers)
        self.shards = self.max_concurrency = shards
        self.guild_ids = [crowd.servers(1)[0] + (number << 22) for number in range(servers)]
        self.answered: Counter[str] = Counter()

    def open_shards(self) -> set[int]:
        """Return the shards that have a session."""
        return {socket.shard_id for socket in self._sockets}

    async def said(self, text: str, guild_id: int, channel: int = 0) -> None:
        """Deliver what somebody says in a channel of a server."""
        await self.send([crowd.said(text, guild_id, 1 + channel, channel)], None)

    async def dispatch(self, event: str, data: Any, *, shard_id: int = 0, kept: bool = True) -> None:
        """Send an event; whoever wants to connect need not wait until another has been told of all its servers."""
        described = event == "GUILD_CREATE"
        await super().dispatch(event, data, shard_id=shard_id, kept=kept and not described)
        if described:
            await asyncio.sleep(0)

    async def wait_for_shards(self) -> None:
        """Wait until every shard has a session."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.open_shards()) < self.shards:
                await asyncio.sleep(0.01)

    def _keep(self, channel: str, body: dict[str, Any]) -> dict[str, Any]:
        count = len(self.posts)
        kept = super()._keep(channel, body)
        self.answered[channel] += len(self.posts) - count
        return kept


@asynccontextmanager
async def discord(servers: int, shards: int) -> AsyncIterator[Shards]:
    """Serve a Discord during the block."""
    fake = Shards(servers, shards)
    await fake.start()
    try:
        yield fake
    finally:
        await fake.stop()


@asynccontextmanager
async def group(
    fake: Shards, folder: Path, count: int, url: str | None, *, divided: bool = False
) -> AsyncIterator[list[Process]]:
    """Run so many processes, begun one after the other, until the block ends.

    Those on a file (no `url`), or `divided`, are told which shards are theirs; the others divide them by themselves.
    """
    async with AsyncExitStack() as stack:
        processes = []
        for number in range(count):
            own = {"SHARDS": str(fake.shards)} | ({} if url is None else {"DATABASE": url})
            if divided or url is None:
                own["SHARD_IDS"] = ",".join(map(str, range(number, fake.shards, count)))
            started = await stack.enter_async_context(
                running(environment(fake, folder, PATH=os.environ["PATH"], **own), folder, afresh=True)
            )
            processes.append(started)
            await started.line_with("http://")
        await fake.wait_for_shards()
        if "SHARD_IDS" not in own:
            await _divide(processes, fake)
        yield processes
        for process in processes:
            if process.process.returncode is None:
                process.process.send_signal(signal.SIGTERM)


async def _divide(processes: Sequence[Process], fake: Shards) -> None:
    """Wait until each process has its part, which the first ones hand over when they are told."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        for process in processes[:-1]:
            process.process.send_signal(signal.SIGHUP)
        while min([await shards_of(process) for process in processes]) < fake.shards // len(processes):
            await asyncio.sleep(0.2)
        await fake.wait_for_shards()


async def messages(options: argparse.Namespace, server: PostgresServer) -> None:
    """Measure what an ordinary message costs, to groups of processes that are fed the same in turns."""
    print(f"\nordinary messages, {options.shards} shards, {options.servers:,} servers", flush=True)
    async with AsyncExitStack() as stack:
        groups = {count: await stack.enter_async_context(_group_of(count, options, server)) for count in GROUPS}
        for fake, _ in groups.values():
            await fake.send(crowd.messages(options.messages, fake.guild_ids), None)
            await fake.wait_until_read()
        # What is done once after the start is not what a message costs.
        await asyncio.sleep(SETTLE_SECONDS)
        await _rest({count: processes for count, (_, processes) in groups.items()})
        for rate in (options.rate, None):
            figures: dict[int, list[tuple[float, float]]] = {count: [] for count in groups}
            as_much: dict[int, list[tuple[float, float]]] = {count: [] for count in groups}
            for _ in range(options.turns):
                for count, each in groups.items():
                    figures[count].append(await _cost(*each, options.messages, rate))
                    if rate is not None and count > 1:
                        alone = groups[GROUPS[0]]
                        as_much[count].append(await _cost(*alone, options.messages // count, rate / count))
            _show(figures, figures, f"at {rate:,} a second" if rate else "as many as are taken")
            if rate is not None:
                _show(figures, as_much, "the same, to one alone that is told as much as each of them")


@asynccontextmanager
async def _group_of(
    count: int, options: argparse.Namespace, server: PostgresServer
) -> AsyncIterator[tuple[Shards, Sequence[Process]]]:
    async with discord(options.servers, options.shards) as fake:
        # However large they are, they are none the less for what is said in them; so the start takes less long.
        fake.describe = guild
        with TemporaryDirectory() as folder:
            url = fresh(server, f"messages{count}")
            async with group(fake, Path(folder), count, url, divided=True) as processes:
                yield fake, processes


async def _cost(fake: Shards, processes: Sequence[Process], count: int, rate: float | None) -> tuple[float, float]:
    """Return the microseconds on a processor that a message takes, and how many came a second."""
    events = list(crowd.messages(count, fake.guild_ids))
    before, begin = _on_processors(processes), time.monotonic()
    await fake.send(events, rate)
    await fake.wait_until_read()
    seconds = time.monotonic() - begin
    return (_on_processors(processes) - before) / count / 1_000, count / seconds


async def _rest(groups: Mapping[int, Sequence[Process]]) -> None:
    """Print what the processes take while nothing is said."""
    before = {count: _on_processors(processes) for count, processes in groups.items()}
    await asyncio.sleep(SECONDS_OF_REST)
    for count, processes in groups.items():
        spent = (_on_processors(processes) - before[count]) / count / SECONDS_OF_REST / 1e6
        print(f"  while nothing is said, each of {count}: {spent:.2f} ms a second", flush=True)


def _on_processors(processes: Sequence[Process]) -> int:
    return sum(on_processor(process.process.pid) for process in processes)


def _show(figures: dict[int, list[tuple[float, float]]], to: dict[int, list[tuple[float, float]]], what: str) -> None:
    """Print the ratios to what the process that is alone took, in each turn, and the medians themselves."""
    print(f"  {what}")
    for count, turns in figures.items():
        of_one = to[count] if to is not figures else figures[GROUPS[0]]
        if not of_one:
            continue
        ratios = [each[0] / alone[0] for each, alone in zip(turns, of_one, strict=True)]
        spent, came = (statistics.median(figure) for figure in zip(*turns, strict=True))
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) of one alone"
        print(f"    {count} processes  {spread}  {spent:6.1f} µs each  {came:,.0f} a second", flush=True)


async def changes(options: argparse.Namespace, server: PostgresServer) -> None:
    """Measure how many `$new` are answered a second, from all processes at once."""
    print(f"\nchanges: `$new` in every server's channel from all processes at once, {UNDER_WAY} under way")
    alone = 0.0
    for engine in ("SQLite", "PostgreSQL"):
        for count in GROUPS:
            async with discord(2_000, options.shards) as fake:
                with TemporaryDirectory() as folder:
                    url = None if engine == "SQLite" else fresh(server, f"changes{count}")
                    async with group(fake, Path(folder), count, url) as processes:
                        await asyncio.sleep(4)
                        rate = await _change(fake, CHANGES_OF_A_PROCESS * len(processes))
            alone = alone or rate
            print(f"  {engine:10} {count} processes  {rate:6.0f} a second  {rate / alone:.2f} of one on SQLite")


async def _change(fake: Shards, count: int) -> float:
    """Return how many additions a second are answered."""
    fake.forget_posts()
    begin = time.monotonic()
    for number in range(count):
        guild_id = fake.guild_ids[number % len(fake.guild_ids)]
        await fake.said(f"$new mot {number}", guild_id)
        await fake.wait_for_posts(number - UNDER_WAY, seconds=PATIENCE_SECONDS)
    await fake.wait_for_posts(count, seconds=PATIENCE_SECONDS)
    return count / (time.monotonic() - begin)


async def kills(options: argparse.Namespace, server: PostgresServer) -> None:
    """Kill one of four processes again and again, while commands come, and look at what became of them."""
    took: list[float] = []
    async with discord(options.servers, options.shards) as fake:
        url = fresh(server, "kills")
        with TemporaryDirectory() as folder:
            async with group(fake, Path(folder), options.kills + 1, url) as processes:
                await asyncio.sleep(4)
                commands = _Commands(fake)
                giving = asyncio.create_task(commands.give())
                for victim in processes[:-1]:
                    await asyncio.sleep(3)
                    victim.process.kill()
                    await victim.process.wait()
                    begin = time.monotonic()
                    # The stand-in hears of the end of the connections a moment later.
                    await asyncio.sleep(0.2)
                    await fake.wait_for_shards()
                    took.append(time.monotonic() - begin)
                await asyncio.sleep(5)
                giving.cancel()
    kept = Counter(server.sql("SELECT text FROM encouragements", "kills").splitlines())
    print(f"\nkill -9 of one process of {options.kills + 1}, then of the next, {options.kills} times")
    print(f"  every shard has a session again after {statistics.median(took):.1f} s, {max(took):.1f} s at worst")
    print(f"  sessions begun on a shard that had one: {len(fake.doubled)}")
    commands.report(kept)


class _Commands:
    """Commands that are given all the time, each in a channel where nobody else gives one."""

    def __init__(self, fake: Shards) -> None:
        self._fake = fake
        self._given: dict[str, str] = {}
        self._undeliverable = 0

    async def give(self) -> None:
        """Give commands, so many a second, on the shards that have a session."""
        number = 0
        while True:
            turn, place = divmod(number, len(self._fake.guild_ids))
            guild_id, channel = self._fake.guild_ids[place], TEXT_CHANNELS[turn]
            if self._fake._shard_of(guild_id) in self._fake.open_shards():
                text = f"mot {number}"
                self._given[text] = str(crowd.channel_id(guild_id, channel))
                await self._fake.said(f"$new {text}", guild_id, channel)
            else:
                self._undeliverable += 1
            number += 1
            await asyncio.sleep(1 / COMMANDS_A_SECOND)

    def report(self, kept: Counter[str]) -> None:
        """Print what became of them."""
        answers = self._fake.answered
        answered = [text for text, channel in self._given.items() if answers[channel]]
        print(f"  commands given {len(self._given):,}, answered {len(answered):,}")
        print(f"  answered twice: {sum(1 for channel in self._given.values() if answers[channel] > 1)}")
        print(f"  answered and lost: {sum(1 for text in answered if not kept[text])}")
        print(f"  kept twice: {sum(1 for text in self._given if kept[text] > 1)}")
        print(f"  under way in a process that was killed: {len(self._given) - len(answered)}")
        print(f"  came while their shard had no session, so that Discord has nobody to tell: {self._undeliverable}")


def fresh(server: PostgresServer, name: str) -> str:
    """Make an empty database; return what leads to it."""
    server.sql(f"DROP DATABASE IF EXISTS {name}")
    server.sql(f"CREATE DATABASE {name}")
    return server.url(name)


async def main(options: argparse.Namespace) -> None:
    """Measure what was asked for."""
    wanted = options.rows or ["messages", "changes", "kills"]
    # What is confirmed is on the disk, as it is on a server that people trust.
    with own_server(fsync="on", synchronous_commit="on", full_page_writes="on", max_connections="200") as server:
        for name, measure in (("messages", messages), ("changes", changes), ("kills", kills)):
            if name in wanted:
                await measure(options, server)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--servers", type=int, default=20_000)
    parser.add_argument("--shards", type=int, default=16)
    parser.add_argument("--messages", type=int, default=4_000, help="how many in each turn")
    parser.add_argument("--rate", type=int, default=500, help="messages a second, to all processes together")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--kills", type=int, default=3)
    os.chdir(ROOT)
    asyncio.run(main(parser.parse_args()))
