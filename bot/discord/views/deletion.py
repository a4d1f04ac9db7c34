"""The question before somebody else's messages are deleted, and the button that takes a deletion back."""

import re
from typing import Any, Self

import discord

from bot.discord.client import EncourageBot
from bot.discord.permissions import may_moderate
from bot.discord.scopes import interaction_scope
from bot.discord.views.interactive import component_callback
from bot.discord.views.question import ASKER, CHOICE, Answer, voice_of_answer
from bot.errors import UserError
from bot.text.lists import deleted_text, restored_text
from bot.text.sentences import Voice


class UndeleteButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"undelete:(?P<asker>[0-9]{1,20}):(?P<numbers>[0-9]{1,19}(?:,[0-9]{1,19}){0,9})",
):
    """Puts messages back for the one who has deleted them, as long as that is possible."""

    def __init__(self, button: discord.ui.Button[Any], *, asker_id: int, numbers: list[int]) -> None:
        super().__init__(button)
        self._asker_id = asker_id
        self._numbers = numbers

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from the message that holds it."""
        assert isinstance(item, discord.ui.Button)
        return cls(item, asker_id=int(match["asker"]), numbers=[int(each) for each in match["numbers"].split(",")])

    @classmethod
    def made(cls, voice: Voice, asker_id: int, numbers: list[int]) -> Self:
        """Return the button for messages that somebody has just deleted."""
        id = f"undelete:{asker_id}:{','.join(map(str, numbers))}"
        button = discord.ui.Button[Any](label=voice.text("del.undo"), custom_id=id)
        return cls(button, asker_id=asker_id, numbers=numbers)

    @component_callback
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Put the messages back and say so in the place of what said that they are gone."""
        bot: EncourageBot = interaction.client
        if interaction.user.id != self._asker_id:
            raise UserError("pages.not_yours")
        scope = interaction_scope(interaction)
        await bot.services.encouragements.restore(scope, *self._numbers, member_id=self._asker_id)
        said = restored_text(await voice_of_answer(interaction), self._numbers)
        await interaction.response.edit_message(content=said, embed=None, view=None)


class DeleteAnswer(Answer, template=rf"delete:{ASKER}:(?P<about>[0-9]{{1,19}}(?:,[0-9]{{1,19}}){{0,9}}):{CHOICE}"):
    """Whether to delete messages that somebody else has added."""

    async def carry_out(self, interaction: discord.Interaction[EncourageBot], about: str) -> None:
        """Delete them, if whoever was asked still may, and say so."""
        numbers = [int(number) for number in about.split(",")]
        who: dict[str, Any] = {"member_id": interaction.user.id, "may_moderate": await may_moderate(interaction)}
        await interaction.client.services.encouragements.delete(interaction_scope(interaction), *numbers, **who)
        said = deleted_text(await voice_of_answer(interaction), numbers)
        button = UndeleteButton.made(await voice_of_answer(interaction), interaction.user.id, numbers)
        view = discord.ui.View(timeout=None).add_item(button)
        await interaction.response.edit_message(content=said, embed=None, view=view)
