"""Whom to call, for anyone who asks."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.internals.rest import patiently
from bot.services.care import Care
from bot.services.helplines import MOST_SUGGESTED, Helplines
from bot.text.helplines import requested_lines


class HelplinesCog(commands.Cog, name="Helplines"):
    """Shows the helplines."""

    def __init__(self, bot: EncourageBot, helplines: Helplines, care: Care) -> None:
        self._bot = bot
        self._helplines = helplines
        self._care = care

    @hybrid_command(always=True)
    async def helpline(self, ctx: EncourageContext, *, country: str = "") -> None:
        """Show the lines of a country, or those of this server."""
        text = requested_lines(ctx.own_voice, self._helplines, self._care, country, ctx.preferences.country)
        with patiently():
            await ctx.send(text, ephemeral=True)

    @helpline.autocomplete("country")
    async def suggest(
        self, interaction: discord.Interaction[EncourageBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the countries that are known and begin like this."""
        voice = await self._bot.voice_for(interaction)
        return [
            app_commands.Choice(name=country.name, value=country.code)
            for country in self._helplines.suggest(voice.locale, typed)[:MOST_SUGGESTED]
        ]


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(HelplinesCog(bot, bot.services.helplines, bot.services.care))
