"""Random events of the gateway: what members write, what Discord may send, and what it should not."""

import random
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

from tests.fake_payloads import GUILD_ID, channel_of, guild, message_of_the_member

Event = tuple[str, Any]

COMMANDS = (
    "hello",
    "inspire",
    "list",
    "del",
    "new",
    "test",
    "helpline",
    "help",
    "privacy",
    "settings",
    "Hello",
    "hellö",
)
SAYINGS = (
    *("je suis triste", "i feel so sad", "je veux mourir", "i want to kill myself", "bonjour à tous", "lol", ""),
    *("> je suis triste", "||je suis triste||", "@everyone", "<@100000000000000001>", "`", "\u202e", "🫂" * 9),
)
# Of every kind that the bot's intents bring, some that they don't, and some that nobody knows.
NAMES = (
    *("MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK", "MESSAGE_REACTION_ADD", "MESSAGE_POLL_VOTE_ADD"),
    *("CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "CHANNEL_PINS_UPDATE", "THREAD_CREATE", "THREAD_UPDATE"),
    *("THREAD_DELETE", "THREAD_LIST_SYNC", "THREAD_MEMBERS_UPDATE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE"),
    *("GUILD_ROLE_DELETE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE", "GUILD_EMOJIS_UPDATE"),
    *("GUILD_CREATE", "GUILD_UPDATE", "INTERACTION_CREATE", "PRESENCE_UPDATE", "TYPING_START", "VOICE_STATE_UPDATE"),
    *("STAGE_INSTANCE_CREATE", "INTEGRATION_CREATE", "INVITE_CREATE", "WEBHOOKS_UPDATE", "ENTITLEMENT_CREATE"),
    *("USER_UPDATE", "AUTO_MODERATION_RULE_CREATE", "SOMETHING_NEW", "", "message_create"),
)
OTHER_GUILD_ID = GUILD_ID + 5_000


def random_event(chance: random.Random) -> Event:
    """Return the name and the data of one event."""
    kind: Callable[[random.Random], Event] = chance.choices((_said, _broken, _other), (6, 2, 2))[0]
    return kind(chance)


def _said(chance: random.Random) -> Event:
    """Return a message as Discord sends it, whatever is in it."""
    where = chance.choice((GUILD_ID, GUILD_ID, None))
    return "MESSAGE_CREATE", message_of_the_member(_content(chance), where)


def _broken(chance: random.Random) -> Event:
    """Return a message without some of its fields, with unknown ones, or of an unknown type."""
    _, data = _said(chance)
    for _ in range(chance.randint(1, 4)):
        match chance.randrange(4):
            case 0:
                data.pop(chance.choice(list(data)), None)
            case 1:
                data[_text(chance, 5)] = anything(chance)
            case 2:
                data["type"] = chance.randint(-1, 99)
            case _:
                data["embeds"] = [{"type": "rich", "title": _text(chance, 50)}] * chance.randint(0, 20)
    return "MESSAGE_CREATE", data


def _other(chance: random.Random) -> Event:
    """Return another event about things that may not exist, with some of its fields, in any shape."""
    number = OTHER_GUILD_ID + chance.randrange(5)
    data: dict[str, Any] = guild(number)
    data |= {"guild_id": str(chance.choice((number, GUILD_ID))), "channel_id": str(channel_of(GUILD_ID))}
    data |= {"type": chance.randint(-1, 30), "user": {"id": str(number), "username": _text(chance, 9)}}
    data |= {"role": data["roles"][0], "message_id": str(number), "ids": [str(number)], "token": "t", "version": 1}
    for _ in range(chance.randint(0, 8)):
        data.pop(chance.choice(list(data)))
    if chance.random() < 0.3:
        data[chance.choice(list(data))] = anything(chance)
    return chance.choice(NAMES), chance.choice((data, data, data, data, anything(chance)))


def _content(chance: random.Random) -> str:
    match chance.randrange(10):
        case 0 | 1 | 2:
            return f"${chance.choice(COMMANDS)} {_text(chance, 30)}"
        case 3:
            return f"${chance.choice(('del', 'new', 'test'))} {chance.randint(-5, 600)}"
        case 4:
            return f"${_text(chance, 10)}"
        case 5 | 6:
            return chance.choice(SAYINGS) + chance.choice(("", " ", "!", "\n")) + _text(chance, 5)
        case 7 if chance.random() < 0.02:
            return _text(chance, 100) * chance.randint(1, 1_000)
        case _:
            return _text(chance, 80)


def _text(chance: random.Random, most: int) -> str:
    """Return characters of every plane but halves of surrogate pairs, which JSON from Discord never holds."""
    codes = (chance.choice((0x7F, 0x2FF, 0xFFFF, sys.maxunicode)) for _ in range(chance.randint(0, most)))
    characters = (chr(chance.randint(0, code)) for code in codes)
    return "".join(character for character in characters if unicodedata.category(character) != "Cs")


def anything(chance: random.Random) -> Any:
    """Return something of a kind that may be expected, or not."""
    things: tuple[Any, ...] = (
        None,
        True,
        -1,
        2**62,
        2**63,
        str(2**64),
        "-1",
        "9" * 30,
        1.5,
        "",
        "x" * 10_000,
        [],
        {},
        [[[]]],
        {"id": None},
        [{"id": "0"}],
    )
    return chance.choice((*things, _text(chance, 20)))
