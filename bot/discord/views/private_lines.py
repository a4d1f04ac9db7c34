"""The button under helplines that everybody sees: all of them, for whoever clicks alone."""

import re
from typing import Any, Self

import discord

from bot.discord.client import EncourageBot
from bot.discord.internals.rest import patiently
from bot.discord.replies import tell
from bot.discord.views.interactive import component_callback
from bot.text.helplines import all_lines


class PrivateLinesButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"helplines:(?P<country>[A-Z]{2})"):
    """Shows every line of a country; it carries the country alone, so it works after a restart and tells nothing."""

    HELPS = True

    def __init__(self, country: str, label: str) -> None:
        style = discord.ButtonStyle.primary
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=f"helplines:{country}"))
        self._country = country

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from the message that holds it."""
        return cls(match["country"], (item.label if isinstance(item, discord.ui.Button) else None) or "")

    @component_callback
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the lines to whoever clicked, alone: somebody else who reads along may need them too."""
        bot: EncourageBot = interaction.client
        voice = await bot.voice_for(interaction)
        with patiently():
            await tell(interaction, all_lines(voice, bot.services.helplines, self._country))
