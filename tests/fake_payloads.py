"""What the small Discord says of itself: its application, its guilds, its messages."""

import itertools
from typing import Any

import discord

APPLICATION_ID = 100_000_000_000_000_001
GUILD_ID = 100_000_000_000_000_002
PRIVATE_CHANNEL_ID = 100_000_000_000_000_003
MEMBER_ID = 100_000_000_000_000_004
TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAx.fake.token"

_ids = itertools.count(200_000_000_000_000_000)


def channel_of(guild_id: int) -> int:
    """Return the id of a guild's one channel."""
    return guild_id + 100


def message(content: str, author: dict[str, Any], channel_id: int = PRIVATE_CHANNEL_ID) -> dict[str, Any]:
    """Return a message with an id of its own."""
    return {
        "id": str(next(_ids)),
        "channel_id": str(channel_id),
        "author": author,
        "content": content,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "type": 0,
    }


def message_of_the_member(content: str, guild_id: int | None) -> dict[str, Any]:
    """Return what the one member writes in a guild's channel, or in private."""
    author = {"id": str(MEMBER_ID), "username": "camille", "discriminator": "0", "avatar": None}
    if guild_id is None:
        return message(content, author) | {"channel_type": 1}
    member = {"roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0}
    return message(content, author, channel_of(guild_id)) | {"guild_id": str(guild_id), "member": member}


def slash_command(name: str, guild_id: int, **options: str) -> dict[str, Any]:
    """Return what the one member asks for with `/` in a guild's channel."""
    said = message_of_the_member("", guild_id)
    chosen = [{"type": 3, "name": option, "value": value} for option, value in options.items()]
    # Its answer is taken for a quarter of an hour, which its id tells.
    now = discord.utils.time_snowflake(discord.utils.utcnow())
    return {
        "id": str(now + next(_ids) % 4_096),
        "application_id": str(APPLICATION_ID),
        "type": 2,
        "token": "a-token",
        "version": 1,
        "data": {"id": "7", "type": 1, "name": name, "options": chosen},
        "guild_id": str(guild_id),
        "channel_id": said["channel_id"],
        "channel": {"id": said["channel_id"], "type": 0, "name": "general", "guild_id": str(guild_id)},
        "member": said["member"] | {"user": said["author"], "permissions": "0"},
        "locale": "fr",
        "guild_locale": "fr",
        "entitlements": [],
        "authorizing_integration_owners": {},
        "context": 0,
        "attachment_size_limit": 10_000_000,
    }


def click_on(custom_id: str, guild_id: int) -> dict[str, Any]:
    """Return a click of the one member on a button under a message of the bot's in a guild's channel."""
    button = {"type": 2, "style": 1, "custom_id": custom_id, "label": "…"}
    shown = message("…", bot_user(), channel_of(guild_id)) | {"components": [{"type": 1, "components": [button]}]}
    clicked = {"custom_id": custom_id, "component_type": 2}
    return slash_command("", guild_id) | {"type": 3, "data": clicked, "message": shown}


def bot_user() -> dict[str, Any]:
    return {"id": str(APPLICATION_ID), "username": "Encourage Bot", "discriminator": "0", "avatar": None, "bot": True}


def application() -> dict[str, Any]:
    owner = {"id": "1", "username": "owner", "discriminator": "0", "avatar": None}
    return {
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "",
        "team": None,
        "owner": owner,
    }


def guild(guild_id: int) -> dict[str, Any]:
    everyone = {
        "id": str(guild_id),
        "name": "@everyone",
        "permissions": str(discord.Permissions.all_channel().value),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    name = {"name": "general", "position": 0, "permission_overwrites": []}
    channel = {"id": str(channel_of(guild_id)), "type": 0} | name
    me = {
        "user": bot_user(),
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    return {
        "id": str(guild_id),
        "name": "Le Jardin",
        "owner_id": "1",
        "icon": None,
        "roles": [everyone],
        "channels": [channel],
        "threads": [],
        "members": [me],
        "emojis": [],
        "stickers": [],
        "features": [],
        "member_count": 2,
        "preferred_locale": "fr",
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "premium_tier": 0,
        "system_channel_flags": 0,
        "nsfw_level": 0,
        "afk_timeout": 300,
        "unavailable": False,
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
    }
