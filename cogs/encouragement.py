"""The kind messages: adding, showing and deleting."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.permissions import MANAGE_MESSAGES, may
from bot.discord.scopes import interaction_scope
from bot.discord.views.embeds import card
from bot.discord.views.interactive import Interactive
from bot.discord.views.pages import Pages
from bot.models import Author, Encouragement
from bot.services.encouragements import MAX_LENGTH, Encouragements
from bot.services.privacy import DAYS_KEPT_PENDING
from bot.text.lists import entry, paginate
from bot.text.markdown import on_one_line
from bot.text.sentences import Voice

SECONDS_TO_WRITE = 3_600.0
# Discord shows no more, and no longer ones.
MOST_CHOICES = 25
LONGEST_CHOICE = 100

Add = Callable[[EncourageContext, discord.abc.User, str], Awaitable[None]]


class NewMessage(Interactive, discord.ui.Modal):
    """A comfortable box to write a message in; what is sent goes the way of what is typed after the command."""

    def __init__(self, ctx: EncourageContext, add: Add) -> None:
        super().__init__(title=ctx.own_text("new.form_title"), timeout=SECONDS_TO_WRITE)
        self._ctx = ctx
        self._add = add
        self._text: discord.ui.TextInput[Self] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph,
            placeholder=ctx.own_text("new.form_placeholder"),
            max_length=MAX_LENGTH,
            custom_id="message",
        )
        self.add_item(discord.ui.Label(text=ctx.own_text("new.form_label"), component=self._text))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Add the message."""
        # The command was answered with this form; from here on, it is the form that is to be answered.
        self._ctx.interaction = interaction
        await self._add(self._ctx, interaction.user, self._text.value)


class EncouragementCog(commands.Cog, name="Encouragement"):
    """The server's own messages."""

    def __init__(self, encouragements: Encouragements) -> None:
        self._encouragements = encouragements

    @hybrid_command()
    async def new(self, ctx: EncourageContext, *, message: str = "") -> None:
        """Keep a message for this server; with `/` alone, ask for it in a form."""
        if message or ctx.interaction is None:
            await self._add(ctx, ctx.author, message)
            return
        # Whoever may not add any must not write one first.
        await self._encouragements.must_wait(ctx.scope, may_moderate=ctx.may(MANAGE_MESSAGES))
        await ctx.interaction.response.send_modal(NewMessage(ctx, self._add))

    @hybrid_command(name="list")
    @commands.bot_has_permissions(embed_links=True)
    async def show(self, ctx: EncourageContext) -> None:
        """Show this server's messages."""
        await self._send_pages(ctx, await self._encouragements.list(ctx.scope))

    @hybrid_command(name="del")
    @commands.bot_has_permissions(embed_links=True)
    async def delete(self, ctx: EncourageContext, number: int) -> None:
        """Delete a message and show those that remain."""
        remaining = await self._encouragements.delete(
            ctx.scope, number, member_id=ctx.author.id, may_moderate=ctx.may(MANAGE_MESSAGES)
        )
        await self._send_pages(ctx, remaining, above=ctx.text("del.deleted", number=number))

    @delete.autocomplete("number")
    async def suggest(
        self, interaction: discord.Interaction[EncourageBot], typed: str
    ) -> list[app_commands.Choice[int]]:
        """Offer the messages that the member may delete, by number or by any part of their text."""
        member = interaction.user
        may_moderate = may(member, MANAGE_MESSAGES, interaction.channel)
        found = await self._encouragements.search(
            interaction_scope(interaction), typed, member_id=member.id, may_moderate=may_moderate
        )
        return [app_commands.Choice(name=_label(kept), value=kept.number) for kept in found[:MOST_CHOICES]]

    async def _add(self, ctx: EncourageContext, member: discord.abc.User, text: str) -> None:
        added = await self._encouragements.add(
            ctx.scope,
            author=Author(member.id, member.display_name),
            text=text,
            may_moderate=may(member, MANAGE_MESSAGES, ctx.channel),
        )
        if added.pending:
            await ctx.say_privately("new.waiting", number=added.number, days=DAYS_KEPT_PENDING)
        else:
            await ctx.say("new.added", number=added.number)

    async def _send_pages(self, ctx: EncourageContext, messages: Sequence[Encouragement], *, above: str = "") -> None:
        if not messages:
            await ctx.send("\n".join(filter(None, (above, ctx.text("list.empty")))))
            return
        # A full list of long texts takes a tenth of a second to write, which nobody else should wait for.
        pages = await asyncio.to_thread(_pages, ctx.voice, messages)
        title = ctx.text("list.title")
        await Pages(ctx, [card(title, page) for page in pages]).send(above)


def _pages(voice: Voice, messages: Sequence[Encouragement]) -> Sequence[str]:
    return paginate(entry(voice, kept, tags=True) for kept in messages)


def _label(kept: Encouragement) -> str:
    label = on_one_line(f"{kept.number}. {kept.text}")
    return label if len(label) <= LONGEST_CHOICE else f"{label[: LONGEST_CHOICE - 1]}…"


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(EncouragementCog(bot.services.encouragements))
