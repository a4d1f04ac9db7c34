"""The list in pages, and who may turn them."""

import asyncio
import logging
import threading
from typing import Any

import discord
import pytest
import simcord

from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.health import Health
from bot.models import Author, Platform, Scope
from bot.services import Services
from bot.services.encouragements import MAX_LENGTH
from bot.services.settings.table import ScopePreferences
from bot.text.lists import CHARACTERS_PER_PAGE, paginate
from bot.text.sentences import Texts
from bot.wiring import make_bot
from tests.conftest import Client, Server, fill, shown


@pytest.fixture
async def long_list(server: Server, services: Services) -> Server:
    scope, camille = Scope(Platform.DISCORD, server.guild.id), Author(server.camille.id, "Camille")
    await fill(services, scope, [f"Message {number:02}" for number in range(1, 26)], camille)
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


async def test_pages_for_all_stay_in_the_servers_language_and_those_for_one_in_theirs(
    server: Server, client: Client
) -> None:
    client.locale = "en-GB"
    await server.camille.send(server.channel, "$help")
    await server.camille.click(server.answers()[-1], label="Page suivante")
    own = (await server.camille.slash(server.channel, "help")).response
    assert own is not None

    turned = await server.camille.click(own.message, label="Next page")

    assert "Page 2 sur" in shown(server.answers()[-1])
    assert "Page 2 of" in shown(turned.response)


async def test_only_the_one_who_asked_turns_the_pages(long_list: Server) -> None:
    await long_list.ask(long_list.camille, "$list")

    result = await long_list.sacha.click(long_list.answers()[-1], label="Page suivante")

    assert result.ephemeral
    assert "pour la personne qui a lancé la commande" in shown(result.response)
    assert numbers(shown(long_list.answers()[-1])) == list(range(1, 11))


async def test_the_buttons_work_after_a_restart_and_show_the_list_as_it_is_then(
    long_list: Server, env: simcord.Env, services: Services, settings: Settings, texts: Texts
) -> None:
    await long_list.ask(long_list.camille, "$list")
    message = long_list.answers()[-1]
    await long_list.ask(long_list.camille, "$del 12")

    await env.restart_bot(make_bot(settings, services, texts, Health()))
    await long_list.camille.click(message, label="Page suivante")

    turned = next(one for one in long_list.answers() if one.id == message.id)
    assert numbers(shown(turned)) == [11, *range(13, 22)]


async def test_a_page_of_a_list_that_has_become_short_shows_what_there_is(long_list: Server, bot: EncourageBot) -> None:
    await long_list.ask(long_list.camille, "$list")
    message = long_list.answers()[-1]
    for number in range(1, 26):
        await long_list.ask(long_list.camille, f"$del {number}")

    await long_list.camille.click(message, label="Dernière page")

    turned = next(one for one in long_list.answers() if one.id == message.id)
    assert "aucun message" in shown(turned)
    assert turned.components == []


async def test_a_list_is_written_once_for_all_who_ask_and_keeps_nobody_else_waiting(
    long_list: Server, bot: EncourageBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full one takes a tenth of a second to write."""
    cog: Any = bot.get_cog("Encouragement")
    module, threads = cog._texts.__globals__, list[int]()
    write = module["list_pages"]

    def written(*args: Any, **options: Any) -> list[str]:
        threads.append(threading.get_ident())
        return list(write(*args, **options))

    monkeypatch.setitem(module, "list_pages", written)
    scope, voice = Scope(Platform.DISCORD, long_list.guild.id), bot.voices.voice(ScopePreferences())
    pages = await asyncio.gather(*(cog._pages(scope, voice, "") for _ in range(20)))

    assert len(pages) == 20
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_lists_leave_nothing_in_memory(long_list: Server, bot: EncourageBot) -> None:
    before = len(bot._connection._view_store._views)
    for command in ("$list", "$help", "$list"):
        await long_list.ask(long_list.camille, command)
        await long_list.camille.click(long_list.answers()[-1], label="Page suivante")

    assert len(bot._connection._view_store._views) == before


async def test_the_buttons_of_a_list_that_is_no_more_say_so(long_list: Server, bot: EncourageBot) -> None:
    await long_list.ask(long_list.camille, "$list")
    del bot.page_sources["list"]

    result = await long_list.camille.click(long_list.answers()[-1], label="Page suivante")

    assert result.ephemeral
    assert "vient de changer" in shown(result.response)


async def test_a_click_that_fails_says_sorry_to_the_one_who_clicked(
    long_list: Server, bot: EncourageBot, caplog: pytest.LogCaptureFixture
) -> None:
    await long_list.ask(long_list.camille, "$list")

    async def broken(*_: object) -> list[discord.Embed]:
        raise RuntimeError("the disk is on fire")

    bot.page_sources["list"] = broken
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
