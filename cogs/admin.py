"""What the people who manage a server decide."""

from discord.ext import commands

from bot.client import EncourageBot
from bot.context import EncourageContext, hybrid_command
from bot.errors import UserError
from bot.i18n import Texts
from bot.services.preferences import Preferences


class Admin(commands.Cog):
    """Turns what the bot does by itself on and off."""

    def __init__(self, preferences: Preferences, texts: Texts) -> None:
        self._preferences = preferences
        self._texts = texts

    @hybrid_command(needs="manage_guild")
    async def responding(self, ctx: EncourageContext, *, state: str = "") -> None:
        """Turn the answers to sad messages on or off, or tell how it is."""
        wanted = self._switch(state, "responding.usage")
        if wanted is not None:
            await self._preferences.change(ctx.scope, responding=wanted)
        preferences = await self._preferences.get(ctx.scope)
        await ctx.say("responding.on" if preferences.responding else "responding.off")

    @hybrid_command(needs="manage_guild")
    async def helplines(self, ctx: EncourageContext, *, state: str = "") -> None:
        """Turn the helplines for messages that speak of suicide on or off, or tell how it is."""
        wanted = self._switch(state, "helplines.usage")
        if wanted is not None:
            await self._preferences.change(ctx.scope, helplines=wanted)
        preferences = await self._preferences.get(ctx.scope)
        await ctx.say("helplines.on" if preferences.helplines else "helplines.off")

    def _switch(self, state: str, usage: str) -> bool | None:
        """Return what a typed word asks for, or None when none was typed."""
        if not state:
            return None
        wanted = self._texts.read_switch(state)
        if wanted is None:
            raise UserError(usage)
        return wanted


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Admin(bot.services.preferences, bot.texts))
