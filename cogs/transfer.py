"""Taking a server's messages, words and settings elsewhere, and back."""

import logging
from contextlib import suppress
from typing import Any

import discord
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.permissions import MANAGE_SERVER, require
from bot.discord.replies import REFUSED
from bot.discord.views.interactive import Interactive
from bot.errors import UserError
from bot.models import Author
from bot.services.files.server_file import ServerFile
from bot.services.files.transfer import ImportPlan, Transfer
from bot.text.import_summary import summary

MEGABYTES = 4
SECONDS_OF_LIFE = 180.0

Button = discord.ui.Button["Confirmation"]

log = logging.getLogger(__name__)


class TransferCog(commands.Cog, name="Transfer"):
    """Gives what a server has in a file, and merges such a file into it."""

    def __init__(self, bot: EncourageBot, transfer: Transfer) -> None:
        self._bot = bot
        self._transfer = transfer

    @hybrid_command(needs=MANAGE_SERVER)
    async def export(self, ctx: EncourageContext) -> None:
        """Give the server's messages, words and settings, for the asker alone."""
        await ctx.defer_privately()
        content = await self._transfer.export(ctx.scope)
        await ctx.give_file(ctx.own_text("transfer.exported"), content, filename="encourage-bot-server.json")

    @hybrid_command(name="import", needs=MANAGE_SERVER, chatty=True)
    async def import_file(self, ctx: EncourageContext, file: discord.Attachment) -> None:
        """Show what the file would change here, and ask whether to change it."""
        await ctx.defer_privately()
        content = await self._transfer.read(await _download(file), links=ctx.preferences.links)
        plan = await self._transfer.plan(ctx.scope, content, channels=_channels(ctx.guild))
        if plan.changes_nothing:
            text = self._bot.settings_text(plan.after, ctx.own_voice, guild=ctx.guild)
            await ctx.send(summary(text, plan, title="transfer.nothing"), ephemeral=True)
        else:
            await Confirmation(self._bot, ctx, self._transfer, content).ask(plan)


class Confirmation(Interactive, discord.ui.View):
    """Whether to import a file, asked for three minutes of the one who gave it."""

    def __init__(self, bot: EncourageBot, ctx: EncourageContext, transfer: Transfer, file: ServerFile) -> None:
        super().__init__(timeout=SECONDS_OF_LIFE)
        self._bot = bot
        self._ctx = ctx
        self._transfer = transfer
        self._file = file
        self._message: discord.Message | None = None
        self.accept.label = ctx.own_text("transfer.import")
        self.refuse.label = ctx.own_text("transfer.cancel")

    async def ask(self, plan: ImportPlan) -> None:
        """Show what would change, with the two buttons."""
        text = self._bot.settings_text(plan.before, self._ctx.own_voice, guild=self._ctx.guild)
        said = summary(text, plan, title="transfer.summary")
        self._message = await self._ctx.send(said, view=self, ephemeral=True)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let only the one who asked decide, while he or she may."""
        if not await super().interaction_check(interaction):
            return False
        if interaction.user != self._ctx.author:
            raise UserError("transfer.not_yours")
        require(interaction, MANAGE_SERVER)
        return True

    async def on_timeout(self) -> None:
        """Take the buttons away once they no longer work."""
        if not self._ctx.in_flight.begin():
            return
        # The message may be gone by now, the channel closed to the bot, or Discord out of reach.
        with suppress(*REFUSED):
            if self._message is not None:
                await self._message.edit(view=None)

    @discord.ui.button(style=discord.ButtonStyle.primary)
    async def accept(self, interaction: discord.Interaction[EncourageBot], _button: Button) -> None:
        """Import the file, as things are now."""
        # A second click finds nothing any more.
        self.stop()
        await interaction.response.edit_message(view=None)
        plan = await self._transfer.import_file(
            self._ctx.scope,
            self._file,
            author=Author(interaction.user.id, interaction.user.display_name),
            channels=_channels(interaction.guild),
        )
        # The server may speak another language from now on.
        self._ctx.preferences = plan.after
        text = self._bot.settings_text(plan.after, self._ctx.own_voice, guild=interaction.guild)
        title = "transfer.nothing" if plan.changes_nothing else "transfer.done"
        try:
            await interaction.edit_original_response(content=summary(text, plan, title=title))
        except REFUSED as error:
            log.debug("could not say that a file was imported: %s", type(error).__name__)

    @discord.ui.button(style=discord.ButtonStyle.secondary)
    async def refuse(self, interaction: discord.Interaction[EncourageBot], _button: Button) -> None:
        """Change nothing."""
        self.stop()
        await interaction.response.edit_message(content=self._ctx.own_text("transfer.cancelled"), view=None)


async def _download(file: discord.Attachment) -> bytes:
    """Return what the file holds.

    Raises:
        UserError: it is too big, or can't be reached.
    """
    if file.size > MEGABYTES * 1_000_000:
        raise UserError("transfer.too_big", limit=MEGABYTES)
    try:
        return await file.read()
    except REFUSED:
        raise UserError("transfer.unreachable") from None


def _channels(guild: discord.Guild | None) -> set[int]:
    """Return the ids of all the channels, threads and roles of a server."""
    return set() if guild is None else {each.id for each in (*guild.channels, *guild.threads, *guild.roles[1:])}


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(TransferCog(bot, bot.services.transfer))
