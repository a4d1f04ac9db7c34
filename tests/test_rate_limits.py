"""How many commands are answered, of a member, in a channel and in all."""

import asyncio
from contextlib import AsyncExitStack

import discord
import pytest

from bot.discord import in_flight
from bot.discord.client import EncourageBot
from bot.discord.in_flight import MOST_AT_ONCE
from bot.models import Platform, Scope
from bot.services import Services, rate_limits
from bot.services.batch import Batch
from bot.services.rate_limits import Admission, RateLimit, RateLimits
from tests.conftest import Clock, Server, shown
from tests.fake_telegram import CAMILLE, SACHA, FakeTelegram

# As they are before the other tests have their own.
SHIPPED = {name: getattr(rate_limits, name) for name in ("PER_MEMBER", "CLICKS_PER_MEMBER", "PER_CHANNEL")}
HERE = Scope(Platform.DISCORD, 1)


@pytest.fixture(autouse=True)
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, limit in SHIPPED.items():
        monkeypatch.setattr(rate_limits, name, limit)


def admitted(limits: RateLimits, *, member_id: int = 1, channel_id: int = 1, always: bool = False) -> Admission:
    return limits.admit(HERE, member_id=member_id, channel_id=channel_id, always=always)


def test_a_member_is_answered_five_times_in_ten_seconds_then_told_once(clock: Clock) -> None:
    limits = RateLimits(clock.monotonic)

    assert [admitted(limits) for _ in range(5)] == [Admission.GRANTED] * 5
    assert [admitted(limits) for _ in range(3)] == [Admission.TOLD, Admission.IGNORED, Admission.IGNORED]
    assert admitted(limits, member_id=2) is Admission.GRANTED
    clock.advance(seconds=9.9)
    assert admitted(limits) is Admission.IGNORED
    clock.advance(seconds=0.1)
    assert [admitted(limits) for _ in range(6)] == [Admission.GRANTED] * 5 + [Admission.TOLD]


def test_what_helps_is_counted_by_itself_and_no_channel_is_too_full_for_it(clock: Clock) -> None:
    limits = RateLimits(clock.monotonic)
    for member in range(100):
        admitted(limits, member_id=member)
    for _ in range(9):
        admitted(limits, member_id=7)

    assert admitted(limits, member_id=101) is Admission.IGNORED
    assert admitted(limits, member_id=7, always=True) is Admission.GRANTED


def test_a_channel_that_is_full_is_silent_and_others_are_not(clock: Clock) -> None:
    limits = RateLimits(clock.monotonic)

    granted = [admitted(limits, member_id=member) for member in range(60)]

    assert granted == [Admission.GRANTED] * 50 + [Admission.IGNORED] * 10
    assert admitted(limits, member_id=100, channel_id=2) is Admission.GRANTED


def test_there_is_a_limit_to_what_is_answered_in_all(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "IN_ALL", RateLimit(3, 10.0))
    limits = RateLimits(clock.monotonic)

    granted = [admitted(limits, member_id=number, channel_id=number) for number in range(4)]

    assert granted == [Admission.GRANTED] * 3 + [Admission.IGNORED]


def test_no_more_is_remembered_than_the_latest(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MOST_REMEMBERED", 10)
    limits = RateLimits(clock.monotonic)
    for member in range(100):
        admitted(limits, member_id=member, channel_id=member)

    assert len(limits._members._moments) == len(limits._channels._moments) == 10
    clock.advance(seconds=10)
    admitted(limits)
    assert len(limits._members._moments) == len(limits._channels._moments) == 1


async def test_who_types_too_fast_is_told_once_and_still_gets_the_helplines(server: Server) -> None:
    answers = [await server.ask(server.camille, "$hello") for _ in range(5)]
    answers.append(await server.ask(server.camille, "$hello"))
    before = len(server.answers())
    await server.camille.send(server.channel, "$hello")

    assert "Laisse-moi quelques secondes" in answers[-1]
    assert sum("Laisse-moi" in answer for answer in answers) == 1
    assert len(server.answers()) == before
    assert "3114" in await server.ask(server.camille, "$helpline")
    assert "Laisse-moi" not in await server.ask(server.sacha, "$hello")


async def test_slash_commands_are_counted_with_the_typed_ones(server: Server) -> None:
    for _ in range(3):
        await server.ask(server.camille, "$hello")
    for _ in range(2):
        assert "quelques secondes" not in shown((await server.camille.slash(server.channel, "hello")).response)

    told = await server.camille.slash(server.channel, "hello")
    assert told.ephemeral
    assert "quelques secondes" in shown(told.response)
    assert not (await server.camille.slash(server.channel, "hello")).acknowledged
    assert "3114" in shown((await server.camille.slash(server.channel, "helpline")).response)


async def test_clicks_are_counted_by_themselves_and_what_helps_is_answered_after_too_many(server: Server) -> None:
    await server.ask(server.camille, "$hello")
    await server.ask(server.camille, "je veux mourir")
    helplines = server.answers()[-1]
    for _ in range(5):
        await server.ask(server.camille, "$hello")
    theirs = f"page:list:{server.sacha.id}:0:first"
    message = await turning(server, theirs)
    clicked = [await server.camille.click(message, custom_id=theirs) for _ in range(17)]

    assert all(click.acknowledged for click in clicked[:16])
    assert ["quelques secondes" in shown(click.response) for click in clicked[:16]] == [False] * 15 + [True]
    assert clicked[15].ephemeral
    assert not clicked[16].acknowledged
    assert "3114" in shown((await server.camille.click(helplines, custom_id="helplines:FR")).response)
    assert (await server.camille.click(helplines, custom_id=f"opt-out:{server.camille.id}")).acknowledged


async def test_the_buttons_of_a_question_are_counted_like_others(server: Server) -> None:
    file = b'{"format": "encourage-bot", "version": 2, "messages": [{"text": "Courage."}], "settings": {}}'
    await server.admin.send(server.channel, "$import", attachments=[("file.json", file)])
    question = server.answers()[-1]
    clicked = [await server.camille.click(question, label="Annuler") for _ in range(17)]

    assert ["quelques secondes" in shown(click.response) for click in clicked[:16]] == [False] * 15 + [True]
    assert not clicked[16].acknowledged


async def turning(server: Server, custom_id: str) -> discord.Message:
    """A message of the bot with a button that turns the pages of a list."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="…", custom_id=custom_id))
    view.stop()
    channel = server.env.bot.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    return await channel.send("…", view=view)


async def test_completions_are_counted_with_clicks(server: Server) -> None:
    await server.ask(server.camille, "$new Courage.")
    offered = [await server.camille.autocomplete(server.channel, "del", "number", "") for _ in range(17)]

    assert list(map(len, offered)) == [1] * 15 + [0] * 2


async def test_a_message_in_danger_is_answered_however_many_commands_came(server: Server) -> None:
    for _ in range(8):
        await server.camille.send(server.channel, "$hello")

    assert "3114" in await server.ask(server.camille, "$hello je veux mourir")


async def test_telegram_counts_too_and_who_asks_for_helplines_gets_them(telegram: FakeTelegram) -> None:
    group = telegram.group()
    told = [await telegram.say("/hello", group) for _ in range(8)]

    assert [bool(said) for said in told] == [True] * 6 + [False] * 2
    assert ["quelques secondes" in said for said in told[:6]] == [False] * 5 + [True]
    assert "3114" in await telegram.say("/helpline", telegram.private())
    assert "3114" in await telegram.say("/start helpline-FR", telegram.private())
    assert "quelques secondes" not in await telegram.say("/hello", group, SACHA)


async def test_telegram_counts_clicks_and_what_is_typed_elsewhere_but_what_helps_is_answered(
    telegram: FakeTelegram,
) -> None:
    private = telegram.private()
    for _ in range(17):
        await telegram.deliver(telegram.click(f"page:{CAMILLE.id}:0", private))
    alerts = [sent.get("text", "") for sent in telegram.sent("answerCallbackQuery")]
    for text in (*("courage " * 18).split(), "je veux mourir"):
        await telegram.deliver(telegram.typed(text))
    offered = telegram.sent("answerInlineQuery")
    await telegram.deliver(telegram.click(f"opt-out:{CAMILLE.id}", private))

    assert ["quelques secondes" in alert for alert in alerts] == [False] * 15 + [True]
    assert len(offered) == 1
    assert "button" in offered[-1]
    assert len(telegram.sent("answerCallbackQuery")) == len(alerts) + 1


async def test_where_too_much_waits_nothing_joins_it_but_who_is_in_danger_is_helped_at_once(
    server: Server, bot: EncourageBot, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood of messages in servers of which nothing is known yet must not wait for the database."""
    monkeypatch.setattr(in_flight, "MOST_WAITING", 1)
    waiting = asyncio.create_task(asyncio.sleep(60))
    bot.in_flight._tasks.add(waiting)
    async with services.preferences._lock:
        await server.camille.send(server.channel, "bonjour")
        await server.camille.send(server.channel, "$hello")
        await server.camille.send(server.channel, "je suis triste")
        assert server.answers() == []
        assert bot.in_flight._tasks == {waiting}

        assert "3114" in await server.ask(server.camille, "je veux mourir")
    waiting.cancel()


async def test_no_command_is_begun_while_too_many_answers_are_under_way(
    server: Server, bot: EncourageBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as others:
        for channel_id in range(MOST_AT_ONCE):
            await others.enter_async_context(bot.in_flight.turn(channel_id))
        monkeypatch.setattr(in_flight, "MOST_WAITING", 1)
        waiting = asyncio.create_task(asyncio.sleep(60))
        bot.in_flight._tasks.add(waiting)
        before = len(server.answers())

        await server.camille.send(server.channel, "$hello")
        slash = await server.camille.slash(server.channel, "hello")

        assert len(server.answers()) == before
        assert not slash.acknowledged
        assert "3114" in await server.ask(server.camille, "$helpline")
        assert "3114" in await server.ask(server.sacha, "je veux mourir")
        waiting.cancel()


async def test_work_is_done_once_for_all_who_ask_before_it_begins() -> None:
    batch = Batch[str, int]()
    begun: list[int] = []
    done = asyncio.Event()

    async def work() -> int:
        begun.append(len(begun))
        await done.wait()
        return begun[-1]

    first = asyncio.create_task(batch.get("list", work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = [asyncio.create_task(batch.get("list", work)) for _ in range(50)]
    await asyncio.sleep(0)
    later[0].cancel()
    done.set()

    assert await first == 0
    assert await asyncio.gather(*later[1:]) == [1] * 49
    assert begun == [0, 1]
    assert batch._next == {}


async def test_work_for_which_nobody_waits_any_more_ends() -> None:
    """It would ask a database that is closed, once all who asked were too slow for a stop."""
    batch = Batch[str, int]()
    ended: list[str] = []

    async def work() -> int:
        try:
            return await asyncio.Event().wait()
        finally:
            ended.append("begun")

    async def quick() -> int:
        return 7

    begun = asyncio.create_task(batch.get("list", work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(batch.get("list", work)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in (begun, *waiting):
        task.cancel()
    await asyncio.gather(begun, *waiting, return_exceptions=True)

    assert await batch.get("list", quick) == 7
    assert ended == ["begun"]
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "batch"] == []


async def test_telegram_counts_a_command_once_however_often_it_comes_again(telegram: FakeTelegram) -> None:
    starting = telegram.message("/start", telegram.private())
    telegram.refuses_messages = True
    refused = [(await telegram.post(starting)).status for _ in range(7)]
    telegram.refuses_messages = False

    assert refused == [503] * 7
    assert (await telegram.deliver(starting))[0] == "démarrage..."
