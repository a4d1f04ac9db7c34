"""What is gone from a server goes from its settings."""

import discord
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.scopes import scope_of


class Gone(commands.Cog):
    """Forgets channels and roles that were deleted: nobody could name them any more."""

    def __init__(self, bot: EncourageBot) -> None:
        self._in_flight = bot.in_flight
        self._preferences = bot.services.preferences

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forget a channel that is gone."""
        self._in_flight.track()
        await self._preferences.forget(scope_of(channel.guild, channel), channel.id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Forget a role that is gone."""
        self._in_flight.track()
        await self._preferences.forget(scope_of(role.guild, role.guild), role.id)


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Gone(bot))
