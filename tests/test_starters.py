"""Whether the kind words that come with the bot are said besides a server's own."""

import pytest

from bot.models import Author, Platform, Scope, StartersUse
from bot.services import Services
from bot.services.feelings.readings import NOTHING
from tests.conftest import Server
from tests.fake_telegram import FakeTelegram

HERE = Scope(Platform.DISCORD, 1)


async def said(services: Services, own: int, use: StartersUse) -> tuple[bool, bool]:
    """Whether starters and a scope's own words are said that has so many."""
    for number in range(own):
        await services.encouragements.add(HERE, author=Author(1, "Camille"), text=f"Mot {number}")
    await services.preferences.change(HERE, starters=use)
    words = [
        await services.encouragements.pick(HERE, locale="fr", channel_id=1, reading=NOTHING)
        for _ in range(60 + 60 * own)
    ]
    return any(word.number is None for word in words), any(word.number is not None for word in words)


@pytest.mark.parametrize(
    ("use", "own", "expected"),
    [
        (StartersUse.ON, 10, (True, True)),
        (StartersUse.FEW, 9, (True, True)),
        (StartersUse.FEW, 10, (False, True)),
        (StartersUse.OFF, 1, (False, True)),
        (StartersUse.OFF, 0, (True, False)),
    ],
)
async def test_starters_are_said_as_the_scope_wants(
    services: Services, use: StartersUse, own: int, expected: tuple[bool, bool]
) -> None:
    assert await said(services, own, use) == expected


async def test_the_list_says_which_words_are_said(server: Server) -> None:
    await server.ask(server.camille, "$new Courage.")
    assert "Je dis aussi mes propres mots gentils." in await server.ask(server.camille, "$list")

    assert "moins de dix" in await server.ask(server.admin, "$starters few")
    assert "moins de dix messages ici" in await server.ask(server.camille, "$list")
    await server.ask(server.admin, "$starters off")
    assert "Je ne dis que les mots d'ici." in await server.ask(server.camille, "$list")
    assert "`$starters few`" in await server.ask(server.admin, "$starters jamais")


async def test_it_is_a_setting_on_telegram_too(telegram: FakeTelegram) -> None:
    await telegram.say("/new Courage.")

    assert "Je ne dis que les mots gentils d'ici" in await telegram.say("/starters off")
    assert "Je ne dis que les mots d'ici." in await telegram.say("/list")
