"""Only messages that call for an answer become objects, and they are the ones that were answered without the gate."""

import asyncio
import copy
import itertools
import json
import random
from dataclasses import replace
from typing import Any

import discord
import hypothesis
import pytest
from hypothesis import strategies as st

from bot.discord.client import EncourageBot, intents
from bot.discord.gate import CALL, Call
from bot.discord.scopes import scope_of
from bot.models import Person, Platform, Scope, Trigger
from bot.services import Services
from bot.services.feelings.reader import Attention, Feeling
from bot.services.settings.preferences import DEFAULTS
from bot.services.settings.word_lists import Words
from tests.conftest import Server
from tests.events import anything, random_event
from tests.fake_payloads import APPLICATION_ID, GUILD_ID, MEMBER_ID, bot_user, guild, message_of_the_member

UNKNOWN_GUILD_ID, OTHER_GUILD_ID, UNREAD_GUILD_ID = GUILD_ID + 10_000, GUILD_ID + 20_000, GUILD_ID + 30_000
OPTED_OUT_ID = MEMBER_ID + 1
BEGINNINGS = (
    "",
    "$",
    "$ ",
    "$\n",
    "a",
    "A",
    "?",
    f"<@{APPLICATION_ID}> ",
    f"<@!{APPLICATION_ID}> ",
    f"<@{APPLICATION_ID}>",
)
SAYINGS = (
    *("hello", "Hello", "new je veux mourir", "test i am sad", "nothing like it", "aide", "words add x", "del"),
    *("je suis triste", "i am so sad", "je veux mourir", "i want to kill myself", "le chat est mort", "bonjour", ""),
    *(
        "quel cafard",
        "un ami triste",
        "boum, je suis triste",
        f"je suis triste <@{APPLICATION_ID}> hello",
        "<@1> triste",
    ),
)
PLACES: tuple[dict[str, Any], ...] = ({}, {"private": True}, {"guild_id": str(OTHER_GUILD_ID)})
CHANGES: tuple[dict[str, Any], ...] = (
    *({"type": 19}, {"type": 7}, {"type": 21}, {"webhook_id": "7"}, {"webhook_id": "0"}, {"webhook_id": None}),
    *({"bot": True}, {"bot": False}, {"bot": None}, {"author_id": str(OPTED_OUT_ID)}),
    *({"guild_id": str(UNKNOWN_GUILD_ID)}, {"guild_id": str(UNREAD_GUILD_ID)}, {"channel_id": "7"}),
    *({"private": True, "type": 19}, {"private": True, "bot": True}),
)


def message_with(content: str, *, private: bool = False, **changes: Any) -> dict[str, Any]:
    """What somebody, or something, writes somewhere, as Discord describes it."""
    data = message_of_the_member(content, None if private else GUILD_ID)
    author = {"id": changes.pop("author_id", str(MEMBER_ID)), "bot": changes.pop("bot", False)}
    return data | changes | {"author": data["author"] | author}


def call_without_gate(
    bot: EncourageBot, services: Services, message: discord.Message, *, crowded: bool
) -> Call | Scope | None:
    """What calls for an answer, by the objects that discord.py makes of it."""
    if message.author.bot or message.webhook_id:
        return None
    if message.type not in (discord.MessageType.default, discord.MessageType.reply):
        return None
    scope = scope_of(message.guild, message.channel)
    preferences = services.preferences.known(scope)
    if preferences is None:
        if not crowded:
            return scope
        preferences = DEFAULTS
    beginnings = (f"<@{APPLICATION_ID}> ", f"<@!{APPLICATION_ID}> ", preferences.prefix or "$")
    prefix = next((each for each in beginnings if message.content.startswith(each)), None)
    name = "" if prefix is None else (message.content[len(prefix) :].split(maxsplit=1) or [""])[0]
    if prefix is not None and bot.get_command(name) is not None and name:
        return Call(scope, preferences, prefix, None)
    only = crowded or (prefix is not None and not prefix[-1].isalnum() and not prefix.startswith("<@"))
    author_id = message.author.id
    reading = services.care.read(message.content, scope, preferences, author_id=author_id, helplines_only=only)
    return None if reading.feeling is Feeling.NONE else Call(scope, preferences, prefix, reading)


def frames(data: Any) -> list[str]:
    """What tells of a message, as Discord writes it, with the server at the end, and in another way."""
    last = {name: data[name] for name in ("guild_id",) if name in data}
    frame = {"t": "MESSAGE_CREATE", "s": 5, "op": 0, "d": {k: v for k, v in data.items() if k not in last} | last}
    return [json.dumps(frame, separators=(",", ":"), ensure_ascii=False), json.dumps(frame)]


class Told:
    """What discord.py is told of, with what the gate has found."""

    def __init__(self, bot: EncourageBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[tuple[str, Any]] = []
        self.calls: list[Call | Scope | None] = []
        monkeypatch.setattr(bot._connection, "dispatch", self._note)

    def _note(self, event: str, *arguments: Any) -> None:
        self.events.append((event, arguments[0]))
        self.calls.append(CALL.get())


@pytest.fixture
async def known(bot: EncourageBot, services: Services) -> EncourageBot:
    """The bot as it is once connected to some servers, one of which has chosen much."""
    for name in ("cogs.greetings", "cogs.encouragement", "cogs.care", "cogs.helplines", "cogs.words"):
        await bot.load_extension(name)
    bot._connection.user = discord.ClientUser(state=bot._connection, data=bot_user())  # type: ignore[arg-type]
    bot._gate.answer_to(APPLICATION_ID)
    for id in (GUILD_ID, OTHER_GUILD_ID, UNREAD_GUILD_ID):
        bot._connection._add_guild_from_data(guild(id))  # type: ignore[arg-type]
    words = Words(("cafard",), ("boum",))
    other = Scope(Platform.DISCORD, OTHER_GUILD_ID)
    await services.preferences.change(other, prefix="a", triggers=Trigger.ANY, words=words)
    await services.opt_outs.opt_out(Person(Platform.DISCORD, OPTED_OUT_ID))
    for id in (GUILD_ID, OTHER_GUILD_ID, UNKNOWN_GUILD_ID, 7, int(message_of_the_member("", None)["channel_id"])):
        await services.preferences.get(Scope(Platform.DISCORD, id))
    return bot


@pytest.mark.parametrize("circumstance", ["as always", "crowded", "stopping"])
async def test_what_calls_for_an_answer_is_the_same_as_without_the_gate(
    known: EncourageBot, services: Services, monkeypatch: pytest.MonkeyPatch, circumstance: str
) -> None:
    told = Told(known, monkeypatch)
    plain = discord.Client(intents=intents(message_content=True))
    for guild_id in (GUILD_ID, OTHER_GUILD_ID, UNREAD_GUILD_ID):
        plain._connection._add_guild_from_data(guild(guild_id))  # type: ignore[arg-type]
    known.in_flight.stopping = circumstance == "stopping"
    if circumstance == "crowded":
        monkeypatch.setattr("bot.discord.in_flight.MOST_WAITING", 0)

    lets_go = known._looker._messages.lets_go

    def agree(data: dict[str, Any]) -> None:
        told.calls.clear()
        channel, _ = plain._connection._get_guild_channel(data)  # type: ignore[arg-type]
        message = discord.Message(state=plain._connection, channel=channel, data=copy.deepcopy(data))  # type: ignore[arg-type]
        expected = call_without_gate(known, services, message, crowded=circumstance == "crowded")
        known._connection.parsers["MESSAGE_CREATE"](data)
        told_of = [] if expected is None or known.in_flight.stopping else [expected]

        assert told.calls == told_of, data
        assert expected is None or not any(map(lets_go, frames(data))), data

    for beginning, saying, changes in (
        *itertools.product(BEGINNINGS, SAYINGS, PLACES),
        *itertools.product(("", "$"), ("hello", "je suis triste", "je veux mourir", "gg"), CHANGES),
    ):
        agree(message_with(beginning + saying, **changes))

    @hypothesis.settings(max_examples=30)
    @hypothesis.given(st.sampled_from(BEGINNINGS), st.sampled_from(SAYINGS), st.text(max_size=20))
    def agree_with_more(beginning: str, saying: str, more: str) -> None:
        agree(message_with(beginning + saying + more))

    agree_with_more()


async def test_nothing_that_comes_in_the_place_of_a_message_makes_the_gate_fail(
    known: EncourageBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told(known, monkeypatch)
    chance = random.Random(1)
    for _ in range(200):
        known._connection.parsers["MESSAGE_CREATE"](anything(chance))
        known._connection.parsers["MESSAGE_CREATE"](random_event(chance)[1])

    assert {Call} == set(map(type, told.calls))


async def test_an_ordinary_message_becomes_no_object_and_begins_no_task(
    known: EncourageBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def note(*_: Any, **__: Any) -> Any:
        made.append("object")
        raise AssertionError

    for name in ("discord.state.Message", "discord.message.Member", "discord.state.User"):
        monkeypatch.setattr(name, note)
    asyncio.get_running_loop().set_task_factory(note)
    for content in ("gg", "on se retrouve à 21h ?", "merci beaucoup !", "$play something", "the train leaves at noon"):
        known._connection.parsers["MESSAGE_CREATE"](message_of_the_member(content, GUILD_ID))
    asyncio.get_running_loop().set_task_factory(None)

    assert made == []


async def test_where_a_servers_words_cannot_be_read_danger_is_answered_and_the_failure_told_of(
    server: Server, services: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = services.care._feelings.attention

    def fail(triggers: Any, sad: Any, ignored: Any) -> Attention:
        if ignored:
            raise RecursionError
        return make(triggers, sad, ignored)

    monkeypatch.setattr(services.care._feelings, "attention", fail)
    scope = Scope(Platform.DISCORD, server.guild.id)
    await services.preferences.update(scope, lambda before: replace(before, words=Words((), ("boum",))))
    said = ("bonjour", "je suis triste", "je veux mourir", "$hello")
    answers = [await server.ask(server.camille, text) for text in said]

    assert [bool(answer) for answer in answers] == [False, False, True, True]
    assert "3114" in answers[2]
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 4
    assert "mourir" not in caplog.text


async def test_a_cog_hears_what_it_has_asked_for(known: EncourageBot, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(known, monkeypatch)
    deleted = {"id": "7", "channel_id": "8", "guild_id": str(GUILD_ID)}

    def happen() -> list[str]:
        told.events.clear()
        known._connection.parsers["MESSAGE_CREATE"](message_of_the_member("bonjour", GUILD_ID))
        if (parse := known._connection.parsers.get("MESSAGE_DELETE")) is not None:
            parse(deleted)
        return [name for name, _ in told.events]

    unasked = happen()
    known.let_through("MESSAGE_CREATE")
    known.let_through("MESSAGE_DELETE")

    assert (unasked, happen()) == ([], ["message", "raw_message_delete"])
    assert told.calls == [None, None]


def test_a_cog_that_asks_for_what_does_not_exist_is_told_so(bot: EncourageBot) -> None:
    for name in ("MESSAGE_DELETE", "MESSAGE_DELETE", "GUILD_CREATE"):
        bot.let_through(name)

    with pytest.raises(ValueError, match="message_delete"):
        bot.let_through("message_delete")
