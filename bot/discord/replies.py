"""Sends what the bot says, whatever has become of the message or of Discord meanwhile."""

import logging
from typing import Any

import aiohttp
import discord
from discord.utils import MISSING

from bot.discord.permissions import own_permissions

# What discord.py lets through when the network fails.
UNREACHABLE = (OSError, TimeoutError, aiohttp.ClientError)
# What the network or Discord itself does when it fails, however often something was tried.
OUTAGE = (discord.DiscordServerError, discord.RateLimited, *UNREACHABLE)
# All that may come of trying to say something.
REFUSED = (discord.HTTPException, discord.RateLimited, *UNREACHABLE)

log = logging.getLogger(__name__)


async def reply(message: discord.Message, text: str, *, view: discord.ui.View = MISSING) -> bool:
    """Reply to a message, without pinging its author; False if it is gone or Discord refuses."""
    try:
        if own_permissions(message).read_message_history:
            await message.reply(text, view=view)
        else:
            await message.channel.send(text, view=view)
    except REFUSED as error:
        note_refusal(error)
        return False
    return True


async def tell(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Send a sentence to the one who clicked or gave a slash command, alone."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except REFUSED as error:
        note_refusal(error)


def is_outage(error: BaseException) -> bool:
    """Tell whether Discord or the network fails: also when the edge, rather than Discord, has had too many requests."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == 429
    return isinstance(error, OUTAGE)


def note_refusal(error: Exception) -> None:
    """Note that Discord refused an answer, which is nothing to worry about, or could not be reached with one."""
    if is_outage(error):
        reason = f"status {error.status}" if isinstance(error, discord.HTTPException) else type(error).__name__
        log.warning("Discord could not be reached with an answer: %s", reason)
    else:
        log.debug("Discord refused an answer: %s", error)
