"""The one look of everything that is more than a line of text."""

import discord

COLOUR = discord.Colour(0xF2A65A)


def card(title: str | None, description: str) -> discord.Embed:
    """Return an embed in the bot's colour; Discord allows 4,096 characters of description."""
    return discord.Embed(title=title, description=description, colour=COLOUR)
