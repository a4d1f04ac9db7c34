"""What happens on a server that people chat on, as the gateway tells of it, with all the fields that Discord sends."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

from tests.fake_payloads import APPLICATION_ID, bot_user

Json = dict[str, Any]
Event = tuple[str, Json]

SENTENCES = (
    "gg",
    "on se retrouve à 21h ?",
    "quelqu'un a le lien du document d'hier, je ne le trouve plus dans le salon",
    "lol",
    "I pushed the fix, can you have a look when you are back?",
    "merci beaucoup pour ton aide !",
    "the train leaves at noon, don't be late",
    "ok",
    "trop bien ce film, la fin est vraiment surprenante",
    "anyone up for a game tonight",
)
CHANNELS = 12
ROLES = 10
EMOJIS = 15
MEMBERS = 50
NOW = "2026-01-01T12:00:00.000000+00:00"

_ids = itertools.count(300_000_000_000_000_000)


def channel_id(guild_id: int, number: int = 0) -> int:
    """Return the id of one of a server's channels, the first of which is the same as in the small Discord."""
    return guild_id + 100 + number


def member_id(guild_id: int, number: int) -> int:
    """Return the id of one of a server's members."""
    return guild_id + 1_000 + number


def role_id(guild_id: int, number: int) -> int:
    """Return the id of one of a server's roles; the first is everyone's."""
    return guild_id + (500 + number if number else 0)


def server(guild_id: int) -> Json:
    """Return a server of some size, as GUILD_CREATE describes it."""
    return {
        "id": str(guild_id),
        "name": f"Server {guild_id}",
        "owner_id": str(member_id(guild_id, 0)),
        "icon": "0123456789abcdef0123456789abcdef",
        "description": None,
        "roles": [_role(guild_id, number) for number in range(ROLES)],
        "channels": [_channel(guild_id, number) for number in range(CHANNELS)],
        "threads": [],
        "members": [{**_member(guild_id, 0), "user": bot_user(), "roles": [str(role_id(guild_id, 1))]}],
        "emojis": [_emoji(guild_id, number) for number in range(EMOJIS)],
        "stickers": [],
        "features": ["COMMUNITY", "NEWS"],
        "member_count": MEMBERS,
        "joined_at": NOW,
        "large": False,
        "lazy": True,
        "preferred_locale": "fr",
        "system_channel_id": str(channel_id(guild_id)),
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 2,
        "mfa_level": 0,
        "nsfw": False,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 2,
        "system_channel_flags": 0,
        "afk_timeout": 300,
        "afk_channel_id": None,
        "unavailable": False,
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def _role(guild_id: int, number: int) -> Json:
    return {
        "id": str(role_id(guild_id, number)),
        "name": f"Role {number} of {guild_id}" if number else "@everyone",
        "permissions": "2248473465835073",
        "position": number,
        "color": 3_447_003,
        "colors": {"primary_color": 3_447_003, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def _channel(guild_id: int, number: int) -> Json:
    overwrites = [
        {"id": str(role_id(guild_id, role)), "type": 0, "allow": "1024", "deny": "2048"} for role in range(number % 4)
    ]
    return {
        "id": str(channel_id(guild_id, number)),
        "type": 2 if number % 4 == 3 else 0,
        "name": f"channel-{number}-{guild_id}",
        "topic": f"What people of {guild_id} talk about in channel {number}",
        "position": number,
        "permission_overwrites": overwrites,
        "parent_id": None,
        "last_message_id": str(next(_ids)),
        "last_pin_timestamp": NOW,
        "rate_limit_per_user": 0,
        "nsfw": False,
        "flags": 0,
        "bitrate": 64_000,
        "user_limit": 0,
        "rtc_region": None,
    }


def _emoji(guild_id: int, number: int) -> Json:
    return {
        "id": str(guild_id + 700 + number),
        "name": f"emoji_{number}_{guild_id}",
        "roles": [],
        "require_colons": True,
        "managed": False,
        "animated": False,
        "available": True,
    }


def _user(guild_id: int, number: int) -> Json:
    return {
        "id": str(member_id(guild_id, number)),
        "username": f"camille{number}",
        "global_name": f"Camille {number}",
        "discriminator": "0",
        "avatar": "a1b2c3d4e5f60718293a4b5c6d7e8f90",
        "avatar_decoration_data": None,
        "collectibles": None,
        "display_name_styles": None,
        "public_flags": 0,
        "primary_guild": None,
        "clan": None,
    }


def _member(guild_id: int, number: int) -> Json:
    return {
        "roles": [str(role_id(guild_id, 2 + number % 3))],
        "joined_at": NOW,
        "premium_since": None,
        "nick": None,
        "avatar": None,
        "banner": None,
        "pending": False,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def said(content: str, guild_id: int, author: int = 1, channel: int = 0) -> Event:
    """Return a message of one of a server's members."""
    id = next(_ids)
    return "MESSAGE_CREATE", {
        "type": 0,
        "tts": False,
        "timestamp": NOW,
        "pinned": False,
        "nonce": str(id + 1),
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "member": _member(guild_id, author),
        "id": str(id),
        "flags": 0,
        "embeds": [],
        "edited_timestamp": None,
        "content": content,
        "components": [],
        "channel_type": 0,
        "channel_id": str(channel_id(guild_id, channel)),
        "author": _user(guild_id, author),
        "attachments": [],
        "guild_id": str(guild_id),
    }


def messages(count: int, guild_ids: list[int]) -> Iterator[Event]:
    """Yield so many everyday messages, none of which calls for an answer."""
    for number in range(count):
        guild_id = guild_ids[number % len(guild_ids)]
        yield said(SENTENCES[number % len(SENTENCES)], guild_id, 1 + number % (MEMBERS - 1), number % 3)


def mixed(count: int, guild_ids: list[int], seed: int = 1) -> Iterator[Event]:
    """Yield so many events, messages with what goes on around them: typing, reactions, edits, deletions and voice."""
    chance = random.Random(seed)
    said_by_people = messages(count, guild_ids)
    for number in range(count):
        guild_id = guild_ids[number % len(guild_ids)]
        event = next(said_by_people)
        kind = chance.choices(("said", "typing", "reaction", "edit", "voice"), (30, 40, 15, 8, 7))[0]
        yield event if kind == "said" else _around(kind, event[1], guild_id)


def _around(kind: str, message: Json, guild_id: int) -> Event:
    author = message["author"]
    where = {"guild_id": str(guild_id), "channel_id": message["channel_id"], "user_id": author["id"]}
    member = {**message["member"], "user": author}
    match kind:
        case "typing":
            return "TYPING_START", where | {"timestamp": 1_767_268_800, "member": member}
        case "reaction":
            emoji = {"id": None, "name": "👍", "animated": False}
            more = {"message_id": message["id"], "message_author_id": author["id"], "emoji": emoji, "member": member}
            return "MESSAGE_REACTION_ADD", where | more | {"burst": False, "type": 0}
        case "edit":
            return "MESSAGE_UPDATE", message | {"edited_timestamp": NOW}
        case _:
            voice = {"session_id": "5e55", "deaf": False, "mute": False, "self_deaf": False, "self_mute": True}
            more = {"self_video": False, "suppress": False, "request_to_speak_timestamp": None, "member": member}
            return "VOICE_STATE_UPDATE", where | voice | more | {"channel_id": str(channel_id(guild_id, 3))}


def servers(count: int) -> list[int]:
    """Return the ids of so many servers."""
    return [APPLICATION_ID + 10_000 * number for number in range(1, count + 1)]
