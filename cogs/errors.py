"""The one place that turns what went wrong in a command, a click or a form into a reply.

| error | what the member sees |
| --- | --- |
| UserError | its sentence |
| a missing or unreadable argument | how the command is used |
| a permission that the member, or the bot, lacks | which one |
| Discord refuses (no right to write here), or what we answer to is gone | nothing; one debug line |
| a slash command that has just changed | to try again in a minute |
| nothing can be read or kept | that nothing has changed, and to try again later; the storage has logged why |
| the storage failed while it was keeping something | that it may be done, and to look first; the log says why |
| the network or Discord fails while the answer is sent | nothing, as what was asked for may be done; one warning |
| anything else | sorry, with an incident id; the log has the same id and the traceback |
"""

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext
from bot.discord.replies import REFUSED, is_outage, note_refusal, tell
from bot.errors import StorageUnavailableError, UnknownOutcomeError, UserError
from bot.services.settings.table import SETTINGS
from bot.services.tally import FailureKind
from bot.text.sentences import Voice

log = logging.getLogger(__name__)


class Errors(commands.Cog):
    """Answers every command, click and form that failed."""

    def __init__(self, bot: EncourageBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Take over the errors of menus, clicks and forms, and those of slash commands before any command runs."""
        self._bot.tree.error(self.on_interaction_error)

    @commands.Cog.listener()
    async def on_command_error(self, ctx: EncourageContext, error: commands.CommandError) -> None:
        """Answer one failed command."""
        self._bot.in_flight.track()
        cause = _cause(error)
        if isinstance(cause, commands.UserInputError) and ctx.command is not None:
            cause = _usage(ctx.own_voice, ctx.command.qualified_name)
        where = "a message" if ctx.command is None else f"command {ctx.command.qualified_name}"
        self._bot.services.tally.failed(_kind(cause))
        sentence = self._sentence(ctx.own_voice, cause, where=where)
        if sentence is None:
            return
        try:
            async with ctx.turn():
                await ctx.send(sentence, ephemeral=True)
        except REFUSED as failure:
            note_refusal(failure)

    async def on_interaction_error(self, interaction: discord.Interaction[EncourageBot], error: Exception) -> None:
        """Answer a failed click, form or menu, or a slash command that Discord knows in another shape than the bot."""
        cause = _cause(error)
        is_command = interaction.type is discord.InteractionType.application_command
        self._bot.services.tally.failed(_kind(cause))
        voice = await self._bot.voice_for(interaction)
        sentence = self._sentence(voice, cause, where="a slash command" if is_command else "a click")
        if sentence is not None:
            await tell(interaction, sentence)

    def _sentence(self, voice: Voice, error: BaseException, *, where: str) -> str | None:
        match error:
            case UserError():
                return voice.text(error.key, **error.params)
            case UnknownOutcomeError():
                return voice.text("errors.maybe_kept")
            case StorageUnavailableError():
                return voice.text("errors.storage")
            case commands.NoPrivateMessage():
                return voice.text("errors.server_only")
            case commands.MissingPermissions():
                return _permission(voice, "errors.missing_permission", error.missing_permissions)
            case commands.BotMissingPermissions():
                return _permission(voice, "errors.bot_missing_permission", error.missing_permissions)
            case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
                return voice.text("errors.outdated_command")
            case discord.Forbidden() | discord.NotFound():
                log.debug("Discord refused an answer: %s", error)
                return None
            case Exception() if is_outage(error):
                note_refusal(error)
                return None
            case _:
                return voice.text("errors.unexpected", incident=self._bot.report(error, where=where))


# How to use the commands that have a sentence for it.
_USAGE = {
    "del": "del.bad_number",
    "edit": "edit.usage",
    "encourage": "encourage.usage",
    "test": "test.missing",
    "words": "words.usage",
    "words add": "words.usage",
    "words ignore": "words.usage",
    "words remove": "words.usage",
    "privacy": "privacy.usage",
    "privacy export": "privacy.usage",
    "privacy forget": "privacy.usage",
    "import": "transfer.missing",
}


def _usage(voice: Voice, name: str) -> UserError:
    """Return how a command is used: in a sentence of its own, or as the help shows it."""
    if name in SETTINGS and name not in _USAGE:
        return UserError(f"settings.{name}.usage")
    if name in _USAGE:
        return UserError(_USAGE[name])
    usage, example = (voice.text(f"commands.{name}.{what}") for what in ("usage", "example"))
    return UserError("errors.usage" if example != usage else "errors.usage_alone", usage=usage, example=example)


def _cause(error: BaseException) -> BaseException:
    while isinstance(
        error, commands.CommandInvokeError | commands.HybridCommandError | app_commands.CommandInvokeError
    ):
        error = error.original
    return error


def _kind(error: BaseException) -> FailureKind:
    if isinstance(error, commands.MissingPermissions | commands.BotMissingPermissions):
        return FailureKind.PERMISSION
    if isinstance(error, StorageUnavailableError):
        return FailureKind.STORAGE
    if is_outage(error) or isinstance(error, discord.Forbidden | discord.NotFound):
        return FailureKind.PLATFORM
    foreseen = (
        *(UserError, commands.UserInputError, commands.NoPrivateMessage),
        *(app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
    )
    return FailureKind.MISTAKE if isinstance(error, foreseen) else FailureKind.UNEXPECTED


def _permission(voice: Voice, key: str, missing: list[str]) -> str:
    return voice.text(key, permission=voice.text(f"permissions.{missing[0]}"))


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Errors(bot))
