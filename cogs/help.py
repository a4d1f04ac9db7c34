"""What the bot does, in its own words."""

from discord.ext import commands

from bot.client import EncourageBot
from bot.context import EncourageContext, hybrid_command
from bot.embeds import card


class Help(commands.Cog):
    """Shows every command with an example."""

    @hybrid_command()
    @commands.bot_has_permissions(embed_links=True)
    async def help(self, ctx: EncourageContext) -> None:
        """Show what the bot does."""
        voice = ctx.own_voice
        about = voice.text("help.about", menu=voice.text("encourage.menu"))
        if not ctx.bot.message_content:
            about += "\n\n" + voice.text("without_content.help")
        embed = card(voice.text("help.title"), about)
        for name in sorted(command.qualified_name for command in ctx.bot.walk_commands()):
            key = f"commands.{name}"
            example = voice.prefix + voice.text(f"{key}.example")
            embed.add_field(
                name=voice.prefix + voice.text(f"{key}.usage"),
                value=voice.text("help.entry", summary=voice.text(f"{key}.summary"), example=example),
                inline=False,
            )
        await ctx.send(embed=embed, ephemeral=True)


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Help())
