"""The server's own words: what counts as sad there, and what never does."""

from collections.abc import Iterator, Sequence

from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_group, subcommand
from bot.discord.permissions import MANAGE_SERVER
from bot.discord.views.embeds import card
from bot.discord.views.pages import Pages
from bot.services.settings.preferences import Preferences
from bot.services.settings.words import Words
from bot.text.lists import paginate
from bot.text.markdown import escape, on_one_line

WORDS_PER_LINE = 8


class WordsCog(commands.Cog, name="Words"):
    """Adds, ignores, removes and shows words."""

    def __init__(self, words: Words, preferences: Preferences) -> None:
        self._words = words
        self._preferences = preferences

    @hybrid_group(needs=MANAGE_SERVER, cites=True, fallback=None)
    @commands.bot_has_permissions(embed_links=True)
    async def words(self, ctx: EncourageContext) -> None:
        """Show the words."""
        await self._show(ctx)

    @subcommand(words, needs=MANAGE_SERVER)
    async def add(self, ctx: EncourageContext, *, word: str) -> None:
        """Count a word as sad."""
        await self._words.add(ctx.scope, word)
        await ctx.say("words.added", word=escape(on_one_line(word)))

    @subcommand(words, needs=MANAGE_SERVER)
    async def ignore(self, ctx: EncourageContext, *, word: str) -> None:
        """Never react to a word."""
        await self._words.ignore(ctx.scope, word)
        await ctx.say("words.ignored", word=escape(on_one_line(word)))

    @subcommand(words, needs=MANAGE_SERVER)
    async def remove(self, ctx: EncourageContext, *, word: str) -> None:
        """Leave a word to the language's rules again."""
        await self._words.remove(ctx.scope, word)
        await ctx.say("words.removed", word=escape(on_one_line(word)))

    @subcommand(words, needs=MANAGE_SERVER)
    @commands.bot_has_permissions(embed_links=True)
    async def list(self, ctx: EncourageContext) -> None:
        """Show the words."""
        await self._show(ctx)

    async def _show(self, ctx: EncourageContext) -> None:
        chosen = await self._preferences.get(ctx.scope)
        if not chosen.sad_words and not chosen.ignored_words:
            await ctx.say("words.none")
            return
        entries = [
            *_lines(ctx.text("words.sad", count=len(chosen.sad_words)), chosen.sad_words),
            *_lines(ctx.text("words.never", count=len(chosen.ignored_words)), chosen.ignored_words),
        ]
        title = ctx.text("words.title")
        await Pages(ctx, [card(title, page) for page in paginate(entries)]).send()


def _lines(heading: str, words: Sequence[str]) -> Iterator[str]:
    if words:
        yield heading
    for start in range(0, len(words), WORDS_PER_LINE):
        yield " · ".join(escape(on_one_line(word)) for word in words[start : start + WORDS_PER_LINE])


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(WordsCog(bot.services.words, bot.services.preferences))
