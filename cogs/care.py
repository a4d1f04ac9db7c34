"""What the bot does for somebody who is sad or in danger."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, channel_ids, hybrid_command, scope_of
from bot.discord.slash import localised
from bot.discord.views.opt_out import OptOutButton, opt_out_view
from bot.services.care import Care
from bot.services.helplines import Helplines
from bot.services.tally import ReplyKind
from bot.text.helplines import crisis_text
from bot.text.markdown import escape, on_one_line, without_open_ends
from bot.text.readings import explanation
from bot.text.sentences import Voice


class CareCog(commands.Cog, name="Care"):
    """Answers who is sad with a kind word, who is in danger with helplines, and says why."""

    def __init__(self, bot: EncourageBot, care: Care, helplines: Helplines) -> None:
        self._bot = bot
        self._care = care
        self._helplines = helplines
        self._menu = app_commands.ContextMenu(
            name=localised(bot.texts, bot.locale, "encourage.menu"), callback=self.encourage
        )

    async def cog_load(self) -> None:
        """Add the message menu, and let the buttons of earlier runs work."""
        self._bot.tree.add_command(self._menu)
        self._bot.add_dynamic_items(OptOutButton)

    async def cog_unload(self) -> None:
        """Take both away again."""
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)
        self._bot.remove_dynamic_items(OptOutButton)

    @commands.Cog.listener()
    async def on_sad_message(self, message: discord.Message) -> None:
        """Answer a sad message with a kind word, where the server wants it and the time has come."""
        self._bot.track_current_task()
        scope = scope_of(message.guild, message.channel)
        voice = await self._bot.voice_in(scope)
        word = await self._care.kind_word(
            scope, locale=voice.locale, member_id=message.author.id, channel_ids=channel_ids(message.channel)
        )
        if word is not None:
            await self._say(message, voice, word, why=voice.text("care.why_sad"))

    @commands.Cog.listener()
    async def on_crisis_message(self, message: discord.Message) -> None:
        """Answer a message that speaks of suicide or self-harm with helplines, and with nothing else."""
        self._bot.track_current_task()
        await self._give_helplines(message)

    async def encourage(self, interaction: discord.Interaction[EncourageBot], message: discord.Message) -> None:
        """Reply to the message with a kind word, or with helplines if that is what it calls for."""
        await interaction.response.defer(ephemeral=True)
        if message.author.bot or message.webhook_id:
            key = "encourage.not_bots"
        elif not self._bot.may_answer(message):
            key = "encourage.not_here"
        elif not _may_write(interaction):
            key = "encourage.not_allowed"
        else:
            key = await self._encourage(message, from_whom=interaction.user.display_name)
        await self._bot.answer(interaction, key)
        self._bot.services.tally.replied(ReplyKind.MENU)

    @hybrid_command(cites=True)
    async def test(self, ctx: EncourageContext, *, sentence: str) -> None:
        """Tell what is read in a sentence, and why, step by step."""
        reading = self._care.explain(sentence, ctx.scope, ctx.preferences)
        await ctx.send(explanation(ctx.own_voice, reading), ephemeral=True)

    async def _encourage(self, message: discord.Message, *, from_whom: str) -> str:
        """Reply to the message and return the key of what to tell the one who asked for it."""
        scope = scope_of(message.guild, message.channel)
        voice = await self._bot.voice_in(scope)
        word = await self._care.word_for(
            scope,
            text=message.content,
            author_id=message.author.id,
            locale=voice.locale,
            channel_ids=channel_ids(message.channel),
        )
        if word is None:
            return "encourage.done" if await self._give_helplines(message) else "encourage.crisis"
        name = escape(on_one_line(from_whom))
        sent = await self._say(message, voice, word, why=voice.text("encourage.from", name=name))
        return "encourage.done" if sent else "encourage.not_here"

    async def _say(self, message: discord.Message, voice: Voice, word: str, *, why: str) -> bool:
        """Reply with a kind word and why it came; False, and the turn given back, when Discord refuses."""
        sent = False
        try:
            sent = await self._reply(message, voice, f"{without_open_ends(word)}\n{why}")
        finally:
            if not sent:
                scope = scope_of(message.guild, message.channel)
                self._care.word_not_given(scope, member_id=message.author.id, channel_id=message.channel.id)
        return sent

    async def _give_helplines(self, message: discord.Message) -> bool:
        """Reply with the helplines; False when none are due here, or Discord refuses."""
        scope = scope_of(message.guild, message.channel)
        voice = await self._bot.voice_in(scope)
        countries = await self._care.lines_in_crisis(scope, locale=voice.locale, member_id=message.author.id)
        if countries is None:
            return False
        text = crisis_text(voice, countries, self._helplines.anywhere(voice.locale))
        sent = False
        try:
            sent = await self._reply(message, voice, f"{text}\n{voice.text('care.why_crisis')}")
        finally:
            if not sent:
                self._care.lines_not_given(scope, member_id=message.author.id)
        return sent

    async def _reply(self, message: discord.Message, voice: Voice, text: str) -> bool:
        return await self._bot.reply(message, text, view=opt_out_view(voice, message.author.id))


def _may_write(interaction: discord.Interaction[EncourageBot]) -> bool:
    """Tell whether the one who opened the menu may write there without the bot."""
    if isinstance(interaction.channel, discord.Thread):
        return interaction.permissions.send_messages_in_threads
    return interaction.guild is None or interaction.permissions.send_messages


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(CareCog(bot, bot.services.care, bot.services.helplines))
