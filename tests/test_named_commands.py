"""A slash answer names slash commands, for a click to begin them; a typed one names typed commands."""

import re
from dataclasses import replace

import pytest
import simcord

from bot.config import Settings
from bot.discord import slash
from bot.discord.client import EncourageBot
from bot.health import Health
from bot.models import Platform, Scope
from bot.services import Services
from bot.services.settings.word_lists import Words
from bot.text.sentences import Texts
from bot.wiring import make_bot
from tests.conftest import Server, make_server, shown


@pytest.fixture
async def published(server: Server, bot: EncourageBot) -> Server:
    """A server whose commands Discord knows."""
    await slash.publish(bot.tree, bot.texts, bot.services.published_commands)
    return server


async def test_an_answer_names_commands_as_they_were_given(published: Server) -> None:
    assert "`$list`" in await published.ask(published.camille, "$del 999")
    answer = shown((await published.camille.slash(published.channel, "del", number=999)).response)

    assert re.search(r"</list:\d+>", answer)
    assert "$" not in answer


async def test_what_is_below_a_command_is_named_whole(published: Server) -> None:
    answer = shown((await published.camille.slash(published.channel, "privacy show")).response)

    assert re.search(r"</privacy export:\d+>", answer)
    assert re.search(r"</optout:\d+>", answer)
    assert "`$privacy export`" in await published.ask(published.camille, "$privacy")


async def test_an_example_stays_to_be_copied(published: Server) -> None:
    answer = shown((await published.camille.slash(published.channel, "list")).response)

    assert "`/new Tu vas y arriver.`" in answer


async def test_before_discord_knows_them_they_are_named_plainly(server: Server) -> None:
    assert "`/list`" in shown((await server.camille.slash(server.channel, "del", number=999)).response)


async def test_after_a_restart_they_are_known_without_asking(published: Server, bot: EncourageBot) -> None:
    asked = len(published.env.http_requests)
    bot.voices.mentions.clear()
    await slash.publish(bot.tree, bot.texts, bot.services.published_commands)

    assert len(published.env.http_requests) == asked
    assert re.fullmatch(r"</list:\d+>", bot.voices.mentions["list"])
    assert re.fullmatch(r"</words list:\d+>", bot.voices.mentions["words"])


async def test_the_panel_shows_no_marks_in_its_menus(published: Server) -> None:
    before = len(published.env.http_requests)
    await published.admin.slash(published.channel, "settings")
    descriptions = re.findall(r"'description': '([^']*)'", str(published.env.http_requests[before:]))

    assert any("/pending" in each for each in descriptions)
    assert not any("`" in each or "</" in each for each in descriptions)


async def test_the_prefix_is_told_to_who_asks_with_a_slash_too(published: Server) -> None:
    answer = shown((await published.admin.slash(published.channel, "prefix")).response)

    assert "Mes commandes commencent par `$`" in answer


async def test_where_messages_are_not_read_commands_are_mentioned_to_all(
    services: Services, texts: Texts, settings: Settings
) -> None:
    bot = make_bot(replace(settings, message_content=False), services, texts, Health())
    async with simcord.run(bot, check_errors=False) as env:
        await slash.publish(bot.tree, bot.texts, bot.services.published_commands)
        server = make_server(env)
        me = bot.user
        assert me is not None

        assert re.search(r"</list:\d+>", await server.ask(server.camille, f"<@{me.id}> del 999"))


async def test_the_words_to_remove_are_offered_to_who_may(
    server: Server, services: Services, bot: EncourageBot
) -> None:
    scope = Scope(Platform.DISCORD, server.guild.id)
    await services.preferences.change(scope, words=Words(sad=("cafard", "le blues"), ignored=("Été",)))

    async def offered(member: simcord.MemberActor, typed: str) -> list[str]:
        found = await member.autocomplete(server.channel, "words remove", "word", typed)
        return [choice["value"] for choice in found]

    for command in await bot.tree.sync():
        server.guild.set_command_permissions(command, {server.camille: True})

    assert await offered(server.admin, "") == ["cafard", "le blues", "Été"]
    assert await offered(server.admin, "ete") == ["Été"]
    assert await offered(server.camille, "") == []
