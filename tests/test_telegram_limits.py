"""No chat on Telegram makes another one wait, and nothing makes an answer to danger wait."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.config import Settings
from bot.models import Platform, Scope
from bot.services import Services
from bot.telegram import intake, limiter
from bot.text.sentences import Texts
from tests import PATIENCE_SECONDS
from tests.conftest import Clock, telegram_bot
from tests.fake_telegram import ALEX, CAMILLE, SACHA, Chat, FakeTelegram, Somebody


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What still waits at the end of a test is not waited for."""
    monkeypatch.setattr(intake, "DRAIN_SECONDS", 0.1)


async def seconds_for(work: Awaitable[object]) -> float:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await work
    return loop.time() - begin


async def flood(telegram: FakeTelegram, chat: Chat, count: int) -> list[asyncio.Task[object]]:
    """Let a chat ask for so many greetings at once; return what delivers them."""
    return [asyncio.ensure_future(telegram.say("/hello", chat)) for _ in range(count)]


async def said(telegram: FakeTelegram, count: int) -> list[str]:
    """Wait until the bot has said so much."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(telegram.said()) < count:
            await asyncio.sleep(0.01)
    return telegram.said()


async def leave(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("text", ["je veux mourir", "/hello", "je suis triste"])
async def test_a_chat_that_telegram_holds_back_holds_back_no_other(telegram: FakeTelegram, text: str) -> None:
    flooded = telegram.group()
    telegram.hold(flooded, 300)
    waiting = await flood(telegram, flooded, 5)
    await telegram.wait_for("sendMessage")

    assert await seconds_for(telegram.say(text, telegram.group(), SACHA)) < 1
    assert [chat for _, chat in telegram.told if chat == flooded.id] == []
    await leave(waiting)


async def test_several_chats_that_telegram_holds_back_hold_back_no_other(telegram: FakeTelegram) -> None:
    flooded = [telegram.group() for _ in range(limiter.CHATS_OF_GLOBAL_LIMIT)]
    for group in flooded:
        telegram.hold(group, 300)
    waiting = [task for group in flooded for task in await flood(telegram, group, 2)]
    await telegram.wait_for("sendMessage", len(flooded))
    others = [telegram.say("/hello", telegram.private(each), each) for each in (CAMILLE, SACHA, ALEX)]

    assert await seconds_for(asyncio.gather(*others)) < 2
    assert {chat for _, chat in telegram.told} == {CAMILLE.id, SACHA.id, ALEX.id}
    await leave(waiting)


async def test_in_its_own_flooded_group_an_answer_to_danger_comes_first(telegram: FakeTelegram) -> None:
    group = telegram.group()
    waiting = await flood(telegram, group, 40)
    await telegram.wait_for("sendMessage", limiter.MESSAGES_PER_GROUP - limiter.ROOM_IN_GROUP)

    assert await seconds_for(telegram.say("je veux mourir", group, SACHA)) < 1
    assert len([text for text in telegram.said() if "3114" in text]) == 1
    assert len(telegram.said()) <= limiter.MESSAGES_PER_GROUP
    await leave(waiting)


async def test_helplines_that_are_asked_for_do_not_wait_either(telegram: FakeTelegram) -> None:
    group = telegram.group()
    waiting = await flood(telegram, group, 20)
    await telegram.wait_for("sendMessage", limiter.MESSAGES_PER_GROUP - limiter.ROOM_IN_GROUP)

    assert await seconds_for(telegram.say("/helpline", group, SACHA)) < 1
    await leave(waiting)


async def test_however_many_are_in_danger_at_once_none_of_them_waits_for_a_limit(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> None:
    fake, slow = telegram_server, replace(settings, telegram_messages_per_second=3)
    people = [Somebody(1_000 + number, "Camille") for number in range(60)]
    async with telegram_bot(fake, slow, services, texts):
        asking = [fake.post(fake.message("je veux mourir", fake.private(each), each)) for each in people]

        assert await seconds_for(asyncio.gather(*asking)) < 10
    assert len(fake.told) == 60


async def test_a_private_chat_that_was_held_back_gets_its_answers_in_order(
    telegram: FakeTelegram, services: Services
) -> None:
    chat = telegram.private()
    telegram.hold(chat, 1)
    sad, new, hello = (telegram.message(text, chat) for text in ("je suis triste", "/new Courage", "/hello"))
    posting = [asyncio.create_task(telegram.post(sad))]
    await telegram.wait_for("sendMessage")
    posting.append(asyncio.create_task(telegram.post(new)))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await services.encouragements.list(Scope(Platform.TELEGRAM, chat.id)):
            await asyncio.sleep(0.01)
    # It is kept: what remains to be done for its answer takes no time.
    await asyncio.sleep(0.1)
    posting.append(asyncio.create_task(telegram.post(hello)))
    await asyncio.gather(*posting)

    assert [text.split()[0] for text in telegram.said()[1:]] == ["Nouveau", "Bonjour"]
    assert len(telegram.said()) == 3


async def test_when_telegram_holds_the_bot_as_a_whole_ordinary_answers_wait_together(telegram: FakeTelegram) -> None:
    telegram.hold(None, 1)
    people = [Somebody(1_000 + number, "Camille") for number in range(30)]
    first = [asyncio.ensure_future(telegram.say("/start", telegram.private(each), each)) for each in people[:3]]
    await telegram.wait_for("sendMessage", 3)
    rest = [telegram.say("/hello", telegram.private(each), each) for each in people[3:]]
    assert await seconds_for(asyncio.gather(*first, *rest)) > 0.5

    assert len(telegram.said()) == 27 + 2 * 3
    assert len(telegram.sent()) < 40


async def test_no_more_than_so_many_ordinary_messages_go_out_in_a_second(telegram: FakeTelegram) -> None:
    people = [Somebody(1_000 + number, "Camille") for number in range(40)]
    await asyncio.gather(*(telegram.say("/hello", telegram.private(each), each) for each in people))

    times = [time for time, _ in telegram.told]
    assert max(sum(begin <= time < begin + 0.95 for time in times) for begin in times) <= 30


async def test_a_chat_in_which_too_many_answers_wait_gets_no_more(
    telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "MOST_WAITING", 2)
    telegram.hold(telegram.private(), 1)
    await asyncio.gather(*(telegram.say("/start") for _ in range(5)))

    assert len(telegram.said()) == 2 * 2
    assert await telegram.say("/hello") == "Bonjour !"


async def test_an_answer_that_has_waited_for_its_turn_is_tried_until_it_arrives(
    telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "GROUP_SECONDS", 2.0)
    monkeypatch.setattr(limiter, "MESSAGES_PER_GROUP", 6)
    monkeypatch.setattr(intake, "RETRY_SECONDS", 0.1)
    group, most = telegram.group(), limiter.MESSAGES_PER_GROUP - limiter.ROOM_IN_GROUP
    for _ in range(most):
        await telegram.say("/hello", group)
    sent = len(telegram.sent())
    assert (await telegram.post(telegram.message("/new Courage", group))).status == 200
    telegram.refuses_messages = True
    await telegram.wait_for("sendMessage", sent + 1)
    telegram.refuses_messages = False

    assert (await said(telegram, most + 1))[-1].startswith("C'est fait.")


async def test_only_chats_of_which_nothing_has_to_be_known_are_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "LANES_KEPT", 5)
    limits = limiter.ChatLimiter(1_000_000, clock=clock.monotonic)
    flooded = -1
    while limits.book(flooded):
        pass
    people = [limits.book(person) for person in range(1, 100)]

    assert all(people)
    assert len(limits._lanes) <= 6
    assert not limits.book(flooded)
    clock.advance(seconds=limiter.GROUP_SECONDS + 1)
    assert limits.book(flooded)
