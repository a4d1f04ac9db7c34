"""The kind messages: adding, showing and deleting."""

from collections.abc import Sequence

from discord.ext import commands

from bot.client import EncourageBot
from bot.context import EncourageContext, hybrid_command
from bot.embeds import card
from bot.embeds import author_name
from bot.markdown import escape, on_one_line
from bot.models import Author, Encouragement
from bot.pages import Pages, paginate
from bot.services.encouragements import Encouragements
from bot.services.privacy import DAYS_KEPT_PENDING


class EncouragementCog(commands.Cog, name="Encouragement"):
    """The server's own messages."""

    def __init__(self, encouragements: Encouragements) -> None:
        self._encouragements = encouragements

    @hybrid_command()
    async def new(self, ctx: EncourageContext, *, message: str) -> None:
        """Keep a message for this server."""
        added = await self._encouragements.add(
            ctx.scope,
            author=Author(ctx.author.id, ctx.author.display_name),
            text=message,
            may_moderate=ctx.may("manage_messages"),
        )
        if added.pending:
            await ctx.say_privately("new.waiting", number=added.number, days=DAYS_KEPT_PENDING)
        else:
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

    async def _show(self, ctx: EncourageContext, messages: Sequence[Encouragement], *, above: str = "") -> None:
        if not messages:
            await ctx.send("\n".join(filter(None, (above, ctx.text("list.empty")))))
            return
        entries = [
            ctx.text(
                "list.entry",
                number=kept.number,
                text=escape(on_one_line(kept.text), tags=True),
                author=author_name(ctx.voice, kept),
            )
            for kept in messages
        ]
        title = ctx.text("list.title")
        await Pages(ctx, [card(title, page) for page in paginate(entries)]).send(above)


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(EncouragementCog(bot.services.encouragements))
