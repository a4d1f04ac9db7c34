"""What the bot asks a server for, and who may do what there."""

from typing import Any

import discord
from discord.ext import commands

from bot.discord.scopes import interaction_scope
from bot.errors import UserError

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
    return user.guild is not None and (
        (permission == MANAGE_MESSAGES and role_id is not None and user.get_role(role_id) is not None)
        or bool(getattr(user.guild_permissions, permission))
    )


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
    place, itself = message.channel, None if message.guild is None else message.guild.me
    above = place.parent if isinstance(place, discord.Thread) else place
    # discord.py would raise, and who needs help get no answer: what is not known stands in nobody's way.
    if itself is None or not isinstance(above, discord.abc.GuildChannel):
        return discord.Permissions.all()
    return place.permissions_for(itself)


def may_answer(message: discord.Message) -> bool:
    """Tell whether the bot may write where this message is: a refused call counts towards a ban of its address."""
    return _lets_write(message.channel, own_permissions(message))


def may_write(guild: discord.Guild, channel_id: int) -> bool:
    """Tell whether the bot may write in a channel or a thread of a server: not in one that is gone."""
    place = guild.get_channel_or_thread(channel_id)
    above = place.parent if isinstance(place, discord.Thread) else place
    if guild.me is None or above is None or not isinstance(place, discord.abc.Messageable):
        return False
    return _lets_write(place, place.permissions_for(guild.me))


def must_write(guild: discord.Guild | None, channel_id: int, key: str) -> int:
    """Return the id of a channel in which the bot is to write.

    Raises:
        UserError: it may not; the sentence is `key`.
    """
    if guild is None or not may_write(guild, channel_id):
        raise UserError(key, channel=f"<#{channel_id}>")
    return channel_id


def _lets_write(place: object, permissions: discord.Permissions) -> bool:
    needed = permissions.send_messages_in_threads if isinstance(place, discord.Thread) else permissions.send_messages
    return permissions.view_channel and needed
