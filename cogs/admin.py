"""What the people who manage a server decide."""

from collections.abc import Awaitable, Callable

from discord import app_commands
from discord.ext import commands

from bot.client import EncourageBot
from bot.context import EncourageContext, hybrid_command
from bot.errors import UserError
from bot.i18n import Texts
from bot.models import Scope, ScopePreferences
from bot.services.preferences import Preferences


class Admin(commands.Cog):
    """Turns what the bot does by itself on and off."""

    def __init__(self, preferences: Preferences, texts: Texts, locale: str) -> None:
        self._preferences = preferences
        self._texts = texts
        self._locale = locale

    async def cog_load(self) -> None:
        """Offer the two values of each switch in words."""
        choices = [
            app_commands.Choice(name=self._texts.text(self._locale, f"responding.choice_{value}"), value=value)
            for value in ("on", "off")
        ]
        for switch in (self.responding, self.helplines):
            app_commands.choices(state=choices)(switch.app_command)

    @hybrid_command()
    @app_commands.default_permissions(manage_guild=True)
    async def responding(self, ctx: EncourageContext, *, state: str = "") -> None:
        """Turn the answers to sad messages on or off, or tell how it is."""
        preferences = await self._switch(ctx, state, self._preferences.set_responding, "responding.usage")
        await ctx.say("responding.on" if preferences.responding else "responding.off")

    @hybrid_command()
    @app_commands.default_permissions(manage_guild=True)
    async def helplines(self, ctx: EncourageContext, *, state: str = "") -> None:
        """Turn the helplines for messages that speak of suicide on or off, or tell how it is."""
        preferences = await self._switch(ctx, state, self._preferences.set_helplines, "helplines.usage")
        await ctx.say("helplines.on" if preferences.helplines else "helplines.off")

    async def _switch(
        self,
        ctx: EncourageContext,
        state: str,
        change: Callable[[Scope, bool], Awaitable[ScopePreferences]],
        usage: str,
    ) -> ScopePreferences:
        """Change what a typed word says, or nothing when none was typed; return how things are then."""
        if not ctx.may("manage_guild"):
            raise commands.MissingPermissions(["manage_guild"])
        if not state:
            return await self._preferences.get(ctx.scope)
        wanted = self._texts.read_switch(state)
        if wanted is None:
            raise UserError(usage)
        return await change(ctx.scope, wanted)


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Admin(bot.services.preferences, bot.texts, bot.locale))
