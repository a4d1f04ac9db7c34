"""The list in pages, and who may turn them."""

import logging

import pytest
import simcord

from bot.discord.client import EncourageBot
from bot.discord.views import pages
from bot.services import Services
from bot.services.encouragements import MAX_LENGTH
from bot.text.lists import CHARACTERS_PER_PAGE, paginate
from tests.conftest import Server, shown


@pytest.fixture
async def long_list(server: Server) -> Server:
    for number in range(1, 26):
        await server.ask(server.camille, f"$new Message {number:02}")
    return server


def numbers(text: str) -> list[int]:
    return [number for number in range(1, 60) if f"**{number}.**" in text]


async def test_a_long_list_comes_in_pages_of_ten(long_list: Server) -> None:
    answer = await long_list.ask(long_list.camille, "$list")

    assert numbers(answer) == list(range(1, 11))
    assert "Page 1 sur 3" in answer


async def test_a_short_list_has_no_buttons(server: Server) -> None:
    await server.ask(server.camille, "$new Courage")
    answer = await server.ask(server.camille, "$list")

    assert "Page" not in answer
    assert server.answers()[-1].components == []


async def test_the_buttons_turn_the_pages(long_list: Server) -> None:
    await long_list.ask(long_list.camille, "$list")

    async def click(label: str) -> str:
        await long_list.camille.click(long_list.answers()[-1], label=label)
        return shown(long_list.answers()[-1])

    assert numbers(await click("Page suivante")) == list(range(11, 21))
    assert numbers(await click("Dernière page")) == list(range(21, 26))
    with pytest.raises(simcord.SetupError, match="disabled"):
        await click("Page suivante")
    assert numbers(await click("Page précédente")) == list(range(11, 21))
    assert numbers(await click("Première page")) == list(range(1, 11))
    with pytest.raises(simcord.SetupError, match="disabled"):
        await click("Page précédente")


async def test_only_the_one_who_asked_turns_the_pages(long_list: Server) -> None:
    await long_list.ask(long_list.camille, "$list")

    result = await long_list.sacha.click(long_list.answers()[-1], label="Page suivante")

    assert result.ephemeral
    assert "pour la personne qui a donné la commande" in shown(result.response)
    assert numbers(shown(long_list.answers()[-1])) == list(range(1, 11))


async def test_the_buttons_go_after_three_minutes(long_list: Server, env: simcord.Env) -> None:
    await long_list.ask(long_list.camille, "$list")
    await env.advance_time(179)
    assert long_list.answers()[-1].components != []

    await env.advance_time(2)

    assert long_list.answers()[-1].components == []
    assert numbers(shown(long_list.answers()[-1])) == list(range(1, 11))


@pytest.mark.bot_raises(kind=RuntimeError)
async def test_a_click_that_fails_says_sorry_to_the_one_who_clicked(
    long_list: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await long_list.ask(long_list.camille, "$list")

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(pages.Pages, "_update_buttons", broken)
    result = await long_list.camille.click(long_list.answers()[-1], label="Page suivante")

    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert isinstance(record.args, tuple)
    assert result.ephemeral
    assert f"`{record.args[0]}`" in shown(result.response)


async def test_no_click_is_taken_once_the_bot_is_stopping(long_list: Server, bot: EncourageBot) -> None:
    await long_list.ask(long_list.camille, "$list")
    bot.in_flight.stopping = True

    for member in (long_list.camille, long_list.sacha):
        assert not (await member.click(long_list.answers()[-1], label="Page suivante")).acknowledged
    bot.in_flight.stopping = False


async def test_del_shows_what_remains_in_pages_too(long_list: Server) -> None:
    answer = await long_list.ask(long_list.camille, "$del 3")

    assert "n° 3 est supprimé" in answer
    assert numbers(answer) == [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]


async def test_the_longest_messages_fit(server: Server, services: Services) -> None:
    for letter in "abcdef":
        await server.ask(server.camille, "$new " + letter * (MAX_LENGTH - 6) + "*_*_*_")

    answer = await server.ask(server.camille, "$list")

    assert numbers(answer) == [1, 2, 3]
    assert "Page 1 sur 2" in answer


def test_pages_hold_every_entry_in_order_and_fit() -> None:
    entries = ["x" * length for length in (1, 3999, 4000, 1, 2500, 2500, *([10] * 25))]

    pages = paginate(entries)

    assert "\n".join(pages).split("\n") == entries
    assert all(len(page) <= CHARACTERS_PER_PAGE + 1 for page in pages)
    assert all(page.count("\n") < 10 for page in pages)
