"""What a command knows of the one who gave it, and the decorators that make commands."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.in_flight import InFlight
from bot.discord.internals.typed import read_command
from bot.discord.permissions import may
from bot.discord.scopes import channel_ids
from bot.discord.voices import Voices
from bot.models import Person, Platform, Scope
from bot.services.rate_limits import Admission, RateLimits
from bot.services.settings.preferences import is_silenced
from bot.services.settings.table import ScopePreferences
from bot.text.sentences import Voice

# Discord can't run a slash command that has others below it: this one, below it too, does what it would.
FALLBACK = "show"
LONGEST_WAIT_SECONDS = 30.0

C = TypeVar("C", bound=commands.Cog)
P = ParamSpec("P")


class EncourageContext(commands.Context[commands.Bot]):
    """The context of every command, typed or slash, with all that was learnt before the command was found.

    `preferences` are those of the scope; a command that changes them replaces them here.
    """

    scope: Scope
    preferences: ScopePreferences
    voices: Voices
    in_flight: InFlight
    rate_limits: RateLimits

    @classmethod
    def from_message(cls, message: discord.Message, bot: commands.Bot, prefix: str) -> Self:
        """Return the context of a message that begins with `prefix`; `command` is None when there is none like it."""
        view, name = read_command(message.content, prefix)
        command = bot.all_commands.get(name)
        return cls(message=message, bot=bot, view=view, prefix=prefix, invoked_with=name, command=command)

    @property
    def person(self) -> Person:
        """Return who gave the command."""
        return Person(Platform.DISCORD, self.author.id)

    @property
    def voice(self) -> Voice:
        """Return how to speak to everybody here, in the server's language; where the bot is silent, to the asker."""
        if self.is_silenced:
            return self.own_voice
        return self.voices.voice(self.preferences, slash=self.interaction is not None)

    @property
    def own_voice(self) -> Voice:
        """Return how to speak to the asker alone: in the language of his or her Discord, where that is known."""
        client_locale = None if self.interaction is None else self.interaction.locale.value
        return self.voices.voice(self.preferences, client_locale, slash=self.interaction is not None)

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
        return may(self.author, permission, self.channel, self.preferences.role)

    @property
    def is_always_answered(self) -> bool:
        """Tell whether the command is one that helps, which nothing is to stand in the way of."""
        return self.command is not None and bool(self.command.extras.get("always"))

    def admission(self) -> Admission:
        """Count the command among the asker's, and say what becomes of it."""
        return self.rate_limits.admit(
            self.scope, member_id=self.author.id, channel_id=self.channel.id, always=self.is_always_answered
        )

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until what was typed may be answered; the block, too, is over in half a minute.

        Raises:
            TimeoutError: it is over; an answer would answer nothing any more.
        """
        if self.interaction is not None or self.is_always_answered:
            yield
            return
        async with asyncio.timeout(LONGEST_WAIT_SECONDS), self.in_flight.turn(self.channel.id):
            yield

    @property
    def cites(self) -> bool:
        """Tell whether what follows the command is an example, and says nothing of the asker.

        Of a member who may not give the command, it is meant as it is said.
        """
        if self.command is None or not self.command.extras["cites"]:
            return False
        needed = self.command.extras["needs"]
        return needed is None or self.may(needed)


Callback = Callable[Concatenate[C, EncourageContext, P], Coroutine[Any, Any, None]]


def hybrid_command(
    *,
    needs: str | None = None,
    cites: bool = False,
    always: bool = False,
    checks: bool = False,
    chatty: bool = False,
    **attributes: Any,
) -> Callable[[Callback[C, P]], commands.HybridCommand[C, P, None]]:
    """Make a method of a cog a command for both `$` and `/`, for those who have the permission `needs`.

    What is typed after one that `cites` is an example, and says nothing of the member; one that is `always` answered
    is so even where the bot is silent; one that `checks` looks itself at whether the member has the permission. What it
    does not understand is refused, but for one that is `chatty`: people say something after it.
    """
    extras = {"needs": needs, "cites": cites, "always": always}
    make: Any = commands.hybrid_command(extras=extras, ignore_extra=chatty, **attributes)
    if needs is not None and checks:
        return lambda callback: make(app_commands.default_permissions(**{needs: True})(callback))
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
    make: Any = commands.hybrid_group(
        fallback=fallback, case_insensitive=True, extras=extras, ignore_extra=False, **attributes
    )
    return lambda callback: make(_for_those_with(needs, callback))


def subcommand(
    group: commands.HybridGroup[C, Any, None], *, needs: str | None = None, twin: bool = False, **attributes: Any
) -> Callable[[Callback[C, P]], commands.HybridCommand[C, P, None]]:
    """Make a method a command below `group`; a permission that the group needs is not inherited.

    A `twin` does what the group does alone, which can't be given with a slash.
    """
    make: Any = group.command(extras={"needs": needs, "twin": twin}, ignore_extra=False, **attributes)
    return lambda callback: make(_for_those_with(needs, callback))


def _for_those_with(permission: str | None, callback: Any) -> Any:
    """Check the permission in code; for Discord's clients, it is only a hint about what to show."""
    if permission is None:
        return callback

    def has_it(ctx: EncourageContext) -> bool:
        if not ctx.may(permission):
            raise commands.MissingPermissions([permission])
        return True

    return app_commands.default_permissions(**{permission: True})(commands.check(has_it)(callback))
