"""Tells people what has become of what they wrote, without a question asked."""

import discord

from bot.discord.client import EncourageBot
from bot.discord.replies import REFUSED, note_refusal
from bot.discord.scopes import scope_of
from bot.models import Decision, Encouragement
from bot.text.approval import news_text


async def tell_author(bot: EncourageBot, guild: discord.Guild | None, decision: Decision, kept: Encouragement) -> None:
    """Tell whoever wrote a message, in private, what a moderator has decided; who can't be written to stays untold."""
    if guild is None or kept.author is None:
        return
    preferences = await bot.services.preferences.get_or_default(scope_of(guild, guild))
    said = news_text(bot.voice(preferences), decision, kept, place=guild.name)
    try:
        alone = await bot.create_dm(discord.Object(kept.author.id))
        await alone.send(said, suppress_embeds=True)
    except REFUSED as error:
        note_refusal(error)
