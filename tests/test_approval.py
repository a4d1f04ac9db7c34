"""Servers that choose who adds messages: moderators only, or everyone with a moderator's approval."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
import simcord

from bot.errors import UserError
from bot.models import Author, Contributors, Platform, Scope
from bot.services import Services
from bot.services.encouragements import MAX_PENDING, MAX_PER_SCOPE
from bot.services.privacy import DAYS_KEPT_PENDING
from tests.conftest import Clock, Server, shown

in_english = pytest.mark.parametrize("locale", ["en"], indirect=True)


def scope_of(server: Server) -> Scope:
    return Scope(Platform.DISCORD, server.guild.id)


async def texts_of(services: Services, server: Server) -> list[str]:
    """What the bot may say by itself on the server, besides the starters."""
    return [kept.text for kept in await services.encouragements.list(scope_of(server))]


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

    assert "« Gérer les messages »" in await server.ask(server.camille, "$new Tu vas y arriver.")
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
    assert "waits for a moderator" in await approving.ask(approving.camille, "$new You can do it.")


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


# What waits


async def test_what_waits_is_neither_listed_nor_said(approving: Server, services: Services) -> None:
    await approving.ask(approving.camille, "$new Un secret")

    for member in (approving.camille, approving.moderator):
        assert "Un secret" not in await approving.ask(member, "$list")
    said = {await services.encouragements.pick(scope_of(approving), locale="fr", channel_id=1) for _ in range(200)}
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
    for number in range(MAX_PER_SCOPE):
        await services.encouragements.add(
            scope, author=Author(1, "x"), text=f"message {number}", may_moderate=number >= 50
        )

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
    assert await services.approval.next(scope_of(approving)) is not None

    clock.advance(days=0.2)
    await services.privacy.purge()
    assert await services.approval.next(scope_of(approving)) is None
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
    await services.approval.approve(scope_of(approving), 1)
    await approving.ask(approving.camille, "$new Attend encore")
    await approving.ask(approving.sacha, "$new De Sacha")

    await approving.ask(approving.camille, "$privacy forget")

    waiting = await services.approval.next(scope_of(approving))
    assert waiting is not None
    assert (waiting.encouragement.text, waiting.place, waiting.count) == ("De Sacha", 1, 1)
    assert "**1.** Déjà accepté — anonyme" in await approving.ask(approving.sacha, "$list")
