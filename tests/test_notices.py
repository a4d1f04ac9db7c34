"""Moderators are told that something waits, and authors what was decided; nobody is kept waiting for it."""

import discord
import pytest
import simcord

from bot.models import Contributors, Person, Platform, Scope
from bot.services import Services
from bot.text.sentences import with_ordinary_spaces
from tests.conftest import Server, shown
from tests.fake_telegram import CAMILLE, SACHA, FakeTelegram

in_both = pytest.mark.parametrize("locale", ["fr", "en"], indirect=True)
LABELS = {"fr": ("Accepter", "Refuser"), "en": ("Approve", "Refuse")}
NEWS = {
    "fr": ("est accepté : il est dans la liste", "la modération a choisi de ne pas garder"),
    "en": ("has been approved: it is on the list", "the moderators decided not to keep"),
}


def scope_of(server: Server) -> Scope:
    return Scope(Platform.DISCORD, server.guild.id)


@pytest.fixture
async def approving(server: Server, services: Services) -> Server:
    """A server where the messages of ordinary members wait."""
    await services.preferences.change(scope_of(server), contributors=Contributors.APPROVAL)
    return server


def private_messages(member: simcord.MemberActor) -> list[discord.Message]:
    return member.user.dm_channel.history()


async def decide(server: Server, label: str) -> None:
    await server.ask(server.moderator, "$pending")
    await server.moderator.click(server.answers()[-1], label=label)


# The author


@in_both
@pytest.mark.parametrize("choice", [0, 1])
async def test_the_author_learns_what_was_decided_alone_and_in_the_servers_language(
    approving: Server, locale: str, choice: int
) -> None:
    await approving.ask(approving.camille, "$new **Courage** @everyone " + "x" * 200)
    before = len(approving.answers())

    await decide(approving, LABELS[locale][choice])

    (news,) = private_messages(approving.camille)
    assert NEWS[locale][choice] in shown(news)
    assert "Le Jardin" in news.content
    assert r"\*\*Courage\*\*" in news.content
    assert "x" * 100 not in news.content
    assert news.flags.suppress_embeds
    assert not news.mention_everyone
    assert len(approving.answers()) == before + 1
    assert private_messages(approving.moderator) == []


async def test_the_moderator_is_answered_before_the_author_is_told(env: simcord.Env, approving: Server) -> None:
    await approving.ask(approving.camille, "$new Courage")
    await approving.ask(approving.moderator, "$pending")
    before = len(env.http_requests)

    await approving.moderator.click(approving.answers()[-1], label="Accepter")

    paths = [request.path for request in env.http_requests[before:]]
    assert [path.split("/")[1] for path in paths] == ["interactions", "users", "channels"]


async def test_an_author_who_takes_no_private_messages_is_let_be(
    env: simcord.Env, approving: Server, caplog: pytest.LogCaptureFixture
) -> None:
    dm = approving.camille.user.dm_channel
    env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007, message="Cannot send messages")
    await approving.ask(approving.camille, "$new Courage")
    caplog.clear()

    await decide(approving, "Accepter")

    assert "est accepté" in shown(approving.answers()[-1])
    assert [record for record in caplog.records if record.levelname != "DEBUG"] == []


async def test_who_asked_to_be_forgotten_is_not_written_to(
    env: simcord.Env, server: Server, services: Services
) -> None:
    await server.ask(server.camille, "$new Courage")
    await services.privacy.forget(Person(Platform.DISCORD, server.camille.id), private=None)
    await services.encouragements.report(scope_of(server), 1)
    await decide(server, "Refuser")

    assert await services.encouragements.list(scope_of(server)) == []
    assert not [request for request in env.http_requests if request.path.startswith("/users/@me/channels")]


async def test_what_hurt_somebody_and_is_kept_is_no_news_to_its_author(server: Server, services: Services) -> None:
    await server.ask(server.camille, "$new Courage")
    await services.encouragements.report(scope_of(server), 1)
    await decide(server, "Accepter")
    assert private_messages(server.camille) == []

    await services.encouragements.report(scope_of(server), 1)
    await decide(server, "Refuser")

    assert "a choisi de ne pas garder" in shown(private_messages(server.camille)[-1])


async def test_a_moderator_who_decides_about_a_message_of_theirs_knows_already(
    server: Server, services: Services
) -> None:
    await server.ask(server.moderator, "$new Courage")
    await services.encouragements.report(scope_of(server), 1)

    await decide(server, "Refuser")

    assert private_messages(server.moderator) == []


async def test_on_telegram_the_author_is_told_who_has_begun_a_chat(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))
    await telegram.say("/contributors approval", group)
    for text in ("Un", "Deux", "Trois"):
        await telegram.say(f"/new {text}", group, SACHA)

    for number, choice in ((1, "approve"), (2, "refuse")):
        await telegram.deliver(telegram.click(f"pending:{choice}:{number}:{group.id}", telegram.private()))
    telegram.kicked.add(SACHA.id)
    await telegram.deliver(telegram.click(f"pending:approve:3:{group.id}", telegram.private()))

    told = [with_ordinary_spaces(call["text"]) for call in telegram.sent() if call["chat_id"] == SACHA.id]
    assert told[0].startswith("Ton message « Un » est accepté dans ton groupe")
    assert told[1].startswith("L'administration de ton groupe a choisi de ne pas garder ton message « Deux »")
    assert "n'attend plus" not in str(telegram.sent("editMessageText")[-1])
