"""Quotes."""

from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.services.quotes import Quotes
from bot.text.quotes import quote_text


class Inspire(commands.Cog):
    """Gives a quote."""

    def __init__(self, quotes: Quotes) -> None:
        self._quotes = quotes

    @hybrid_command(chatty=True)
    async def inspire(self, ctx: EncourageContext) -> None:
        """Give a quote."""
        quote = self._quotes.next(ctx.voice.locale, ctx.preferences.quotes)
        await ctx.send(quote_text(ctx.voice, quote))


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Inspire(bot.services.quotes))
