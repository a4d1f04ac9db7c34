"""What the bot does for somebody who is sad or in danger: when it answers, with what, and how to make it stop."""

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing

import aiohttp
import discord
import pytest
import simcord

from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.health import Health
from bot.languages import Language
from bot.models import Platform, Scope
from bot.services import Services
from bot.services.cooldowns import MOST_REMEMBERED, Cooldown, Cooldowns
from bot.services.feelings.reader import Feeling, Reading, Rule, Step
from bot.services.settings.table import ScopePreferences
from bot.text.sentences import Texts
from bot.wiring import make_bot, open_services
from tests.conftest import Clock, Server, kind_word, make_server, shown, starters, with_plain_spaces

SAD = "i am so sad"
CRISIS = "i want to kill myself"
FRENCH_BUTTON = "Ne plus lire mes messages"


def is_crisis_answer(answer: str) -> bool:
    return "3114" in answer and "`/helpline`" in answer and "\n-# " in answer


# How often it answers


async def test_a_member_is_answered_at_most_every_two_minutes(server: Server, clock: Clock) -> None:
    other = server.guild.create_text_channel("autre")
    assert kind_word(await server.ask(server.camille, SAD))

    clock.advance(seconds=119)
    await server.camille.send(other, SAD)
    assert await server.ask(server.camille, SAD) == ""
    assert server.answers(other) == []

    clock.advance(seconds=1)
    assert await server.ask(server.camille, SAD)


async def test_a_channel_is_answered_at_most_every_15_seconds(server: Server, clock: Clock) -> None:
    other = server.guild.create_text_channel("autre")
    assert await server.ask(server.camille, SAD)

    clock.advance(seconds=14)
    assert await server.ask(server.sacha, SAD) == ""
    await server.sacha.send(other, SAD)
    assert len(server.answers(other)) == 1

    clock.advance(seconds=1)
    assert await server.ask(server.moderator, SAD)


async def test_a_message_that_was_not_answered_delays_nothing(server: Server, clock: Clock) -> None:
    await server.ask(server.camille, SAD)
    clock.advance(seconds=14)
    await server.ask(server.sacha, SAD)

    clock.advance(seconds=1)

    assert await server.ask(server.sacha, SAD)


async def test_a_member_who_got_no_answer_because_the_server_wants_none_waits_for_nothing(server: Server) -> None:
    await server.ask(server.admin, "$responding off")
    assert await server.ask(server.camille, SAD) == ""
    await server.ask(server.admin, "$responding on")

    assert await server.ask(server.camille, SAD)


async def test_cooldowns_of_one_server_are_not_those_of_another(env: simcord.Env, server: Server) -> None:
    other = make_server(env, "Le Verger")
    both = other.guild.add_member(server.camille.user)
    assert await server.ask(server.camille, SAD)

    assert await other.ask(both, SAD)


async def test_many_sad_messages_at_once_get_one_answer(server: Server, bot: EncourageBot) -> None:
    message = await server.camille.send(server.channel, SAD)
    await asyncio.gather(*(bot.on_message(message) for _ in range(20)))
    await server.env.settle()

    assert len(server.answers()) == 1


def test_the_memory_of_cooldowns_is_bounded_and_forgets_what_is_over(clock: Clock) -> None:
    cooldowns = Cooldowns(clock.monotonic)
    scope = Scope(Platform.DISCORD, 1)
    for member in range(MOST_REMEMBERED + 10):
        assert cooldowns.take_crisis(scope, member_id=member)
    assert len(cooldowns._crisis._began) == MOST_REMEMBERED
    assert not cooldowns.take_crisis(scope, member_id=MOST_REMEMBERED), "the latest are those remembered"

    clock.advance(seconds=600)

    assert cooldowns.take_crisis(scope, member_id=MOST_REMEMBERED)
    cooldowns.forget_what_is_over()
    assert len(cooldowns._crisis._began) == 1


def test_nobody_is_remembered_once_every_cooldown_is_over(clock: Clock) -> None:
    cooldowns = Cooldowns(clock.monotonic)
    scope = Scope(Platform.DISCORD, 1)
    cooldowns.take_sad(scope, ScopePreferences(), member_id=2, channel_id=3)
    cooldowns.take_crisis(scope, member_id=2)
    cooldowns.hold_kind_words(scope, member_id=2)
    cooldowns.hold_kind_words(scope, member_id=2, feeling=Feeling.GRIEF)
    clock.advance(days=1)

    cooldowns.forget_what_is_over()

    kept = [each for each in vars(cooldowns).values() if isinstance(each, Cooldown)]
    assert len(kept) == 5
    assert not any(each._began for each in kept)


# Danger


@pytest.mark.parametrize("locale", ["fr", "en"], indirect=True)
async def test_danger_is_answered_with_the_reviewed_text_and_nothing_else(
    server: Server, languages: Mapping[str, Language], texts: Texts, services: Services, locale: str
) -> None:
    await server.ask(server.sacha, "$new Allez, souris @everyone")
    message = await server.camille.send(server.channel, CRISIS)

    answer = server.answers()[-1]
    parts = answer.content.split("\n")
    begin = f"{texts.text(locale, 'crisis.danger.said')}\n{texts.text(locale, 'crisis.danger.lines')}".split("\n")
    assert parts[: len(begin)] == begin
    automatic = f"{texts.text(locale, 'crisis.automatic')} {texts.text(locale, 'crisis.alone')}"
    end = f"{automatic}\n{texts.text(locale, 'care.why_danger')}"
    assert answer.content.endswith(end)
    for line in answer.content.removesuffix(f"\n{end}").split("\n")[len(begin) :]:
        assert line.startswith("• ")
    for word in (*starters(languages[locale]), "souris", CRISIS, "kill"):
        assert word not in answer.content
    assert answer.embeds == []
    assert answer.reference is not None
    assert answer.reference.message_id == message.id
    assert answer.mentions == []


async def test_danger_is_answered_even_where_other_answers_are_off_or_a_cooldown_runs(
    server: Server, clock: Clock
) -> None:
    assert await server.ask(server.camille, SAD)
    assert is_crisis_answer(await server.ask(server.camille, CRISIS))
    await server.ask(server.admin, "$responding off")

    assert is_crisis_answer(await server.ask(server.sacha, CRISIS))


async def test_helplines_come_at_most_once_in_ten_minutes_for_a_member(server: Server, clock: Clock) -> None:
    assert await server.ask(server.camille, CRISIS)
    clock.advance(seconds=599)
    assert await server.ask(server.camille, CRISIS) == ""
    assert await server.ask(server.sacha, CRISIS)

    clock.advance(seconds=1)

    assert await server.ask(server.camille, CRISIS)


async def test_helplines_have_a_switch_of_their_own(env: simcord.Env, server: Server, settings: Settings) -> None:
    other = make_server(env, "Le Verger")
    await server.ask(server.admin, "$helplines off")

    assert await server.ask(server.camille, CRISIS) == ""
    assert await server.ask(server.sacha, SAD)
    assert is_crisis_answer(await other.ask(other.camille, CRISIS))

    await server.ask(server.admin, "$helplines on")
    assert is_crisis_answer(await server.ask(server.camille, CRISIS))


async def test_the_switch_and_the_country_survive_a_restart(
    server: Server, settings: Settings, languages: Mapping[str, Language]
) -> None:
    await server.ask(server.admin, "$helplines off")

    async with open_services(settings, languages) as again:
        assert not (await again.preferences.get(Scope(Platform.DISCORD, server.guild.id))).helplines


async def test_the_country_of_the_server_is_the_one_given(server: Server, settings: Settings) -> None:
    with closing(sqlite3.connect(settings.database)) as database:
        database.execute("INSERT INTO scopes (platform, id) VALUES ('discord', ?)", (server.guild.id,))
        database.execute("INSERT INTO settings VALUES ('discord', ?, 'country', '\"BE\"')", (server.guild.id,))
        database.commit()

    for answer in (await server.ask(server.camille, CRISIS), await server.ask(server.camille, "$helpline")):
        assert "0800 32 123" in answer
        assert "3114" not in answer


async def test_danger_in_a_private_conversation_is_answered(env: simcord.Env, server: Server) -> None:
    alone = env.create_user("dominique")

    await alone.send_dm(CRISIS)

    assert is_crisis_answer(shown(alone.dm_channel.last_message))


async def test_a_server_that_turns_helplines_off_has_them_back_ten_minutes_later_at_most(
    server: Server, clock: Clock
) -> None:
    """A message that went unanswered starts no cooldown."""
    await server.ask(server.admin, "$helplines off")
    await server.ask(server.camille, CRISIS)
    await server.ask(server.admin, "$helplines on")

    assert is_crisis_answer(await server.ask(server.camille, CRISIS))


async def test_helplines_that_did_not_arrive_come_with_the_next_message(env: simcord.Env, server: Server) -> None:
    env.inject_error("POST", "/channels/*/messages", status=403, code=50013, message="Missing Permissions")

    assert await server.ask(server.camille, CRISIS) == ""
    assert is_crisis_answer(await server.ask(server.camille, CRISIS))
    assert await server.ask(server.camille, CRISIS) == ""


@pytest.mark.parametrize("text", [SAD, CRISIS])
async def test_an_answer_that_the_network_lost_comes_with_the_next_message(
    server: Server, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    async def lost(*_: object, **__: object) -> None:
        raise aiohttp.ClientOSError("connection reset")

    with monkeypatch.context() as patch:
        patch.setattr(discord.Message, "reply", lost)
        assert await server.ask(server.camille, text) == ""

    assert await server.ask(server.camille, text) != ""


# The way out


@pytest.mark.parametrize("text", [SAD, CRISIS])
async def test_every_answer_says_why_it_came_and_has_the_button(server: Server, text: str) -> None:
    await server.camille.send(server.channel, text)

    (answer,) = server.answers()
    last = answer.content.splitlines()[-1]
    assert last.startswith("-# ")
    assert "`/optout`" in last
    (row,) = answer.components
    assert isinstance(row, discord.ActionRow)
    assert [child.label for child in row.children if isinstance(child, discord.Button)][-1] == FRENCH_BUTTON


@pytest.mark.parametrize("text", [SAD, CRISIS])
async def test_the_button_stops_the_reading_of_its_author_at_once_and_everywhere(
    env: simcord.Env, server: Server, clock: Clock, text: str
) -> None:
    other = make_server(env, "Le Verger")
    both = other.guild.add_member(server.camille.user)
    await server.camille.send(server.channel, text)

    result = await server.camille.click(server.answers()[-1], label=FRENCH_BUTTON)

    assert result.ephemeral
    assert "`$optin`" in shown(result.response)
    clock.advance(seconds=9_999)
    for said in (SAD, CRISIS):
        assert await server.ask(server.camille, said) == ""
        assert await other.ask(both, said) == ""
    await server.camille.send_dm(CRISIS)
    assert [message.author.id for message in server.camille.user.dm_channel.history()] == [server.camille.id]
    assert await server.ask(server.sacha, SAD)


async def test_the_button_does_nothing_for_anybody_else(server: Server, clock: Clock) -> None:
    await server.camille.send(server.channel, SAD)

    result = await server.sacha.click(server.answers()[-1], label=FRENCH_BUTTON)

    assert result.ephemeral
    assert "pour la personne à qui je réponds" in shown(result.response)
    clock.advance(seconds=9_999)
    assert await server.ask(server.camille, SAD)
    clock.advance(seconds=9_999)
    assert await server.ask(server.sacha, SAD)


async def test_the_button_works_after_a_restart_and_so_does_what_it_did(
    env: simcord.Env,
    server: Server,
    settings: Settings,
    languages: Mapping[str, Language],
    texts: Texts,
    clock: Clock,
) -> None:
    await server.camille.send(server.channel, SAD)
    answer = server.answers()[-1]

    for _ in range(2):
        async with open_services(settings, languages, clock=clock.monotonic) as again:
            await env.restart_bot(make_bot(settings, again, texts, Health()))
            assert (await server.camille.click(answer, label=FRENCH_BUTTON)).ephemeral
            assert await server.ask(server.camille, SAD) == ""
            assert await server.ask(server.sacha, SAD)
            clock.advance(seconds=9_999)
    async with open_services(settings, languages, clock=clock.monotonic) as again:
        await env.restart_bot(make_bot(settings, again, texts, Health()))
        assert await server.ask(server.camille, CRISIS) == ""


async def test_optout_and_optin(env: simcord.Env, server: Server, clock: Clock) -> None:
    other = make_server(env, "Le Verger")
    both = other.guild.add_member(server.camille.user)
    result = await server.camille.slash(server.channel, "optout")
    assert result.ephemeral
    assert "sur aucun serveur" in shown(result.response)

    assert await other.ask(both, SAD) == ""
    assert await other.ask(both, CRISIS) == ""
    assert "C'est noté" in await other.ask(both, "$optin")

    assert await server.ask(server.camille, SAD)
    assert is_crisis_answer(await server.ask(server.camille, CRISIS))
    assert "`$helpline`" in await server.ask(server.camille, "$optout")
    assert "C'est noté" in await server.ask(server.camille, "$optout")
    clock.advance(seconds=9_999)
    assert await server.ask(server.camille, CRISIS) == ""


async def test_who_has_opted_out_is_not_even_read(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.ask(server.camille, "$optout")

    def read(*_: object, **__: object) -> Reading:
        raise AssertionError("it was read")

    monkeypatch.setattr(type(services.feelings), "read", read)

    assert await server.ask(server.camille, SAD) == ""


async def test_who_has_opted_out_still_has_commands(server: Server) -> None:
    await server.ask(server.camille, "$optout")

    assert await server.ask(server.camille, "$hello") == "Bonjour !"
    assert "3114" in await server.ask(server.camille, "$helpline")


async def test_a_button_that_fails_is_logged_without_saying_whose_it_was(
    server: Server,
    services: Services,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await server.camille.send(server.channel, SAD)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(type(services.opt_outs), "opt_out", broken)
    caplog.clear()
    result = await server.camille.click(server.answers()[-1], label=FRENCH_BUTTON)

    assert "incident" in caplog.text
    assert str(server.camille.id) not in caplog.text
    assert result.ephemeral
    assert "quelque chose n'a pas marché" in shown(result.response)


# What is read, and why


@pytest.mark.parametrize("locale", ["en"], indirect=True)
async def test_test_tells_what_is_read_step_by_step(server: Server) -> None:
    sad = await server.ask(server.camille, f"$test {SAD}")
    crisis = await server.ask(server.camille, f"$test {CRISIS}")
    nothing = await server.ask(server.camille, "$test the train leaves at noon")

    assert sad.startswith("In that sentence I read sadness")
    assert "“" in sad
    assert crisis.startswith("In that sentence I read danger")
    assert "/helpline" in crisis
    assert nothing.startswith("In that sentence I read neither sadness nor danger")
    assert "no word" in nothing


@pytest.mark.parametrize("locale", ["fr", "en"], indirect=True)
async def test_every_rule_is_explained(
    server: Server, services: Services, texts: Texts, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    feeling = services.feelings.read("the train leaves at noon").feeling
    words = "*`@everyone` [x](https://x.y)* " + "long " * 500
    for rule in Rule:
        reading = Reading(feeling, (Step(rule, words),) * 100)
        monkeypatch.setattr(type(services.feelings), "read", lambda *_, reading=reading, **__: reading)

        answer = await server.ask(server.camille, "$test x")

        assert with_plain_spaces(texts.text(locale, f"test.rule_{rule}")) in answer
        assert len(answer) <= 2_000
    assert "\\*" in answer


async def test_test_works_with_a_slash_for_the_asker_alone_and_starts_no_cooldown(server: Server) -> None:
    for sentence in (SAD, CRISIS, "x" * 5_000):
        assert (await server.camille.slash(server.channel, "test", sentence=sentence)).ephemeral

    assert await server.ask(server.camille, SAD)
    assert is_crisis_answer(await server.ask(server.camille, CRISIS))


async def test_test_without_a_sentence_says_how(server: Server) -> None:
    assert "`$test " in await server.ask(server.camille, "$test")


# A kind word for somebody else


async def test_the_menu_replies_to_a_message_with_a_kind_word(
    server: Server, languages: Mapping[str, Language]
) -> None:
    message = await server.sacha.send(server.channel, "bonjour")

    result = await server.camille.context_menu(server.channel, "Encourager", message)

    (answer,) = server.answers()
    assert answer.content.splitlines()[0] in starters(languages["fr"])
    assert answer.content.splitlines()[1].startswith("-# Camille t'envoie ce mot.")
    assert answer.reference is not None
    assert answer.reference.message_id == message.id
    assert answer.mentions == []
    assert shown(result.response) == "C'est envoyé."
    assert result.ephemeral


@pytest.mark.parametrize("locale", ["en"], indirect=True)
async def test_the_menu_speaks_english(server: Server) -> None:
    message = await server.sacha.send(server.channel, "hello")

    await server.camille.context_menu(server.channel, "Encourage", message)

    assert "-# From Camille" in server.answers()[0].content


async def test_the_menu_is_not_for_bots(env: simcord.Env, server: Server) -> None:
    await server.ask(server.camille, "$hello")
    robot = server.guild.add_member(env.create_user("robot", bot=True))
    webhook = server.guild.create_webhook(server.channel)
    said = [server.answers()[-1], await robot.send(server.channel, "bip"), await webhook.send("bop")]
    before = len(server.answers())

    for message in said:
        result = await server.camille.context_menu(server.channel, "Encourager", message)
        assert "ne vient pas d'une personne" in shown(result.response)

    assert len(server.answers()) == before


async def test_the_menu_where_the_bot_may_not_write_says_so_to_the_asker(server: Server, bot: EncourageBot) -> None:
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    channel = guild.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    message = await server.sacha.send(server.channel, "bonjour")
    await channel.set_permissions(guild.me, send_messages=False)

    result = await server.camille.context_menu(server.channel, "Encourager", message)

    assert "pas le droit d'écrire ici" in shown(result.response)
    assert result.ephemeral
    assert server.answers() == []


@pytest.mark.parametrize("in_thread", [False, True])
async def test_the_menu_is_not_for_who_may_not_write_there(server: Server, bot: EncourageBot, in_thread: bool) -> None:
    channel = bot.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    where = server.channel
    if in_thread:
        await channel.create_thread(name="fil", type=discord.ChannelType.public_thread)
        (where,) = server.channel.threads
    message = await server.sacha.send(where, "bonjour")
    right = "send_messages_in_threads" if in_thread else "send_messages"
    denied, given = (discord.PermissionOverwrite(**{right: value}) for value in (False, True))
    await channel.set_permissions(channel.guild.default_role, overwrite=denied)
    await channel.set_permissions(channel.guild.me, overwrite=given)

    result = await server.camille.context_menu(where, "Encourager", message)

    assert "à ta place" in shown(result.response)
    assert server.answers(where) == []


async def test_the_menu_on_a_message_that_is_gone_says_so(env: simcord.Env, server: Server) -> None:
    message = await server.sacha.send(server.channel, "bonjour")
    env.inject_error("POST", "/channels/*/messages", status=400, code=50035, message="Unknown message")

    result = await server.camille.context_menu(server.channel, "Encourager", message)

    assert "pas pu répondre" in shown(result.response)


async def test_the_menu_on_a_message_in_danger_gives_helplines_and_never_a_kind_word(
    server: Server, clock: Clock
) -> None:
    message = await server.sacha.send(server.channel, CRISIS)
    assert is_crisis_answer(server.answers()[-1].content)

    result = await server.camille.context_menu(server.channel, "Encourager", message)
    assert "/helpline" in shown(result.response)
    assert len(server.answers()) == 1

    clock.advance(seconds=600)
    await server.camille.context_menu(server.channel, "Encourager", message)
    assert len(server.answers()) == 2
    assert is_crisis_answer(server.answers()[-1].content)


async def test_the_menu_does_not_read_who_has_opted_out(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.ask(server.sacha, "$optout")
    message = await server.sacha.send(server.channel, "bonjour")

    def read(*_: object, **__: object) -> Reading:
        raise AssertionError("it was read")

    monkeypatch.setattr(type(services.feelings), "read", read)
    before = len(server.answers())
    result = await server.camille.context_menu(server.channel, "Encourager", message)

    assert "il viendra de toi" in shown(result.response)
    assert len(server.answers()) == before


async def test_a_menu_that_fails_says_sorry_with_an_incident(
    server: Server, services: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await server.sacha.send(server.channel, "bonjour")

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(type(services.encouragements), "pick", broken)
    result = await server.camille.context_menu(server.channel, "Encourager", message)

    assert "quelque chose n'a pas marché" in shown(result.response)
    assert result.ephemeral
    assert caplog.text.count("incident") == 1


async def test_answers_go_to_threads_too(server: Server, bot: EncourageBot) -> None:
    parent = bot.get_channel(server.channel.id)
    assert isinstance(parent, discord.TextChannel)
    await parent.create_thread(name="fil", type=discord.ChannelType.public_thread)
    (thread,) = server.channel.threads

    await server.camille.send(thread, SAD)
    await server.camille.send(thread, CRISIS)

    assert len(server.answers(thread)) == 2


async def test_the_menu_goes_with_its_cog(server: Server, bot: EncourageBot) -> None:
    menu = discord.AppCommandType.message
    assert [command.name for command in bot.tree.get_commands(type=menu)] == ["Encourager"]

    await bot.unload_extension("cogs.care")

    assert bot.tree.get_commands(type=menu) == []


# Nothing is kept


async def test_neither_the_database_nor_the_log_knows_who_was_sad(
    server: Server, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def dump() -> list[str]:
        with closing(sqlite3.connect(settings.database)) as database:
            return list(database.iterdump())

    await server.ask(server.sacha, "$new Courage")
    before = dump()
    caplog.clear()
    caplog.set_level(logging.DEBUG, logger="bot")
    caplog.set_level(logging.DEBUG, logger="cogs")
    caplog.set_level(logging.INFO)
    message = await server.camille.send(server.channel, SAD)
    await server.camille.send(server.channel, CRISIS)
    await server.sacha.send(server.channel, SAD)
    await server.camille.context_menu(server.channel, "Encourager", message)
    await server.camille.slash(server.channel, "helpline")
    await server.camille.slash(server.channel, "test", sentence=CRISIS)

    assert len(server.answers()) == 3
    assert dump() == before
    log = "\n".join(
        logging.Formatter("%(name)s %(message)s").format(record)
        for record in caplog.records
        if not record.name.startswith("simcord")
    )
    assert str(server.camille.id) not in log
    assert str(message.id) not in log
    assert "sad" not in log
    assert "kill" not in log


async def test_nobody_who_spoke_of_suicide_is_told_to_cheer_up_a_little_later(server: Server, clock: Clock) -> None:
    await server.ask(server.admin, "$helplines off")
    await server.ask(server.camille, "i want to kill myself")
    clock.advance(days=0.99)
    assert await server.ask(server.camille, "i am so sad") == ""
    assert await server.ask(server.sacha, "i am so sad") != ""

    clock.advance(days=0.02)
    assert await server.ask(server.camille, "i am so sad") != ""


async def test_nobody_who_spoke_of_suicide_is_told_to_cheer_up_on_another_server(
    env: simcord.Env, server: Server, clock: Clock
) -> None:
    other = make_server(env, "Le Verger")
    both = other.guild.add_member(server.camille.user)
    message = await both.send(other.channel, "bonjour")
    await server.ask(server.camille, CRISIS)

    assert await other.ask(both, SAD) == ""
    held = await other.sacha.context_menu(other.channel, "Encourager", message)
    assert "/helpline" in shown(held.response)
    assert await other.ask(other.sacha, SAD) != ""
    clock.advance(days=1)
    assert await other.ask(both, SAD) != ""


async def test_a_call_for_help_after_a_command_that_takes_text_is_heard(env: simcord.Env) -> None:
    for command in ("new", "country", "responding", "del", "helpline", "words add", "contributors"):
        server = make_server(env, command)

        assert is_crisis_answer(await server.ask(server.camille, f"${command} {CRISIS}")), command
        assert "aucun message" in await server.ask(server.camille, "$list"), command


async def test_a_sentence_that_begins_like_a_command_is_heard(server: Server) -> None:
    await server.ask(server.admin, "$prefix le")

    assert is_crisis_answer(await server.ask(server.camille, f"le silence me tue, {CRISIS}"))


async def test_examples_are_no_calls_for_help(server: Server) -> None:
    assert "je lis un danger" in await server.ask(server.camille, f"$test {CRISIS}")
    assert "j'y réagis toujours" in await server.ask(server.admin, f"$words ignore {CRISIS}")


async def test_what_speaks_of_dying_is_never_kept_to_be_said(server: Server, services: Services) -> None:
    result = await server.camille.slash(server.channel, "new", message=CRISIS)

    assert "/helpline" in shown(result.response) or "$helpline" in shown(result.response)
    assert result.ephemeral
    assert not await services.encouragements.list(Scope(Platform.DISCORD, server.guild.id))


@pytest.mark.bot_raises(kind=OSError)
async def test_a_kind_word_that_could_not_be_found_leaves_the_turn_free(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> str:
        raise OSError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(type(services.encouragements), "pick", broken)
        assert not await server.ask(server.camille, SAD)

    assert kind_word(await server.ask(server.camille, SAD))


@pytest.mark.parametrize("before", ["help me", "hello", "", "blah"])
async def test_a_call_for_help_addressed_to_the_bot_is_heard(server: Server, bot: EncourageBot, before: str) -> None:
    assert bot.user is not None

    assert is_crisis_answer(await server.ask(server.camille, f"<@{bot.user.id}> {before} {CRISIS}"))
    assert is_crisis_answer(await server.ask(server.sacha, f"${before} {CRISIS}"))


async def test_the_menu_has_limits(server: Server, bot: EncourageBot, clock: Clock) -> None:
    message = await server.camille.send(server.channel, "bonjour")
    await server.sacha.context_menu(server.channel, "Encourager", message)
    assert server.answers()[-1].components != []
    again = await server.sacha.context_menu(server.channel, "Encourager", message)
    assert "un peu plus tard" in shown(again.response)

    clock.advance(seconds=601)
    await server.ask(server.camille, CRISIS)
    held = await server.sacha.context_menu(server.channel, "Encourager", message)
    assert "/helpline" in shown(held.response)


async def test_an_outage_of_the_database_costs_nobody_the_helplines(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(type(services.preferences), "get", broken)

    assert is_crisis_answer(await server.ask(server.camille, CRISIS))
