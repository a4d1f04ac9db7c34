"""What the bot does, in its own words."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.views.embeds import card
from bot.discord.views.pages import send_pages
from bot.errors import UserError
from bot.models import Scope, Written
from bot.text.sentences import Voice

SOURCE = "help"
# What Discord offers of a completion, and of the name of a command.
MOST_CHOICES = 25
LONGEST_NAME = 32
MOST_ON_A_PAGE = 10

Command = commands.Command[Any, ..., Any]

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
    async def help(self, ctx: EncourageContext, *, command: str = "") -> None:
        """Show what the bot does, or explain one command."""
        if not command.strip():
            await send_pages(ctx, SOURCE, await self._pages(ctx.scope, ctx.own_voice), private=True)
            return
        found = self._bot.get_command(_name(command, ctx.own_voice.prefix))
        if found is None:
            raise UserError("help.unknown", name=Written(command[:LONGEST_NAME]))
        await ctx.send(embed=_explained(ctx.own_voice, found), ephemeral=True)

    @help.autocomplete("command")
    async def suggest(
        self, interaction: discord.Interaction[EncourageBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the commands whose name holds what was typed so far, those that begin with it first."""
        voice = await self._bot.voice_for(interaction)
        begun = _name(typed, voice.prefix)
        names = sorted(
            command.qualified_name for command in _listed(self._bot, voice) if begun in command.qualified_name
        )
        names.sort(key=lambda name: not name.startswith(begun))
        return [app_commands.Choice(name=name, value=name) for name in names[:MOST_CHOICES]]

    async def _pages(self, _scope: Scope, voice: Voice, _search: str = "") -> Sequence[discord.Embed]:
        return list(_pages(self._bot, voice))


def _pages(bot: EncourageBot, voice: Voice) -> Iterator[discord.Embed]:
    """Yield pages of like length: a long part is divided evenly, a short one shares the page of the one before."""
    parts: defaultdict[str, list[Command]] = defaultdict(list)
    for command in _listed(bot, voice):
        parts[_reader(command)].append(command)
    pages: list[discord.Embed] = []
    for reader in filter(parts.__contains__, READERS):
        part, about = parts[reader], _about(bot, voice, reader)
        if pages and len(pages[-1].fields) + len(part) <= MOST_ON_A_PAGE:
            pages[-1].add_field(name="\u200b", value=about, inline=False)
        else:
            pages.append(card(voice.text("help.title"), about))
        most = ceil(len(part) / ceil(len(part) / MOST_ON_A_PAGE))
        for place, command in enumerate(part):
            if place and place % most == 0:
                pages.append(card(voice.text("help.title"), about))
            pages[-1].add_field(name=_usage(voice, command), value=_entry(voice, command), inline=False)
    yield from pages


def _about(bot: EncourageBot, voice: Voice, reader: str) -> str:
    about = [voice.text(f"help.{reader}", menu=voice.text("encourage.menu"))]
    if reader == "everyone" and not bot.voices.message_content:
        about.append(voice.text("without_content.help"))
    return "\n\n".join(about)


def _listed(bot: EncourageBot, voice: Voice) -> Iterator[Command]:
    """Yield the commands without twins: what a group does alone is typed as the group, and has a name with a slash."""
    for cog in bot.cogs.values():
        for command in cog.walk_commands():
            if isinstance(command, commands.HybridGroup) and voice.prefix == "/" and not command.fallback:
                continue
            if not command.extras.get("twin") or voice.prefix == "/":
                yield command


def _explained(voice: Voice, command: Command) -> discord.Embed:
    """Return all about one command, and about those below it."""
    page = card(_usage(voice, command), _entry(voice, command))
    for each in sorted(command.commands, key=lambda each: each.name) if isinstance(command, commands.Group) else ():
        if not each.extras.get("twin"):
            page.add_field(name=_usage(voice, each), value=_entry(voice, each), inline=False)
    return page


def _usage(voice: Voice, command: Command) -> str:
    return f"{voice.prefix}{_said(voice, command, 'usage')}"


def _entry(voice: Voice, command: Command) -> str:
    summary = voice.text(f"commands.{command.qualified_name}.summary")
    return voice.text("help.entry", summary=summary, example=f"{voice.prefix}{_said(voice, command, 'example')}")


def _said(voice: Voice, command: Command, what: str) -> str:
    said = voice.text(f"commands.{command.qualified_name}.{what}")
    if voice.prefix == "/" and isinstance(command, commands.HybridGroup) and command.fallback:
        return f"{said} {command.fallback}"
    return said


def _name(typed: str, prefix: str) -> str:
    """Return what somebody calls a command, as it is called."""
    return " ".join(typed.casefold().strip().removeprefix(prefix).lstrip("/$").split())


def _reader(command: Command) -> str:
    if command.cog_name == "Privacy":
        return "privacy"
    return next((needed for needed in READERS[2:] if command.extras.get("needs") == needed), READERS[0])


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Help(bot))
