"""MESSAGE_CONTENT=false: what works without the right to read messages, and how people learn what does not."""

from dataclasses import replace
from pathlib import Path

import pytest
import simcord

from bot.config import Settings
from bot.discord.client import intents
from bot.models import QuoteSource
from tests.conftest import Server, kind_word, shown

SAD = "i am so sad"


@pytest.fixture
def settings(tmp_path: Path, locale: str) -> Settings:
    chosen = Settings(locale=locale, database=tmp_path / "data" / "encourage.db", quotes=QuoteSource.BUNDLED)
    return replace(chosen, message_content=False)


def mention(server: Server) -> str:
    me = server.env.bot.user
    assert me is not None
    return f"<@{me.id}>"


def test_the_intent_is_asked_for_only_when_wanted() -> None:
    assert intents(message_content=True).message_content
    without = intents(message_content=False)

    assert not without.message_content
    assert without.guild_messages
    assert without.dm_messages


async def test_messages_of_a_server_are_not_read(server: Server) -> None:
    for text in (SAD, "i want to kill myself", "$hello"):
        assert await server.ask(server.camille, text) == ""


async def test_messages_that_mention_the_bot_are(server: Server) -> None:
    assert await server.ask(server.camille, f"{mention(server)} hello") == "Bonjour !"
    assert kind_word(await server.ask(server.camille, f"{mention(server)} {SAD}"))
    assert "3114" in await server.ask(server.camille, f"{mention(server)} i want to kill myself")


async def test_private_messages_are_read(env: simcord.Env, server: Server) -> None:
    alone = env.create_user("dominique")

    for text in ("$hello", SAD, "i want to kill myself"):
        await alone.send_dm(text)
        assert alone.dm_channel.last_message is not None
        assert alone.dm_channel.last_message.content != text


async def test_slash_commands_work(server: Server) -> None:
    assert shown((await server.camille.slash(server.channel, "hello")).response) == "Bonjour !"
    await server.camille.slash(server.channel, "new", message="Courage")
    assert "Courage" in shown((await server.sacha.slash(server.channel, "list")).response)


async def test_the_message_menu_works(server: Server) -> None:
    message = await server.sacha.send(server.channel, "bonjour")

    result = await server.camille.context_menu(server.channel, "Encourager", message)

    assert shown(result.response) == "C'est envoyé."
    assert len(server.answers()) == 1


async def test_help_says_what_is_off_and_shows_what_works(server: Server) -> None:
    answer = shown((await server.camille.slash(server.channel, "help")).response)

    assert "je ne lis pas les messages" in answer
    assert "`/new " in answer
    assert "$" not in answer


async def test_help_names_groups_as_slash_commands_are_called(server: Server) -> None:
    result = await server.camille.slash(server.channel, "help")
    assert result.response is not None
    turned = await server.camille.click(result.response, label="Page suivante")

    assert "`/privacy show`" in shown(turned.response)


async def test_a_prefix_that_is_chosen_is_told_as_what_it_is_good_for(server: Server) -> None:
    answer = await server.ask(server.admin, f"{mention(server)} prefix !")

    assert "commencent par `!`" in answer
    assert "Sur un serveur, je ne lis pas les messages" in answer
    assert "`!`" in shown((await server.admin.slash(server.channel, "prefix")).response)
