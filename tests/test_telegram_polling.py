"""Asking for updates: chats side by side, each in its order, and nothing confirmed before it is handled."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.background import Background
from bot.config import Settings
from bot.services import Services
from bot.telegram import intake, polling
from bot.telegram.polling import PollingQueue
from bot.telegram.updates import chat_of
from bot.text.sentences import Texts
from bot.wiring import open_telegram
from tests import PATIENCE_SECONDS
from tests.fake_telegram import ALEX, CAMILLE, SACHA, TOKEN, FakeTelegram


@pytest.fixture
async def polled(
    telegram_server: FakeTelegram,
    settings: Settings,
    services: Services,
    texts: Texts,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[FakeTelegram]:
    """A Telegram on loopback that never takes the menu, and the bot that asks it for updates."""
    monkeypatch.setattr(intake, "DRAIN_SECONDS", 0.1)
    monkeypatch.setattr(polling, "RETRY_SECONDS", 0.05)
    telegram_server.refused_methods["setMyCommands"] = "Bad Request: not now"
    chosen = replace(settings, telegram_token=TOKEN, telegram_api_url=telegram_server.api_url)
    async with (
        open_telegram(chosen, services, texts) as connection,
        Background().running(connection.run_polling, name="telegram"),
    ):
        yield telegram_server


async def said(fake: FakeTelegram, count: int) -> list[str]:
    async with asyncio.timeout(10):
        while len(fake.said()) < count:
            await asyncio.sleep(0.01)
    return fake.said()


async def test_chats_are_handled_side_by_side_and_nothing_is_confirmed_too_soon(polled: FakeTelegram) -> None:
    polled.hold(polled.private(), 300)
    held = [polled.message(text, polled.private()) for text in ("je suis triste", "/new Courage")]
    polled.pending = [*held, polled.message("/hello", polled.private(SACHA), SACHA)]
    assert await said(polled, 1) == ["Bonjour !"]

    polled.pending.append(polled.message("je veux mourir", polled.private(ALEX), ALEX))
    assert "suicide" in (await said(polled, 2))[1]
    await asyncio.sleep(0.3)
    assert polled.sent("getUpdates")[-1].get("offset", 0) <= held[0]["update_id"]
    assert len(polled.sent("getUpdates")) < 30
    assert len(polled.said()) == 2


async def test_a_chats_updates_are_handled_in_their_order(polled: FakeTelegram) -> None:
    polled.delay = 0.05
    texts = ["/new Un", "/list", "/del 1", "/list", "/start", "/hello"]
    polled.pending = [polled.message(text, polled.private()) for text in texts]

    answers = await said(polled, 7)
    assert [answer.split()[0] for answer in answers] == [
        "Nouveau",
        "Messages",
        "Le",
        "Il",
        "démarrage...",
        "Je",
        "Bonjour",
    ]
    last = polled.pending[-1]["update_id"] if polled.pending else 0
    async with asyncio.timeout(10):
        while polled.sent("getUpdates")[-1].get("offset", 0) <= last:
            await asyncio.sleep(0.01)


async def test_what_could_not_be_sent_is_tried_again_before_what_follows_in_its_chat(polled: FakeTelegram) -> None:
    await polled.wait_for("getUpdates")
    polled.refuses_messages = True
    polled.pending = [polled.message(text, polled.private()) for text in ("je suis triste", "/hello")]
    await polled.wait_for("sendMessage", 3)
    polled.refuses_messages = False

    answers = await said(polled, 2)
    assert answers[1] == "Bonjour !"
    assert CAMILLE.id == polled.told[-1][1]


def test_what_people_type_elsewhere_makes_nobody_else_wait() -> None:
    typed = [FakeTelegram().typed("courage", person) for person in (CAMILLE, SACHA)]

    assert [chat_of(update) for update in typed] == [CAMILLE.id, SACHA.id]


async def test_an_update_that_takes_very_long_no_longer_keeps_others_from_being_seen(
    polled: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "HOLDING_SECONDS", 0.1)
    polled.hold(polled.private(), 300)
    held = polled.message("/hello", polled.private())
    polled.pending = [held]

    async with asyncio.timeout(PATIENCE_SECONDS):
        while polled.pending:
            await asyncio.sleep(0.01)
    assert polled.sent("getUpdates")[-1]["offset"] > held["update_id"]


async def test_what_is_shown_again_after_it_was_handled_is_confirmed(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> None:
    chosen = replace(settings, telegram_token=TOKEN, telegram_api_url=telegram_server.api_url)
    async with open_telegram(chosen, services, texts) as connection:
        queue = PollingQueue(connection._intake)
        late = telegram_server.message("bonne journée", telegram_server.private())
        await queue.add([late])
        while queue._workers:
            await asyncio.sleep(0.01)

        await queue.add([late])

    assert queue.following == late["update_id"] + 1
