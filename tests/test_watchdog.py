"""The watchdog, beside the real bot on a fake Discord: it hears when nothing is heard any more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import discord
import pytest

from bot.background import Background
from bot.discord.client import EncourageBot
from bot.discord.internals import gateway, pace
from bot.discord.internals.pace import Identifies
from bot.discord.internals.reconnection import stay_connected
from bot.discord.internals.watchdog import ANSWER_SECONDS, RENEW_SECONDS, Watchdog
from bot.health import Health
from tests.conftest import Clock
from tests.fake_discord import APPLICATION_ID, GUILD_ID, TOKEN, FakeDiscord

DEAF_AFTER = 600.0
# The rest of that time is for the answer.
ASK_AFTER = DEAF_AFTER - ANSWER_SECONDS


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock.monotonic)


@pytest.fixture
def fake(gateway: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> FakeDiscord:
    monkeypatch.setattr(pace, "STEPS", (0.0, 0.01))
    monkeypatch.setattr(pace, "SECONDS_BETWEEN_IDENTIFIES", 0.0)
    monkeypatch.setattr(pace, "SECONDS_BETWEEN_THOSE_OF_A_SHARD", 0.0)
    return gateway


@pytest.fixture
async def connected(bot: EncourageBot, fake: FakeDiscord) -> AsyncIterator[EncourageBot]:
    async with bot:
        await bot.login(TOKEN)
        running = asyncio.create_task(bot.connect())
        await asyncio.wait_for(fake.connected.wait(), 10)
        yield bot
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.fixture
async def watchdog(connected: EncourageBot, health: Health, clock: Clock) -> Watchdog:
    watchdog = Watchdog(connected, health, deaf_after=DEAF_AFTER, clock=clock.monotonic)
    await until(lambda: health.is_connected(0) and len(connected.guilds) == 1)
    await watchdog.look()
    return watchdog


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.005)


async def looks_until(watchdog: Watchdog, happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.005)
            await watchdog.look()


async def heard(watchdog: Watchdog, health: Health, what: Callable[[], Awaitable[None]]) -> None:
    """Do something that sends the bot an event, and let the watchdog look until it has come."""
    before = health.events
    await what()
    async with asyncio.timeout(10):
        while health.events == before:
            await asyncio.sleep(0.005)
            await watchdog.look()


async def test_it_reports_what_the_pages_show(watchdog: Watchdog, health: Health, clock: Clock) -> None:
    async with asyncio.timeout(10):
        while health.heartbeat() is None:
            await watchdog.look()
            await asyncio.sleep(0.005)

    assert (health.application_id, health.servers) == (APPLICATION_ID, 1)
    assert health.events == 2
    heartbeat = health.heartbeat()
    assert heartbeat is not None
    assert 0 <= heartbeat.round_trip < 5
    assert 0 <= heartbeat.age < 5
    clock.advance(seconds=70)
    assert health.seconds_since_last_event() == 70


async def test_events_are_not_questioned(watchdog: Watchdog, health: Health, clock: Clock, fake: FakeDiscord) -> None:
    for _ in range(3):
        clock.advance(seconds=ASK_AFTER - 1)
        await heard(watchdog, health, lambda: fake.member_says("hello"))
        assert health.seconds_since_last_event() == 0

    assert fake.asked == []


async def test_a_silent_server_is_asked_for_a_member_and_its_answer_is_enough(
    watchdog: Watchdog, health: Health, clock: Clock, fake: FakeDiscord
) -> None:
    clock.advance(seconds=ASK_AFTER)
    await heard(watchdog, health, watchdog.look)
    clock.advance(seconds=ANSWER_SECONDS)
    await watchdog.look()

    assert fake.asked == [{"guild_id": GUILD_ID, "presences": False, "limit": 1, "user_ids": [APPLICATION_ID]}]
    assert health.is_connected(0)
    assert fake.close_codes == []


async def test_a_deaf_connection_is_dead_at_once_and_its_session_resumed(
    watchdog: Watchdog, health: Health, clock: Clock, fake: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    fake.deafen()
    await fake.member_says("$hello")
    clock.advance(seconds=ASK_AFTER)
    await watchdog.look()
    clock.advance(seconds=ANSWER_SECONDS - 1)
    await watchdog.look()
    assert health.verdict().connected

    clock.advance(seconds=1)
    await watchdog.look()
    assert (health.verdict().alive, health.verdict().key) == (False, "alive.deaf")

    await until(lambda: health.is_connected(0))
    assert (fake.identified, fake.resumed, fake.close_codes) == (1, 1, [4000])
    await fake.wait_for_posts(1)
    assert fake.posts[0]["content"] == "Bonjour !", "what was said to the deaf bot is heard after all"
    await looks_until(watchdog, lambda: health.verdict().connected)
    said = "shard 0 has heard nothing for 600 s, though its connection is open: resuming the session"
    assert said in [record.getMessage() for record in caplog.records]


async def test_a_session_that_is_deaf_even_when_resumed_is_replaced(
    watchdog: Watchdog, health: Health, clock: Clock, fake: FakeDiscord
) -> None:
    fake.deafen(the_session_too=True)
    clock.advance(seconds=ASK_AFTER)
    await watchdog.look()
    for connections in (1, 2):
        clock.advance(seconds=ANSWER_SECONDS)
        await watchdog.look()
        assert not health.verdict().alive
        await until(lambda: len(fake.opened_at) > connections and health.is_connected(0))  # noqa: B023
        await watchdog.look()

    assert fake.identified == 2
    await heard(watchdog, health, lambda: fake.member_says("hello"))


async def test_the_page_says_that_it_hears_nothing_until_it_does_whatever_connects(
    watchdog: Watchdog, health: Health, clock: Clock, fake: FakeDiscord
) -> None:
    """A new connection proves nothing; an answer to the question that is asked at once does."""
    fake.deafen()
    fake.every_session_is_deaf = True
    clock.advance(seconds=ASK_AFTER)
    for turn in range(4):
        await watchdog.look()
        clock.advance(seconds=ANSWER_SECONDS)
        await watchdog.look()
        await until(lambda: len(fake.opened_at) > turn + 1 and health.is_connected(0))  # noqa: B023
        await watchdog.look()
        verdict = health.verdict()
        assert (verdict.alive, verdict.key) == (False, "alive.deaf")
        assert verdict.seconds == DEAF_AFTER + turn * ANSWER_SECONDS

    fake.every_session_is_deaf = False
    clock.advance(seconds=ANSWER_SECONDS)
    await looks_until(watchdog, lambda: health.verdict().alive)


async def test_who_is_in_no_server_any_more_misses_nothing(
    watchdog: Watchdog, health: Health, clock: Clock, fake: FakeDiscord
) -> None:
    fake.deafen()
    fake.guild_ids, fake.forget_sessions = [], True
    clock.advance(seconds=ASK_AFTER)
    await watchdog.look()
    clock.advance(seconds=ANSWER_SECONDS)
    await watchdog.look()
    assert not health.verdict().alive

    await looks_until(watchdog, lambda: health.verdict().alive)
    assert fake.identified == 2


@pytest.mark.parametrize("deaf_after", [1.0, 20.0, 600.0])
async def test_a_deaf_connection_is_told_of_in_the_time_that_is_set(
    connected: EncourageBot, health: Health, clock: Clock, fake: FakeDiscord, deaf_after: float
) -> None:
    watchdog = Watchdog(connected, health, deaf_after=deaf_after, clock=clock.monotonic)
    await until(lambda: health.is_connected(0) and len(connected.guilds) == 1)
    await watchdog.look()
    fake.deafen()
    for _ in range(2):
        clock.advance(seconds=deaf_after / 2)
        await watchdog.look()
    if deaf_after == DEAF_AFTER:
        clock.advance(seconds=ANSWER_SECONDS)
        await watchdog.look()

    assert not health.verdict().alive


async def test_events_without_an_answer_to_the_heartbeat_are_resumed_from(
    bot: EncourageBot, health: Health, fake: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    fake.heartbeat_interval = 0.2
    fake.answers_heartbeats = False
    async with bot:
        await bot.login(TOKEN)
        running = asyncio.create_task(bot.connect())
        await until(fake.connected.is_set)
        watchdog = Watchdog(bot, health, deaf_after=DEAF_AFTER)
        async with asyncio.timeout(10):
            while not fake.resumed:
                await fake.dispatch("SOMETHING_NEW", {})
                await watchdog.look()
                await asyncio.sleep(0.02)
        running.cancel()

    assert "heartbeats are not answered" in caplog.text
    assert health.events


async def test_a_bot_in_no_server_renews_its_connection_after_an_hour(
    watchdog: Watchdog, health: Health, clock: Clock, fake: FakeDiscord, connected: EncourageBot
) -> None:
    await heard(watchdog, health, lambda: fake.dispatch("GUILD_DELETE", {"id": str(GUILD_ID)}))
    assert len(connected.guilds) == 0
    clock.advance(seconds=RENEW_SECONDS - 1)
    await watchdog.look()
    assert fake.resumed == 0

    clock.advance(seconds=1)
    await watchdog.look()
    await until(lambda: fake.resumed == 1)
    assert fake.asked == []
    assert fake.close_codes == [4000]


async def test_a_fault_in_it_is_told_once_and_shown_and_it_begins_again_after_a_pause(
    watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = []
    may_go_on = asyncio.Event()

    def fail_once(client: discord.Client) -> list[gateway.Connection]:
        looks.append(client)
        if len(looks) == 1:
            raise LookupError("once")
        return []

    async def pause(_seconds: float) -> None:
        await may_go_on.wait()

    monkeypatch.setattr("bot.discord.internals.watchdog.LOOK_SECONDS", 0)
    monkeypatch.setattr(gateway, "open_connections", fail_once)
    background = Background(sleep=pause)
    async with background.running(watchdog.keep_watch, name="watchdog"):
        await until(lambda: len(looks) > 0)
        await asyncio.sleep(0.05)
        assert len(looks) == 1
        assert background.failing == ["watchdog"]

        may_go_on.set()
        await until(lambda: len(looks) > 2)
    assert sum(record.levelname == "ERROR" for record in caplog.records) == 1


async def test_every_shard_has_a_connection_of_its_own(fake: FakeDiscord, health: Health, clock: Clock) -> None:
    client = discord.AutoShardedClient(intents=discord.Intents(guilds=True), shard_count=2)
    watchdog = Watchdog(client, health, deaf_after=DEAF_AFTER, clock=clock.monotonic)
    async with client:
        await client.login(TOKEN)
        running = asyncio.create_task(stay_connected(client, Identifies()))
        await until(lambda: len(gateway.open_connections(client)) == 2 and len(client.guilds) == 1)
        await watchdog.look()
        assert not health.verdict().connected

        health.connected(0)
        health.connected(1)
        assert health.verdict().connected
        assert [connection.shard_id for connection in gateway.open_connections(client)] == [0, 1]
        clock.advance(seconds=ASK_AFTER)
        await heard(watchdog, health, watchdog.look)
        assert len(fake.asked) == 1, "only one of the shards has a server"
        await client.close()
        await running


async def test_every_shard_of_a_sharded_client_is_expected() -> None:
    intents = discord.Intents.none()

    assert list(gateway.shard_ids(discord.AutoShardedClient(intents=intents))) == [0]
    assert list(gateway.shard_ids(discord.AutoShardedClient(intents=intents, shard_count=3))) == [0, 1, 2]
    some = discord.AutoShardedClient(intents=intents, shard_count=8, shard_ids=[4, 5])
    assert list(gateway.shard_ids(some)) == [4, 5]
    assert gateway.open_connections(some) == []
    assert list(gateway.shard_ids(discord.Client(intents=intents, shard_id=2, shard_count=3))) == [2]
