"""Whom to call, for anyone who asks; and whether the bot says so by itself."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EncourageBot
from bot.context import EncourageContext, hybrid_command
from bot.errors import UserError
from bot.helpline_text import lines_text
from bot.i18n import Texts
from bot.services.care import Care
from bot.services.helplines import Helplines
from bot.services.preferences import Preferences

MOST_CHOICES = 25


class HelplinesCog(commands.Cog, name="Helplines"):
    """Shows the helplines, and turns the answers with them on and off."""

    def __init__(self, bot: EncourageBot, care: Care, helplines: Helplines, preferences: Preferences) -> None:
        self._texts: Texts = bot.texts
        self._locale = bot.locale
        self._care = care
        self._helplines = helplines
        self._preferences = preferences

    async def cog_load(self) -> None:
        """Offer the two values of /helplines in words."""
        choices = [
            app_commands.Choice(name=self._texts.text(self._locale, f"responding.choice_{value}"), value=value)
            for value in ("on", "off")
        ]
        app_commands.choices(state=choices)(self.helplines.app_command)

    @hybrid_command()
    async def helpline(self, ctx: EncourageContext, *, country: str = "") -> None:
        """Show the lines of a country, or those of this server."""
        code = self._helplines.find(country)
        if code is not None:
            key, countries = "helpline.begin", self._helplines.countries(ctx.locale, code)
        elif country:
            key, countries = "helpline.unknown", []
        else:
            key, countries = "helpline.begin", await self._care.lines(ctx.scope, locale=ctx.locale)
        lines = lines_text(self._texts, ctx.locale, countries, self._helplines.anywhere(ctx.locale))
        await ctx.send(f"{ctx.text(key)}\n{lines}", ephemeral=True)

    @helpline.autocomplete("country")
    async def suggest(
        self, _interaction: discord.Interaction[EncourageBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the countries that are known and begin like this."""
        return [
            app_commands.Choice(name=country.name, value=country.code)
            for country in self._helplines.suggest(self._locale, typed)[:MOST_CHOICES]
        ]

    @hybrid_command()
    @app_commands.default_permissions(manage_guild=True)
    async def helplines(self, ctx: EncourageContext, *, state: str = "") -> None:
        """Turn the helplines for messages that speak of suicide on or off, or tell how it is."""
        if not ctx.may("manage_guild"):
            raise commands.MissingPermissions(["manage_guild"])
        if not state:
            preferences = await self._preferences.get(ctx.scope)
        else:
            wanted = self._texts.read_switch(state)
            if wanted is None:
                raise UserError("helplines.usage")
            preferences = await self._preferences.set_helplines(ctx.scope, wanted)
        await ctx.say("helplines.on" if preferences.helplines else "helplines.off")


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    services = bot.services
    await bot.add_cog(HelplinesCog(bot, services.care, services.helplines, services.preferences))
