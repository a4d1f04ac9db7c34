"""Who may do what, when Discord does not say who somebody is on the server."""

from typing import Any

import discord
import pytest

from bot.discord.client import EncourageBot
from bot.discord.permissions import MANAGE_SERVER, may
from bot.models import Platform, Scope
from bot.services import Services
from tests.conftest import Server, shown


@pytest.fixture
def nobody_is_said_to_be_a_member(server: Server, bot: EncourageBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all that is made of the server's events be made without the field that says so."""
    parse, read = bot._connection.parsers["MESSAGE_CREATE"], discord.Interaction._from_data

    def without_member(data: Any) -> Any:
        return {name: value for name, value in data.items() if name != "member"}

    monkeypatch.setitem(bot._connection.parsers, "MESSAGE_CREATE", lambda data: parse(without_member(data)))
    # Without a member, a click or a slash command of a server goes no further than to where events are looked at.
    monkeypatch.setattr(discord.Interaction, "_from_data", lambda itself, data: read(itself, without_member(data)))


async def is_responding(server: Server, services: Services) -> bool:
    return (await services.preferences.get(Scope(Platform.DISCORD, server.guild.id))).responding


@pytest.mark.usefixtures("nobody_is_said_to_be_a_member")
async def test_who_types_a_command_may_nothing(server: Server, services: Services) -> None:
    assert "Gérer le serveur" in await server.ask(server.camille, "$responding off")
    assert "Gérer les messages" in await server.ask(server.camille, "$pending")
    assert await server.ask(server.camille, "$hello") == "Bonjour !"
    assert await is_responding(server, services)


@pytest.mark.usefixtures("nobody_is_said_to_be_a_member")
async def test_who_gives_a_slash_command_may_nothing(server: Server, services: Services) -> None:
    result = await server.admin.slash(server.channel, "responding", value="off")

    assert "Gérer le serveur" in shown(result.response)
    assert await is_responding(server, services)


async def test_who_clicks_may_nothing(server: Server, services: Services, request: pytest.FixtureRequest) -> None:
    panel = (await server.admin.slash(server.channel, "settings")).response
    assert panel is not None
    request.getfixturevalue("nobody_is_said_to_be_a_member")

    result = await server.admin.click(panel, custom_id="settings:responding:off")

    assert "Gérer le serveur" in shown(result.response)
    assert await is_responding(server, services)


async def test_what_is_no_channel_of_a_server_is_not_private_for_that(server: Server, bot: EncourageBot) -> None:
    channel = bot.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="fil", type=discord.ChannelType.public_thread)
    unknown = bot.get_partial_messageable(1)
    assert bot.user is not None

    assert not any(may(bot.user, MANAGE_SERVER, public) for public in (channel, thread, unknown, None))


async def test_on_a_server_that_is_not_known_yet_nobody_may_anything(
    server: Server, services: Services, bot: EncourageBot
) -> None:
    """Messages may come before the event that describes their server."""
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    bot._connection._remove_guild(guild)

    assert "Gérer le serveur" in await server.ask(server.admin, "$responding off")
    assert "n° 1" in await server.ask(server.camille, "$new Courage")
    assert len(await services.encouragements.list(Scope(Platform.DISCORD, guild.id))) == 1
