"""What comes from the gateway and makes no sense is dropped before anything looks at it, and told of once an hour."""

import copy
import linecache
import random
from collections.abc import Callable
from typing import Any

import discord
import pytest

from bot.discord.client import EncourageBot, intents
from bot.discord.internals import shapes
from bot.discord.internals.events import HOUR, MOST_CHANNELS, MOST_ROLES, MOST_THREADS
from tests.conftest import Clock
from tests.events import anything
from tests.fake_payloads import GUILD_ID, bot_user, channel_of, guild, message_of_the_member, slash_command

MESSAGE = message_of_the_member("je suis triste", GUILD_ID)
ASKED = slash_command("new", GUILD_ID, message="Courage.")
CLICKED = ASKED | {
    "type": 3,
    "data": {"custom_id": "fine:7", "component_type": 2},
    "message": MESSAGE | {"components": []},
}
FILLED_IN = ASKED | {"type": 5, "data": {"custom_id": "x", "components": [{"type": 1, "components": []}]}}
OPENED = ASKED | {
    "data": {"id": "7", "type": 3, "name": "Encourager", "target_id": MESSAGE["id"]}
    | {"resolved": {"messages": {MESSAGE["id"]: MESSAGE}}}
}
NO_TEXT: tuple[Any, ...] = (..., None, 7, [], {})
NUMBER = {"name": "number", "type": 4}


def with_changes(data: dict[str, Any], /, **changes: Any) -> dict[str, Any]:
    """A copy in which `a__b` is the field b of a; `...` takes it away."""
    changed = copy.deepcopy(data)
    for path, value in changes.items():
        *above, name = path.split("__")
        place = changed
        for key in above:
            place = place[key]
        if value is ...:
            del place[name]
        else:
            place[name] = value
    return changed


@pytest.mark.parametrize("data", [MESSAGE, message_of_the_member("hello", None)])
def test_a_message_is_taken(data: dict[str, Any]) -> None:
    assert shapes.is_message(data)


@pytest.mark.parametrize("data", [ASKED, OPENED, CLICKED, FILLED_IN])
def test_an_interaction_is_taken(data: dict[str, Any]) -> None:
    assert shapes.is_interaction(data)


SENSELESS: list[dict[str, Any]] = [
    *({"content": value} for value in NO_TEXT),
    *({"id": value} for value in (*NO_TEXT, "", "-1", "x", "٣", str(2**63), "9" * 30)),
    *({"channel_id": ...}, {"channel_id": str(2**64)}, {"guild_id": str(2**63)}, {"guild_id": ...}),
    *({"author": value} for value in NO_TEXT),
    *({"author__id": None}, {"author__username": 7}, {"author__bot": "yes"}, {"author__avatar": ...}),
    *({"member": None}, {"member__roles": ...}, {"member__roles": ["x"]}, {"member__nick": 7}),
    *({"type": "0"}, {"webhook_id": {}}),
]


def test_a_message_that_makes_no_sense_is_not() -> None:
    assert [changes for changes in SENSELESS if shapes.is_message(with_changes(MESSAGE, **changes))] == []


SENSELESS_INTERACTIONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *((ASKED, {name: ...}) for name in ("channel", "data", "guild_id", "member", "token", "type", "locale")),
    *((ASKED, {name: 7}) for name in ("id", "channel", "channel_id", "data", "guild_id", "member", "token")),
    *((ASKED, {"channel__id": str(2**63)}), (ASKED, {"channel__type": None}), (ASKED, {"type": 99})),
    *(
        (ASKED, {"member__user": None}),
        (ASKED, {"member__permissions": "many"}),
        (ASKED, {"token": "x" * 9_999}),
        (ASKED, {"token": "a/b"}),
    ),
    *((ASKED, {"data__name": {}}), (ASKED, {"data__options": 7}), (ASKED, {"data__options": [7]})),
    (ASKED, {"data__options": [NUMBER | {"value": "1"}]}),
    (ASKED, {"data__options": [NUMBER | {"value": 2**63}]}),
    *((ASKED, {"data__type": 3}), (ASKED, {"data__type": 9}), (OPENED, {"data__type": 2})),
    *((OPENED, {"data__target_id": "7"}), (OPENED, {"data__resolved__messages": {}})),
    *((CLICKED, {"data__custom_id": value}) for value in NO_TEXT),
    *((CLICKED, {"data__values": [7]}), (CLICKED, {"message": 7}), (CLICKED, {"message__content": None})),
    *((FILLED_IN, {"data__components": value}) for value in (7, [7], [{"type": 1, "components": 7}])),
]


def test_an_interaction_that_makes_no_sense_is_not() -> None:
    taken = [
        changes for data, changes in SENSELESS_INTERACTIONS if shapes.is_interaction(with_changes(data, **changes))
    ]

    assert taken == []


def test_nothing_at_all_makes_the_looking_fail() -> None:
    chance = random.Random(1)
    functions: list[Callable[[Any], bool]] = [
        *(shapes.is_message, shapes.is_interaction, shapes.is_guild, shapes.is_channel, shapes.is_role),
        *(shapes.has_id, shapes.is_of_guild, shapes.is_id),
    ]
    for function in functions:
        for _ in range(100):
            assert function(anything(chance)) in (True, False)


def test_what_is_dropped_is_told_once_an_hour_for_each_kind_and_nobodys_words_are(
    bot: EncourageBot, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot._looker, "_clock", clock.monotonic)
    parse = bot._connection.parsers
    for _ in range(3):
        for _ in range(100):
            parse["MESSAGE_CREATE"](with_changes(MESSAGE, author=...))
            parse["INTERACTION_CREATE"](with_changes(ASKED, channel=...))
        clock.advance(seconds=HOUR / 2)

    assert [record.levelname for record in caplog.records] == ["WARNING"] * 4
    assert "triste" not in caplog.text


@pytest.fixture
def itself(bot: EncourageBot) -> None:
    """The bot knows who it is and where, as once it is connected."""
    bot._connection.user = discord.ClientUser(state=bot._connection, data=bot_user())  # type: ignore[arg-type]
    bot._connection._add_guild_from_data(guild(GUILD_ID))  # type: ignore[arg-type]


@pytest.mark.usefixtures("itself")
def test_only_what_makes_sense_gets_any_further(bot: EncourageBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py would take all of these."""
    further: list[str] = []
    monkeypatch.setattr(bot, "dispatch", lambda name, *_: further.append(name))
    monkeypatch.setattr(bot._connection, "dispatch", bot.dispatch)
    monkeypatch.setattr(bot._connection, "_command_tree", None)
    parse = bot._connection.parsers
    parse["MESSAGE_CREATE"](with_changes(MESSAGE, content=7))
    parse["MESSAGE_CREATE"](with_changes(MESSAGE, id=str(2**63)))
    parse["INTERACTION_CREATE"](with_changes(CLICKED, token="a/b"))
    parse["INTERACTION_CREATE"](with_changes(CLICKED, channel__id=str(2**63)))
    assert further == []

    parse["MESSAGE_CREATE"](copy.deepcopy(MESSAGE))
    parse["INTERACTION_CREATE"](copy.deepcopy(CLICKED))
    assert further == ["message", "interaction"]


def test_to_say_what_failed_no_file_is_read(bot: EncourageBot, caplog: pytest.LogCaptureFixture) -> None:
    """Python would keep those of discord.py in memory, some megabytes."""
    linecache.clearcache()
    bot._connection.parsers["GUILD_MEMBER_UPDATE"]({"guild_id": str(GUILD_ID)})

    assert "KeyError in parse_guild_member_update" in caplog.text
    assert [name for name in linecache.cache if "discord" in name] == []


def test_what_nobody_here_uses_is_not_parsed_at_all(bot: EncourageBot) -> None:
    assert {"MESSAGE_CREATE", "READY", "RESUMED", "GUILD_CREATE"} <= set(bot._connection.parsers)
    assert {"TYPING_START", "PRESENCE_UPDATE", "MESSAGE_UPDATE"}.isdisjoint(bot._connection.parsers)


def test_a_server_has_no_more_of_anything_than_discord_allows(bot: EncourageBot) -> None:
    described, there = guild(GUILD_ID), {"guild_id": str(GUILD_ID)}
    bot._connection._add_guild_from_data(described)  # type: ignore[arg-type]
    channel, role = described["channels"][0] | there, described["roles"][0]
    metadata = {"archived": False, "auto_archive_duration": 60, "archive_timestamp": "2026-01-01T00:00:00+00:00"}
    thread = channel | {"type": 11, "parent_id": channel["id"], "owner_id": "1", "thread_metadata": metadata}
    parse = bot._connection.parsers
    for number in range(MOST_THREADS + 50):
        id = {"id": str(channel_of(GUILD_ID) + 1 + number)}
        parse["THREAD_CREATE"](thread | {"message_count": 0, "member_count": 1, "rate_limit_per_user": 0} | id)
        parse["CHANNEL_CREATE"](channel | {"id": str(channel_of(GUILD_ID) + 10_000 + number)})
        parse["GUILD_ROLE_CREATE"](there | {"role": role | id})
    known = bot.get_guild(GUILD_ID)

    assert known is not None
    assert (len(known.channels), len(known.threads), len(known.roles)) == (MOST_CHANNELS, MOST_THREADS, MOST_ROLES)


@pytest.mark.usefixtures("itself")
async def test_a_value_of_another_kind_than_the_command_takes_does_not_reach_it(
    bot: EncourageBot, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("cogs.encouragement", "cogs.words"):
        await bot.load_extension(name)
    number = slash_command("del", GUILD_ID, number="1")
    words = slash_command("words", GUILD_ID)
    words["data"]["options"] = [{"type": 1, "name": "add", "options": [{"type": 5, "name": "words", "value": True}]}]
    for asked in (number, words):
        bot._connection.parsers["INTERACTION_CREATE"](asked)

    assert len(caplog.records) == 1
    assert "INTERACTION_CREATE can't be read (its shape)" in caplog.text


def test_of_a_server_only_what_permissions_need_is_kept_and_they_are_as_discord_py_finds_them(
    bot: EncourageBot,
) -> None:
    plain = discord.Client(intents=intents(message_content=True))
    described = guild(GUILD_ID)
    role = described["roles"][0]
    described["roles"] += [
        role | {"id": "8", "name": "Mods", "permissions": "8192"},
        role | {"id": "9", "name": "Rest"},
    ]
    described["members"][0]["roles"] = ["8"]
    hidden = [
        {"id": str(GUILD_ID), "type": 0, "allow": "0", "deny": "1024"},
        {"id": "8", "type": 0, "allow": "1024", "deny": "2048"},
    ]
    voice = {"bitrate": 96_000, "user_limit": 9, "topic": "x" * 50, "last_message_id": "70"}
    described["channels"] = [
        {
            "id": str(50 + kind),
            "type": kind,
            "name": f"of kind {kind}",
            "position": kind,
            "permission_overwrites": hidden,
        }
        | voice
        for kind in (0, 2, 4, 5, 13, 15, 16)
    ]
    for client in (plain, bot):
        client._connection.user = discord.ClientUser(state=client._connection, data=bot_user())  # type: ignore[arg-type]
        client._connection.parsers["GUILD_CREATE"](copy.deepcopy(described))
    thrifty, whole = bot.get_guild(GUILD_ID), plain.get_guild(GUILD_ID)
    assert thrifty is not None
    assert whole is not None

    assert [role.permissions for role in thrifty.roles] == [role.permissions for role in whole.roles]
    for channel, other in zip(thrifty.channels, whole.channels, strict=True):
        assert channel.permissions_for(thrifty.me) == other.permissions_for(whole.me)
        assert (channel.name, channel.category_id) == (other.name, other.category_id)
    assert len({id(channel._overwrites) for channel in thrifty.channels}) == 1
    assert {getattr(channel, "topic", None) for channel in thrifty.channels} == {None}
