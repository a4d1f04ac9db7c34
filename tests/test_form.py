"""The box that `/new` opens when it is given no text."""

from collections.abc import Mapping

import pytest
import simcord

from bot import languages as language_folders
from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.health import Health
from bot.languages import Language
from bot.models import Contributors, Platform, Scope
from bot.services import Services
from bot.services.encouragements import MAX_LENGTH
from bot.text.sentences import Texts
from bot.wiring import make_bot
from tests.conftest import Client, Server, shown


async def write(member: simcord.MemberActor, server: Server, text: str) -> simcord.InteractionResult:
    """Open the box, write in it and send it."""
    return await member.submit_modal(await member.slash(server.channel, "new"), {"message": text})


async def test_new_without_text_opens_a_box_for_one_message(server: Server) -> None:
    result = await server.camille.slash(server.channel, "new")

    assert result.modal is not None
    assert result.modal["title"] == "Nouveau message d'encouragement"
    (label,) = result.modal["components"]
    assert label["label"] == "Ton message"
    field = label["component"]
    assert (field["style"], field["max_length"], field["placeholder"]) == (2, MAX_LENGTH, "Tu vas y arriver.")


async def test_the_box_speaks_the_members_language_and_the_answer_the_servers(server: Server, client: Client) -> None:
    client.locale = "en-GB"
    result = await server.camille.slash(server.channel, "new")
    assert result.modal is not None
    assert result.modal["title"] == "New encouraging message"

    answer = await server.camille.submit_modal(result, {"message": "You can do it."})

    assert shown(answer.response).startswith("Nouveau message")


async def test_what_is_written_in_the_box_is_kept_like_what_is_typed(server: Server) -> None:
    result = await write(server.camille, server, "  Tu vas\ny arriver. ")

    assert not result.ephemeral
    assert shown(result.response) == "Nouveau message d'encouragement ajouté. C'est le n° 1."
    assert "**1.** Tu vas y arriver. — Camille" in await server.ask(server.sacha, "$list")


async def test_the_box_works_in_a_private_conversation(env: simcord.Env) -> None:
    alone = env.create_user("dominique")
    await alone.send_dm("$hello")

    result = await alone.submit_modal(await alone.slash("new"), {"message": "Rien que pour moi."})

    assert "ajouté" in shown(result.response)


async def test_mistakes_in_the_box_are_answered_to_the_member_alone(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")

    for text, part in (("tu VAS y arriver.", "déjà dans la liste"), ("\u200b", "Il manque le message")):
        result = await write(server.camille, server, text)
        assert result.ephemeral
        assert part in shown(result.response)


async def test_what_is_written_in_the_box_waits_where_messages_do(server: Server, services: Services) -> None:
    await services.preferences.change(Scope(Platform.DISCORD, server.guild.id), contributors=Contributors.APPROVAL)

    result = await write(server.camille, server, "Tu vas y arriver.")

    assert result.ephemeral
    assert "attend l'accord" in shown(result.response)
    assert "ajouté" in shown((await write(server.moderator, server, "On est là.")).response)


async def test_the_box_does_not_open_for_who_may_not_add(server: Server, services: Services) -> None:
    await services.preferences.change(Scope(Platform.DISCORD, server.guild.id), contributors=Contributors.MODERATORS)

    result = await server.camille.slash(server.channel, "new")

    assert result.modal is None
    assert "« Gérer les messages »" in shown(result.response)


async def test_a_box_that_fails_says_sorry(
    server: Server, services: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(type(services.encouragements), "add", broken)
    caplog.clear()

    result = await write(server.camille, server, "secret 4711")

    assert result.ephemeral
    assert "quelque chose n'a pas marché" in shown(result.response)
    assert "incident" in caplog.text
    assert "4711" not in caplog.text


async def test_no_box_is_taken_once_the_bot_is_stopping(server: Server, bot: EncourageBot) -> None:
    opened = await server.camille.slash(server.channel, "new")
    bot.in_flight.stopping = True

    assert not (await server.camille.submit_modal(opened, {"message": "Tu vas y arriver."})).acknowledged
    bot.in_flight.stopping = False


async def test_a_box_keeps_nothing_in_memory_and_can_be_sent_after_a_restart(
    server: Server, env: simcord.Env, bot: EncourageBot, services: Services, settings: Settings, texts: Texts
) -> None:
    opened = await server.camille.slash(server.channel, "new")
    assert not bot._connection._view_store._modals

    await env.restart_bot(make_bot(settings, services, texts, Health()))
    answer = await server.camille.submit_modal(opened, {"message": "Tu vas y arriver."})

    assert "ajouté" in shown(answer.response)


@pytest.mark.parametrize("code", language_folders.available())
def test_the_box_fits_in_every_language(languages: Mapping[str, Language], code: str) -> None:
    texts = languages[code].texts

    for key, limit in (("title", 45), ("label", 45), ("placeholder", 100)):
        assert len(texts[f"new.form_{key}"]) <= limit
