"""Moderators are told that something waits, and authors what was decided; nobody is kept waiting for it."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import discord
import pytest
import simcord

from bot.discord import slash
from bot.discord.client import EncourageBot
from bot.discord.notices import Moderators
from bot.errors import StorageUnavailableError
from bot.models import Author, Contributors, Person, Platform, Scope
from bot.services import Services
from bot.services.settings.daily import Daily
from bot.text.sentences import with_ordinary_spaces
from tests.conftest import Server, shown
from tests.fake_telegram import CAMILLE, SACHA, FakeTelegram
from tests.test_settings import open_panel

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


# The moderators

NOTICE = {
    "fr": ("1 message attend l'accord de la modération.", "2 messages attendent l'accord de la modération."),
    "en": ("1 message is waiting for a moderator.", "2 messages are waiting for a moderator."),
}


class Watch:
    """A process that tells moderators what waits, at a time of the test's choice."""

    def __init__(self, bot: EncourageBot, services: Services) -> None:
        self.moment = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
        services.notices._now = services.encouragements._now = lambda: self.moment
        self.look = Moderators(bot).tell

    async def after(self, **passed: int) -> None:
        self.moment += timedelta(**passed)
        await self.look()


@pytest.fixture
def watch(bot: EncourageBot, services: Services) -> Watch:
    return Watch(bot, services)


@pytest.fixture
def staff(server: Server) -> simcord.ChannelHandle:
    return server.guild.create_text_channel("équipe")


def said_in(channel: simcord.ChannelHandle) -> list[str]:
    return [with_ordinary_spaces(message.content) for message in channel.history()]


@in_both
async def test_moderators_are_told_in_their_channel_how_many_wait_and_nothing_else(
    approving: Server, staff: simcord.ChannelHandle, watch: Watch, locale: str
) -> None:
    assert staff.mention in await approving.ask(approving.admin, f"$notices {staff.mention}")
    await watch.look()
    assert said_in(staff) == []

    await approving.ask(approving.camille, "$new Courage @everyone")
    await watch.after(minutes=1)

    (said,) = said_in(staff)
    assert said.startswith(NOTICE[locale][0])
    assert "`/pending`" in said
    assert "Courage" not in said
    assert "Camille" not in said
    assert staff.history()[0].flags.silent is False


async def test_moderators_are_told_in_the_language_of_their_server(
    approving: Server, services: Services, staff: simcord.ChannelHandle, watch: Watch
) -> None:
    await services.preferences.change(scope_of(approving), language="en", notices=staff.id)
    await approving.ask(approving.camille, "$new Un")

    await watch.look()

    assert said_in(staff)[0].startswith(NOTICE["en"][0])


async def test_a_click_on_the_command_begins_it_where_discord_knows_it(
    approving: Server, services: Services, watch: Watch, bot: EncourageBot
) -> None:
    await slash.publish(bot.tree, bot.texts, services.published_commands)
    await services.preferences.change(scope_of(approving), notices=approving.channel.id)
    await approving.ask(approving.camille, "$new Un")

    await watch.look()

    assert re.search("</pending:[0-9]+>$", approving.answers()[-1].content)


async def test_they_are_told_once_an_hour_of_what_has_come_and_never_again_of_what_they_leave(
    approving: Server, services: Services, staff: simcord.ChannelHandle, watch: Watch, bot: EncourageBot
) -> None:
    await approving.ask(approving.admin, f"$notices {staff.mention}")
    await approving.ask(approving.camille, "$new Un")
    await watch.after(minutes=1)
    await approving.ask(approving.camille, "$new Deux")
    await watch.after(minutes=30)
    assert len(said_in(staff)) == 1

    others = [Moderators(bot) for _ in range(5)]
    await asyncio.gather(watch.after(minutes=31), *(each.tell() for each in others))
    assert [said.split(".")[0] + "." for said in said_in(staff)] == [*NOTICE["fr"]]

    await watch.after(hours=5)
    assert len(said_in(staff)) == 2
    await approving.ask(approving.camille, "$new Trois")
    await watch.after(minutes=1)
    assert said_in(staff)[2].startswith("3 messages")

    await approving.ask(approving.camille, "$new Quatre")
    for number in (1, 2, 3, 4):
        await services.encouragements.refuse(scope_of(approving), number)
    await watch.after(hours=2)
    assert len(said_in(staff)) == 3


async def test_what_hurt_somebody_or_was_changed_is_told_too(
    server: Server, services: Services, staff: simcord.ChannelHandle, watch: Watch
) -> None:
    await server.ask(server.admin, f"$notices {staff.mention}")
    for text in ("Un", "Deux"):
        await server.ask(server.camille, f"$new {text}")
    await watch.after(minutes=1)
    assert said_in(staff) == []

    await services.encouragements.report(scope_of(server), 1)
    await watch.after(minutes=1)
    assert len(said_in(staff)) == 1

    await services.preferences.change(scope_of(server), contributors=Contributors.APPROVAL)
    await server.ask(server.camille, "$edit 2 Deux fois")
    await watch.after(hours=1)
    assert said_in(staff)[1].startswith(NOTICE["fr"][1])


async def test_nobody_is_told_where_nobody_wants_it(approving: Server, services: Services, watch: Watch) -> None:
    await approving.ask(approving.camille, "$new Un")
    await services.preferences.change(scope_of(approving), notices=approving.channel.id)
    await approving.ask(approving.admin, "$notices off")
    before = len(approving.answers())

    await watch.after(minutes=1)

    assert len(approving.answers()) == before


async def test_a_channel_for_silence_is_told_when_it_was_chosen(
    approving: Server, staff: simcord.ChannelHandle, watch: Watch
) -> None:
    await approving.ask(approving.admin, f"$silence {staff.mention} on")
    await approving.ask(approving.admin, f"$notices {staff.mention}")
    await approving.ask(approving.camille, "$new Un")

    await watch.after(minutes=1)

    assert len(said_in(staff)) == 1


# Where they are told


async def close(bot: EncourageBot, channel: simcord.ChannelHandle, *, closed: bool = True) -> None:
    known = bot.get_channel(channel.id)
    assert isinstance(known, discord.TextChannel)
    await known.set_permissions(known.guild.me, send_messages=not closed)


async def test_a_channel_in_which_the_bot_may_not_write_is_refused(
    server: Server, services: Services, staff: simcord.ChannelHandle, bot: EncourageBot
) -> None:
    await close(bot, staff)
    kinds = (server.guild.create_category("Coin"), server.guild.create_forum_channel("forum"))

    for channel in (staff, *kinds):
        said = await server.ask(server.admin, f"$notices {channel.id}")
        assert "Je n'ai pas le droit d'écrire dans" in said
    _, message = await open_panel(server, "settings:notices")
    refused = await server.admin.select(message, [staff], custom_id="settings:notices")

    assert "Je n'ai pas le droit d'écrire dans" in shown(refused.response)
    assert (await services.preferences.get(scope_of(server))).notices is None


async def test_the_channel_is_chosen_in_the_panel_here_and_by_name(
    server: Server, services: Services, staff: simcord.ChannelHandle
) -> None:
    _, message = await open_panel(server, "settings:notices")
    for chosen, kept in (([staff], staff.id), ([], None)):
        await server.admin.select(message, chosen, custom_id="settings:notices")
        assert (await services.preferences.get(scope_of(server))).notices == kept

    for typed, channel in (("on", server.channel), ("équipe", staff), ("#general on", server.channel)):
        assert channel.mention in await server.ask(server.admin, f"$notices {typed}")
    slash = await server.admin.slash(server.channel, "notices", channel=staff)
    assert staff.mention in shown(slash.response)
    for typed in ("#nulle-part", "on peut-être", f"{staff.mention} demain"):
        assert "`$notices #salon`" in await server.ask(server.admin, f"$notices {typed}")
    assert staff.mention in await server.ask(server.admin, "$notices")
    assert "Je ne préviens personne" in await server.ask(server.admin, "$notices off")


async def test_a_channel_that_was_closed_is_logged_once_and_shown_until_it_is_open_again(
    approving: Server,
    staff: simcord.ChannelHandle,
    watch: Watch,
    bot: EncourageBot,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "bot")
    await approving.ask(approving.admin, f"$notices {staff.mention}")
    await approving.ask(approving.camille, "$new Un")
    await close(bot, staff)
    for _ in range(3):
        await watch.after(minutes=1)

    assert said_in(staff) == []
    assert caplog.text.count("can't be told") == 1
    for typed in ("$notices", "$settings"):
        assert f"je voudrais le dire dans {staff.mention}, mais" in await approving.ask(approving.admin, typed)
    page, _ = await open_panel(approving, "settings:notices")
    assert "je voudrais le dire dans" in with_ordinary_spaces(str(page.response and page.response.components))

    await close(bot, staff, closed=False)
    await watch.after(minutes=1)
    assert len(said_in(staff)) == 1

    await close(bot, staff)
    await approving.ask(approving.camille, "$new Deux")
    await watch.after(hours=1)
    assert caplog.text.count("can't be told") == 2


async def test_a_server_that_discord_has_lost_for_a_while_is_told_when_it_is_back(
    approving: Server, staff: simcord.ChannelHandle, watch: Watch, bot: EncourageBot
) -> None:
    guild = bot.get_guild(approving.guild.id)
    assert guild is not None
    await approving.ask(approving.admin, f"$notices {staff.mention}")
    await approving.ask(approving.camille, "$new Un")
    guild.unavailable = True
    await watch.after(minutes=1)
    assert said_in(staff) == []

    guild.unavailable = False
    await watch.after(minutes=1)

    assert len(said_in(staff)) == 1


async def test_a_channel_that_is_deleted_is_forgotten_and_one_that_went_unseen_is_shown_as_gone(
    approving: Server, services: Services, staff: simcord.ChannelHandle, watch: Watch, bot: EncourageBot
) -> None:
    await services.preferences.change(scope_of(approving), notices=7)
    await approving.ask(approving.camille, "$new Un")
    await watch.after(minutes=1)
    assert "ce salon n'existe plus" in await approving.ask(approving.admin, "$notices")

    await approving.ask(approving.admin, f"$notices {staff.mention}")
    channel = bot.get_channel(staff.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.delete()
    await approving.env.settle()

    assert (await services.preferences.get(scope_of(approving))).notices is None


@pytest.mark.parametrize(("status", "lines"), [(521, ["1 message", "2 messages"]), (403, ["2 messages"])])
async def test_a_line_that_discord_could_not_take_is_said_when_it_can_and_one_that_it_refused_with_the_next(
    env: simcord.Env, approving: Server, staff: simcord.ChannelHandle, watch: Watch, status: int, lines: list[str]
) -> None:
    await approving.ask(approving.admin, f"$notices {staff.mention}")
    await approving.ask(approving.camille, "$new Un")
    env.inject_error("POST", f"/channels/{staff.id}/messages", status=status, code=0, message="not now")
    await watch.after(minutes=1)
    assert said_in(staff) == []

    await watch.after(minutes=1)
    await approving.ask(approving.camille, "$new Deux")
    await watch.after(minutes=1)
    await watch.after(hours=1)

    assert [said.partition(" atte")[0] for said in said_in(staff)] == lines


async def test_a_thread_stands_for_its_channel(
    server: Server, services: Services, staff: simcord.ChannelHandle, bot: EncourageBot
) -> None:
    parent = bot.get_channel(staff.id)
    assert isinstance(parent, discord.TextChannel)
    thread = await parent.create_thread(name="fil", type=discord.ChannelType.public_thread)
    await server.env.settle()

    for typed in (thread.mention, str(thread.id), "#fil"):
        assert staff.mention in await server.ask(server.admin, f"$notices {typed}")
        assert "Je ne préviens personne" in await server.ask(server.admin, "$notices off")
    assert thread.mention in await server.ask(server.admin, f"$daily {thread.mention} 9:00")


async def test_a_daily_word_that_can_not_be_said_is_shown_too(server: Server, services: Services) -> None:
    await services.preferences.change(scope_of(server), daily=Daily(7, 540))

    assert "je voudrais dire un mot dans <#7>, mais" in await server.ask(server.admin, "$daily")


async def test_a_process_that_does_not_hold_the_server_leaves_it_to_the_one_that_does(
    approving: Server, services: Services, staff: simcord.ChannelHandle, watch: Watch, bot: EncourageBot
) -> None:
    elsewhere = Scope(Platform.DISCORD, 1)
    await services.preferences.change(elsewhere, notices=2, contributors=Contributors.APPROVAL)
    await services.encouragements.add(elsewhere, author=Author(3, "Lou"), text="Un")

    await watch.after(minutes=1)

    assert [notice.scope for notice in await services.notices.due(Platform.DISCORD)] == [elsewhere]


async def test_the_watch_goes_on_after_a_storage_that_fails(services: Services) -> None:
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks > 2:
            raise asyncio.CancelledError
        raise StorageUnavailableError

    async def at_once(_seconds: float) -> None:
        await asyncio.sleep(0)

    services.notices._sleep = at_once
    with pytest.raises(asyncio.CancelledError):
        await services.notices.keep_telling(look)

    assert looks == 3
