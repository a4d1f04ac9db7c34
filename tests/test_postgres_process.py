"""The real bot on PostgreSQL: the one on the simulated Discord, and the real process while the server fails."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Settings
from bot.errors import ExitCode
from bot.languages import Language
from bot.models import Person, Platform, Scope
from bot.postgres_url import PostgresURL
from bot.services import Services
from bot.wiring import open_services
from tests import faults, postgres
from tests.conftest import Server
from tests.engines import empty_postgres
from tests.faults import assert_clean, discord_and_bot, said
from tests.processes import environment, run_to_the_end

linux = pytest.mark.skipif(sys.platform != "linux", reason="PostgreSQL is started there")


@pytest.fixture
async def url() -> PostgresURL:
    return await empty_postgres()


@pytest.fixture
def settings(settings: Settings, url: PostgresURL) -> Settings:
    return replace(settings, postgres=url)


@pytest.fixture
async def other(services: Services, settings: Settings, languages: Mapping[str, Language]) -> AsyncIterator[Services]:
    """The services of another process on the same database."""
    async with open_services(settings, languages) as opened:
        yield opened


async def test_members_notice_no_difference(server: Server) -> None:
    assert "n° 1" in await server.ask(server.moderator, "$new Une chose à la fois.")
    assert "Une chose à la fois." in await server.ask(server.moderator, "$list")
    assert "n° 1" in await server.ask(server.moderator, "$del 1")
    assert await server.ask(server.admin, "$responding off")


async def test_what_one_process_changes_is_known_to_the_other_in_a_tenth_of_a_second(
    services: Services, other: Services
) -> None:
    here, person = Scope(Platform.DISCORD, 7), Person(Platform.DISCORD, 9)
    assert (await other.preferences.get(here)).prefix is None
    seconds = []

    async def until(condition: object) -> None:
        begin = time.monotonic()
        async with asyncio.timeout(5):
            while not await condition():  # type: ignore[operator]
                await asyncio.sleep(0.001)
        seconds.append(time.monotonic() - begin)

    async def has_prefix() -> bool:
        return (await other.preferences.get(here)).prefix == "?"

    async def is_out() -> bool:
        return other.opt_outs.has(Platform.DISCORD, 9)

    async def is_in() -> bool:
        return not await is_out()

    await services.preferences.change(here, prefix="?")
    await until(has_prefix)
    await services.opt_outs.opt_out(person)
    await until(is_out)
    await services.opt_outs.opt_in(person)
    await until(is_in)

    assert sorted(seconds)[1] < 0.1


@linux
async def test_a_kill_loses_nothing_that_was_confirmed(tmp_path: Path, url: PostgresURL) -> None:
    await faults.kill_while_messages_change(tmp_path, kills=1, postgres=url)


@linux
async def test_a_server_that_is_restarted_while_messages_change_loses_nothing(tmp_path: Path) -> None:
    with postgres.own_server() as server:
        await faults.restart_server_while_messages_change(tmp_path, server, restarts=3, seconds=0.3)


@linux
async def test_while_the_server_fails_nothing_is_confirmed_and_all_is_well_again_afterwards(tmp_path: Path) -> None:
    with postgres.own_server() as server:
        async with discord_and_bot(tmp_path, DATABASE=server.url(), BACKUPS="7") as (fake, started):
            posts = 0

            async def ask(text: str) -> str:
                nonlocal posts
                posts += 1
                await fake.member_says(text)
                await fake.wait_for_posts(posts)
                return said(fake.posts[posts - 1])

            assert "n° 1" in await ask("$new Courage.")
            await asyncio.to_thread(server.stop)
            assert "rien n'a été changé" in await ask("$del 1")
            await asyncio.to_thread(server.start)
            assert "n° 2" in await ask("$new Une chose à la fois.")
            holding = asyncio.create_task(
                asyncio.to_thread(server.sql, "BEGIN; SELECT 1 FROM scopes FOR UPDATE; SELECT pg_sleep(30)")
            )
            await asyncio.sleep(0.3)
            begin = time.monotonic()
            assert "rien n'a été changé" in await ask("$del 1")
            assert time.monotonic() - begin < 5
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> "
            await asyncio.to_thread(server.sql, f"{cut} pg_backend_pid()")
            with suppress(AssertionError):
                await holding
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            assert "supprimé" in await ask("$del 1")
            code, _ = await started.stop()

    assert_clean(started, code)
    assert sum("pg_dump" in line for line in started.lines) == 1


@linux
async def test_a_server_that_can_not_be_used_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    chosen = environment(None, tmp_path, DATABASE=f"postgresql://bot:very-s3cret-w0rd@/kind?host={tmp_path}")

    code, lines = await run_to_the_end(chosen, tmp_path)

    output = "\n".join(lines)
    assert code == ExitCode.DATABASE
    assert "PostgreSQL" in output
    assert "s3cret" not in output
    assert "Traceback" not in output


@linux
async def test_check_asks_the_server_and_backup_says_how(tmp_path: Path, url: PostgresURL) -> None:
    chosen = environment(None, tmp_path, DATABASE=url.whole)

    _, found = await run_to_the_end(chosen, tmp_path, "check")
    code, told = await run_to_the_end(chosen, tmp_path, "backup", "b.dump")

    assert f"✓ La base de données {url} répond, et le bot y a tous ses droits." in found
    assert code == ExitCode.USAGE
    assert "pg_dump --format=custom --file=b.dump" in told[0]
