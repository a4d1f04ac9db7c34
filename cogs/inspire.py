"""Quotes."""

from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.models import QuoteSource
from bot.services.quotes import Quotes
from bot.text.markdown import escape


class Inspire(commands.Cog):
    """Gives a quote."""

    def __init__(self, quotes: Quotes) -> None:
        self._quotes = quotes

    @hybrid_command()
    async def inspire(self, ctx: EncourageContext) -> None:
        """Give a quote, with the credit that ZenQuotes asks for when it is theirs."""
        quote = self._quotes.next(ctx.voice.locale, ctx.preferences.quotes)
        lines = [ctx.text("inspire.quote", quote=escape(quote.text), author=escape(quote.author))]
        if quote.source is QuoteSource.ZENQUOTES:
            lines.append(ctx.text("inspire.credit"))
        await ctx.send("\n".join(lines))


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Inspire(bot.services.quotes))
