"""What slash commands say of themselves, and when they are sent to Discord."""

import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.context import FALLBACK
from bot.i18n import Texts

if TYPE_CHECKING:
    from bot.client import EncourageBot

log = logging.getLogger(__name__)


class Tree(app_commands.CommandTree["EncourageBot"]):
    """The bot's slash commands; none begins once the bot is stopping."""

    async def interaction_check(self, interaction: discord.Interaction["EncourageBot"], /) -> bool:
        """Let a command through, and let it finish before the bot closes."""
        if interaction.client.stopping:
            return False
        interaction.client.track_current_task()
        return True


def describe(tree: app_commands.CommandTree[Any], texts: Texts, locale: str) -> None:
    """Give every command and option of `tree` its description from the texts of `locale`."""
    for command in tree.walk_commands():
        key = f"commands.{command.qualified_name.removesuffix(f' {FALLBACK}')}"
        command.description = texts.text(locale, f"{key}.summary")
        if not isinstance(command, app_commands.Command):
            continue
        app_commands.describe(
            **{
                parameter.name: texts.text(locale, f"{key}.parameters.{parameter.name}")
                for parameter in command.parameters
            }
        )(command)


async def publish(bot: "EncourageBot") -> None:
    """Send the commands to Discord if they differ from those last sent.

    Raises:
        CommandSyncFailure: Discord finds a mistake in them.
        HTTPException: Discord refuses them, or can't take them now.
    """
    tree, published = bot.tree, bot.services.published_commands
    payload = [command.to_dict(tree) for command in tree.get_commands()]
    text = json.dumps([bot.application_id, payload], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if await published.is_current(digest):
        return
    await tree.sync()
    await published.record(digest)
    log.info("%d slash commands sent to Discord", len(payload))
