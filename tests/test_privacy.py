"""What is kept about people, what they can do about it, and when it goes by itself."""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import discord
import pytest
import simcord

from bot.background import Background
from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.errors import StorageUnavailableError
from bot.health import Health
from bot.languages import Language
from bot.models import Author, Person, Platform, Scope, Shards
from bot.services import Services
from bot.services.privacy import SECONDS_BETWEEN_PURGES, Privacy
from bot.services.settings.table import SETTINGS
from bot.text.sentences import Texts
from bot.wiring import make_bot, open_services
from tests.conftest import Clock, Server, make_server, shown


async def read(message: discord.Message | simcord.ResponseMessage | None) -> dict[str, Any]:
    """The JSON file that a message carries."""
    assert message is not None
    (attachment,) = message.attachments
    assert attachment.filename == "encourage-bot-about-me.json"
    content: dict[str, Any] = json.loads(await attachment.read())
    return content


async def test_privacy_says_what_is_kept_and_for_how_long(server: Server) -> None:
    answer = await server.ask(server.camille, "$privacy")

    assert "30 jours" in answer
    assert "`$privacy export`" in answer
    assert "`$privacy forget`" in answer
    assert "http" not in answer
    assert (await server.camille.slash(server.channel, "privacy show")).ephemeral


async def test_privacy_names_the_operators_page(
    env: simcord.Env, server: Server, services: Services, texts: Texts, health: Health
) -> None:
    url = "https://example.org/vie-privee"
    await env.restart_bot(make_bot(Settings(privacy_url=url), services, texts, health))

    assert f"<{url}>" in await server.ask(server.camille, "$privacy")


async def test_export_gives_all_that_is_kept_on_every_server(env: simcord.Env, server: Server) -> None:
    other = make_server(env, "Le Verger")
    both = other.guild.add_member(server.camille.user)
    await server.ask(server.camille, "$new Été 🌻")
    await server.ask(server.sacha, "$new Pas de Camille")
    await other.ask(both, "$new Ailleurs")
    await server.camille.send_dm("$new Rien que pour moi")
    await server.camille.send_dm("$responding off")
    await server.camille.send_dm("$words add boulot")
    await server.ask(server.camille, "$optout")

    result = await server.camille.slash(server.channel, "privacy export")

    assert result.ephemeral
    content = await read(result.response)
    assert content["user_id"] == str(server.camille.id)
    assert content["platform"] == "discord"
    assert content["opted_out"] is True
    kept = {(one["where"], one["text"], one["author_name"], one["private"]) for one in content["encouragements"]}
    assert kept == {
        (str(server.guild.id), "Été 🌻", "Camille", False),
        (str(other.guild.id), "Ailleurs", "Camille", False),
        (str(server.camille.user.dm_channel.id), "Rien que pour moi", "Camille", True),
    }
    private = content["private_conversation"]
    assert set(private) == set(SETTINGS)
    assert private["responding"] is False
    assert private["words"] == {"sad": ["boulot"], "ignored": []}


async def test_export_typed_on_a_server_comes_in_private(server: Server) -> None:
    await server.ask(server.camille, "$new Courage")

    assert await server.ask(server.camille, "$privacy export") == "Je te l'ai envoyé en message privé."

    content = await read(server.camille.user.dm_channel.last_message)
    assert [one["text"] for one in content["encouragements"]] == ["Courage"]
    assert content["opted_out"] is False


async def test_export_typed_in_private_is_answered_there(server: Server) -> None:
    await server.camille.send_dm("$privacy export")

    assert (await read(server.camille.user.dm_channel.last_message))["encouragements"] == []


async def test_export_to_someone_who_takes_no_private_messages_says_what_to_do(
    env: simcord.Env, server: Server
) -> None:
    dm = server.camille.user.dm_channel
    env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007, message="Cannot send messages")

    assert "/privacy export" in await server.ask(server.camille, "$privacy export")


async def test_export_gives_nothing_of_another(server: Server) -> None:
    await server.ask(server.camille, "$new Courage")
    await server.ask(server.camille, "$optout")

    content = await read((await server.sacha.slash(server.channel, "privacy export")).response)

    assert content["encouragements"] == []
    assert content["opted_out"] is False


async def forget(server: Server) -> str:
    """Have Camille forgotten, after the question whether to."""
    await server.ask(server.camille, "$privacy forget")
    await server.camille.click(server.answers()[-1], label="Oublie-moi")
    return shown(server.answers()[-1])


async def test_whoever_changes_their_mind_is_not_forgotten_nor_by_anybody_else(server: Server) -> None:
    await server.ask(server.camille, "$new Courage")
    assert "On ne peut pas revenir en arrière" in await server.ask(server.camille, "$privacy forget")

    assert (await server.sacha.click(server.answers()[-1], label="Oublie-moi")).ephemeral
    await server.camille.click(server.answers()[-1], label="Annuler")

    assert shown(server.answers()[-1]) == "D'accord : rien n'a été changé."
    assert "Courage — Camille" in await server.ask(server.sacha, "$list")


async def test_forget_makes_messages_anonymous_on_every_server_and_deletes_the_rest(
    env: simcord.Env, server: Server, settings: Settings
) -> None:
    other = make_server(env, "Le Verger")
    both = other.guild.add_member(server.camille.user)
    await server.ask(server.camille, "$new Courage")
    await server.ask(server.sacha, "$new De Sacha")
    await other.ask(both, "$new Ailleurs")
    await server.camille.send_dm("$new Rien que pour moi")
    await server.camille.send_dm("$responding off")

    asked = await server.camille.slash(server.channel, "privacy forget")
    assert asked.ephemeral
    assert asked.response is not None
    assert "Courage — Camille" in await server.ask(server.sacha, "$list")
    result = await server.camille.click(asked.response, label="Oublie-moi")

    assert "anonymes" in shown(result.response)
    assert "optin" not in shown(result.response)
    listed = await server.ask(server.sacha, "$list")
    assert "**1.** Courage — anonyme" in listed
    assert "**2.** De Sacha — Sacha" in listed
    assert "Ailleurs — anonyme" in await other.ask(other.sacha, "$list")
    await server.camille.send_dm("$list")
    assert "aucun message" in shown(server.camille.user.dm_channel.last_message)
    await server.camille.send_dm("$responding")
    assert shown(server.camille.user.dm_channel.last_message) == "Réponse activée."
    with closing(sqlite3.connect(settings.database)) as database:
        dump = "\n".join(database.iterdump())
    assert str(server.camille.id) not in dump
    assert "Camille" not in dump


async def test_what_is_anonymous_is_said_and_deleted_by_moderators_only(server: Server) -> None:
    await server.ask(server.camille, "$new Courage")
    await forget(server)

    for member in (server.camille, server.sacha):
        assert "Gérer les messages" in await server.ask(member, "$del 1")
    assert "Courage — anonyme" in await server.ask(server.moderator, "$del 1")
    await server.moderator.click(server.answers()[-1], label="Supprimer")
    assert "supprimé" in shown(server.answers()[-1])


async def test_forget_keeps_an_opt_out_and_says_so(
    server: Server, clock: Clock, settings: Settings, languages: Mapping[str, Language]
) -> None:
    await server.ask(server.camille, "$optout")

    assert "`$optin`" in await forget(server)
    assert await server.ask(server.camille, "i want to kill myself") == ""
    async with open_services(settings, languages) as again:
        assert again.opt_outs.has(Platform.DISCORD, server.camille.id)


async def test_forget_on_one_platform_leaves_the_other_alone(services: Services) -> None:
    here, there = Scope(Platform.DISCORD, 1), Scope(Platform.TELEGRAM, 1)
    for scope in (here, there):
        await services.encouragements.add(scope, author=Author(5, "Camille"), text="Courage")

    await services.privacy.forget(Person(Platform.DISCORD, 5), private=Scope(Platform.DISCORD, 9))

    assert [kept.author for kept in await services.encouragements.list(here)] == [None]
    assert [kept.author for kept in await services.encouragements.list(there)] == [Author(5, "Camille")]


@pytest.mark.parametrize("text", ["$privacy EXPORT", "$PRIVACY export"])
async def test_subcommands_are_found_whatever_the_case(server: Server, text: str) -> None:
    assert await server.ask(server.camille, text) == "Je te l'ai envoyé en message privé."


async def kept_of(services: Services, server: Server) -> list[str]:
    scope = Scope(Platform.DISCORD, server.guild.id)
    return [kept.text for kept in await services.encouragements.list(scope)]


async def test_a_server_that_removes_the_bot_is_forgotten_30_days_later(
    env: simcord.Env, server: Server, services: Services, clock: Clock, bot: EncourageBot
) -> None:
    other = make_server(env, "Le Verger")
    await server.ask(server.camille, "$new Courage")
    await server.ask(server.admin, "$responding off")
    await other.ask(other.camille, "$new On reste")
    await server.camille.send_dm("$new Rien que pour moi")
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    await guild.leave()
    await env.settle()

    clock.advance(days=29.9)
    assert await services.privacy.purge() == 0
    assert await kept_of(services, server) == ["Courage"]

    clock.advance(days=0.2)
    assert await services.privacy.purge() == 1
    assert await kept_of(services, server) == []
    assert (await services.preferences.get(Scope(Platform.DISCORD, server.guild.id))).responding
    assert await kept_of(services, other) == ["On reste"]
    await server.camille.send_dm("$list")
    assert "Rien que pour moi" in shown(server.camille.user.dm_channel.last_message)


async def test_a_server_that_takes_the_bot_back_in_time_loses_nothing(
    server: Server, services: Services, clock: Clock, bot: EncourageBot
) -> None:
    await server.ask(server.camille, "$new Courage")
    guild = bot.get_guild(server.guild.id)
    bot.dispatch("guild_remove", guild)
    await server.env.settle()
    clock.advance(days=29)
    bot.dispatch("guild_join", guild)
    await server.env.settle()
    clock.advance(days=29)

    assert await services.privacy.purge() == 0
    assert await kept_of(services, server) == ["Courage"]


async def test_a_server_that_removed_the_bot_while_it_was_away_is_noticed_at_the_next_start(
    env: simcord.Env, server: Server, services: Services, settings: Settings, texts: Texts, clock: Clock
) -> None:
    gone = Scope(Platform.DISCORD, 4711)
    await services.privacy.joined(gone)
    await services.encouragements.add(gone, author=Author(1, "x"), text="Courage")
    await server.ask(server.camille, "$new Courage")

    await env.restart_bot(make_bot(settings, services, texts, Health()))
    clock.advance(days=31)

    assert await services.privacy.purge() == 1
    assert list(await services.encouragements.list(gone)) == []
    assert await kept_of(services, server) == ["Courage"]


async def test_a_server_that_only_uses_slash_commands_is_kept_until_180_days_after_the_last(
    env: simcord.Env, server: Server, services: Services, clock: Clock, bot: EncourageBot, settings: Settings
) -> None:
    def recorded() -> list[tuple[str | None, str | None]]:
        with closing(sqlite3.connect(settings.database)) as database:
            return database.execute("SELECT left_at, used_on FROM servers").fetchall()

    await server.ask(server.camille, "$new Courage")
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    bot._connection._remove_guild(guild)
    bot.dispatch("guild_remove", guild)
    await env.settle()
    clock.advance(days=29)
    await server.camille.slash(server.channel, "hello")
    assert recorded() == [(None, clock.now().date().isoformat())]

    clock.advance(days=100)
    await services.privacy.present([], Shards())
    assert recorded()[0][0] is None
    await server.camille.slash(server.channel, "hello")
    clock.advance(days=180)
    assert await services.privacy.purge() == 0
    assert await kept_of(services, server) == ["Courage"]

    clock.advance(days=1)
    assert await services.privacy.purge() == 1
    assert await kept_of(services, server) == []
    assert recorded() == []


async def test_a_click_keeps_nothing_of_a_server_that_has_removed_the_bot(
    env: simcord.Env, server: Server, services: Services, clock: Clock, bot: EncourageBot
) -> None:
    await server.ask(server.camille, "$new Courage")
    await server.camille.send(server.channel, "je suis triste")
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    bot._connection._remove_guild(guild)
    bot.dispatch("guild_remove", guild)
    await env.settle()

    await server.camille.click(server.answers()[-1], label="Ça va")
    clock.advance(days=31)

    assert await services.privacy.purge() == 1


async def test_purges_come_every_hour_and_go_on_after_an_outage_of_the_database(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slept: list[float] = []

    class EnoughError(Exception):
        pass

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise EnoughError

    class Storage:
        async def delete_pending_before(self, _moment: object) -> int:
            return 0

        async def delete_servers_left_before(self, _moment: object, **_among: object) -> list[Scope]:
            if len(slept) == 1:
                raise StorageUnavailableError("the disk is full")
            return []

        async def delete_servers_unused_since(self, _day: object, **_among: object) -> list[Scope]:
            return []

    privacy = Privacy(Storage(), None, None, sleep=sleep)  # type: ignore[arg-type]
    privacy._servers_known.set()
    with pytest.raises(EnoughError):
        await privacy.keep_purging()

    assert slept == [SECONDS_BETWEEN_PURGES] * 3
    assert caplog.text.count("could not be deleted") == 1


async def test_a_purge_that_fails_for_another_reason_is_shown_to_monitors() -> None:
    class Storage:
        async def delete_pending_before(self, _moment: object) -> int:
            raise TypeError("a mistake of ours")

    failed, never = asyncio.Event(), asyncio.Event()

    async def wait(_seconds: float) -> None:
        failed.set()
        await never.wait()

    privacy = Privacy(Storage(), None, None)  # type: ignore[arg-type]
    privacy._servers_known.set()
    background = Background(sleep=wait)
    async with background.running(privacy.keep_purging, name="purge"):
        await asyncio.wait_for(failed.wait(), 5)

        assert background.failing == ["purge"]


async def test_a_choice_that_can_not_be_kept_changes_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, hidden = Person(Platform.DISCORD, 1), Person(Platform.DISCORD, 2)
    await services.opt_outs.opt_out(hidden)

    async def fail(_person: Person) -> None:
        raise StorageUnavailableError("the disk is full")

    for method in ("add_opt_out", "remove_opt_out"):
        monkeypatch.setattr(services.opt_outs._storage, method, fail)
    for person, change in (
        (reader, services.opt_outs.opt_out),
        (hidden, services.opt_outs.opt_out),
        (hidden, services.opt_outs.opt_in),
    ):
        with pytest.raises(StorageUnavailableError):
            await change(person)

    assert not services.opt_outs.has(Platform.DISCORD, reader.id)
    assert services.opt_outs.has(Platform.DISCORD, hidden.id)


async def test_who_opts_out_is_not_read_while_the_disk_is_slow(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = asyncio.Event()

    async def wait(_person: Person) -> None:
        await kept.wait()

    monkeypatch.setattr(services.opt_outs._storage, "add_opt_out", wait)
    choosing = asyncio.create_task(services.opt_outs.opt_out(Person(Platform.DISCORD, 1)))
    await asyncio.sleep(0)

    assert services.opt_outs.has(Platform.DISCORD, 1)
    kept.set()
    await choosing


async def test_two_changes_of_mind_at_once_leave_memory_and_storage_agreed(
    services: Services, settings: Settings, languages: Mapping[str, Language]
) -> None:
    person = Person(Platform.DISCORD, 4711)
    await asyncio.gather(services.opt_outs.opt_in(person), services.opt_outs.opt_out(person))

    async with open_services(settings, languages) as again:
        assert again.opt_outs.has(Platform.DISCORD, 4711) == services.opt_outs.has(Platform.DISCORD, 4711) is True


async def test_who_accepts_no_private_messages_is_forgotten_all_the_same(env: simcord.Env, server: Server) -> None:
    await server.ask(server.camille, "$new Courage")
    env.inject_error("POST", "/users/@me/channels", status=403, code=50007, message="Cannot send", times=None)

    assert "anonymes" in await forget(server)
    assert "Camille" not in await server.ask(server.camille, "$list")
    assert "privé" in await server.ask(server.camille, "$privacy export")
