"""The button under a kind word by which the one who got it takes it back."""

import re
from typing import Any, Self

import discord

from bot.discord.permissions import MANAGE_MESSAGES, may
from bot.discord.views.interactive import component_callback
from bot.errors import UserError


class FineButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"fine:(?P<member>[0-9]{1,20})"):
    """Deletes the answer at once, for the member who got it and for moderators; nothing is kept of it."""

    def __init__(self, member_id: int, label: str) -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"fine:{member_id}"))
        self._member_id = member_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from the message that holds it."""
        return cls(int(match["member"]), (item.label if isinstance(item, discord.ui.Button) else None) or "")

    @component_callback
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Delete the answer."""
        is_theirs = interaction.user.id == self._member_id
        if not is_theirs and not may(interaction.user, MANAGE_MESSAGES, interaction.channel):
            raise UserError("fine.not_yours")
        await interaction.response.defer()
        await interaction.delete_original_response()
