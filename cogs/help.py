"""What the bot does, in its own words."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import discord
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.views.embeds import card
from bot.discord.views.pages import send_pages
from bot.models import Scope
from bot.text.sentences import Voice

SOURCE = "help"
# Whom a page of commands is for, in the order of the pages.
READERS = ("everyone", "privacy", "manage_messages", "manage_guild")


class Help(commands.Cog):
    """Shows every command with an example."""

    def __init__(self, bot: EncourageBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Let the buttons of earlier pages work."""
        self._bot.page_sources[SOURCE] = self._pages

    @hybrid_command()
    @commands.bot_has_permissions(embed_links=True)
    async def help(self, ctx: EncourageContext) -> None:
        """Show what the bot does."""
        await send_pages(ctx, SOURCE, await self._pages(ctx.scope, ctx.own_voice), private=True)

    async def _pages(self, _scope: Scope, voice: Voice) -> Sequence[discord.Embed]:
        return list(_pages(self._bot, voice))


def _pages(bot: EncourageBot, voice: Voice) -> Iterator[discord.Embed]:
    grouped: defaultdict[str, list[commands.Command[Any, ..., Any]]] = defaultdict(list)
    for cog in bot.cogs.values():
        for command in cog.walk_commands():
            grouped[_reader(command)].append(command)
    for reader in filter(grouped.__contains__, READERS):
        about = [voice.text(f"help.{reader}", menu=voice.text("encourage.menu"))]
        if reader == "everyone" and not bot.voices.message_content:
            about.append(voice.text("without_content.help"))
        page = card(voice.text("help.title"), "\n\n".join(about))
        for command in grouped[reader]:
            key = f"commands.{command.qualified_name}"
            usage, example = (voice.prefix + voice.text(f"{key}.{what}") for what in ("usage", "example"))
            if voice.prefix == "/" and isinstance(command, commands.HybridGroup) and command.fallback:
                usage, example = f"{usage} {command.fallback}", f"{example} {command.fallback}"
            value = voice.text("help.entry", summary=voice.text(f"{key}.summary"), example=example)
            page.add_field(name=usage, value=value, inline=False)
        yield page


def _reader(command: commands.Command[Any, ..., Any]) -> str:
    if command.cog_name == "Privacy":
        return "privacy"
    return next((needed for needed in READERS[2:] if command.extras.get("needs") == needed), READERS[0])


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Help(bot))
