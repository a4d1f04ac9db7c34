"""The buttons under a kind word by which the one who got it takes it back."""

import re
from typing import Any, Self

import discord

from bot.discord.client import EncourageBot
from bot.discord.permissions import may_moderate
from bot.discord.scopes import interaction_scope
from bot.discord.views.interactive import component_callback
from bot.errors import UserError


class FineButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"fine:(?P<member>[0-9]{1,20})"):
    """Deletes the answer at once, for the member who got it and for moderators; nothing is kept of it."""

    HELPS = True

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
        if not is_theirs and not await may_moderate(interaction):
            raise UserError("fine.not_yours")
        await interaction.response.defer()
        await interaction.delete_original_response()


class HurtButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"hurt:(?P<member>[0-9]{1,20}):(?P<number>[0-9]{1,19})"
):
    """Deletes the answer at once, and lets the member's message that it is wait for a moderator again."""

    HELPS = True

    def __init__(self, member_id: int, number: int, label: str) -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"hurt:{member_id}:{number}"))
        self._member_id = member_id
        self._number = number

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from the message that holds it."""
        label = (item.label if isinstance(item, discord.ui.Button) else None) or ""
        return cls(int(match["member"]), int(match["number"]), label)

    @component_callback
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Delete the answer, whatever else may fail, then have the message looked at."""
        bot: EncourageBot = interaction.client
        if interaction.user.id != self._member_id:
            raise UserError("hurt.not_yours")
        await interaction.response.defer()
        await interaction.delete_original_response()
        await bot.services.encouragements.report(interaction_scope(interaction), self._number)
        await bot.answer(interaction, "hurt.done")
