"""A list that is too long for one message, with buttons to turn its pages."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import discord

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext
from bot.discord.replies import REFUSED
from bot.discord.views.interactive import Interactive
from bot.errors import UserError

SECONDS_OF_LIFE = 180.0

Button = discord.ui.Button["Pages"]


class Pages(Interactive, discord.ui.View):
    """Pages that only the one who asked turns, and sees if they are `private`, until three minutes after a click."""

    def __init__(self, ctx: EncourageContext, pages: Sequence[discord.Embed], *, private: bool = False) -> None:
        super().__init__(timeout=SECONDS_OF_LIFE)
        self._ctx = ctx
        self._pages = pages
        self._private = private
        self._page = 0
        self._message: discord.Message | None = None
        # A slash command's message can be edited for 15 minutes after it, or after the last click on it.
        self._last_click: discord.Interaction[EncourageBot] | None = None
        voice = ctx.own_voice if private else ctx.voice
        for button, key in (
            (self.first, "first"),
            (self.previous, "previous"),
            (self.next, "next"),
            (self.last, "last"),
        ):
            button.label = voice.text(f"list.{key}")
        if len(pages) > 1:
            for number, page in enumerate(pages, start=1):
                page.set_footer(text=voice.text("list.page", page=number, pages=len(pages)))
        self._update_buttons()

    async def send(self, above: str = "") -> None:
        """Send the first page, under a line of text; a single page has no buttons."""
        if len(self._pages) == 1:
            await self._ctx.send(above, embed=self._pages[0], ephemeral=self._private)
            self.stop()
        else:
            self._message = await self._ctx.send(above, embed=self._pages[0], view=self, ephemeral=self._private)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let only the one who asked turn the pages, and tell the others how to get theirs."""
        begun = await super().interaction_check(interaction)
        if begun and interaction.user != self._ctx.author:
            raise UserError("pages.not_yours")
        return begun

    async def on_timeout(self) -> None:
        """Take the buttons away once they no longer work."""
        if not self._ctx.in_flight.begin():
            return
        # The message may be gone by now, the channel closed to the bot, or Discord out of reach.
        with suppress(*REFUSED):
            if self._last_click is not None:
                await self._last_click.edit_original_response(view=None)
            elif self._message is not None:
                await self._message.edit(view=None)

    @discord.ui.button(emoji="⏮️")
    async def first(self, interaction: discord.Interaction[EncourageBot], _button: Button) -> None:
        """Show the first page."""
        await self._turn(interaction, 0)

    @discord.ui.button(emoji="◀️")
    async def previous(self, interaction: discord.Interaction[EncourageBot], _button: Button) -> None:
        """Show the page before."""
        await self._turn(interaction, self._page - 1)

    @discord.ui.button(emoji="▶️")
    async def next(self, interaction: discord.Interaction[EncourageBot], _button: Button) -> None:
        """Show the page after."""
        await self._turn(interaction, self._page + 1)

    @discord.ui.button(emoji="⏭️")
    async def last(self, interaction: discord.Interaction[EncourageBot], _button: Button) -> None:
        """Show the last page."""
        await self._turn(interaction, len(self._pages) - 1)

    async def _turn(self, interaction: discord.Interaction[EncourageBot], page: int) -> None:
        self._last_click = interaction
        self._page = min(max(page, 0), len(self._pages) - 1)
        self._update_buttons()
        await interaction.response.edit_message(embed=self._pages[self._page], view=self)

    def _update_buttons(self) -> None:
        self.first.disabled = self.previous.disabled = self._page == 0
        self.next.disabled = self.last.disabled = self._page == len(self._pages) - 1
