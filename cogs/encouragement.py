"""The kind messages: adding, showing, deleting, and saying one to somebody who is sad."""

from collections.abc import Sequence

import discord
from discord.ext import commands

from bot.client import EncourageBot
from bot.context import EncourageContext, hybrid_command, scope_of
from bot.models import Author, Encouragement
from bot.pages import Pages, paginate
from bot.services.encouragements import Encouragements
from bot.services.preferences import Preferences


class EncouragementCog(commands.Cog, name="Encouragement"):
    """The server's own messages, and the answers to sad ones."""

    def __init__(self, bot: EncourageBot, encouragements: Encouragements, preferences: Preferences) -> None:
        self._bot = bot
        self._encouragements = encouragements
        self._preferences = preferences

    @hybrid_command()
    async def new(self, ctx: EncourageContext, *, message: str) -> None:
        """Keep a message for this server."""
        added = await self._encouragements.add(
            ctx.scope, author=Author(ctx.author.id, ctx.author.display_name), text=message
        )
        await ctx.say("new.added", number=added.number)

    @hybrid_command()
    @commands.bot_has_permissions(embed_links=True)
    async def list(self, ctx: EncourageContext) -> None:
        """Show this server's messages."""
        await self._show(ctx, await self._encouragements.list(ctx.scope))

    @hybrid_command(name="del")
    @commands.bot_has_permissions(embed_links=True)
    async def delete(self, ctx: EncourageContext, number: int) -> None:
        """Delete a message and show those that remain."""
        remaining = await self._encouragements.delete(
            ctx.scope, number, member_id=ctx.author.id, may_moderate=ctx.may("manage_messages")
        )
        await self._show(ctx, remaining, above=ctx.text("del.deleted", number=number))

    @commands.Cog.listener()
    async def on_sad_message(self, message: discord.Message) -> None:
        """Answer a sad message with one of the kind ones, where the server wants it."""
        self._bot.track_current_task()
        scope = scope_of(message.guild, message.channel)
        if not (await self._preferences.get(scope)).responding:
            return
        text = await self._encouragements.pick(scope, locale=self._bot.locale, channel_id=message.channel.id)
        await self._bot.reply(message, text)

    async def _show(self, ctx: EncourageContext, messages: Sequence[Encouragement], *, above: str = "") -> None:
        if not messages:
            await ctx.send("\n".join(filter(None, (above, ctx.text("list.empty")))))
            return
        entries = [
            ctx.text(
                "list.entry", number=kept.number, text=_on_one_line(kept.text), author=_on_one_line(kept.author.name)
            )
            for kept in messages
        ]
        pages = Pages(ctx, title=ctx.text("list.title"), pages=paginate(entries))
        await pages.send(above)


def _on_one_line(text: str) -> str:
    return discord.utils.escape_markdown(" ".join(text.split()), ignore_links=False)


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(EncouragementCog(bot, bot.services.encouragements, bot.services.preferences))
