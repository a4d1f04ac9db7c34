"""What a command knows of the one who typed it, and the decorator that makes commands."""

import io
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import discord
from discord import app_commands
from discord.ext import commands

from bot.models import Person, Platform, Scope
from bot.services.settings.preferences import is_silenced
from bot.services.settings.table import ScopePreferences
from bot.text.sentences import Voice

if TYPE_CHECKING:
    from bot.discord.client import EncourageBot  # noqa: F401 - named in a string below

# Discord can't run a slash command that has others below it: this one, below it too, does what it would.
FALLBACK = "show"
# The two permissions that count here.
MANAGE_SERVER = "manage_guild"
MANAGE_MESSAGES = "manage_messages"

C = TypeVar("C", bound=commands.Cog)
P = ParamSpec("P")


def may(user: discord.abc.User, permission: str) -> bool:
    """Tell whether a member has this permission; alone with the bot, everyone has all of them.

    What is managed belongs to the whole server: a permission in one channel only does not count.
    """
    return not isinstance(user, discord.Member) or bool(getattr(user.guild_permissions, permission))


def require(user: discord.abc.User, permission: str) -> None:
    """Refuse whoever lacks this permission.

    Raises:
        MissingPermissions: the member lacks it.
    """
    if not may(user, permission):
        raise commands.MissingPermissions([permission])


def channel_ids(channel: discord.abc.Snowflake) -> list[int]:
    """Return the ids of a channel, of the one that it is a thread of, and of their category."""
    above = channel.parent if isinstance(channel, discord.Thread) else channel
    ids = (channel.id, getattr(above, "id", None), getattr(above, "category_id", None))
    return [id for id in ids if id is not None]


def scope_of(guild: discord.Guild | None, channel: discord.abc.Snowflake) -> Scope:
    """Return the server's scope, or that of a private conversation."""
    return Scope(Platform.DISCORD, channel.id if guild is None else guild.id)


def interaction_scope(interaction: discord.Interaction[Any]) -> Scope:
    """Return the scope of a click or a slash command."""
    id = interaction.guild_id or interaction.channel_id
    assert id is not None, "every command and every click has a channel"
    return Scope(Platform.DISCORD, id)


class EncourageContext(commands.Context["EncourageBot"]):
    """The context of every command, typed or slash; `EncourageBot.get_context` gives it the scope's preferences."""

    preferences = ScopePreferences()

    @property
    def scope(self) -> Scope:
        """Return the scope of the command."""
        return scope_of(self.guild, self.channel)

    @property
    def person(self) -> Person:
        """Return who gave the command."""
        return Person(Platform.DISCORD, self.author.id)

    @property
    def voice(self) -> Voice:
        """Return how to speak to everybody here, in the server's language; where the bot is silent, to the asker."""
        return self.bot.voice(self.preferences, self.interaction if self.is_silenced else None)

    @property
    def own_voice(self) -> Voice:
        """Return how to speak to the asker alone: in the language of his or her Discord, where that is known."""
        return self.bot.voice(self.preferences, self.interaction)

    @property
    def is_silenced(self) -> bool:
        """Tell whether nothing may be said here for all to see."""
        return is_silenced(self.preferences, channel_ids(self.channel))

    def text(self, key: str, **params: object) -> str:
        """Return a sentence for everybody here."""
        return self.voice.text(key, **params)

    def own_text(self, key: str, **params: object) -> str:
        """Return a sentence for the asker alone."""
        return self.own_voice.text(key, **params)

    async def send(self, *args: Any, ephemeral: bool = False, **kwargs: Any) -> discord.Message:
        """Answer; in a channel where the bot is silent, a slash command's answer is for the asker alone."""
        return await super().send(*args, ephemeral=ephemeral or self.is_silenced, **kwargs)

    async def say(self, key: str, **params: object) -> None:
        """Answer with one sentence, for everybody here."""
        await self.send(self.text(key, **params))

    async def say_privately(self, key: str, **params: object) -> None:
        """Answer with one sentence, for the asker alone where Discord can do so."""
        await self.send(self.own_text(key, **params), ephemeral=True)

    async def defer_privately(self) -> None:
        """Ask for more than the three seconds that `/` allows, for an answer that the asker alone will see."""
        if self.interaction is not None:
            await self.defer(ephemeral=True)

    async def give_file(self, text: str, content: bytes, *, filename: str) -> None:
        """Give a file to the asker alone: here if nobody else sees it, or else in a private message."""
        file = discord.File(io.BytesIO(content), filename=filename)
        if self.interaction is not None or self.guild is None:
            await self.send(text, file=file, ephemeral=True)
            return
        try:
            await self.author.send(text, file=file)
        except discord.Forbidden:
            await self.say("private_file.closed", command=self.command.qualified_name if self.command else "")
        else:
            await self.say("private_file.sent")

    def may(self, permission: str) -> bool:
        """Tell whether the asker has this permission."""
        return may(self.author, permission)


Callback = Callable[Concatenate[C, EncourageContext, P], Coroutine[Any, Any, None]]


def hybrid_command(
    *, needs: str | None = None, cites: bool = False, always: bool = False, **attributes: Any
) -> Callable[[Callback[C, P]], commands.HybridCommand[C, P, None]]:
    """Make a method of a cog a command for both `$` and `/`, for those who have the permission `needs`.

    What is typed after one that `cites` is an example, and says nothing of the member; one that is `always` answered
    is so even where the bot is silent.
    """
    make: Any = commands.hybrid_command(extras={"needs": needs, "cites": cites, "always": always}, **attributes)
    return lambda callback: make(_for_those_with(needs, callback))


def hybrid_group(
    *,
    needs: str | None = None,
    cites: bool = False,
    always: bool = False,
    fallback: str | None = FALLBACK,
    **attributes: Any,
) -> Callable[[Callback[C, P]], commands.HybridGroup[C, P, None]]:
    """Make a method a command that has others below it; what it does alone is called `fallback` with `/`.

    What it cites, and whether it is always answered, goes for those below it too.
    """
    extras = {"needs": needs, "cites": cites, "always": always}
    make: Any = commands.hybrid_group(fallback=fallback, case_insensitive=True, extras=extras, **attributes)
    return lambda callback: make(_for_those_with(needs, callback))


def subcommand(
    group: commands.HybridGroup[C, Any, None], *, needs: str | None = None, **attributes: Any
) -> Callable[[Callback[C, P]], commands.HybridCommand[C, P, None]]:
    """Make a method a command below `group`; a permission that the group needs is not inherited."""
    make: Any = group.command(extras={"needs": needs}, **attributes)
    return lambda callback: make(_for_those_with(needs, callback))


def _for_those_with(permission: str | None, callback: Any) -> Any:
    """Check the permission in code; for Discord's clients, it is only a hint about what to show."""
    if permission is None:
        return callback

    def has_it(ctx: EncourageContext) -> bool:
        require(ctx.author, permission)
        return True

    return app_commands.default_permissions(**{permission: True})(commands.check(has_it)(callback))
