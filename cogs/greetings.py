"""Greetings."""

from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command


class Greetings(commands.Cog):
    """Says hello."""

    @hybrid_command(chatty=True)
    async def hello(self, ctx: EncourageContext) -> None:
        """Greet."""
        await ctx.say("greetings.hello")


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Greetings())
