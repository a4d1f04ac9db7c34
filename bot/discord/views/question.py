"""A question before what can't be taken back: its buttons carry what it is about, so they work after a restart."""

import re
from typing import Any, Self

import discord

from bot.discord.scopes import interaction_scope
from bot.discord.views.interactive import component_callback
from bot.errors import UserError
from bot.text.sentences import Voice

ASKER = r"(?P<asker>[0-9]{1,20})"
CHOICE = r"(?P<choice>yes|no)"


class Answer(discord.ui.DynamicItem[discord.ui.Button[Any]], template="answer"):
    """One of two answers; a subclass says by its `template`, which has ASKER, CHOICE and `about`, what they are to."""

    def __init__(self, button: discord.ui.Button[Any], *, asker_id: int, about: str, is_yes: bool) -> None:
        super().__init__(button)
        self._asker_id = asker_id
        self._about = about
        self._is_yes = is_yes

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from the message that holds it."""
        assert isinstance(item, discord.ui.Button)
        return cls(item, asker_id=int(match["asker"]), about=match["about"], is_yes=match["choice"] == "yes")

    @component_callback
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what was asked about, or nothing, for the one who was asked."""
        if interaction.user.id != self._asker_id:
            raise UserError("question.not_yours")
        if self._is_yes:
            await self.carry_out(interaction, self._about)
            return
        voice = await voice_of_answer(interaction)
        await interaction.response.edit_message(content=voice.text("transfer.cancelled"), embed=None, view=None)

    async def carry_out(self, interaction: discord.Interaction[Any], about: str) -> None:
        """Do what was asked about, and say so in the place of the question."""
        raise NotImplementedError

    @classmethod
    def buttons(cls, name: str, voice: Voice, asker_id: int, about: str, *, yes: str) -> discord.ui.View:
        """Return both buttons; `name` begins what they carry, `yes` is the key of what the first says."""
        view = discord.ui.View(timeout=None)
        for choice, key, style in (
            ("yes", yes, discord.ButtonStyle.danger),
            ("no", "transfer.cancel", discord.ButtonStyle.secondary),
        ):
            id = f"{name}:{asker_id}:{about}:{choice}"
            button = discord.ui.Button[Any](label=voice.text(key), style=style, custom_id=id)
            view.add_item(cls(button, asker_id=asker_id, about=about, is_yes=choice == "yes"))
        return view


async def voice_of_answer(interaction: discord.Interaction[Any]) -> Voice:
    """Return how to speak in the message whose button was clicked: to its only reader, or to everybody."""
    bot = interaction.client
    for_one = interaction.message is not None and interaction.message.flags.ephemeral
    preferences = await bot.services.preferences.get_or_default(interaction_scope(interaction))
    voice: Voice = bot.voice(preferences, interaction, to_all=not for_one)
    return voice
