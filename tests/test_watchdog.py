"""The watchdog, beside the real bot on a fake Discord: it hears when nothing is heard any more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.discord.client import EncourageBot
from bot.discord.internals import gateway
from bot.discord.internals.watchdog import ANSWER_SECONDS, RENEW_SECONDS, Watchdog
from bot.health import Health
from tests.conftest import Clock
from tests.fake_discord import APPLICATION_ID, GUILD_ID, TOKEN, FakeDiscord

DEAF_AFTER = 600.0


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock.monotonic)


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    fake = FakeDiscord()
    await fake.start()
    monkeypatch.setattr(Route, "BASE", fake.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(fake.gateway_url))
    yield fake
    await fake.stop()


async def at_once(_shard_id: int | None, *, initial: bool) -> None:
    """discord.py itself waits 5 s before it identifies again."""


@pytest.fixture
async def connected(
    bot: EncourageBot, fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[EncourageBot]:
    monkeypatch.setattr(bot, "before_identify_hook", at_once)
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
        clock.advance(seconds=DEAF_AFTER - 1)
        await heard(watchdog, health, lambda: fake.member_says("hello"))
        assert health.seconds_since_last_event() == 0

    assert fake.asked == []


async def test_a_silent_server_is_asked_for_a_member_and_its_answer_is_enough(
    watchdog: Watchdog, health: Health, clock: Clock, fake: FakeDiscord
) -> None:
    clock.advance(seconds=DEAF_AFTER)
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
    clock.advance(seconds=DEAF_AFTER)
    await watchdog.look()
    clock.advance(seconds=ANSWER_SECONDS - 1)
    await watchdog.look()
    assert health.is_connected(0)

    clock.advance(seconds=1)
    fake.refuse_websockets = True
    await watchdog.look()
    assert not health.is_connected(0)

    fake.refuse_websockets = False
    await until(lambda: health.is_connected(0))
    assert (fake.identified, fake.resumed, fake.close_codes) == (1, 1, [4000])
    await fake.wait_for_posts(1)
    assert fake.posts[0]["content"] == "Bonjour !", "what was said to the deaf bot is heard after all"
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == ["shard 0 has heard nothing for 630 s, though its connection is open: resuming the session"]


async def test_a_session_that_is_deaf_even_when_resumed_is_replaced(
    watchdog: Watchdog, health: Health, clock: Clock, fake: FakeDiscord
) -> None:
    fake.deafen(the_session_too=True)
    for _ in range(2):
        clock.advance(seconds=DEAF_AFTER)
        await watchdog.look()
        clock.advance(seconds=ANSWER_SECONDS)
        await watchdog.look()
        assert not health.is_connected(0)
        await until(lambda: health.is_connected(0))
        await watchdog.look()

    assert fake.identified == 2
    await heard(watchdog, health, lambda: fake.member_says("hello"))


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


async def test_what_goes_wrong_in_a_look_does_not_end_the_watch(
    watchdog: Watchdog, health: Health, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = []

    def fail_once(client: discord.Client) -> list[gateway.Connection]:
        looks.append(client)
        if len(looks) == 1:
            raise LookupError("once")
        return []

    monkeypatch.setattr("bot.discord.internals.watchdog.LOOK_SECONDS", 0)
    monkeypatch.setattr(gateway, "open_connections", fail_once)
    watching = asyncio.create_task(watchdog.keep_watch())
    await until(lambda: len(looks) > 2)
    watching.cancel()

    assert sum(record.levelname == "ERROR" for record in caplog.records) == 1


class Sharded(discord.AutoShardedClient):
    """A sharded client that identifies at once."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        await at_once(shard_id, initial=initial)


async def test_every_shard_has_a_connection_of_its_own(fake: FakeDiscord, health: Health, clock: Clock) -> None:
    client = Sharded(intents=discord.Intents(guilds=True), shard_count=2)
    watchdog = Watchdog(client, health, deaf_after=DEAF_AFTER, clock=clock.monotonic)
    async with client:
        running = asyncio.create_task(client.start(TOKEN))
        await until(lambda: len(gateway.open_connections(client)) == 2 and len(client.guilds) == 1)
        await watchdog.look()
        assert not health.verdict().connected

        health.connected(0)
        health.connected(1)
        assert health.verdict().connected
        assert [connection.shard_id for connection in gateway.open_connections(client)] == [0, 1]
        clock.advance(seconds=DEAF_AFTER)
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
