"""Servers that choose who adds messages: moderators only, or everyone with a moderator's approval."""

import asyncio
import json
import logging
import re
from datetime import UTC, datetime

import discord
import pytest
import simcord

from bot.config import Settings
from bot.errors import UserError
from bot.health import Health
from bot.models import Author, Contributors, Platform, Scope
from bot.services import Services
from bot.services.encouragements import MAX_PENDING, MAX_PER_SCOPE
from bot.services.feelings.readings import NOTHING
from bot.services.privacy import DAYS_KEPT_PENDING
from bot.text.sentences import Texts
from bot.wiring import make_bot
from tests.conftest import Client, Clock, Server, fill, make_server, shown

in_english = pytest.mark.parametrize("locale", ["en"], indirect=True)


def scope_of(server: Server) -> Scope:
    return Scope(Platform.DISCORD, server.guild.id)


async def texts_of(services: Services, server: Server) -> list[str]:
    """What the bot may say by itself on the server, besides the starters."""
    return [kept.text for kept in await services.encouragements.list(scope_of(server))]


def labels(message: discord.Message) -> list[str | None]:
    """What the buttons of a message say."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [button.label for row in rows for button in row.children if isinstance(button, discord.Button)]


@pytest.fixture
async def approving(server: Server, services: Services) -> Server:
    """A server where the messages of ordinary members wait."""
    await services.preferences.change(scope_of(server), contributors=Contributors.APPROVAL)
    return server


# Who may add


async def test_where_only_moderators_add_the_others_are_told_which_permission_it_takes(
    server: Server, services: Services
) -> None:
    await services.preferences.change(scope_of(server), contributors=Contributors.MODERATORS)

    for text in ("$new Tu vas y arriver.", "$new"):
        assert "« Gérer les messages »" in await server.ask(server.camille, text)
    assert "n° 1" in await server.ask(server.moderator, "$new On est là.")
    assert await texts_of(services, server) == ["On est là."]


async def test_the_message_of_an_ordinary_member_waits_and_says_so(approving: Server, services: Services) -> None:
    answer = await approving.ask(approving.camille, "$new Tu vas y arriver.")

    assert "attend l'accord de la modération" in answer
    assert "n° 1" in answer
    assert f"{DAYS_KEPT_PENDING} jours" in answer
    assert "`$del 1`" in answer
    assert await texts_of(services, approving) == []


@in_english
async def test_waiting_is_said_in_english_too(approving: Server) -> None:
    assert "is waiting for a moderator" in await approving.ask(approving.camille, "$new You can do it.")


async def test_with_a_slash_only_the_asker_sees_that_it_waits(approving: Server) -> None:
    assert (await approving.camille.slash(approving.channel, "new", message="Courage")).ephemeral
    assert not (await approving.moderator.slash(approving.channel, "new", message="On est là.")).ephemeral


async def test_the_message_of_a_moderator_goes_straight_in(approving: Server, services: Services) -> None:
    assert "ajouté" in await approving.ask(approving.moderator, "$new On est là.")
    assert await texts_of(services, approving) == ["On est là."]


@pytest.mark.parametrize("contributors", [Contributors.MODERATORS, Contributors.APPROVAL])
async def test_in_a_private_conversation_everybody_adds(
    env: simcord.Env, services: Services, contributors: Contributors
) -> None:
    alone = env.create_user("dominique")
    await alone.send_dm("$hello")
    await services.preferences.change(Scope(Platform.DISCORD, alone.dm_channel.id), contributors=contributors)

    await alone.send_dm("$new Rien que pour moi.")

    assert "ajouté" in shown(alone.dm_channel.last_message)


# Deciding


async def test_pending_shows_the_oldest_message_with_its_author_and_its_age(approving: Server, clock: Clock) -> None:
    await approving.ask(approving.camille, "$new Tu vas\n# y `arriver`")
    await approving.ask(approving.sacha, "$new On est là.")

    answer = await approving.ask(approving.moderator, "$pending")

    assert "n° 1" in answer
    assert "Tu vas\n\\# y \\`arriver\\`" in answer
    assert re.search(r"— Camille, <t:\d+:R>", answer)
    assert "1 sur 2 messages en attente" in answer
    assert labels(approving.answers()[-1]) == ["Accepter", "Refuser", "Plus tard"]


async def test_pending_with_a_slash_is_for_the_moderator_alone(approving: Server) -> None:
    assert (await approving.moderator.slash(approving.channel, "pending")).ephemeral


async def test_pending_says_when_nothing_waits(approving: Server) -> None:
    assert await approving.ask(approving.moderator, "$pending") == "Aucun message n'est en attente."


async def test_pending_needs_manage_messages(approving: Server) -> None:
    for member in (approving.camille, approving.admin):
        assert "« Gérer les messages »" in await approving.ask(member, "$pending")


async def test_pending_only_makes_sense_on_a_server(env: simcord.Env) -> None:
    alone = env.create_user("dominique")

    await alone.send_dm("$pending")

    assert shown(alone.dm_channel.last_message) == "Ça n'a de sens que sur un serveur."


async def test_an_approved_message_is_listed_and_the_next_one_is_shown_in_its_place(
    approving: Server, services: Services
) -> None:
    await approving.ask(approving.camille, "$new Tu vas y arriver.")
    await approving.ask(approving.sacha, "$new On est là.")
    await approving.ask(approving.moderator, "$pending")
    before = len(approving.answers())

    await approving.moderator.click(approving.answers()[-1], label="Accepter")

    assert len(approving.answers()) == before
    card = approving.answers()[-1]
    assert "n° 1 est accepté" in shown(card)
    assert "On est là." in shown(card)
    assert "1 sur 1 message en attente" in shown(card)
    assert labels(card) == ["Accepter", "Refuser"]
    assert await texts_of(services, approving) == ["Tu vas y arriver."]


async def test_a_refused_message_is_gone(approving: Server, services: Services) -> None:
    await approving.ask(approving.camille, "$new Tu vas y arriver.")
    await approving.ask(approving.moderator, "$pending")

    await approving.moderator.click(approving.answers()[-1], label="Refuser")

    card = approving.answers()[-1]
    assert "n° 1 est refusé" in shown(card)
    assert "Aucun message n'est en attente" in shown(card)
    assert labels(card) == []
    assert card.embeds == []
    assert await texts_of(services, approving) == []
    assert "Il n'y a pas de message n° 1" in await approving.ask(approving.camille, "$del 1")


async def test_later_goes_round(approving: Server) -> None:
    for text in ("Un", "Deux", "Trois"):
        await approving.ask(approving.camille, f"$new {text}")
    await approving.ask(approving.moderator, "$pending")

    seen = []
    for _ in range(4):
        card = approving.answers()[-1]
        seen.append((card.embeds[0].description or "").split("\n")[0])
        await approving.moderator.click(card, label="Plus tard")

    assert seen == ["Un", "Deux", "Trois", "Un"]


async def test_a_decision_after_later_goes_on_from_there(approving: Server) -> None:
    for text in ("Un", "Deux", "Trois"):
        await approving.ask(approving.camille, f"$new {text}")
    await approving.ask(approving.moderator, "$pending")

    await approving.moderator.click(approving.answers()[-1], label="Plus tard")
    await approving.moderator.click(approving.answers()[-1], label="Accepter")

    assert "Trois" in shown(approving.answers()[-1])
    assert "2 sur 2" in shown(approving.answers()[-1])


@pytest.mark.parametrize("label", ["Accepter", "Refuser"])
async def test_what_another_has_decided_stays_decided(approving: Server, services: Services, label: str) -> None:
    await approving.ask(approving.camille, "$new Tu vas y arriver.")
    cards = [await approving.moderator.slash(approving.channel, "pending") for _ in range(2)]
    messages = [card.response.message for card in cards if card.response is not None]
    await approving.moderator.click(messages[0], label="Accepter")

    result = await approving.moderator.click(messages[1], label=label)

    assert "n° 1 n'attend plus" in shown(result.response)
    assert await texts_of(services, approving) == ["Tu vas y arriver."]


async def test_what_its_author_took_back_cannot_be_approved(approving: Server, services: Services) -> None:
    await approving.ask(approving.camille, "$new Tu vas y arriver.")
    await approving.ask(approving.moderator, "$pending")
    card = approving.answers()[-1]
    await approving.ask(approving.camille, "$del 1")

    result = await approving.moderator.click(card, label="Accepter")

    assert "n° 1 n'attend plus" in shown(result.response)
    assert await texts_of(services, approving) == []


async def test_of_two_moderators_at_once_one_decides(approving: Server, services: Services) -> None:
    scope = scope_of(approving)
    for number in range(1, 21):
        await services.encouragements.add(scope, author=Author(1, "x"), text=f"message {number}")

    decided = await asyncio.gather(
        *(
            decide(scope, number)
            for number in range(1, 21)
            for decide in (services.encouragements.approve, services.encouragements.refuse)
        )
    )

    assert sum(decided) == 20
    assert len(await texts_of(services, approving)) == sum(decided[::2])
    assert await services.encouragements.next_pending(scope) is None


async def test_the_buttons_check_the_permission_at_every_click(approving: Server, services: Services) -> None:
    await approving.ask(approving.camille, "$new Tu vas y arriver.")
    await approving.ask(approving.moderator, "$pending")

    for label in ("Accepter", "Refuser"):
        result = await approving.camille.click(approving.answers()[-1], label=label)
        assert result.ephemeral
        assert "« Gérer les messages »" in shown(result.response)
    assert await services.encouragements.next_pending(scope_of(approving)) is not None


async def test_the_buttons_work_after_a_restart(
    env: simcord.Env, approving: Server, services: Services, texts: Texts, settings: Settings
) -> None:
    await approving.ask(approving.camille, "$new Tu vas y arriver.")
    await approving.ask(approving.moderator, "$pending")

    await env.restart_bot(make_bot(settings, services, texts, Health()))
    await approving.moderator.click(approving.answers()[-1], label="Accepter")

    assert "n° 1 est accepté" in shown(approving.answers()[-1])
    assert await texts_of(services, approving) == ["Tu vas y arriver."]


async def test_a_click_that_fails_says_sorry_to_the_moderator(
    approving: Server, services: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await approving.ask(approving.camille, "$new secret 4711")
    await approving.ask(approving.moderator, "$pending")

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(type(services.encouragements), "approve", broken)
    caplog.clear()
    result = await approving.moderator.click(approving.answers()[-1], label="Accepter")

    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert isinstance(record.args, tuple)
    assert result.ephemeral
    assert f"`{record.args[0]}`" in shown(result.response)
    assert "4711" not in caplog.text


async def test_a_card_for_all_speaks_the_servers_language_and_one_for_a_moderator_theirs(
    approving: Server, services: Services, client: Client
) -> None:
    client.locale = "en-GB"
    for text in ("Un", "Deux", "Trois"):
        await approving.ask(approving.camille, f"$new {text}")

    await approving.ask(approving.moderator, "$pending")
    await approving.moderator.click(approving.answers()[-1], label="Refuser")
    assert "n° 1 est refusé" in shown(approving.answers()[-1])

    card = (await approving.moderator.slash(approving.channel, "pending")).response
    assert card is not None
    result = await approving.moderator.click(card.message, label="Approve")
    assert "Message 2 is approved" in shown(result.response)


async def test_what_waits_can_be_approved_after_the_server_has_changed_its_mind(
    approving: Server, services: Services
) -> None:
    await approving.ask(approving.camille, "$new Tu vas y arriver.")
    await services.preferences.change(scope_of(approving), contributors=Contributors.EVERYONE)
    await approving.ask(approving.moderator, "$pending")

    await approving.moderator.click(approving.answers()[-1], label="Accepter")

    assert await texts_of(services, approving) == ["Tu vas y arriver."]


async def test_each_server_has_its_own_queue(env: simcord.Env, approving: Server, services: Services) -> None:
    other = make_server(env, "Le Verger")
    await services.preferences.change(scope_of(other), contributors=Contributors.APPROVAL)
    await other.ask(other.camille, "$new Ailleurs")
    await approving.ask(approving.camille, "$new Ici")
    await approving.ask(approving.moderator, "$pending")

    await approving.moderator.click(approving.answers()[-1], label="Accepter")

    assert "Aucun message n'est en attente" in shown(approving.answers()[-1])
    assert (await texts_of(services, approving), await texts_of(services, other)) == (["Ici"], [])


# What waits


async def test_what_waits_is_neither_listed_nor_said(approving: Server, services: Services) -> None:
    await approving.ask(approving.camille, "$new Un secret")

    for member in (approving.camille, approving.moderator):
        assert "Un secret" not in await approving.ask(member, "$list")
    said = {
        (await services.encouragements.pick(scope_of(approving), locale="fr", channel_id=1, reading=NOTHING)).text
        for _ in range(400)
    }
    assert "Un secret" not in said


async def test_its_author_may_take_it_back_and_its_number_is_not_given_again(approving: Server) -> None:
    await approving.ask(approving.camille, "$new Un")

    assert "n° 1 ne peut" in await approving.ask(approving.sacha, "$del 1")
    assert "n° 1 est supprimé" in await approving.ask(approving.camille, "$del 1")
    assert "n° 2" in await approving.ask(approving.camille, "$new Deux")


async def test_a_duplicate_of_what_waits_has_a_sentence_of_its_own(approving: Server) -> None:
    await approving.ask(approving.camille, "$new Tu vas y arriver.")
    await approving.ask(approving.moderator, "$new On est là.")

    for member in (approving.camille, approving.sacha, approving.moderator):
        assert "attend déjà" in await approving.ask(member, "$new tu VAS y arriver.")
        assert "déjà dans la liste" in await approving.ask(member, "$new on est là.")


async def test_a_hundred_wait_at_most_even_when_twenty_come_at_once(approving: Server, services: Services) -> None:
    scope = scope_of(approving)

    async def add(number: int) -> str:
        try:
            await services.encouragements.add(scope, author=Author(number, "x"), text=f"message {number}")
        except UserError as refusal:
            return refusal.key
        return "kept"

    for number in range(MAX_PENDING - 10):
        await add(number)
    results = await asyncio.gather(*(add(1_000 + number) for number in range(20)))

    assert sorted(results) == ["kept"] * 10 + ["new.too_many_waiting"] * 10
    answer = await approving.ask(approving.camille, "$new un de trop")
    assert "100 messages attendent déjà" in answer
    assert "`$pending`" in answer
    assert "ajouté" in await approving.ask(approving.moderator, "$new d'une modératrice")


async def test_what_waits_counts_towards_the_500(approving: Server, services: Services) -> None:
    scope = scope_of(approving)
    for number in range(50):
        await services.encouragements.add(scope, author=Author(1, "x"), text=f"message {number}", may_moderate=False)
    await fill(services, scope, [f"message {number}" for number in range(50, MAX_PER_SCOPE)], Author(1, "x"))

    for member in (approving.camille, approving.moderator):
        assert "500" in await approving.ask(member, "$new un de trop")


# When it goes


async def test_what_nobody_answers_is_deleted_after_30_days(
    approving: Server, services: Services, clock: Clock
) -> None:
    await approving.ask(approving.moderator, "$new On est là.")
    await approving.ask(approving.camille, "$new Tu vas y arriver.")

    clock.advance(days=DAYS_KEPT_PENDING - 0.1)
    await services.privacy.purge()
    assert await services.encouragements.next_pending(scope_of(approving)) is not None

    clock.advance(days=0.2)
    await services.privacy.purge()
    assert await services.encouragements.next_pending(scope_of(approving)) is None
    assert await texts_of(services, approving) == ["On est là."]


async def test_export_says_what_waits(approving: Server) -> None:
    await approving.ask(approving.moderator, "$new On est là.")
    await approving.ask(approving.camille, "$new Tu vas y arriver.")

    for member, pending in ((approving.camille, True), (approving.moderator, False)):
        result = await member.slash(approving.channel, "privacy export")
        assert result.response is not None
        (exported,) = json.loads(await result.response.attachments[0].read())["encouragements"]
        assert exported["pending"] is pending
        assert datetime.fromisoformat(exported["created_at"]) <= datetime.now(UTC)


async def test_who_is_forgotten_leaves_nothing_that_waits(approving: Server, services: Services) -> None:
    await approving.ask(approving.camille, "$new Déjà accepté")
    await services.encouragements.approve(scope_of(approving), 1)
    await approving.ask(approving.camille, "$new Attend encore")
    await approving.ask(approving.sacha, "$new De Sacha")

    await approving.ask(approving.camille, "$privacy forget")
    await approving.camille.click(approving.answers()[-1], label="Oublie-moi")

    waiting = await services.encouragements.next_pending(scope_of(approving))
    assert waiting is not None
    assert (waiting.encouragement.text, waiting.place, waiting.count) == ("De Sacha", 1, 1)
    assert "**1.** Déjà accepté — anonyme" in await approving.ask(approving.sacha, "$list")
