"""A wrong answer can be undone by the one who got it."""

import pytest

from bot.config import Settings
from bot.health import Health
from bot.services import Services
from bot.text.sentences import Texts
from bot.wiring import make_bot
from tests.conftest import Server, shown
from tests.fake_telegram import ALEX, CAMILLE, SACHA, FakeTelegram, Somebody

SAD = "je suis triste"


@pytest.mark.parametrize("who", ["camille", "moderator"])
async def test_the_one_who_got_a_kind_word_or_a_moderator_deletes_it_at_once(server: Server, who: str) -> None:
    await server.camille.send(server.channel, SAD)

    await getattr(server, who).click(server.answers()[-1], label="Ça va")

    assert server.answers() == []


async def test_anybody_else_leaves_it_there(server: Server) -> None:
    await server.camille.send(server.channel, SAD)

    result = await server.sacha.click(server.answers()[-1], label="Ça va")

    assert result.ephemeral
    assert "pour la personne à qui je réponds" in shown(result.response)
    assert len(server.answers()) == 1


async def test_it_works_after_a_restart(server: Server, services: Services, settings: Settings, texts: Texts) -> None:
    await server.camille.send(server.channel, SAD)

    await server.env.restart_bot(make_bot(settings, services, texts, Health()))
    await server.camille.click(server.answers()[-1], label="Ça va")

    assert server.answers() == []


async def test_a_kind_word_from_somebody_else_is_undone_by_its_receiver(server: Server) -> None:
    message = await server.camille.send(server.channel, "bonjour")
    await server.sacha.context_menu(server.channel, "Encourager", message)

    await server.camille.click(server.answers()[-1], label="Ça va")

    assert server.answers() == []


@pytest.mark.parametrize(("person", "deleted"), [(CAMILLE, 1), (ALEX, 1), (SACHA, 0)])
async def test_on_telegram_the_receiver_and_administrators_delete_it(
    telegram: FakeTelegram, person: Somebody, deleted: int
) -> None:
    group = telegram.group(admins=(ALEX,))
    await telegram.say(SAD, group)
    keyboard = telegram.sent()[-1]["reply_markup"]["inline_keyboard"]
    (data,) = [button["callback_data"] for (button,) in keyboard if button["text"] == "Ça va"]

    await telegram.deliver(telegram.click(data, group, person))

    assert len(telegram.sent("deleteMessage")) == deleted
