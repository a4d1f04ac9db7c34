"""The server's own words: what counts as sad there, and what never does."""

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_group, subcommand
from bot.discord.permissions import MANAGE_SERVER, may
from bot.discord.scopes import interaction_scope
from bot.discord.views.embeds import card
from bot.discord.views.pages import WORDS, send_pages
from bot.models import Scope, Written
from bot.services.feelings.plain_text import fold
from bot.services.settings.preferences import Preferences
from bot.services.settings.word_lists import Words
from bot.services.settings.words import WordEditor
from bot.text.lists import paginate
from bot.text.sentences import Voice
from bot.text.words import word_lines

# What Discord offers of a completion.
MOST_CHOICES = 25


class WordsCog(commands.Cog, name="Words"):
    """Adds, ignores, removes and shows words."""

    def __init__(self, bot: EncourageBot, words: WordEditor, preferences: Preferences) -> None:
        self._bot = bot
        self._words = words
        self._preferences = preferences

    async def cog_load(self) -> None:
        """Let the buttons of earlier lists work."""
        self._bot.page_sources[WORDS] = self._pages

    @hybrid_group(needs=MANAGE_SERVER, cites=True, fallback=None)
    @commands.bot_has_permissions(embed_links=True)
    async def words(self, ctx: EncourageContext) -> None:
        """Show the words."""
        await self._show(ctx)

    @subcommand(words, needs=MANAGE_SERVER)
    async def add(self, ctx: EncourageContext, *, word: str) -> None:
        """Count a word as sad."""
        await self._words.add(ctx.scope, word)
        await ctx.say("words.added", word=Written(word))

    @subcommand(words, needs=MANAGE_SERVER)
    async def ignore(self, ctx: EncourageContext, *, word: str) -> None:
        """Never react to a word."""
        await self._words.ignore(ctx.scope, word)
        await ctx.say("words.ignored", word=Written(word))

    @subcommand(words, needs=MANAGE_SERVER)
    async def remove(self, ctx: EncourageContext, *, word: str) -> None:
        """Leave a word to the language's rules again."""
        await self._words.remove(ctx.scope, word)
        await ctx.say("words.removed", word=Written(word))

    @remove.autocomplete("word")
    async def suggest(
        self, interaction: discord.Interaction[EncourageBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the words that hold what was typed so far, to who may take one away."""
        if not may(interaction.user, MANAGE_SERVER, interaction.channel):
            return []
        words = (await self._preferences.get(interaction_scope(interaction))).words
        wanted = fold(typed.strip())
        found = [word for word in (*words.sad, *words.ignored) if wanted in fold(word)]
        return [app_commands.Choice(name=word, value=word) for word in found[:MOST_CHOICES]]

    @subcommand(words, needs=MANAGE_SERVER, twin=True)
    @commands.bot_has_permissions(embed_links=True)
    async def list(self, ctx: EncourageContext) -> None:
        """Show the words."""
        await self._show(ctx)

    async def _show(self, ctx: EncourageContext) -> None:
        words = (await self._preferences.get(ctx.scope)).words
        if words.count:
            await send_pages(ctx, WORDS, _pages(ctx.voice, words))
        else:
            await ctx.say("words.none")

    async def _pages(self, scope: Scope, voice: Voice, _search: str) -> Sequence[discord.Embed]:
        return _pages(voice, (await self._preferences.get(scope)).words)


def _pages(voice: Voice, words: Words) -> Sequence[discord.Embed]:
    entries = word_lines(voice, words)
    return [card(voice.text("words.title"), page) for page in paginate(entries) or [voice.text("words.none")]]


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(WordsCog(bot, bot.services.words, bot.services.preferences))
