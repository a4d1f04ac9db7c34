"""The button under an answer that nobody asked for: its author's way out."""

import re
from typing import Any, Self

import discord

from bot.discord.client import EncourageBot
from bot.discord.views.interactive import component_callback
from bot.errors import UserError
from bot.models import Person, Platform
from bot.text.sentences import Voice


class OptOutButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"opt-out:(?P<member>[0-9]{1,20})"):
    """Opts out the member whose message was answered; it carries that member's id, so it works after a restart."""

    HELPS = True

    def __init__(self, member_id: int, label: str) -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"opt-out:{member_id}"))
        self._member_id = member_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from the message that holds it."""
        return cls(int(match["member"]), (item.label if isinstance(item, discord.ui.Button) else None) or "")

    @component_callback
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Opt the member out; tell anybody else how to do so for themselves."""
        bot: EncourageBot = interaction.client
        if interaction.user.id != self._member_id:
            raise UserError("optout.not_yours")
        await bot.services.opt_outs.opt_out(Person(Platform.DISCORD, self._member_id))
        await bot.answer(interaction, "optout.done")


def opt_out_view(voice: Voice, member_id: int, *above: discord.ui.DynamicItem[Any]) -> discord.ui.View:
    """Return the buttons for the answer to a message of this member: this one comes last."""
    view = discord.ui.View(timeout=None)
    for button in above:
        view.add_item(button)
    view.add_item(OptOutButton(member_id, voice.text("optout.button")))
    return view
