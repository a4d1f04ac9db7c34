"""A list that is too long for one message, with buttons to turn its pages.

A button carries what it takes to make its page anew, so nothing is kept of a list, and it works after a restart.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import discord

from bot.discord.context import EncourageContext
from bot.discord.permissions import MANAGE_SERVER, require
from bot.discord.scopes import interaction_scope
from bot.discord.views.interactive import component_callback
from bot.errors import UserError
from bot.models import Scope
from bot.text.sentences import Voice

# Makes all pages of a list as it is now, of what was looked for in it if anything was; there is at least one.
PageSource = Callable[[Scope, Voice, str], Awaitable[Sequence[discord.Embed]]]
# What a button can carry of what was looked for.
LONGEST_SEARCH = 40
# Lists that not everybody may ask for; who no longer may can't turn their pages either.
WORDS = "words"
NEEDED = {WORDS: MANAGE_SERVER}
SIGNS = {"first": "⏮️", "previous": "◀️", "next": "▶️", "last": "⏭️"}


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"page:(?P<source>[a-z]+):(?P<asker>[0-9]{1,20}):(?P<page>[0-9]{1,4}):(?:first|previous|next|last)"
    r"(?::(?P<search>[^\n]{1,40}))?",
):
    """Shows another page of a list, by the name under which the bot has its source, to the one who asked for it."""

    def __init__(
        self, button: discord.ui.Button[Any], *, source: str, asker_id: int, page: int, search: str = ""
    ) -> None:
        super().__init__(button)
        self._source = source
        self._search = search
        self._asker_id = asker_id
        self._page = page

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from the message that holds it."""
        assert isinstance(item, discord.ui.Button)
        return cls(
            item,
            source=match["source"],
            asker_id=int(match["asker"]),
            page=int(match["page"]),
            search=match["search"] or "",
        )

    @component_callback
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page, of the list as it is now; tell anybody else how to get theirs."""
        if interaction.user.id != self._asker_id:
            raise UserError("pages.not_yours")
        if self._source in NEEDED:
            require(interaction, NEEDED[self._source])
        bot = interaction.client
        source: PageSource | None = bot.page_sources.get(self._source)
        if source is None:
            raise UserError("errors.outdated_command")
        scope = interaction_scope(interaction)
        preferences = await bot.services.preferences.get_or_default(scope)
        for_one = interaction.message is not None and interaction.message.flags.ephemeral
        voice = bot.voice(preferences, interaction, to_all=not for_one)
        pages = await source(scope, voice, self._search)
        page = min(self._page, len(pages) - 1)
        shown = _shown(voice, pages, page, self._source, self._asker_id, self._search)
        await interaction.response.edit_message(**shown)


async def send_pages(
    ctx: EncourageContext,
    source: str,
    pages: Sequence[discord.Embed],
    *,
    above: str = "",
    page: int = 1,
    search: str = "",
    private: bool = False,
    button: discord.ui.DynamicItem[Any] | None = None,
) -> None:
    """Send a page, the last one for a number beyond it, under a line of text.

    `source` names what makes these pages, `search` is what they were looked for with; another `button` comes last.
    """
    voice = ctx.own_voice if private else ctx.voice
    shown = _shown(voice, pages, min(page, len(pages)) - 1, source, ctx.author.id, search)
    if button is not None:
        shown["view"] = (shown["view"] or discord.ui.View(timeout=None)).add_item(button)
    await ctx.send(above, **{name: value for name, value in shown.items() if value is not None}, ephemeral=private)


async def answer_with_pages(interaction: discord.Interaction[Any], source: str) -> None:
    """Answer a click with the first page of a list, for the one who clicked."""
    bot, scope = interaction.client, interaction_scope(interaction)
    voice = bot.voice(await bot.services.preferences.get(scope), interaction)
    pages = await bot.page_sources[source](scope, voice, "")
    shown = _shown(voice, pages, 0, source, interaction.user.id, "")
    given = {name: value for name, value in shown.items() if value is not None}
    await interaction.response.send_message(**given, ephemeral=True)


def _shown(
    voice: Voice, pages: Sequence[discord.Embed], page: int, source: str, asker_id: int, search: str
) -> dict[str, Any]:
    """Return what a message shows of a page: a single one has no buttons."""
    embed, last = pages[page], len(pages) - 1
    if not last:
        return {"embed": embed, "view": None}
    place = voice.text("list.page", page=page + 1, pages=len(pages))
    embed.set_footer(text=" · ".join(filter(None, (place, embed.footer.text))))
    view = discord.ui.View(timeout=None)
    turns = {"first": 0, "previous": max(page - 1, 0), "next": min(page + 1, last), "last": last}
    if last == 1:
        # The first page is the previous one, and the last one the next.
        del turns["first"], turns["last"]
    for name, there in turns.items():
        button = discord.ui.Button[Any](
            label=voice.text(f"list.{name}"),
            emoji=SIGNS[name],
            custom_id=f"page:{source}:{asker_id}:{there}:{name}" + (f":{search}" if search else ""),
            disabled=there == page,
        )
        view.add_item(PageButton(button, source=source, asker_id=asker_id, page=there, search=search))
    return {"embed": embed, "view": view}
