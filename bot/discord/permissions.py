"""What the bot asks a server for, and who may do what there."""

from typing import Any

import discord
from discord.ext import commands

from bot.discord.scopes import interaction_scope

# All that the bot asks a server for; `python -m bot invite` prints them as a link.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    embed_links=True,
)
# The two permissions of members that count here.
MANAGE_SERVER = "manage_guild"
MANAGE_MESSAGES = "manage_messages"


def invite_url(application_id: int) -> str:
    """Return the OAuth2 link that invites the bot to a server, with only the permissions it uses."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))


def may(user: discord.abc.User, permission: str, channel: object, role_id: int | None = None) -> bool:
    """Tell whether somebody has this permission; alone with the bot, in a private channel, everyone has all of them.

    What is managed belongs to the whole server: a permission in one channel only does not count. There, whoever Discord
    does not say to be a member has none. The members of the role `role_id` manage messages, for the bot.
    """
    if not isinstance(user, discord.Member):
        return isinstance(channel, discord.DMChannel)
    # A message may come before the event that describes its server: nobody's permissions are known then.
    if getattr(user, "guild", None) is None:
        return False
    if permission == MANAGE_MESSAGES and role_id is not None and user.get_role(role_id) is not None:
        return True
    return bool(getattr(user.guild_permissions, permission))


async def may_moderate(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether whoever clicks, or completes, decides about others' messages."""
    preferences = await interaction.client.services.preferences.get_or_default(interaction_scope(interaction))
    return may(interaction.user, MANAGE_MESSAGES, interaction.channel, preferences.role)


def require(interaction: discord.Interaction[Any], permission: str) -> None:
    """Refuse whoever clicks without this permission.

    Raises:
        MissingPermissions: the member lacks it.
    """
    if not may(interaction.user, permission, interaction.channel):
        raise commands.MissingPermissions([permission])


def own_permissions(message: discord.Message) -> discord.Permissions:
    """Return what the bot may do in the message's channel, as far as it knows."""
    if message.guild is None or not isinstance(message.channel, discord.abc.GuildChannel | discord.Thread):
        return discord.Permissions.all()
    return message.channel.permissions_for(message.guild.me)


def may_answer(message: discord.Message) -> bool:
    """Tell whether the bot may write where this message is: a refused call counts towards a ban of its address."""
    permissions = own_permissions(message)
    if isinstance(message.channel, discord.Thread):
        return permissions.view_channel and permissions.send_messages_in_threads
    return permissions.view_channel and permissions.send_messages
