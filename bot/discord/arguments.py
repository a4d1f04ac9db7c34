"""What a command is given as people type it; with `/`, Discord has them choose it."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.services.feelings.plain_text import fold
from bot.services.message_numbers import message_numbers

Channel = discord.abc.GuildChannel | discord.Thread | app_commands.AppCommandChannel | app_commands.AppCommandThread


class MessageNumbers(commands.Converter[Sequence[int]], app_commands.Transformer):
    """The numbers of messages: several may be typed at once."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """Return what Discord asks for."""
        return discord.AppCommandOptionType.integer

    async def convert(self, _ctx: commands.Context[Any], argument: str) -> Sequence[int]:
        """Read them as they are typed."""
        try:
            return message_numbers(argument)
        except ValueError:
            raise commands.BadArgument(argument) from None

    async def transform(self, _interaction: discord.Interaction[Any], value: Any, /) -> Sequence[int]:
        """Take the one that was chosen."""
        return [value]


class Mentioned(commands.Converter[discord.Member], app_commands.Transformer):
    """A member who is mentioned: nobody else is known."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """Return what Discord asks for."""
        return discord.AppCommandOptionType.user

    async def convert(self, ctx: commands.Context[Any], argument: str) -> Any:
        """Find the member among those that the message mentions."""
        for member in ctx.message.mentions:
            if argument in (f"<@{member.id}>", f"<@!{member.id}>"):
                return member
        raise commands.BadArgument(argument)

    async def transform(self, _interaction: discord.Interaction[Any], value: Any, /) -> Any:
        """Take the one that was chosen."""
        return value


class RoleOrWord(commands.Converter[Any], app_commands.Transformer):
    """A role: mentioned, by its id or by its name; what is none is returned as it was typed."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """Return what Discord asks for."""
        return discord.AppCommandOptionType.role

    async def convert(self, ctx: commands.Context[Any], argument: str) -> discord.Role | str:
        """Find it among those of the server."""
        try:
            return await commands.RoleConverter().convert(ctx, argument.removeprefix("@"))
        except commands.RoleNotFound:
            return argument

    async def transform(self, _interaction: discord.Interaction[Any], value: Any, /) -> discord.Role:
        """Take the one that was chosen."""
        role: discord.Role = value
        return role


class ChannelOrWord(commands.Converter[Any], app_commands.Transformer):
    """A channel or a thread: mentioned, by its id or by its name, which Discord leaves when nobody chose from the list.

    What is none is returned as it was typed.
    """

    @property
    def type(self) -> discord.AppCommandOptionType:
        """Return what Discord asks for."""
        return discord.AppCommandOptionType.channel

    async def convert(self, ctx: commands.Context[Any], argument: str) -> Channel | str:
        """Find it among those of the server."""
        try:
            return await commands.GuildChannelConverter().convert(ctx, argument)
        except commands.ChannelNotFound:
            name = fold(argument.removeprefix("#"))
            places = () if ctx.guild is None else (*ctx.guild.channels, *ctx.guild.threads)
            typed = [(place, (place.mention, str(place.id))) for place in places]
            named = (place for place, exact in typed if argument in exact or fold(place.name) == name)
            return next(named, argument)

    async def transform(self, _interaction: discord.Interaction[Any], value: Any, /) -> Channel:
        """Take the one that was chosen."""
        channel: Channel = value
        return channel
