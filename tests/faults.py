"""What goes wrong around the real process, in any size: the tests run it small, `benchmarks/faults.py` in full."""

import asyncio
import math
import random
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from bot.postgres_url import PostgresURL
from tests.events import random_event
from tests.fake_discord import FakeDiscord
from tests.hostile import hostile_event
from tests.postgres import PostgresServer
from tests.processes import Process, environment, in_less_time, reconnecting, running

# How Discord ends a connection whose session can go on, and None: a network that drops it without a word.
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
RESUMABLE = (None, 1001, 4000, 4008)
# A command that came while the bot had left Discord is never answered.
WRITTEN_OFF_SECONDS = 20.0


@asynccontextmanager
async def discord_and_bot(folder: Path, **more: str) -> AsyncIterator[tuple[FakeDiscord, Process]]:
    """A Discord, and the process connected to it."""
    fake = FakeDiscord()
    await fake.start()
    try:
        if "PYTHONPATH" not in more:
            more |= in_less_time(folder, {})
        async with running(environment(fake, folder, **more), folder) as started:
            await started.line_with("connected as")
            yield fake, started
    finally:
        await fake.stop()


async def cut_while_commands_arrive(folder: Path, *, commands: int, cuts: int, seed: int = 1) -> dict[str, Any]:
    """Cut the connection at random moments while commands arrive; each is answered once, in one session."""
    chance = random.Random(seed)
    done = 0
    # Otherwise, so many connections would not be made in a minute.
    async with discord_and_bot(folder, **in_less_time(folder, reconnecting(200))) as (fake, started):

        async def say() -> None:
            for number in range(1, commands + 1):
                # Its answer names the number.
                await fake.member_says(f"$del {number}")
                await asyncio.sleep(chance.expovariate(commands / cuts / 0.03))

        saying = asyncio.create_task(say())
        begin = time.monotonic()
        while done < cuts:
            await asyncio.sleep(chance.uniform(0, 0.05))
            done += await fake.cut(chance.choice(RESUMABLE))
        await saying
        await fake.wait_for_posts(commands, seconds=60)
        seconds = time.monotonic() - begin
        # Whatever would come twice has time to.
        await asyncio.sleep(1)
        code, _ = await started.stop()

    answered = Counter(int(number) for post in fake.posts for number in re.findall(r"n° (\d+)", said(post)))
    assert answered == Counter(range(1, commands + 1))
    assert fake.identified == 1
    # A connection that is cut before it is taken up again counts for none.
    assert fake.resumed >= cuts // 2
    assert_clean(started, code)
    return {"commands": commands, "cuts": done, "resumed": fake.resumed, "seconds": round(seconds, 1)}


async def kill_while_messages_change(
    folder: Path, *, kills: int, seed: int = 1, postgres: PostgresURL | None = None
) -> dict[str, Any]:
    """Kill the process at random moments of `$new` and `$del`; nothing confirmed is lost, and nothing is half done."""
    where = {} if postgres is None else {"DATABASE": postgres.whole}
    chance = random.Random(seed)
    ledger = _Ledger()
    for turn in range(kills):
        async with discord_and_bot(folder, **where) as (fake, started):
            changing = asyncio.create_task(ledger.change(fake, turn, chance))
            await asyncio.sleep(chance.uniform(0.05, 0.5))
            started.process.kill()
            await started.process.wait()
            changing.cancel()
            await asyncio.gather(changing, return_exceptions=True)
            ledger.note(fake)
        if postgres is None:
            ledger.check(folder / "data" / "bot.db")
        else:
            await ledger.check_postgres(postgres)
    return {"kills": kills, "added": len(ledger.added), "deleted": len(ledger.deleted)}


async def restart_server_while_messages_change(
    folder: Path, server: PostgresServer, *, restarts: int, seconds: float = 2.0, seed: int = 1
) -> dict[str, Any]:
    """Restart PostgreSQL in every way during `$new` and `$del`; nothing confirmed is lost, and the bot goes on."""
    chance, ledger = random.Random(seed), _Ledger()
    ends = (server.stop, partial(server.stop, signal.SIGQUIT), server.kill)
    async with discord_and_bot(folder, DATABASE=server.url()) as (fake, started):
        changing = asyncio.create_task(ledger.change(fake, 0, chance, most_waiting=10))
        for turn in range(restarts):
            await asyncio.sleep(chance.uniform(0.2, seconds))
            await asyncio.to_thread(ends[turn % len(ends)])
            await asyncio.to_thread(server.start)
            before = len(ledger.added)
            async with asyncio.timeout(120):
                while len(ledger.added) == before:
                    await asyncio.sleep(0.05)
        changing.cancel()
        await asyncio.gather(changing, return_exceptions=True)
        code, _ = await started.stop()
        ledger.note(fake)
    await ledger.check_postgres(PostgresURL.read(server.url()))
    assert_clean(started, code)
    return {"restarts": restarts, "added": len(ledger.added), "deleted": len(ledger.deleted), **ledger.told}


class _Ledger:
    """What was asked for, and what was confirmed, by number."""

    def __init__(self) -> None:
        self.added: set[int] = set()
        self.deleted: set[int] = set()
        self.told: Counter[str] = Counter()
        self._asked_to_delete: set[int] = set()
        self._answered = 0

    async def change(
        self, fake: FakeDiscord, turn: int, chance: random.Random, *, most_waiting: float = math.inf
    ) -> None:
        """Ask for changes, the next ones before the last are confirmed, until cancelled."""
        count = 0
        while True:
            count += 1
            await fake.member_says(f"$new message {turn}-{count}")
            self.note(fake)
            here = sorted(self.added - self._asked_to_delete)
            if len(here) > 20:
                number = chance.choice(here)
                self._asked_to_delete.add(number)
                await fake.member_says(f"$del {number}")
            await asyncio.sleep(chance.uniform(0, 0.01))
            written_off_at = time.monotonic() + WRITTEN_OFF_SECONDS
            while (asked := count + len(self._asked_to_delete)) - self._answered > most_waiting:
                await asyncio.sleep(0.005)
                self.note(fake)
                if time.monotonic() > written_off_at:
                    self._answered = asked

    def note(self, fake: FakeDiscord) -> None:
        """Take down what the bot has confirmed, and how often it has told that something failed."""
        self._answered += len(fake.posts)
        for post in fake.posts:
            self.told["that nothing has changed"] += "rien n'a été changé" in said(post)
            self.told["that it is not known"] += "je ne sais pas si c'est fait" in said(post)
            self.added |= {int(number) for number in re.findall(r"ajouté\. C'est le n° (\d+)", said(post))}
            self.deleted |= {int(number) for number in re.findall(r"n° (\d+) est supprimé", said(post))}
        fake.posts.clear()

    def check(self, database: Path) -> None:
        """Compare with the database, read as the next start would."""
        with closing(sqlite3.connect(database)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            present = {number for (number,) in opened.execute("SELECT number FROM encouragements")}
            last = opened.execute("SELECT coalesce(max(last_number), 0) FROM scopes").fetchone()[0]
        self._compare(present, last)

    async def check_postgres(self, url: PostgresURL) -> None:
        """Compare with the database on a server, which may still be ending what the killed one had begun."""
        connection = await asyncpg.connect(url.whole)
        await connection.execute("BEGIN; LOCK TABLE scopes, encouragements; COMMIT")
        present = {number for (number,) in await connection.fetch("SELECT number FROM encouragements")}
        last = await connection.fetchval("SELECT coalesce(max(last_number), 0) FROM scopes")
        await connection.close()
        self._compare(present, last)

    def _compare(self, present: set[int], last: int) -> None:
        assert self.added - self._asked_to_delete <= present
        assert not self.deleted & present
        # A number is given together with its message, or not at all.
        assert set(range(1, last + 1)) - present <= self._asked_to_delete
        assert not present or max(present) <= last


async def flood_with_events(folder: Path, *, events: int, warm_up: int, seed: int = 1) -> dict[str, Any]:
    """Send random events and commands, valid and not; the process answers as before and needs no more memory."""
    chance = random.Random(seed)
    async with discord_and_bot(folder, **in_less_time(folder, {})) as (
        fake,
        started,
    ):
        fake.limit = (1_000_000, 1.0)

        async def send(count: int) -> int:
            for number in range(count):
                await fake.dispatch(*random_event(chance), kept=False)
                if number % 1_000 == 999:
                    await _answers(fake)
                    fake.forget_posts()
            return resident_bytes(started)

        begin = time.monotonic()
        before = await send(warm_up)
        after = await send(events)
        seconds = time.monotonic() - begin
        code, _ = await started.stop()

    assert_clean(started, code)
    assert fake.identified == 1
    assert fake.resumed == 0
    return {
        "events": events,
        "MiB before": round(before / 2**20, 1),
        "MiB after": round(after / 2**20, 1),
        "seconds": round(seconds, 1),
    }


async def send_hostile_events(folder: Path, *, events: int, warm_up: int, seed: int = 1) -> dict[str, Any]:
    """Send events that Discord would never send; the process answers, needs no more memory, and ends in time."""
    chance = random.Random(seed)
    async with discord_and_bot(folder) as (fake, started):
        fake.limit = (1_000_000, 1.0)

        async def send(count: int) -> int:
            for number in range(count):
                await fake.dispatch(*hostile_event(chance), kept=False)
                if number % 500 == 499:
                    await _answers(fake)
                    fake.forget_posts()
            return resident_bytes(started)

        before = await send(warm_up)
        begin = time.monotonic()
        after = await send(events)
        seconds = time.monotonic() - begin
        code, needed = await started.stop()
    with closing(sqlite3.connect(folder / "data" / "bot.db")) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    assert_clean(started, code)
    assert fake.identified == 1
    assert needed < 5
    return {
        "events": events,
        "MiB before": round(before / 2**20, 1),
        "MiB after": round(after / 2**20, 1),
        "connections": len(fake.opened_at),
        "lines logged": len(started.lines),
        "seconds": round(seconds, 1),
        "seconds to stop": round(needed, 2),
    }


async def _answers(fake: FakeDiscord) -> None:
    """Wait until the bot has got so far as to answer a command; one that comes with too many others is asked again."""
    number = 10**15 + len(fake.requests)
    loop = asyncio.get_running_loop()
    ask_at = loop.time()
    async with asyncio.timeout(120):
        while not any(str(number) in said(post) for post in fake.posts):
            if loop.time() >= ask_at:
                await fake.member_says(f"$del {number}")
                ask_at = loop.time() + 2
            await asyncio.sleep(0.05)


def said(post: Mapping[str, Any]) -> str:
    """Return the text of a message of the bot."""
    return post.get("content") or ""


def resident_bytes(started: Process) -> int:
    """How much memory the process has."""
    status = Path(f"/proc/{started.process.pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024


def assert_clean(started: Process, code: int = 0) -> None:
    """The process has ended well and has met nothing that it did not foresee."""
    output = "\n".join(started.lines)
    assert code == 0, output
    for words in ("Traceback", "incident", "never awaited", "Unclosed"):
        assert words not in output, output[-5_000:]


async def stop_under_load(folder: Path, *, seconds: float) -> dict[str, Any]:
    """Ask the process to stop while more commands come than it can answer; it ends in time, and keeps what it said."""
    ledger = _Ledger()
    async with discord_and_bot(folder) as (fake, started):
        changing = asyncio.create_task(ledger.change(fake, 0, random.Random(1)))
        await asyncio.sleep(seconds)
        code, needed = await started.stop(signal.SIGTERM)
        changing.cancel()
        await asyncio.gather(changing, return_exceptions=True)
        ledger.note(fake)
    ledger.check(folder / "data" / "bot.db")
    assert_clean(started, code)
    assert needed < 5
    return {"added": len(ledger.added), "seconds": round(needed, 2)}
