"""The messages that wait for a moderator, one at a time."""

import re
from typing import Any, Self

import discord
from discord import app_commands
from discord.ext import commands
from discord.utils import format_dt

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.notices import tell_author
from bot.discord.permissions import MANAGE_MESSAGES, may_moderate
from bot.discord.scopes import interaction_scope
from bot.discord.views.embeds import card
from bot.discord.views.interactive import component_callback
from bot.models import Decision, Waiting
from bot.services.encouragements import Encouragements
from bot.text.approval import decided_text
from bot.text.lists import author_name
from bot.text.markdown import escape
from bot.text.sentences import Voice

STYLES = {
    Decision.APPROVE: discord.ButtonStyle.success,
    Decision.REFUSE: discord.ButtonStyle.danger,
    Decision.LATER: discord.ButtonStyle.secondary,
}


class PendingButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"pending:(?P<choice>approve|refuse|later):(?P<number>[0-9]{1,19})",
):
    """One choice about one message; it carries the message's number, so it works after a restart."""

    def __init__(self, choice: Decision, number: int, label: str) -> None:
        super().__init__(discord.ui.Button(label=label, style=STYLES[choice], custom_id=f"pending:{choice}:{number}"))
        self._choice = choice
        self._number = number

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from the message that holds it."""
        label = (item.label if isinstance(item, discord.ui.Button) else None) or ""
        return cls(Decision(match["choice"]), int(match["number"]), label)

    @component_callback
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what was chosen, say so, and show the next message in the place of this one."""
        if not await may_moderate(interaction):
            raise commands.MissingPermissions([MANAGE_MESSAGES])
        bot: EncourageBot = interaction.client
        scope = interaction_scope(interaction)
        moderator_id, encouragements = interaction.user.id, bot.services.encouragements
        decided = await encouragements.decide(scope, self._number, self._choice, moderator_id=moderator_id)
        following = await encouragements.next_pending(scope, after=self._number)
        for_one = interaction.message is not None and interaction.message.flags.ephemeral
        preferences = await bot.services.preferences.get_or_default(scope)
        voice = bot.voice(preferences, interaction, to_all=not for_one)
        said = decided_text(voice, self._choice, self._number, done=decided.done)
        await interaction.response.edit_message(**_shown(voice, following, said))
        if decided.news is not None:
            await tell_author(bot, interaction.guild, self._choice, decided.news)


class ApprovalCog(commands.Cog, name="Approval"):
    """Lets moderators decide which messages the server keeps."""

    def __init__(self, bot: EncourageBot, encouragements: Encouragements) -> None:
        self._bot = bot
        self._encouragements = encouragements

    async def cog_load(self) -> None:
        """Let the buttons of earlier runs work."""
        self._bot.add_dynamic_items(PendingButton)

    async def cog_unload(self) -> None:
        """Let them rest."""
        self._bot.remove_dynamic_items(PendingButton)

    @hybrid_command(needs=MANAGE_MESSAGES)
    @commands.guild_only()
    @app_commands.allowed_contexts(guilds=True, dms=False)
    @commands.bot_has_permissions(embed_links=True)
    async def pending(self, ctx: EncourageContext) -> None:
        """Show the message that has waited longest."""
        await ctx.send(**_shown(ctx.own_voice, await self._encouragements.next_pending(ctx.scope)), ephemeral=True)


def _shown(voice: Voice, waiting: Waiting | None, said: str = "") -> dict[str, Any]:
    """Return what a message shows, under a line that says what was done: one that waits, or that none does."""
    if waiting is None:
        return {"content": f"{said}\n{voice.text('pending.none')}".strip(), "embed": None, "view": None}
    kept = waiting.encouragement
    embed = card(
        voice.text("pending.title", number=kept.number),
        voice.text(
            "pending.entry",
            text=escape(kept.text, tags=True),
            author=author_name(voice, kept),
            when=format_dt(kept.created_at, "R"),
        ),
    )
    if kept.reported:
        embed.add_field(name=voice.text("pending.why"), value=voice.text("pending.reported"))
    embed.set_footer(text=voice.text("pending.place", place=waiting.place, count=waiting.count))
    view = discord.ui.View(timeout=None)
    for choice in Decision if waiting.count > 1 else (Decision.APPROVE, Decision.REFUSE):
        view.add_item(PendingButton(choice, kept.number, voice.text(f"pending.{choice}")))
    return {"content": said or None, "embed": embed, "view": view}


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(ApprovalCog(bot, bot.services.encouragements))
