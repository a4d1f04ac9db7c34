"""What only one of several processes does: the others leave it alone, and one of them goes on with it when it dies."""

import asyncio
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from bot.databases import opened
from bot.postgres_url import PostgresURL
from bot.storage.sql import SQLStorage
from tests.engines import empty_postgres
from tests.fake_discord import GUILD_ID, FakeDiscord
from tests.fake_telegram import SECRET, TOKEN, WEBHOOK_URL, FakeTelegram
from tests.processes import NO_TURNS, Process, environment, in_less_time, page_becomes, running
from tests.test_leased_processes import SOON, until
from tests.test_storage import HERE, add

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals here")
HOURLY = ("services.privacy.SECONDS_BETWEEN_PURGES", "storage.backups.SECONDS_BETWEEN_LOOKS")
LOOKING = {"telegram.connection.SECONDS_BETWEEN_LOOKS_AT_OTHERS": 0.05}
LONG_ENOUGH = 0.5


async def wait_for_approval(storage: SQLStorage, text: str) -> None:
    """Keep a message that has been waiting for approval for so long that it is due to be deleted."""
    await add(storage, text, created_at=datetime(2020, 1, 1, tzinfo=UTC), pending_limit=10)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_one_process_publishes_commands_purges_and_backs_up_until_it_dies(
    discord_server: FakeDiscord, tmp_path: Path, engine: str
) -> None:
    fake, backups = discord_server, tmp_path / "backups"
    place: Path | PostgresURL = tmp_path / "bot.db" if engine == "sqlite" else await empty_postgres()
    makes_backups = isinstance(place, Path)
    fake.shards, fake.guild_ids = 2, [GUILD_ID, GUILD_ID + (1 << 22)]
    # The first one is not done with that before it dies; the rest it does once an hour.
    fake.commands_delay = 60.0

    def variables(shard: int, hour: float) -> dict[str, str]:
        (folder := tmp_path / f"{shard}").mkdir()
        own = in_less_time(folder, SOON | NO_TURNS | dict.fromkeys(HOURLY, hour)) | {
            "BACKUPS": "7",
            "BACKUP_FOLDER": str(backups),
        }
        if isinstance(place, Path):
            return environment(fake, folder, **own, DATABASE=str(place), SHARDS="2", SHARD_IDS=f"{shard}")
        return environment(fake, folder, **own, DATABASE=place.whole, SHARDS="2")

    async with opened(place) as storage:
        await wait_for_approval(storage, "un")

        async def is_purged() -> bool:
            return not await storage.list_pending(HERE)

        async def is_all_done() -> bool:
            return await is_purged() and len(fake.commands) == 2 and any(backups.glob("*")) == makes_backups

        async with running(variables(0, 3_600.0), tmp_path / "0") as one:
            await fake.wait_for_commands()
            await until(is_purged)
            if makes_backups:
                await one.line_with("backed up")
                shutil.rmtree(backups)
            await wait_for_approval(storage, "deux")
            async with running(variables(1, 0.05), tmp_path / "1") as other:
                await page_becomes(other, 200, "readyz")
                # Who knows no server purges nothing anyway.
                if isinstance(place, PostgresURL):
                    await other.line_with("this process is one of 2")
                    one.process.send_signal(signal.SIGHUP)
                await other.line_with("connected as")
                await asyncio.sleep(LONG_ENOUGH)
                assert len(fake.commands) == 1
                assert not await is_purged()
                assert not backups.exists()

                one.process.kill()
                await until(is_all_done)
                assert (await other.stop())[0] == 0


async def test_processes_behind_one_balancer_answer_an_update_once_and_one_sets_the_webhook(
    telegram_server: FakeTelegram, tmp_path: Path
) -> None:
    fake, url = telegram_server, await empty_postgres()
    given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_SECRET": SECRET, "TELEGRAM_WEBHOOK_URL": WEBHOOK_URL, "TOKEN": ""}
    given |= {"TELEGRAM_API_URL": fake.api_url, "DATABASE": url.whole}
    variables = environment(None, tmp_path, **in_less_time(tmp_path, SOON | LOOKING)) | given

    async def is_set(times: int) -> bool:
        return len(fake.sent("setWebhook")) == times

    async with running(variables, tmp_path, "telegram") as one:
        await until(lambda: is_set(1))
        async with running(variables, tmp_path, "telegram") as other:
            addresses = [await webhook_of(each) for each in (one, other)]
            await page_becomes(other, 200, "readyz")
            update = fake.message("/responding off", fake.private())
            async with nobody_claims(url):
                posting = [asyncio.create_task(fake.post(update, to=to)) for to in addresses]
                await asyncio.sleep(LONG_ENOUGH)
            taken = [*await asyncio.gather(*posting), *[await fake.post(update, to=to) for to in addresses]]
            assert {answer.status for answer in taken} == {200}
            assert len(fake.said()) == 1
            assert await is_set(1)

            one.process.kill()
            await until(lambda: is_set(2))
            fake.address = addresses[1]
            assert await fake.say("/hello") == "Bonjour !"
            assert await fake.deliver(update) == []
            assert (await other.stop())[0] == 0


@asynccontextmanager
async def nobody_claims(url: PostgresURL) -> AsyncIterator[None]:
    """Have everybody wait, during the block, who is about to claim what was delivered: so they do it at once."""
    connection = await asyncpg.connect(url.whole)
    async with connection.transaction():
        await connection.execute("LOCK TABLE deliveries IN EXCLUSIVE MODE")
        yield
    await connection.close()


async def webhook_of(started: Process) -> str:
    """Return where a process takes updates."""
    line = await started.line_with("status page")
    return f"{re.findall(r'http://[^/]+/', line)[0]}telegram"
