"""A member's message that hurts whoever gets it goes at once, and waits for a moderator again."""

import random

import pytest
import simcord

from bot.models import Author, Platform, Scope
from bot.services import Services
from tests.conftest import Clock, Server, shown
from tests.fake_telegram import CAMILLE, SACHA, FakeTelegram

SAD = "je suis triste"
HURTFUL = "Il y a pire ailleurs"


class Last(random.Random):
    """Chooses the last there is: the newest of the members' messages, if there is any."""

    def choice(self, seq):  # type: ignore[no-untyped-def]
        return seq[-1]


@pytest.fixture(autouse=True)
def members_messages_first(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.encouragements, "_rng", Last())


async def test_it_goes_at_once_and_waits_for_a_moderator_who_learns_why_and_not_from_whom(
    server: Server, services: Services, clock: Clock
) -> None:
    scope = Scope(Platform.DISCORD, server.guild.id)
    await server.ask(server.moderator, f"$new {HURTFUL}")
    await server.camille.send(server.channel, SAD)
    before = len(server.answers())
    assert HURTFUL in server.answers()[-1].content

    other = await server.sacha.click(server.answers()[-1], label="Ce mot me blesse")
    assert "pour la personne à qui je réponds" in shown(other.response)
    result = await server.camille.click(server.answers()[-1], label="Ce mot me blesse")

    (told,) = result.followups
    assert told.ephemeral
    assert "ne saura pas que ça vient de toi" in shown(told)
    assert len(server.answers()) == before - 1
    assert await services.encouragements.list(scope) == []
    pending = await server.moderator.slash(server.channel, "pending")
    assert HURTFUL in shown(pending.response)
    assert "n° 1" in shown(pending.response)
    assert "en a été blessée" in shown(pending.response)
    assert "amille" not in shown(pending.response)
    clock.advance(seconds=121)
    assert HURTFUL not in await server.ask(server.camille, SAD)


async def test_a_moderator_may_find_it_harmless(server: Server, services: Services) -> None:
    scope = Scope(Platform.DISCORD, server.guild.id)
    await server.ask(server.moderator, f"$new {HURTFUL}")
    await services.encouragements.report(scope, 1)
    await server.moderator.send(server.channel, "$pending")

    await server.moderator.click(server.answers()[-1], label="Accepter")

    (kept,) = await services.encouragements.list(scope)
    assert (kept.number, kept.reported) == (1, False)


async def test_a_starter_has_no_such_button(server: Server) -> None:
    await server.camille.send(server.channel, SAD)

    assert "Ce mot me blesse" not in str(server.answers()[-1].components)


async def test_a_message_of_ones_own_conversation_has_no_such_button(env: simcord.Env, telegram: FakeTelegram) -> None:
    """Nobody would ever look at it there."""
    alone = env.create_user("dominique")
    await alone.send_dm(f"$new {HURTFUL}")
    await alone.send_dm(SAD)
    await telegram.say(f"/new {HURTFUL}")

    answer = alone.dm_channel.last_message
    assert answer is not None
    assert HURTFUL in answer.content
    assert "Ce mot me blesse" not in str(answer.components)
    assert HURTFUL in await telegram.say(SAD)
    assert "Ce mot me blesse" not in str(telegram.sent()[-1]["reply_markup"])


async def test_on_telegram_it_goes_and_is_said_no_more(telegram: FakeTelegram, services: Services) -> None:
    group = telegram.group()
    scope = Scope(Platform.TELEGRAM, group.id)
    await services.encouragements.add(scope, author=Author(SACHA.id, "Sacha"), text=HURTFUL)
    assert HURTFUL in await telegram.say(SAD, group)
    keyboard = telegram.sent()[-1]["reply_markup"]["inline_keyboard"]
    (data,) = [button["callback_data"] for (button,) in keyboard if button["text"] == "Ce mot me blesse"]

    await telegram.deliver(telegram.click(data, group, SACHA))
    assert telegram.sent("deleteMessage") == []
    await telegram.deliver(telegram.click(data, group, CAMILLE))

    assert len(telegram.sent("deleteMessage")) == 1
    assert "Personne ne saura" in telegram.sent("answerCallbackQuery")[-1]["text"]
    assert await services.encouragements.list(scope) == []
