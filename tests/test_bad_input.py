"""What people type by mistake, and what the bot does when Discord or the bot itself fails."""

import logging
import sqlite3
from contextlib import closing

import discord
import pytest
import simcord

from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.services import Services
from bot.services.tally import FailureKind
from bot.storage import sqlite as database
from tests.conftest import Server, fill, shown


@pytest.mark.parametrize("text", ["$new", "$new    ", "$new \u200b\u200e", "$new \u3000", "$new \u3164"])
async def test_new_without_a_message_says_how_to_add_one(server: Server, text: str) -> None:
    answer = await server.ask(server.camille, text)

    assert "$new Tu vas y arriver." in answer
    assert "aucun message" in await server.ask(server.camille, "$list")


async def test_new_keeps_1000_characters_and_refuses_1001(server: Server) -> None:
    too_long = await server.ask(server.camille, "$new " + "é" * 1001)
    just_right = await server.ask(server.camille, "$new " + "é" * 1000)

    assert "1 001" in too_long
    assert "1 000" in too_long
    assert "n° 1" in just_right


@pytest.mark.parametrize("again", ["Tu vas y arriver", "tu VAS y arriver", "  Tu  vas\ny   arriver "])
async def test_new_refuses_a_duplicate_whatever_its_case_and_spacing(server: Server, again: str) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver")

    assert "déjà" in await server.ask(server.sacha, f"$new {again}")
    assert "**2.**" not in await server.ask(server.camille, "$list")


async def test_new_refuses_the_501st(server: Server, services: Services) -> None:
    from bot.discord.scopes import scope_of
    from bot.models import Author

    scope = scope_of(server.env.bot.get_guild(server.guild.id), discord.Object(server.channel.id))
    await fill(services, scope, [f"message {number}" for number in range(500)], Author(1, "x"))

    answer = await server.ask(server.camille, "$new un de trop")

    assert "500" in answer
    assert "$del" in answer
    assert len(await services.encouragements.list(scope)) == 500


NO_NUMBERS = ["", " abc", " -1", " 0", " 99999999999999999999", " 1.5", ' "', " " + "9" * 1900]


async def test_del_of_no_number_says_how_to_delete(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")

    for typed in NO_NUMBERS:
        assert "`$del 3`" in await server.ask(server.camille, f"$del{typed}"), typed
        assert "Tu vas y arriver." in await server.ask(server.camille, "$list"), typed


@pytest.mark.parametrize("number", [7, 9007199254740991])
async def test_del_of_an_unknown_number_says_so(server: Server, number: int) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")

    assert f"n° {number}" in await server.ask(server.camille, f"$del {number}")
    assert "Tu vas y arriver." in await server.ask(server.camille, "$list")


async def test_del_of_a_deleted_number_says_so(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")
    await server.ask(server.camille, "$del 1")

    assert "Il n'y a pas de message n° 1" in await server.ask(server.camille, "$del 1")


async def test_del_of_someone_elses_message_says_who_may(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")

    answer = await server.ask(server.sacha, "$del 1")

    assert "Gérer les messages" in answer
    assert "Tu vas y arriver." in await server.ask(server.camille, "$list")


async def test_responding_with_another_word_gives_the_two_values(server: Server) -> None:
    for word in ("peut-être", "2", "tru", '"', "on off"):
        answer = await server.ask(server.admin, f"$responding {word}")

        assert "$responding true" in answer, word
        assert "$responding false" in answer, word
        assert await server.ask(server.admin, "$responding") == "Réponse activée.", word


@pytest.mark.parametrize("text", ["$responding off", "$responding", "$responding peut-être"])
async def test_responding_needs_manage_server(server: Server, text: str) -> None:
    for member in (server.camille, server.moderator):
        assert "Gérer le serveur" in await server.ask(member, text)

    assert await server.ask(server.admin, "$responding") == "Réponse activée."


async def test_an_unknown_command_is_met_with_silence(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()

    for text in ("$5", "$unknown", "$", "$ ", "$$$", "$unknown je suis triste", "$5 et je suis triste"):
        assert await server.ask(server.camille, text) == "", text
        assert [each for each in caplog.records if each.name.startswith(("bot", "cogs", "discord"))] == [], text


@pytest.mark.parametrize("text", ["$hello", "je suis triste", "$del abc"])
async def test_where_the_bot_may_not_write_it_asks_nothing_of_discord(
    server: Server, env: simcord.Env, bot: EncourageBot, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    channel = server.guild.create_text_channel("muet")
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    assert bot.user is not None
    await guild.get_channel(channel.id).set_permissions(guild.me, send_messages=False)  # type: ignore[union-attr]
    before = len(env.http_requests)
    caplog.set_level(logging.DEBUG, logger="bot")

    await server.camille.send(channel, text)

    assert len(env.http_requests) == before
    # Of a message that nobody addressed to the bot, not even the log says that it was sad.
    expected = ["DEBUG"] if text.startswith("$") else []
    assert [record.levelname for record in caplog.records if record.name.startswith(("bot", "cogs"))] == expected


async def test_without_the_embed_permission_list_says_which_one_is_missing(server: Server, bot: EncourageBot) -> None:
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    await guild.get_channel(server.channel.id).set_permissions(guild.me, embed_links=False)  # type: ignore[union-attr]

    assert "Intégrer des liens" in await server.ask(server.camille, "$list")


@pytest.mark.bot_raises(kind=discord.Forbidden)
async def test_a_refusal_of_discord_is_not_answered(
    server: Server, env: simcord.Env, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="cogs")
    env.inject_error("POST", "/channels/*/messages", status=403, code=50013, message="Missing Permissions")

    assert await server.ask(server.camille, "$hello") == ""
    assert {record.levelname for record in caplog.records if record.name.startswith("cogs")} == {"DEBUG"}


@pytest.mark.bot_raises(kind=discord.HTTPException)
@pytest.mark.parametrize("status", [503, 521])
async def test_what_was_done_is_not_denied_because_its_answer_was_lost(
    server: Server, env: simcord.Env, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    env.inject_error("POST", "/channels/*/messages", status=status, code=0, message="upstream connect error")

    assert await server.ask(server.camille, "$new Tu vas y arriver.") == ""
    assert "Tu vas y arriver." in await server.ask(server.camille, "$list")
    logged = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [(record.levelname, record.exc_info) for record in logged] == [("WARNING", None)]


@pytest.mark.bot_raises(kind=RuntimeError)
async def test_an_unexpected_error_is_logged_once_with_the_id_that_the_member_gets(
    server: Server,
    services: Services,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(type(services.encouragements), "list", broken)
    caplog.clear()

    answer = await server.ask(server.camille, "$list")

    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    incident = str(record.args[0]) if isinstance(record.args, tuple) else ""
    assert len(incident) == 8
    assert f"`{incident}`" in answer
    assert record.exc_info


async def test_a_database_that_fails_is_told_and_changes_nothing(
    server: Server,
    services: Services,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    await server.ask(server.camille, "$new Courage.")
    caplog.clear()
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for command in ("$new Tu vas y arriver.", "$del 1", "$optout"):
            assert "rien n'a été changé" in await server.ask(server.camille, command)
        assert "rien n'a été changé" in await server.ask(server.admin, "$responding false")
        assert "3114" in await server.ask(server.camille, "je veux mourir")

    assert "Courage." in await server.ask(server.camille, "$list")
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == [
        "the database can't be used: database is locked"
    ]
    assert services.tally.failures[FailureKind.STORAGE] == 4


@pytest.mark.bot_raises(kind=RuntimeError)
async def test_an_error_while_answering_a_sad_message_is_logged_without_the_message(
    server: Server,
    services: Services,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(type(services.encouragements), "pick", broken)
    caplog.clear()

    assert await server.ask(server.camille, "je suis triste, secret 4711") == ""
    assert "incident" in caplog.text
    assert "4711" not in caplog.text


async def test_a_slash_command_in_a_channel_where_the_bot_may_not_write_still_answers(
    server: Server, bot: EncourageBot
) -> None:
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    await guild.get_channel(server.channel.id).set_permissions(guild.me, send_messages=False)  # type: ignore[union-attr]

    assert shown((await server.camille.slash(server.channel, "hello")).response) == "Bonjour !"
