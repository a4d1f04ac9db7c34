"""Several connections, in one process or more: every server is looked after, and by its own shard's word alone."""

import asyncio
import errno
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest
import simcord

from bot.background import Background
from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.errors import ExitCode
from bot.health import Health
from bot.languages import Language
from bot.models import Author, Person, Platform, Scope, Shards
from bot.services import Services
from bot.storage.shard_lock import shard_lock
from bot.text.sentences import Texts
from bot.wiring import make_bot, open_services
from tests import PATIENCE_SECONDS
from tests.conftest import Clock, Server, shown
from tests.fake_discord import GUILD_ID, FakeDiscord
from tests.processes import NO_TURNS, Process, environment, in_less_time, run_to_the_end, running

posix = pytest.mark.skipif(sys.platform == "win32", reason="the process is stopped by POSIX signals here")
# With two shards, GUILD_ID is on the first.
ON_SHARD_1 = GUILD_ID + (1 << 22)
ALSO_ON_SHARD_1 = GUILD_ID + (3 << 22)


def test_a_server_is_on_the_shard_that_discord_says() -> None:
    """https://discord.com/developers/docs/events/gateway#sharding-sharding-formula."""
    shards = [Shards(frozenset({number}), 4) for number in range(4)]

    for number in range(8):
        server = (1000 + number << 22) + 12345
        assert [each.hold(server) for each in shards] == [(1000 + number) % 4 == id for id in range(4)]
    assert Shards().hold(GUILD_ID)


@pytest.fixture
def sharded(settings: Settings) -> Settings:
    return replace(settings, shards=4)


@pytest.fixture
def bot(services: Services, texts: Texts, sharded: Settings, health: Health) -> EncourageBot:
    return make_bot(sharded, services, texts, health)


def a_server_on(env: simcord.Env, shard_id: int) -> Server:
    guild = env.create_guild(f"Jardin {shard_id}", shard_id=shard_id)
    admin = guild.add_member(env.create_user(f"alix-{guild.id}"))
    return Server(env, guild, guild.create_text_channel("general"), admin, admin, admin, admin)


async def test_servers_of_every_shard_are_answered_and_kept_apart(env: simcord.Env) -> None:
    servers = [a_server_on(env, shard_id) for shard_id in range(4)]

    for number, server in enumerate(servers):
        assert await server.ask(server.camille, "$hello") == "Bonjour !"
        await server.ask(server.camille, f"$new Courage {number}")
    for number, server in enumerate(servers):
        listed = await server.ask(server.camille, "$list")
        assert f"Courage {number}" in listed
        assert listed.count("Courage") == 1


async def test_private_messages_are_answered(env: simcord.Env) -> None:
    alone = env.create_user("alone")
    await alone.send_dm("$hello")

    assert shown(alone.dm_channel.last_message) == "Bonjour !"


@pytest.fixture
async def processes(
    settings: Settings, languages: Mapping[str, Language], clock: Clock
) -> AsyncIterator[tuple[Services, Services]]:
    """The services of two processes with one database: one has shard 0 of 2, the other shard 1."""
    first = replace(settings, shards=2, shard_ids=(0,))
    async with (
        open_services(first, languages, now=clock.now) as one,
        open_services(replace(first, shard_ids=(1,)), languages, now=clock.now) as other,
    ):
        yield one, other


FIRST, SECOND = Shards(frozenset({0}), 2), Shards(frozenset({1}), 2)


def left(settings: Settings) -> list[int]:
    """The servers that count as left."""
    with closing(sqlite3.connect(settings.database)) as opened:
        return [id for (id,) in opened.execute("SELECT id FROM servers WHERE left_at IS NOT NULL ORDER BY id")]


async def test_a_process_never_takes_the_servers_of_other_shards_for_left(
    processes: tuple[Services, Services], settings: Settings
) -> None:
    one, other = processes
    await other.privacy.present([ON_SHARD_1, ALSO_ON_SHARD_1], SECOND)
    await one.privacy.present([GUILD_ID], FIRST)
    assert left(settings) == []

    await one.privacy.present([], FIRST)
    assert left(settings) == [GUILD_ID]

    await other.privacy.present([ALSO_ON_SHARD_1], SECOND)
    assert left(settings) == [GUILD_ID, ON_SHARD_1]


async def test_only_who_looks_after_a_server_deletes_what_it_had(
    processes: tuple[Services, Services], clock: Clock
) -> None:
    one, other = processes
    scope = Scope(Platform.DISCORD, ON_SHARD_1)
    await other.encouragements.add(scope, author=Author(1, "Camille"), text="Courage.")
    await other.privacy.left(scope)
    clock.advance(days=31)
    await one.privacy.present([GUILD_ID], FIRST)

    assert await one.privacy.purge() == 0
    assert len(await other.encouragements.list(scope)) == 1
    assert await other.privacy.purge() == 0, "it may be back, and the shard has not said so yet"

    await other.privacy.present([], SECOND)
    assert await other.privacy.purge() == 1
    assert await other.encouragements.list(scope) == []


async def test_who_opts_out_through_one_process_is_not_read_by_another(processes: tuple[Services, Services]) -> None:
    one, other = processes
    person = Person(Platform.DISCORD, 7)
    await one.opt_outs.opt_out(person)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not other.opt_outs.has(Platform.DISCORD, 7):
            await asyncio.sleep(0.05)

    await one.opt_outs.opt_in(person)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while other.opt_outs.has(Platform.DISCORD, 7):
            await asyncio.sleep(0.05)


async def test_what_one_process_forgets_the_other_does_not_remember(processes: tuple[Services, Services]) -> None:
    one, other = processes
    private = Scope(Platform.DISCORD, 8)
    await one.preferences.change(private, responding=False)
    await other.privacy.forget(Person(Platform.DISCORD, 7), private=private)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (await one.preferences.get(private)).responding:
            await asyncio.sleep(0.05)


async def test_nothing_is_missed_of_what_could_not_be_followed_for_a_while(
    settings: Settings, languages: Mapping[str, Language], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[str] = []

    async def no_pause(_seconds: float) -> None:
        failed.extend(background.failing)

    background = Background(sleep=no_pause)
    shared = replace(settings, shards=2, shard_ids=(0,))
    async with (
        open_services(shared, languages) as one,
        open_services(replace(shared, shard_ids=(1,)), languages, background=background) as other,
    ):
        load = other.opt_outs.load

        async def fail_once() -> None:
            if not failed:
                raise TypeError("a mistake of ours")
            await load()

        monkeypatch.setattr(other.opt_outs, "load", fail_once)
        await one.opt_outs.opt_out(Person(Platform.DISCORD, 7))
        async with asyncio.timeout(10):
            while not other.opt_outs.has(Platform.DISCORD, 7):
                await asyncio.sleep(0.05)

    assert failed == ["follow other processes"]


def sharing(fake: FakeDiscord, folder: Path, **more: str) -> dict[str, str]:
    """The variables of a process on shards that need not wait for their turns to begin a session."""
    return environment(fake, folder, **in_less_time(folder, NO_TURNS), **more)


@pytest.fixture
def two_shards(discord_server: FakeDiscord) -> FakeDiscord:
    """A Discord with two servers, one on each of the two shards that it recommends."""
    discord_server.shards = 2
    discord_server.guild_ids = [GUILD_ID, ON_SHARD_1]
    return discord_server


@asynccontextmanager
async def connected(variables: dict[str, str], folder: Path) -> AsyncIterator[Process]:
    async with running(variables, folder) as started:
        await started.line_with("connected as")
        yield started
        assert (await started.stop())[0] == 0


async def servers_become(folder: Path, expected: dict[int, bool]) -> None:
    """Wait until the database says of these servers, and no others, whether the bot is in them."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with closing(sqlite3.connect(folder / "data" / "bot.db")) as opened:
                found = {id: left_at is None for id, left_at in opened.execute("SELECT id, left_at FROM servers")}
            if found == expected:
                return
            await asyncio.sleep(0.05)


@posix
@pytest.mark.parametrize("shards", ["auto", "2"])
async def test_one_process_runs_all_shards(two_shards: FakeDiscord, tmp_path: Path, shards: str) -> None:
    async with connected(sharing(two_shards, tmp_path, SHARDS=shards), tmp_path) as started:
        for number, guild_id in enumerate((GUILD_ID, ON_SHARD_1, None)):
            await two_shards.member_says("$hello", guild_id)
            await two_shards.wait_for_posts(number + 1)
        await servers_become(tmp_path, {GUILD_ID: True, ON_SHARD_1: True})

    assert two_shards.identified_shards == [[0, 2], [1, 2]]
    assert "in 2 servers" in await started.line_with("connected as")
    assert [line for line in started.lines if " INFO " not in line] == []


@posix
async def test_a_process_of_several_runs_its_shards_and_no_others(two_shards: FakeDiscord, tmp_path: Path) -> None:
    async with connected(sharing(two_shards, tmp_path, SHARDS="2", SHARD_IDS="0"), tmp_path):
        await servers_become(tmp_path, {GUILD_ID: True})
        two_shards.guild_ids.append(ALSO_ON_SHARD_1)
        async with connected(sharing(two_shards, tmp_path, SHARDS="2", SHARD_IDS="1"), tmp_path):
            everywhere = {GUILD_ID: True, ON_SHARD_1: True, ALSO_ON_SHARD_1: True}
            await servers_become(tmp_path, everywhere)
    two_shards.guild_ids.remove(ALSO_ON_SHARD_1)
    async with connected(sharing(two_shards, tmp_path, SHARDS="2", SHARD_IDS="0"), tmp_path):
        await two_shards.member_says("$hello")
        await two_shards.wait_for_posts(1)
        await servers_become(tmp_path, everywhere)
    async with connected(sharing(two_shards, tmp_path, SHARDS="2", SHARD_IDS="1"), tmp_path):
        await servers_become(tmp_path, everywhere | {ALSO_ON_SHARD_1: False})

    assert two_shards.identified_shards == [[0, 2], [1, 2], [0, 2], [1, 2]]


@posix
async def test_cut_shards_are_resumed(two_shards: FakeDiscord, tmp_path: Path) -> None:
    async with connected(sharing(two_shards, tmp_path, SHARDS="2"), tmp_path):
        await two_shards.cut()
        for number, guild_id in enumerate((GUILD_ID, ON_SHARD_1)):
            await two_shards.member_says("$hello", guild_id)
            await two_shards.wait_for_posts(number + 1)

    assert (two_shards.identified, two_shards.resumed) == (2, 2)


@posix
async def test_servers_left_and_joined_while_a_session_was_lost_are_found(
    two_shards: FakeDiscord, tmp_path: Path
) -> None:
    """A new session names the servers there are; discord.py's shards keep the others in their cache."""
    async with connected(sharing(two_shards, tmp_path, SHARDS="2"), tmp_path):
        await servers_become(tmp_path, {GUILD_ID: True, ON_SHARD_1: True})
        two_shards.guild_ids = [GUILD_ID, ALSO_ON_SHARD_1]
        two_shards.forget_sessions = True
        await two_shards.cut()
        await servers_become(tmp_path, {GUILD_ID: True, ON_SHARD_1: False, ALSO_ON_SHARD_1: True})

        two_shards.guild_ids = [GUILD_ID, ON_SHARD_1]
        await two_shards.cut()
        await servers_become(tmp_path, {GUILD_ID: True, ON_SHARD_1: True, ALSO_ON_SHARD_1: False})


@posix
async def test_a_gateway_out_of_reach_is_waited_for(two_shards: FakeDiscord, tmp_path: Path) -> None:
    two_shards.refuse_websockets = True
    async with running(sharing(two_shards, tmp_path, SHARDS="2"), tmp_path) as started:
        await started.line_with("shard 0 is cut off")
        await started.line_with("shard 1 is cut off")
        two_shards.refuse_websockets = False
        await started.line_with("connected as")
        code, _ = await started.stop()

    assert code == 0
    assert "Traceback" not in "\n".join(started.lines)


@posix
@pytest.mark.parametrize(
    ("close_code", "exit_code", "words"),
    [
        (4004, ExitCode.REFUSED_TOKEN, "Reset Token"),
        (4014, ExitCode.MISSING_INTENT, "MESSAGE_CONTENT=false"),
        (4011, ExitCode.BAD_SETTING, "SHARDS=auto"),
    ],
)
async def test_a_gateway_that_refuses_for_good(
    two_shards: FakeDiscord, tmp_path: Path, close_code: int, exit_code: ExitCode, words: str
) -> None:
    two_shards.close_on_identify = close_code

    code, lines = await run_to_the_end(sharing(two_shards, tmp_path, SHARDS="2"), tmp_path)

    assert code == exit_code
    assert len(lines) == 1
    assert words in lines[0]


def test_it_is_alive_only_while_every_shard_is_connected() -> None:
    now = 1000.0
    health = Health(lambda: now)
    health.expect([2, 3])
    health.connected(2)
    now += 120
    assert not health.verdict().alive

    health.connected(3)
    assert health.verdict().alive
    health.disconnected(2)
    health.connected(3)
    now += 119
    assert health.verdict().alive
    now += 1
    assert (health.verdict().alive, health.verdict().seconds) == (False, 120)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other locks")
def test_a_file_system_without_locks_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def lockf(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.lockf", lockf)
    with shard_lock(tmp_path / "bot.db") as lock:
        lock.hold((0, 1, 2))
        lock.hold_telegram()

        assert lock.leads()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
