"""What is kept of the servers that the gateway describes: what permissions are worked out from, and no more.

discord.py keeps all that it is told of, which in thousands of servers is most of the memory.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import discord

# What discord.py's objects are made of, or can't be made without.
OF_SERVER = (
    *("id", "name", "owner_id", "unavailable", "member_count", "large", "preferred_locale"),
    *("roles", "channels", "threads", "members"),
)
OF_ROLE = ("id", "permissions", "position", "managed", "tags")
OF_CHANNEL = ("id", "type", "name", "position", "parent_id", "nsfw", "permission_overwrites")
VOICE: Mapping[str, Any] = {"bitrate": 64_000, "user_limit": 0}
# For a level that is not told, discord.py would make an unknown one in each server.
LEVELS: Mapping[str, Any] = {"verification_level": 0, "default_message_notifications": 0}


def only_what_counts(server: Mapping[str, Any], own_id: int | None) -> dict[str, Any]:
    """Return a server's description without what nobody here asks for; of its members, only the bot is left."""
    kept = {**LEVELS, **_some(server, OF_SERVER)}
    if "roles" in kept:
        kept["roles"] = [{"name": "", **_some(role, OF_ROLE)} for role in kept["roles"]]
    if "channels" in kept:
        kept["channels"] = [{**VOICE, **_some(channel, OF_CHANNEL)} for channel in kept["channels"]]
    if "members" in kept:
        kept["members"] = [member for member in kept["members"] if member["user"]["id"] == str(own_id)]
    return kept


def share(guild: discord.Guild) -> None:
    """Keep once what is the same: permissions, and what channels have in common, such as those of their category."""
    for role in guild._roles.values():
        role._permissions = _one(role._permissions)
    known: dict[tuple[tuple[int, ...], ...], list[Any]] = {}
    for channel in guild.channels:
        overwrites = channel._overwrites
        key = tuple((one.id, one.type, one.allow, one.deny) for one in overwrites)
        # discord.py replaces such a list as a whole.
        channel._overwrites = known.setdefault(key, overwrites)
    for overwrites in known.values():
        for one in overwrites:
            one.allow, one.deny = _one(one.allow), _one(one.deny)


@lru_cache(maxsize=4_096)
def _one(number: int) -> int:
    """Return the object that stands for all equal numbers: members of all servers have much the same permissions."""
    return number


def _some(data: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data}
