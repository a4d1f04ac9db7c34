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

    def __init__(self, preferences: Preferences, texts: Texts) -> None:
        self._preferences = preferences
        self._texts = texts

    @hybrid_command()
    @app_commands.default_permissions(manage_guild=True)
    async def responding(self, ctx: EncourageContext, state: str | None = None) -> None:
        """Turn the answers to sad messages on or off, or tell how it is."""
        if not ctx.may("manage_guild"):
            raise commands.MissingPermissions(["manage_guild"])
        if state is None:
            preferences = await self._preferences.get(ctx.scope)
        else:
            wanted = self._texts.read_switch(state)
            if wanted is None:
                raise UserError("responding.usage")
            preferences = await self._preferences.set_responding(ctx.scope, wanted)
        await ctx.say("responding.on" if preferences.responding else "responding.off")


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Admin(bot.services.preferences, bot.texts))
