"""Authors change the text of their own messages."""

import simcord

from bot.models import Author, Contributors, Platform, Scope
from bot.services import Services
from bot.services.privacy import DAYS_KEPT_PENDING
from tests.conftest import Clock, Server, shown
from tests.fake_telegram import ALEX, FakeTelegram


def scope_of(server: Server) -> Scope:
    return Scope(Platform.DISCORD, server.guild.id)


async def test_an_author_changes_the_text_and_nobody_else_does(server: Server) -> None:
    await server.ask(server.camille, "$new Courage.")

    assert "par la personne qui l'a ajouté" in await server.ask(server.moderator, "$edit 1 Autre chose.")
    assert await server.ask(server.camille, "$edit n°1 On est là,\ntoujours.") == "Le message n° 1 est modifié."
    assert "**1.** On est là, toujours. — Camille" in await server.ask(server.sacha, "$list")


async def test_a_text_is_refused_as_a_new_one_would_be(server: Server) -> None:
    await server.ask(server.camille, "$new Courage.")
    await server.ask(server.camille, "$new On est là.")

    for typed, said in {
        "$edit 1": "`$edit 3 On est là pour toi.`",
        "$edit un deux": "`$edit 3 On est là pour toi.`",
        "$edit 9 Salut": "Il n'y a pas de message n° 9",
        "$edit 1 on est LÀ.": "déjà dans la liste",
        "$edit 1 tue-toi": "pourrait blesser",
        "$edit 1 https://example.org": "ni liens ni invitations",
    }.items():
        assert said in await server.ask(server.camille, typed)
    assert "modifié" in await server.ask(server.camille, "$edit 1 COURAGE.")


async def test_where_messages_wait_a_changed_one_waits_again_from_now_on(
    server: Server, services: Services, clock: Clock
) -> None:
    await server.ask(server.camille, "$new Courage.")
    await services.preferences.change(scope_of(server), contributors=Contributors.APPROVAL)
    clock.advance(days=DAYS_KEPT_PENDING + 1)

    assert "attend maintenant l'accord" in await server.ask(server.camille, "$edit 1 Bravo.")
    await services.privacy.purge()

    assert "aucun message" in await server.ask(server.camille, "$list")
    assert "Bravo." in await server.ask(server.moderator, "$pending")


async def test_what_hurt_somebody_is_not_said_again_for_being_changed(server: Server, services: Services) -> None:
    await services.encouragements.add(scope_of(server), author=Author(server.camille.id, "Camille"), text="Courage.")
    await services.encouragements.report(scope_of(server), 1)

    assert "attend maintenant l'accord" in await server.ask(server.camille, "$edit 1 Bravo.")
    assert "en a été blessée" in await server.ask(server.moderator, "$pending")


async def test_with_a_slash_alone_the_text_is_changed_in_a_form(server: Server) -> None:
    await server.ask(server.camille, "$new Courage.")
    refused = await server.sacha.slash(server.channel, "edit", number=1)
    assert "par la personne qui l'a ajouté" in shown(refused.response)

    form = await server.camille.slash(server.channel, "edit", number=1)
    answer = await server.camille.submit_modal(form, {"message": "Bravo."})

    assert shown(answer.response) == "Le message n° 1 est modifié."
    assert "**1.** Bravo." in await server.ask(server.sacha, "$list")


async def test_only_ones_own_are_offered(server: Server, env: simcord.Env) -> None:
    await server.ask(server.camille, "$new Courage.")

    assert len(await server.camille.autocomplete(server.channel, "edit", "number", "")) == 1
    assert await server.moderator.autocomplete(server.channel, "edit", "number", "") == []


async def test_it_is_the_same_on_telegram(telegram: FakeTelegram) -> None:
    group = telegram.group()
    await telegram.say("/new Courage.", group)

    assert "par la personne qui l'a ajouté" in await telegram.say("/edit 1 Non.", group, ALEX)
    assert await telegram.say("/edit 1 On est là,\ntoujours.", group) == "Le message n° 1 est modifié."
    assert "On est là, toujours." in await telegram.say("/list", group)
    assert "/edit 3" in await telegram.say("/edit 1", group)
