"""Several real processes on one PostgreSQL: one dies or hangs, and the others go on for it, never beside it."""

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.errors import ExitCode
from tests import PATIENCE_SECONDS
from tests.engines import empty_postgres
from tests.fake_discord import GUILD_ID, FakeDiscord
from tests.processes import (
    NO_TURNS,
    Process,
    environment,
    in_less_time,
    page_becomes,
    page_of,
    run_to_the_end,
    running,
    shards_of,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed and stopped by signals here")
SHARDS = 4
GUILDS = [GUILD_ID + (number << 22) for number in range(SHARDS)]
# Takes over five times as fast as it does for an operator.
SOON = {
    "storage.leases.BEAT_SECONDS": 0.2,
    "storage.leases.VALID_SECONDS": 0.8,
    "storage.leases.GRACE_SECONDS": 1.0,
    "storage.leases.RETRY_SECONDS": 0.1,
    "storage.advisory_locks.IDLE_SECONDS": 1.0,
    "process.SECONDS_BETWEEN_LOOKS_AT_OTHERS": 0.1,
}


@pytest.fixture
def fake(discord_server: FakeDiscord) -> FakeDiscord:
    discord_server.shards = SHARDS
    discord_server.guild_ids = GUILDS
    return discord_server


@pytest.fixture
async def variables(fake: FakeDiscord, tmp_path: Path) -> dict[str, str]:
    """What makes a process one of several."""
    url = await empty_postgres()
    return environment(fake, tmp_path, **in_less_time(tmp_path, SOON | NO_TURNS), DATABASE=url.whole, SHARDS="auto")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            await asyncio.sleep(0.02)


async def all_answer(fake: FakeDiscord) -> None:
    """Say something on every shard, and see that each message is answered once."""
    before = len(fake.posts)
    for guild_id in GUILDS:
        await fake.member_says("$hello", guild_id)
    await fake.wait_for_posts(before + SHARDS)
    await asyncio.sleep(0.2)
    assert len(fake.posts) == before + SHARDS


async def test_shards_of_a_process_that_is_killed_are_taken_over(
    fake: FakeDiscord, variables: dict[str, str], tmp_path: Path
) -> None:
    async with running(variables, tmp_path) as one, running(variables, tmp_path) as other:
        await until(lambda: _are(fake, SHARDS))
        # The first to come may have begun with more than its part.
        await until(lambda: _are_divided(one, other))
        await until(lambda: _all_open(fake))
        await all_answer(fake)
        assert len(fake.commands) == 1, "one process publishes the slash commands"

        before = fake.identified
        one.process.send_signal(signal.SIGKILL)
        killed_at = time.monotonic()
        await until(lambda: _are(fake, before + 2))
        assert time.monotonic() - killed_at < 15
        await all_answer(fake)
        assert await shards_of(other) == SHARDS

        async with running(variables, tmp_path) as spare:
            await spare.line_with("this process is one of 2")
            await page_becomes(spare, 200, "readyz")
            assert "shard" in (await page_of(spare, "readyz"))[1]
            assert await shards_of(spare) == 0
            other.process.send_signal(signal.SIGHUP)
            await until(lambda: _are(fake, before + 4))
            await all_answer(fake)
            assert (await shards_of(spare), await shards_of(other)) == (2, 2)
            code, lines = await run_to_the_end(variables | {"SHARDS": "5"}, tmp_path)
            assert (code, len(lines)) == (ExitCode.OTHER_SHARDS, 1)
            assert (await spare.stop())[0] == 0
        assert (await other.stop())[0] == 0

    assert fake.doubled == []
    assert "Traceback" not in "\n".join([*one.lines, *other.lines, *spare.lines])


async def test_a_process_that_was_stopped_says_nothing_for_shards_that_another_has(
    fake: FakeDiscord, variables: dict[str, str], tmp_path: Path
) -> None:
    async with running(variables, tmp_path) as one:
        await until(lambda: _are(fake, SHARDS))
        async with running(variables, tmp_path) as other:
            await page_becomes(other, 200, "readyz")
            one.process.send_signal(signal.SIGSTOP)
            await until(lambda: _are(fake, 2 * SHARDS))
            assert sorted(fake.doubled) == [0, 1, 2, 3], "Discord does not know that the first one does not listen"

            await all_answer(fake)
            one.process.send_signal(signal.SIGCONT)
            await one.line_with("has lost its shards")
            await asyncio.sleep(0.3)
            assert len(fake.posts) == SHARDS
            await all_answer(fake)
            assert (await shards_of(one), await shards_of(other)) == (0, SHARDS)
            assert (await other.stop())[0] == 0
        assert (await one.stop())[0] == 0


async def _are_divided(*processes: Process) -> bool:
    for process in processes:
        await process.line_with("this process is one of")
        process.process.send_signal(signal.SIGHUP)
    return [await shards_of(process) for process in processes] == [SHARDS // len(processes)] * len(processes)


async def _all_open(fake: FakeDiscord) -> bool:
    return {socket.shard_id for socket in fake._sockets} == set(range(SHARDS))


async def _are(fake: FakeDiscord, identified: int) -> bool:
    return fake.identified >= identified
