"""The kind messages: adding, showing and deleting."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.arguments import MessageNumbers
from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.permissions import MANAGE_MESSAGES, may_moderate
from bot.discord.scopes import channel_ids, interaction_scope
from bot.discord.views.deletion import DeleteAnswer, UndeleteButton
from bot.discord.views.embeds import card
from bot.discord.views.interactive import component_callback
from bot.discord.views.pages import LONGEST_SEARCH, send_pages
from bot.models import Author, Encouragement, Scope
from bot.services.batch import Batch
from bot.services.encouragements import MAX_LENGTH, Encouragements, is_by
from bot.services.message_numbers import page_number
from bot.services.privacy import DAYS_KEPT_PENDING
from bot.services.settings.preferences import is_silenced
from bot.text.lists import delete_question, deleted_text, edited_text, list_pages, nothing_listed, starters_note
from bot.text.markdown import on_one_line, shortened
from bot.text.sentences import Voice

SOURCE = "list"
# Discord shows no more, and no longer ones.
MOST_CHOICES = 25
LONGEST_CHOICE = 100

FORM, EDIT_FORM = "form:new", "form:edit:"


class EncouragementCog(commands.Cog, name="Encouragement"):
    """The server's own messages."""

    def __init__(self, bot: EncourageBot, encouragements: Encouragements) -> None:
        self._bot = bot
        self._encouragements = encouragements
        self._lists = Batch[tuple[Scope, Voice, str], Sequence[str]]()

    async def cog_load(self) -> None:
        """Let the buttons of earlier lists and questions work."""
        self._bot.page_sources[SOURCE] = self._pages
        self._bot.add_dynamic_items(DeleteAnswer, UndeleteButton)

    async def cog_unload(self) -> None:
        """Let the other buttons rest."""
        self._bot.remove_dynamic_items(DeleteAnswer, UndeleteButton)

    @hybrid_command()
    async def new(self, ctx: EncourageContext, *, message: str = "") -> None:
        """Keep a message for this server; with `/` alone, ask for it in a form."""
        if message or ctx.interaction is None:
            await self._add(ctx, message)
            return
        # Whoever may not add any must not write one first.
        await self._encouragements.must_wait(ctx.scope, may_moderate=ctx.may(MANAGE_MESSAGES))
        await ctx.interaction.response.send_modal(_form(ctx.own_voice))

    @hybrid_command()
    async def edit(self, ctx: EncourageContext, number: MessageNumbers, *, text: str = "") -> None:
        """Give one of the asker's own messages another text; with `/` and no text, ask for it in a form."""
        (wanted, *others) = cast(Sequence[int], number)
        if others or (not text and ctx.interaction is None):
            raise commands.BadArgument(text)
        if not text and ctx.interaction is not None:
            kept = await self._encouragements.own(ctx.scope, wanted, member_id=ctx.author.id)
            form = _form(ctx.own_voice, id=f"{EDIT_FORM}{wanted}", text=kept.text)
            await ctx.interaction.response.send_modal(form)
            return
        edited = await self._encouragements.edit(
            ctx.scope, wanted, member_id=ctx.author.id, text=text, may_moderate=ctx.may(MANAGE_MESSAGES)
        )
        voice = ctx.own_voice if edited.pending else ctx.voice
        await ctx.send(edited_text(voice, edited), ephemeral=edited.pending)

    @edit.autocomplete("number")
    async def suggest_own(
        self, interaction: discord.Interaction[EncourageBot], typed: str
    ) -> list[app_commands.Choice[int]]:
        """Offer the member's own messages."""
        scope, member_id = interaction_scope(interaction), interaction.user.id
        found = await self._encouragements.search(scope, typed, member_id=member_id, may_moderate=False)
        return [app_commands.Choice(name=_label(kept), value=kept.number) for kept in found[:MOST_CHOICES]]

    @commands.Cog.listener("on_interaction")
    async def listen_for_forms(self, interaction: discord.Interaction[EncourageBot]) -> None:
        """Take a form that was sent, which discord.py would only do for one that it has kept."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        if (id := str(_data(interaction).get("custom_id"))) == FORM:
            await self._take_form(interaction)
        elif re.fullmatch(rf"{EDIT_FORM}[0-9]{{1,19}}", id):
            await self._take_edit(interaction)

    @component_callback
    async def _take_edit(self, interaction: discord.Interaction[EncourageBot]) -> None:
        """Keep what was written in a form as the new text of a message."""
        scope, number = interaction_scope(interaction), int(_data(interaction)["custom_id"].removeprefix(EDIT_FORM))
        who: dict[str, Any] = {"member_id": interaction.user.id, "may_moderate": await may_moderate(interaction)}
        edited = await self._encouragements.edit(scope, number, text=_written_in(interaction), **who)
        voice = await self._bot.voice_for(interaction)
        await interaction.response.send_message(edited_text(voice, edited), ephemeral=True)

    @component_callback
    async def _take_form(self, interaction: discord.Interaction[EncourageBot]) -> None:
        """Add what was written in a form, as what is typed after the command."""
        scope, member = interaction_scope(interaction), interaction.user
        preferences = await self._bot.services.preferences.get_or_default(scope)
        voice = self._bot.voice(preferences, interaction, to_all=True)
        silenced = interaction.channel is not None and is_silenced(preferences, channel_ids(interaction.channel))
        added = await self._keep(scope, member, _written_in(interaction), may_moderate=await may_moderate(interaction))
        if added.pending or silenced:
            voice = self._bot.voice(preferences, interaction)
        await interaction.response.send_message(_confirmation(voice, added), ephemeral=added.pending or silenced)

    @hybrid_command(name="list")
    @commands.bot_has_permissions(embed_links=True)
    async def show(self, ctx: EncourageContext, *, search: str = "") -> None:
        """Show this server's messages: from a page on, or those with some words in them."""
        search = " ".join(search.split())
        page = page_number(search)
        await self._send_pages(ctx, page=page or 1, search="" if page else search[:LONGEST_SEARCH])

    @hybrid_command(name="del")
    @commands.bot_has_permissions(embed_links=True)
    async def delete(self, ctx: EncourageContext, *, number: MessageNumbers) -> None:
        """Delete a message, or several, and show those that remain; ask first when somebody else has added one."""
        numbers = cast(Sequence[int], number)
        who: dict[str, Any] = {"member_id": ctx.author.id, "may_moderate": ctx.may(MANAGE_MESSAGES)}
        found = await self._encouragements.deletable(ctx.scope, *numbers, **who)
        if others := [kept for kept in found if not is_by(kept, ctx.author.id)]:
            about = ",".join(map(str, numbers))
            view = DeleteAnswer.buttons("delete", ctx.voice, ctx.author.id, about, yes="del.yes")
            await ctx.send(embed=card(None, delete_question(ctx.voice, others, tags=True)), view=view)
            return
        await self._encouragements.delete(ctx.scope, *numbers, **who)
        button = UndeleteButton.made(ctx.voice, ctx.author.id, [*numbers])
        await self._send_pages(ctx, above=deleted_text(ctx.voice, numbers), button=button)

    @delete.autocomplete("number")
    async def suggest(
        self, interaction: discord.Interaction[EncourageBot], typed: str
    ) -> list[app_commands.Choice[int]]:
        """Offer the messages that the member may delete, by number or by any part of their text."""
        member = interaction.user
        found = await self._encouragements.search(
            interaction_scope(interaction), typed, member_id=member.id, may_moderate=await may_moderate(interaction)
        )
        return [app_commands.Choice(name=_label(kept), value=kept.number) for kept in found[:MOST_CHOICES]]

    async def _add(self, ctx: EncourageContext, text: str) -> None:
        added = await self._keep(ctx.scope, ctx.author, text, may_moderate=ctx.may(MANAGE_MESSAGES))
        voice = ctx.own_voice if added.pending else ctx.voice
        await ctx.send(_confirmation(voice, added), ephemeral=added.pending)

    async def _keep(self, scope: Scope, member: discord.abc.User, text: str, *, may_moderate: bool) -> Encouragement:
        author = Author(member.id, member.display_name)
        return await self._encouragements.add(scope, author=author, text=text, may_moderate=may_moderate)

    async def _send_pages(
        self,
        ctx: EncourageContext,
        *,
        above: str = "",
        page: int = 1,
        search: str = "",
        button: UndeleteButton | None = None,
    ) -> None:
        voice = ctx.voice
        if pages := await self._texts(ctx.scope, voice, search):
            shown = _cards(voice, pages, starters_note(voice, ctx.preferences.starters))
            await send_pages(ctx, SOURCE, shown, above=above, page=page, search=search, button=button)
            return
        said = "\n".join(filter(None, (above, nothing_listed(voice, search))))
        more: dict[str, Any] = {} if button is None else {"view": discord.ui.View(timeout=None).add_item(button)}
        await ctx.send(said, **more)

    async def _pages(self, scope: Scope, voice: Voice, search: str) -> Sequence[discord.Embed]:
        if not (pages := await self._texts(scope, voice, search)):
            return [card(voice.text("list.title"), nothing_listed(voice, search))]
        preferences = await self._bot.services.preferences.get_or_default(scope)
        return _cards(voice, pages, starters_note(voice, preferences.starters))

    async def _texts(self, scope: Scope, voice: Voice, search: str) -> Sequence[str]:
        async def write() -> Sequence[str]:
            messages = await self._encouragements.list(scope, search)
            # A full list of long texts takes a tenth of a second to write, which nobody else should wait for.
            return await asyncio.to_thread(list_pages, voice, messages, tags=True)

        return await self._lists.get((scope, voice, search), write)


def _cards(voice: Voice, pages: Sequence[str], note: str) -> Sequence[discord.Embed]:
    return [card(voice.text("list.title"), page).set_footer(text=note) for page in pages]


def _form(voice: Voice, *, id: str = FORM, text: str | None = None) -> discord.ui.Modal:
    """Return a comfortable box to write a message in; nothing is kept of it, so that it can be sent at any time."""
    form = discord.ui.Modal(title=voice.text("new.form_title" if text is None else "edit.form_title"), custom_id=id)
    field = discord.ui.TextInput[discord.ui.Modal](
        style=discord.TextStyle.paragraph,
        placeholder=voice.text("new.form_placeholder"),
        default=text,
        max_length=MAX_LENGTH,
        custom_id="message",
    )
    form.add_item(discord.ui.Label(text=voice.text("new.form_label"), component=field))
    form.stop()
    return form


def _written_in(interaction: discord.Interaction[Any]) -> str:
    (label,) = _data(interaction)["components"]
    return str(label["component"]["value"])


def _data(interaction: discord.Interaction[Any]) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], interaction.data or {})


def _confirmation(voice: Voice, added: Encouragement) -> str:
    if added.pending:
        return voice.text("new.waiting", number=added.number, days=DAYS_KEPT_PENDING)
    return voice.text("new.added", number=added.number)


def _label(kept: Encouragement) -> str:
    return shortened(on_one_line(f"{kept.number}. {kept.text}"), LONGEST_CHOICE)


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(EncouragementCog(bot, bot.services.encouragements))
