"""How the bot comes back to Discord: within seconds of an outage, and slowly in a storm."""

import asyncio
import json
import random
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

import discord
import pytest
from discord.gateway import KeepAliveHandler
from yarl import URL

from bot.discord.client import EncourageBot
from bot.discord.internals import pace, reconnection
from bot.discord.internals.pace import DAY, MINUTE, Identifies, Pace
from bot.discord.internals.websocket import Websocket
from bot.health import Health
from tests.conftest import Clock
from tests.fake_discord import TOKEN, FakeDiscord

# In a minute of these tests, there are so many seconds.
FAST_MINUTE = 0.6


def attempts(clock: Clock, tries: Pace, *, until: float, works: Callable[[float], bool]) -> Iterator[float]:
    """Yield the moments at which a connection is tried, each of them failing at once, until one works."""
    begin = clock.seconds
    while clock.seconds - begin < until:
        clock.advance(seconds=tries.pause())
        tries.begin()
        yield clock.seconds - begin
        if works(clock.seconds - begin):
            return
        tries.ended(lasted=0.0)


@pytest.mark.parametrize(
    ("outage", "soon"), [(0.5, 2.0), (3.0, 2.0), (10.0, 2.0), (60.0, 33.0), (600.0, 30.0), (86_400.0, 30.0)]
)
def test_it_is_back_within_seconds_of_an_outage(clock: Clock, outage: float, soon: float) -> None:
    for seed in range(40):
        tries = Pace(clock=clock.monotonic, jitter=random.Random(seed).uniform)
        tries.begin()
        lasted = MINUTE if seed % 2 else 4.0
        clock.advance(seconds=lasted)
        tries.ended(lasted=lasted)
        *_, last = attempts(clock, tries, until=2 * DAY, works=lambda seconds: seconds >= outage)

        assert 0 <= last - outage <= soon


def test_it_connects_at_most_ten_times_in_any_minute(clock: Clock) -> None:
    chance = random.Random(1)
    tries = Pace(clock=clock.monotonic, jitter=chance.uniform)
    begun: list[float] = []
    while clock.seconds < 100_000:
        clock.advance(seconds=tries.pause())
        tries.begin()
        begun.append(clock.seconds)
        lasted = chance.choice((0.0, 0.0, 0.0, 1.0, 61.0))
        clock.advance(seconds=lasted)
        if chance.random() < 0.3:
            tries.answered()
        else:
            tries.ended(lasted=lasted)

    assert all(later - first >= MINUTE for first, later in zip(begun, begun[10:], strict=False))


def test_a_connection_that_lasted_a_minute_is_followed_at_once(clock: Clock) -> None:
    tries = Pace(clock=clock.monotonic)
    *_, last = attempts(clock, tries, until=600, works=lambda _: False)
    assert last > 500
    clock.advance(seconds=tries.pause())
    tries.begin()
    clock.advance(seconds=MINUTE)
    tries.ended(lasted=MINUTE)

    assert tries.pause() == 0
    tries.begin()
    tries.ended(lasted=0.0)
    assert tries.pause() <= 1, "the outage before is forgotten"


def sessions(clock: Clock, identifies: Identifies, *, seconds: float, shard_id: int = 0) -> list[float]:
    """The moments at which a shard begins sessions that are all lost at once."""
    begin, begun = clock.seconds, []
    while clock.seconds - begin + identifies.pause(shard_id) < seconds:
        clock.advance(seconds=identifies.pause(shard_id))
        identifies.begin(shard_id)
        begun.append(clock.seconds - begin)
    return begun


def test_a_storm_of_lost_sessions_begins_one_a_minute(clock: Clock) -> None:
    identifies = Identifies(clock=clock.monotonic)

    assert sessions(clock, identifies, seconds=190) == [0, 5, 65, 125, 185]


def test_a_day_of_lost_sessions_leaves_a_tenth_of_those_that_discord_allows(clock: Clock) -> None:
    identifies = Identifies(clock=clock.monotonic)
    identifies.told(limit=1_000, remaining=1_000, reset_after=0)

    for _ in range(3):
        assert len(sessions(clock, identifies, seconds=DAY)) <= 900
    assert identifies.spent <= 900


def test_a_bot_that_ends_again_and_again_does_not_spend_the_last_ones(clock: Clock) -> None:
    """Each process knows only what Discord says."""
    begun = 0
    while clock.seconds < 2 * DAY:
        identifies = Identifies(clock=clock.monotonic)
        identifies.told(limit=1_000, remaining=1_000 - begun, reset_after=2 * DAY - clock.seconds)
        clock.advance(seconds=identifies.pause(0) + 10)
        begun += 1

    assert begun < 1_000 + 100


async def test_shards_take_turns_to_begin_their_sessions(clock: Clock) -> None:
    async def sleep(seconds: float) -> None:
        clock.advance(seconds=seconds)

    identifies = Identifies(clock=clock.monotonic, sleep=sleep)
    begun: list[float] = []

    async def begin(shard_id: int) -> None:
        async with identifies.turn(shard_id):
            await asyncio.sleep(0)
            identifies.begin(shard_id)
            begun.append(clock.seconds)

    await asyncio.gather(*(begin(shard_id) for shard_id in range(4)))

    assert begun == [0, 5, 10, 15]
    assert identifies.spent == 4


@pytest.fixture
def in_fast_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    scale = FAST_MINUTE / MINUTE
    monkeypatch.setattr(pace, "STEPS", tuple(step * scale for step in pace.STEPS))
    for name in ("MINUTE", "SECONDS_BETWEEN_IDENTIFIES", "SECONDS_BETWEEN_THOSE_OF_A_SHARD"):
        monkeypatch.setattr(pace, name, getattr(pace, name) * scale)
    monkeypatch.setattr(reconnection, "OPEN_SECONDS", 1.0)
    monkeypatch.setattr(reconnection, "FIRST_EVENT_SECONDS", 1.0)


@pytest.fixture
def fake(gateway: FakeDiscord) -> FakeDiscord:
    return gateway


@pytest.fixture
async def connected(bot: EncourageBot, fake: FakeDiscord, in_fast_minutes: None) -> AsyncIterator[EncourageBot]:
    async with bot:
        await bot.login(TOKEN)
        running = asyncio.create_task(bot.connect())
        async with asyncio.timeout(10):
            await fake.connected.wait()
        yield bot
        assert not running.done()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def answers(fake: FakeDiscord, *, seconds: float = 10) -> None:
    """Wait until the bot answers a message of a time when it is connected."""
    before = len(fake.posts)
    await fake.member_says("$hello")
    await fake.wait_for_posts(before + 1, seconds=seconds)


def close_on_resume(fake: FakeDiscord) -> None:
    fake.close_on_resume = 4000


def close_on_identify(fake: FakeDiscord) -> None:
    fake.forget_sessions = True
    fake.close_on_identify = 4000


def forget_sessions(fake: FakeDiscord) -> None:
    fake.forget_sessions = True


def refuse(fake: FakeDiscord) -> None:
    fake.refuse_websockets = True


def say_nonsense(fake: FakeDiscord) -> None:
    fake.hello = "[]"


@pytest.mark.parametrize("storm", [close_on_resume, close_on_identify, forget_sessions, refuse, say_nonsense])
async def test_a_storm_costs_few_connections_and_hardly_a_session(
    connected: EncourageBot, fake: FakeDiscord, storm: Callable[[FakeDiscord], None]
) -> None:
    minutes = 2
    storm(fake)
    fake.opened_at.clear()
    fake.identified_at.clear()
    end = asyncio.get_running_loop().time() + minutes * FAST_MINUTE
    while asyncio.get_running_loop().time() < end:
        await fake.cut()
        await asyncio.sleep(0.01)

    assert 2 <= len(fake.opened_at) <= 10 * minutes
    assert len(fake.identified_at) <= minutes
    fake.close_on_resume = fake.close_on_identify = fake.hello = None
    fake.forget_sessions = fake.refuse_websockets = False
    fake.connected.clear()
    await fake.cut()
    async with asyncio.timeout(10):
        await fake.connected.wait()
    await answers(fake)


async def test_a_session_lost_in_an_outage_is_replaced_as_soon_as_it_is_over(
    connected: EncourageBot, fake: FakeDiscord
) -> None:
    fake.refuse_websockets = fake.forget_sessions = True
    await fake.cut()
    await asyncio.sleep(FAST_MINUTE)
    fake.refuse_websockets = False
    async with asyncio.timeout(FAST_MINUTE * 35 / 60 + 0.5):
        await fake.connected.wait()

    assert fake.identified == 2


@pytest.mark.parametrize("silent_from", ["hello", "session"])
async def test_a_connection_on_which_nothing_comes_is_given_up(
    connected: EncourageBot, fake: FakeDiscord, silent_from: str
) -> None:
    fake.mute_from = silent_from
    before = len(fake.opened_at)
    await fake.cut()
    async with asyncio.timeout(10):
        while len(fake.opened_at) < before + 2:
            await asyncio.sleep(0.005)
    fake.mute_from = None

    async with asyncio.timeout(10):
        await fake.connected.wait()
    await answers(fake)


async def test_a_session_goes_on_elsewhere_when_its_address_is_dead(connected: EncourageBot, fake: FakeDiscord) -> None:
    assert isinstance(connected.ws, Websocket)
    connected.ws.gateway = URL("ws://127.0.0.1:9")
    await fake.cut()
    await answers(fake)

    assert (fake.identified, fake.resumed) == (1, 1)


async def test_a_session_that_brings_only_nonsense_is_replaced(connected: EncourageBot, fake: FakeDiscord) -> None:
    fake.nonsense_on_resume = True
    await fake.cut()
    async with asyncio.timeout(10):
        await fake.connected.wait()
    await answers(fake)

    assert (fake.identified, fake.resumed) == (2, 2)


NONSENSE = (
    *("{", "[]", "3", "{}"),
    json.dumps({"op": 0, "t": None, "s": 7, "d": {}}),
    json.dumps({"op": 0, "t": "MESSAGE_CREATE", "s": "x", "d": {}}),
    json.dumps({"op": 0, "t": "READY", "s": 7, "d": {}}),
)


async def test_frames_of_nonsense_are_connected_after(connected: EncourageBot, fake: FakeDiscord) -> None:
    for text in NONSENSE:
        fake.connected.clear()
        await fake.send_text(text)
        async with asyncio.timeout(10):
            await fake.connected.wait()
        await answers(fake)

    assert len(fake.opened_at) > len(NONSENSE)


async def test_a_connection_without_an_interval_is_tried_again(connected: EncourageBot, fake: FakeDiscord) -> None:
    for interval in (None, "soon", 0, -5, 1e300, [1]):
        fake.hello = json.dumps({"op": 10, "d": {} if interval is None else {"heartbeat_interval": interval}})
        before = len(fake.opened_at)
        fake.connected.clear()
        await fake.cut()
        async with asyncio.timeout(10):
            while len(fake.opened_at) < before + 2:
                await asyncio.sleep(0.005)
        fake.hello = None
        async with asyncio.timeout(10):
            await fake.connected.wait()

    await answers(fake)


async def test_whatever_comes_with_the_word_that_a_session_goes_on(
    connected: EncourageBot, fake: FakeDiscord, health: Health
) -> None:
    data: object
    for data in (None, [], "x", {"__shard_id__": []}):
        fake.resumed_data = data
        await fake.cut()
        await answers(fake)

    assert health.is_connected(0)
    assert (fake.identified, fake.resumed) == (1, 4)


async def test_a_second_beginning_and_unknown_operations_change_nothing(
    connected: EncourageBot, fake: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    await fake.send_text(json.dumps({"op": 10, "d": {"heartbeat_interval": 41250}}))
    await fake.send_text(json.dumps({"op": "x" * 10_000, "d": 1}))
    await fake.send_text(json.dumps({"op": [], "d": 1}))
    await answers(fake)

    assert len(fake.opened_at) == 1
    assert sum(isinstance(thread, KeepAliveHandler) for thread in threading.enumerate()) == 1
    assert not re.search("x{100}", caplog.text)


async def test_each_shard_comes_back_by_itself(fake: FakeDiscord, in_fast_minutes: None) -> None:
    client = discord.AutoShardedClient(intents=discord.Intents(guilds=True), shard_count=2)
    async with client:
        await client.login(TOKEN)
        running = asyncio.create_task(reconnection.stay_connected(client, Identifies()))
        async with asyncio.timeout(10):
            while fake.identified < 2:
                await asyncio.sleep(0.005)
        fake.close_on_resume, fake.stormy_shard = 4000, 1
        await fake.cut()
        async with asyncio.timeout(10):
            # A shard that has just been cut off is as closed as one that is in a storm.
            while fake.resumed < 3 or client.shards[0].is_closed() or not client.shards[1].is_closed():
                await asyncio.sleep(0.005)
        await client.close()
        await running

    assert fake.identified == 2


async def test_whoever_is_closed_while_a_connection_opens_ends_quietly(fake: FakeDiscord) -> None:
    client = discord.AutoShardedClient(intents=discord.Intents(guilds=True), shard_count=1)
    async with client:
        await client.login(TOKEN)
        running = asyncio.create_task(reconnection.stay_connected(client, Identifies()))
        async with asyncio.timeout(10):
            while not fake.opened_at:
                await asyncio.sleep(0)
        await client.close()

        await running


async def test_everything_that_comes_is_taken_in_its_order_however_it_comes(
    connected: EncourageBot, fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that nobody uses, chatter, a command: some are taken at once, and some once it is their turn."""
    websocket = connected.ws
    begin, taken = websocket.sequence or 0, list[str]()
    monkeypatch.setattr(connected, "dispatch", lambda _, *found: taken.extend(one.content for one in found))
    monkeypatch.setattr(connected._connection, "dispatch", connected.dispatch)
    connected.let_through("MESSAGE_CREATE")
    for number in range(300):
        await fake.dispatch("TYPING_START", {"user_id": "1"})
        await fake.member_says(("gg {}", "$hello {}", "je suis triste {}")[number % 3].format(number))
        if number % 50 == 0:
            await asyncio.sleep(0)
    async with asyncio.timeout(10):
        while (websocket.sequence or 0) < begin + 600:
            await asyncio.sleep(0.01)

    assert [int(said.split()[-1]) for said in taken] == [*range(300)]
