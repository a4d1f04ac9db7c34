"""What clicks and forms have in common: a stop waits for the answer, and what goes wrong has its sentence elsewhere."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

import discord

Item = TypeVar("Item")
Callback = Callable[[Item, discord.Interaction[Any]], Coroutine[Any, Any, None]]


class Interactive:
    """Comes before discord.py's class in the bases of a view or a form; what it raises becomes a reply."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let a click through, unless the bot is stopping or there are too many."""
        return bool(await interaction.client.admits(interaction, always=False))

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, _item: object = None, /) -> None:
        """Hand over what went wrong."""
        await interaction.client.tree.on_error(interaction, error)


def component_callback(callback: Callback[Item]) -> Callback[Item]:
    """Make a method the callback of what has no `on_error`, as a `DynamicItem`: discord.py would log its button.

    What `HELPS` is answered however much else there is to do.
    """

    @wraps(callback)
    async def answer(item: Item, interaction: discord.Interaction[Any]) -> None:
        if not await interaction.client.admits(interaction, always=getattr(item, "HELPS", False)):
            return
        try:
            await callback(item, interaction)
        except Exception as error:
            await interaction.client.tree.on_error(interaction, error)

    return answer
