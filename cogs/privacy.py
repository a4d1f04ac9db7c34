"""What is kept about people: showing it, forgetting it, and not reading in the first place."""

import discord
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command, hybrid_group, subcommand
from bot.discord.scopes import interaction_scope, scope_of
from bot.discord.views.question import ASKER, CHOICE, Answer, voice_of_answer
from bot.models import Person, Platform, Scope, Shards
from bot.services.files.personal_file import personal_file
from bot.services.opt_outs import OptOuts
from bot.services.privacy import Privacy
from bot.text.privacy import forgotten_text, kept_text


class PrivacyCog(commands.Cog, name="Privacy"):
    """Lets everyone decide about what is read and kept of them."""

    def __init__(self, bot: EncourageBot, privacy: Privacy, opt_outs: OptOuts) -> None:
        self._bot = bot
        self._privacy = privacy
        self._opt_outs = opt_outs

    async def cog_load(self) -> None:
        """Let the buttons of earlier questions work."""
        self._bot.add_dynamic_items(ForgetAnswer)

    async def cog_unload(self) -> None:
        """Let them rest."""
        self._bot.remove_dynamic_items(ForgetAnswer)

    @hybrid_command(always=True, chatty=True)
    async def optout(self, ctx: EncourageContext) -> None:
        """Never again read the member's messages for feelings."""
        await self._opt_outs.opt_out(ctx.person)
        await ctx.say_privately("optout.done")

    @hybrid_command(always=True, chatty=True)
    async def optin(self, ctx: EncourageContext) -> None:
        """Read the member's messages again."""
        await self._opt_outs.opt_in(ctx.person)
        await ctx.say_privately("optin.done")

    @hybrid_group(always=True)
    async def privacy(self, ctx: EncourageContext) -> None:
        """Say what is kept and for how long."""
        await ctx.send(kept_text(ctx.own_voice, self._bot.privacy_url), ephemeral=True)

    @subcommand(privacy)
    async def export(self, ctx: EncourageContext) -> None:
        """Give the member all that is kept about him or her, where nobody else sees it."""
        await ctx.defer_privately()
        data = await self._privacy.export(ctx.person, private=await _private(ctx.author))
        content = personal_file(data)
        await ctx.give_file(ctx.own_text("privacy.exported"), content, filename="encourage-bot-about-me.json")

    @subcommand(privacy)
    async def forget(self, ctx: EncourageContext) -> None:
        """Ask whether to forget the member, which can't be taken back."""
        view = ForgetAnswer.buttons("forget", ctx.own_voice, ctx.author.id, "me", yes="privacy.forget")
        await ctx.send(ctx.own_text("privacy.ask"), view=view, ephemeral=True)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Note which servers the bot is in; it may have been removed from some while it was away."""
        if not isinstance(self._bot, discord.AutoShardedClient):
            await self._note_servers(Shards())

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Note which servers of a shard the bot is in: of the others, this says nothing."""
        await self._note_servers(Shards(frozenset({shard_id}), self._bot.shard_count or 1))

    async def _note_servers(self, shards: Shards) -> None:
        self._bot.in_flight.track()
        await self._privacy.present([guild.id for guild in self._bot.guilds if shards.hold(guild.id)], shards)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Keep what is known of a server that takes the bot back."""
        self._bot.in_flight.track()
        await self._privacy.joined(Scope(Platform.DISCORD, guild.id))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Begin the last days of what is known of a server that has removed the bot."""
        self._bot.in_flight.track()
        await self._privacy.left(Scope(Platform.DISCORD, guild.id))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[EncourageBot]) -> None:
        """Keep what is known of a server that has authorised slash commands and not the bot itself.

        A click does not count: it may be on what the bot said before it was removed.
        """
        is_command = interaction.type is discord.InteractionType.application_command
        if is_command and interaction.guild_id is not None and self._bot.get_guild(interaction.guild_id) is None:
            self._bot.in_flight.track()
            await self._privacy.used(interaction_scope(interaction))


class ForgetAnswer(Answer, template=rf"forget:{ASKER}:(?P<about>me):{CHOICE}"):
    """Whether to forget the member, but for what keeps his or her messages from being read."""

    async def carry_out(self, interaction: discord.Interaction[EncourageBot], _about: str) -> None:
        """Forget the member and say so."""
        await interaction.response.defer()
        person = Person(Platform.DISCORD, interaction.user.id)
        opted_out = await interaction.client.services.privacy.forget(person, private=await _private(interaction.user))
        said = forgotten_text(await voice_of_answer(interaction), opted_out=opted_out)
        await interaction.edit_original_response(content=said, view=None)


async def _private(user: discord.User | discord.Member) -> Scope | None:
    """Return the scope of somebody's private conversation with the bot; None when Discord won't open it."""
    try:
        return scope_of(None, await user.create_dm())
    except discord.HTTPException:
        return None


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(PrivacyCog(bot, bot.services.privacy, bot.services.opt_outs))
