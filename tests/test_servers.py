"""What is kept of servers is enough for permissions: they are what discord.py finds that keeps everything."""

import copy
from collections.abc import Iterator
from typing import Any

import discord

from bot.discord.client import EncourageBot, intents
from bot.discord.permissions import may, may_answer
from bot.discord.scopes import channel_ids
from tests.fake_payloads import APPLICATION_ID, GUILD_ID, MEMBER_ID, bot_user, guild, message_of_the_member

VIEW, SEND, IN_THREADS = 1 << 10, 1 << 11, 1 << 38
ADMINISTRATOR, MANAGE_SERVER, MANAGE_MESSAGES = 1 << 3, 1 << 5, 1 << 13
CATEGORY, OTHER_CATEGORY, TEXT, THREAD, PRIVATE_THREAD, FORUM, POST = (str(number) for number in range(50, 57))
VOICE, STAGE, NEWS = "60", "61", "62"
OWN_ROLE, MODS, LATER = "70", "71", "72"
SERVER = str(GUILD_ID)
ORPHAN, UNKNOWN, ALIKE = "63", "64", "65"
PLACES = (TEXT, THREAD, PRIVATE_THREAD, FORUM, POST, VOICE, STAGE, NEWS, ORPHAN, UNKNOWN, ALIKE)


def denied(id: str, permissions: int, *, kind: int = 0) -> dict[str, Any]:
    return {"id": id, "type": kind, "allow": "0", "deny": str(permissions)}


def allowed(id: str, permissions: int, *, kind: int = 0) -> dict[str, Any]:
    return {"id": id, "type": kind, "allow": str(permissions), "deny": "0"}


def channel(id: str, kind: int, parent: str | None, *overwrites: dict[str, Any]) -> dict[str, Any]:
    return {
        **{"id": id, "type": kind, "name": f"n{id}", "position": 1, "parent_id": parent, "guild_id": SERVER},
        **{"permission_overwrites": [*overwrites], "topic": "…", "rate_limit_per_user": 5, "nsfw": False},
        **({"bitrate": 96_000, "user_limit": 9} if kind in (2, 13) else {}),
    }


def thread(id: str, kind: int, parent: str, *, archived: bool = False) -> dict[str, Any]:
    metadata: dict[str, Any] = {"archived": archived, "auto_archive_duration": 60, "locked": False}
    metadata["archive_timestamp"] = "2026-01-01T00:00:00+00:00"
    return {
        **{"id": id, "type": kind, "name": f"n{id}", "parent_id": parent, "guild_id": SERVER, "owner_id": "1"},
        **{"message_count": 0, "member_count": 1, "rate_limit_per_user": 0, "thread_metadata": metadata},
    }


def role(id: str, permissions: int, position: int) -> dict[str, Any]:
    everyone: dict[str, Any] = guild(GUILD_ID)["roles"][0]
    return everyone | {"id": id, "name": id, "permissions": str(permissions), "position": position}


def me(*roles: str, **changes: Any) -> dict[str, Any]:
    member: dict[str, Any] = guild(GUILD_ID)["members"][0]
    return member | {"roles": [*roles], **changes}


def described() -> dict[str, Any]:
    """A server with every kind of place; its roles and channels say much that permissions do not need."""
    everyone = VIEW | SEND | IN_THREADS
    return guild(GUILD_ID) | {
        "roles": [role(SERVER, everyone, 0), role(OWN_ROLE, 0, 1), role(MODS, MANAGE_MESSAGES, 2)],
        "channels": [
            channel(CATEGORY, 4, None, denied(SERVER, VIEW)),
            channel(OTHER_CATEGORY, 4, None),
            channel(TEXT, 0, CATEGORY, denied(SERVER, SEND), allowed(OWN_ROLE, SEND)),
            channel(ALIKE, 0, CATEGORY, denied(SERVER, SEND), allowed(OWN_ROLE, 0)),
            channel(FORUM, 15, CATEGORY, denied(SERVER, IN_THREADS)),
            channel(VOICE, 2, OTHER_CATEGORY, denied(SERVER, VIEW), allowed(str(APPLICATION_ID), VIEW, kind=1)),
            channel(STAGE, 13, None, denied(SERVER, VIEW)),
            channel(NEWS, 5, None, allowed(MODS, SEND), denied(SERVER, SEND)),
        ],
        "threads": [thread(THREAD, 11, TEXT), thread(PRIVATE_THREAD, 12, TEXT), thread(POST, 11, FORUM)],
        "members": [me(OWN_ROLE), me() | {"user": bot_user() | {"id": "5"}}],
    }


# What happens to the server, one after the other.
EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("CHANNEL_UPDATE", channel(TEXT, 0, OTHER_CATEGORY, denied(SERVER, SEND))),
    ("CHANNEL_UPDATE", channel(NEWS, 5, None, denied(MODS, SEND), allowed(str(APPLICATION_ID), SEND, kind=1))),
    ("GUILD_ROLE_CREATE", {"guild_id": SERVER, "role": role(LATER, SEND | MANAGE_SERVER, 3)}),
    ("GUILD_MEMBER_UPDATE", {"guild_id": SERVER, **me(OWN_ROLE, LATER)}),
    ("GUILD_ROLE_UPDATE", {"guild_id": SERVER, "role": role(LATER, ADMINISTRATOR, 3)}),
    ("GUILD_ROLE_DELETE", {"guild_id": SERVER, "role_id": LATER}),
    ("GUILD_MEMBER_UPDATE", {"guild_id": SERVER, **me(communication_disabled_until="2999-01-01T00:00:00+00:00")}),
    ("GUILD_MEMBER_UPDATE", {"guild_id": SERVER, **me(MODS, communication_disabled_until=None)}),
    ("THREAD_UPDATE", thread(THREAD, 11, TEXT, archived=True)),
    ("THREAD_UPDATE", thread(THREAD, 11, TEXT)),
    ("THREAD_DELETE", {"id": POST, "guild_id": SERVER, "parent_id": FORUM, "type": 11}),
    ("THREAD_CREATE", thread(POST, 11, FORUM)),
    ("CHANNEL_DELETE", channel(FORUM, 15, CATEGORY)),
    ("CHANNEL_CREATE", channel(FORUM, 15, CATEGORY, denied(SERVER, SEND))),
    ("THREAD_LIST_SYNC", {"guild_id": SERVER, "threads": [thread(POST, 11, FORUM)], "members": []}),
    ("THREAD_CREATE", thread(ORPHAN, 11, UNKNOWN)),
    ("GUILD_ROLE_UPDATE", {"guild_id": SERVER, "role": role(SERVER, 0, 0)}),
    (
        "GUILD_UPDATE",
        {key: value for key, value in described().items() if key not in ("channels", "threads", "members")},
    ),
    ("GUILD_UPDATE", {"id": SERVER, "name": "Le Jardin", "owner_id": str(MEMBER_ID), "roles": described()["roles"]}),
    ("GUILD_DELETE", {"id": SERVER, "unavailable": True}),
    ("GUILD_CREATE", described() | {"owner_id": str(APPLICATION_ID), "large": True, "member_count": 70_000}),
    ("GUILD_DELETE", {"id": SERVER}),
    ("GUILD_CREATE", {key: value for key, value in described().items() if key != "unavailable"}),
    ("GUILD_DELETE", {"id": SERVER}),
    ("GUILD_CREATE", described() | {"members": []}),
]


def message_in(client: discord.Client, place: str, *roles: str) -> discord.Message:
    """What a member with these roles writes there, as the client makes it."""
    data = message_of_the_member("…", GUILD_ID) | {"channel_id": place}
    data["member"] = data["member"] | {"roles": [*roles]}
    there, _ = client._connection._get_guild_channel(data)  # type: ignore[arg-type]
    return discord.Message(state=client._connection, channel=there, data=data)  # type: ignore[arg-type]


def found(client: discord.Client) -> Iterator[object]:
    """All that permissions say in each place, of the bot and of members, and what places are called and are part of."""
    known = client.get_guild(GUILD_ID)
    for place in PLACES:
        message = message_in(client, place)
        yield place, may_answer(message)
        yield getattr(message.channel, "name", None), channel_ids(message.channel)
    for roles in ((), (MODS,), (LATER,)):
        author = message_in(client, TEXT, *roles).author
        yield tuple(may(author, permission, None) for permission in ("manage_guild", "manage_messages"))
    if known is not None:
        yield known.unavailable, known.me and known.me.guild_permissions, [each.name for each in known.channels]


async def test_whatever_happens_to_a_server_permissions_are_those_of_who_keeps_all_of_it(bot: EncourageBot) -> None:
    clients = (bot, discord.Client(intents=intents(message_content=True)))
    for client in clients:
        client._connection.user = discord.ClientUser(state=client._connection, data=bot_user())  # type: ignore[arg-type]
    seen = []
    for name, data in [("GUILD_CREATE", described()), *EVENTS]:
        for client in clients:
            client._connection.parsers[name](copy.deepcopy(data))
        thrifty, whole = map(list, map(found, clients))

        assert thrifty == whole, name
        seen.append(thrifty)
    assert all(before != after for before, after in zip(seen, seen[1:], strict=False)), "each event changes something"


async def test_what_is_the_same_in_all_servers_is_kept_once(bot: EncourageBot) -> None:
    second = GUILD_ID + 1
    for id in (GUILD_ID, second):
        bot._connection.parsers["GUILD_CREATE"](copy.deepcopy(described()) | {"id": str(id)})
    kept, other = (known for id in (GUILD_ID, second) if (known := bot.get_guild(id)) is not None)
    pairs = list(zip(kept._roles.values(), other._roles.values(), strict=True))

    assert all(one is not another and one._permissions is another._permissions for one, another in pairs)
    assert kept.verification_level is other.verification_level is discord.VerificationLevel.none
