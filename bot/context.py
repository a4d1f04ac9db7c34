"""What a command knows of the one who typed it, and the decorator that makes commands."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import discord
from discord.ext import commands

from bot.models import Person, Platform, Scope

if TYPE_CHECKING:
    from bot.client import EncourageBot  # noqa: F401 - named in a string below

# Discord can't run a slash command that has others below it: this one, below it too, does what it would.
FALLBACK = "show"

C = TypeVar("C", bound=commands.Cog)
P = ParamSpec("P")


def scope_of(guild: discord.Guild | None, channel: discord.abc.Snowflake) -> Scope:
    """Return the server's scope, or that of a private conversation."""
    return Scope(Platform.DISCORD, channel.id if guild is None else guild.id)


class EncourageContext(commands.Context["EncourageBot"]):
    """The context of every command, typed or slash."""

    @property
    def scope(self) -> Scope:
        """Return the scope of the command."""
        return scope_of(self.guild, self.channel)

    @property
    def person(self) -> Person:
        """Return who gave the command."""
        return Person(Platform.DISCORD, self.author.id)

    @property
    def locale(self) -> str:
        """Return the language to answer in."""
        return self.bot.locale

    def text(self, key: str, **params: object) -> str:
        """Return a sentence in the language of the answer; `{prefix}` is always known."""
        return self.bot.texts.text(self.locale, key, prefix=self.bot.shown_prefix, **params)

    async def say(self, key: str, *, private: bool = False, **params: object) -> None:
        """Answer with one sentence; a `private` one is for the asker alone, where Discord can do so."""
        await self.send(self.text(key, **params), ephemeral=private)

    def may(self, permission: str) -> bool:
        """Tell whether the member has this permission; alone with the bot, everyone has all of them.

        What is managed belongs to the whole server: a permission in one channel only does not count.
        """
        if not isinstance(self.author, discord.Member):
            return True
        return bool(getattr(self.author.guild_permissions, permission))


Callback = Callable[Concatenate[C, EncourageContext, P], Coroutine[Any, Any, None]]


def hybrid_command(**attributes: Any) -> Callable[[Callback[C, P]], commands.HybridCommand[C, P, None]]:
    """Make a method of a cog a command for both `$` and `/`; as discord.py's own, in types that mypy can follow."""
    return commands.hybrid_command(**attributes)  # type: ignore[return-value]


def hybrid_group(**attributes: Any) -> Callable[[Callback[C, P]], commands.HybridGroup[C, P, None]]:
    """Make a method a command that has others below it; what it does alone is called `FALLBACK` with `/`."""
    return commands.hybrid_group(fallback=FALLBACK, case_insensitive=True, **attributes)  # type: ignore[return-value]


def subcommand(
    group: commands.HybridGroup[C, Any, None], **attributes: Any
) -> Callable[[Callback[C, P]], commands.HybridCommand[C, P, None]]:
    """Make a method a command below `group`."""
    return group.command(**attributes)  # type: ignore[return-value]
