"""Where something takes place: the scope of a message or an interaction, and the channels that it is in."""

from typing import Any

import discord

from bot.models import Platform, Scope


def scope_of(guild: discord.Guild | None, channel: discord.abc.Snowflake) -> Scope:
    """Return the server's scope, or that of a private conversation.

    A channel knows its server's id even where the server itself is not known yet.
    """
    id = getattr(channel, "guild_id", None) if guild is None else guild.id
    return Scope(Platform.DISCORD, channel.id if id is None else id)


def interaction_scope(interaction: discord.Interaction[Any]) -> Scope:
    """Return the scope of a click or a slash command."""
    id = interaction.guild_id or interaction.channel_id
    assert id is not None, "every command and every click has a channel"
    return Scope(Platform.DISCORD, id)


def channel_ids(channel: discord.abc.Snowflake) -> list[int]:
    """Return the ids of a channel, of the one that it is a thread of, and of their category."""
    above = channel.parent if isinstance(channel, discord.Thread) else channel
    ids = (channel.id, getattr(above, "id", None), getattr(above, "category_id", None))
    return [id for id in ids if id is not None]


def outer(channel: discord.abc.Snowflake) -> discord.abc.Snowflake:
    """Return a channel; of a thread, the one that it belongs to."""
    if isinstance(channel, discord.Thread | discord.app_commands.AppCommandThread):
        return channel.parent or channel
    return channel
