"""What the people who manage a server decide."""

from discord import app_commands
from discord.ext import commands

from bot.client import EncourageBot
from bot.context import EncourageContext, hybrid_command
from bot.errors import UserError
from bot.i18n import Texts
from bot.services.preferences import Preferences


class Admin(commands.Cog):
    """Turns the bot's features on and off."""

    def __init__(self, preferences: Preferences, texts: Texts, locale: str) -> None:
        self._preferences = preferences
        self._texts = texts
        self._locale = locale

    async def cog_load(self) -> None:
        """Offer the two values of /responding in words."""
        choices = [
            app_commands.Choice(name=self._texts.text(self._locale, f"responding.choice_{value}"), value=value)
            for value in ("on", "off")
        ]
        app_commands.choices(state=choices)(self.responding.app_command)

    @hybrid_command()
    @app_commands.default_permissions(manage_guild=True)
    async def responding(self, ctx: EncourageContext, *, state: str = "") -> None:
        """Turn the answers to sad messages on or off, or tell how it is."""
        if not ctx.may("manage_guild"):
            raise commands.MissingPermissions(["manage_guild"])
        if not state:
            preferences = await self._preferences.get(ctx.scope)
        else:
            wanted = self._texts.read_switch(state)
            if wanted is None:
                raise UserError("responding.usage")
            preferences = await self._preferences.set_responding(ctx.scope, wanted)
        await ctx.say("responding.on" if preferences.responding else "responding.off")


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Admin(bot.services.preferences, bot.texts, bot.locale))
