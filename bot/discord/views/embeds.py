"""The one look of everything that is more than a line of text."""

import discord

from bot.models import Encouragement
from bot.text.markdown import escape, on_one_line
from bot.text.sentences import Voice

COLOUR = discord.Colour(0xF2A65A)


def card(title: str, description: str) -> discord.Embed:
    """Return an embed in the bot's colour; Discord allows 4,096 characters of description."""
    return discord.Embed(title=title, description=description, colour=COLOUR)


def author_name(voice: Voice, kept: Encouragement) -> str:
    """Return how a message's author is named under it."""
    return voice.text("list.anonymous") if kept.author is None else escape(on_one_line(kept.author.name))
