"""What the bot does for somebody who is sad or in danger."""

from collections.abc import Sequence
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.arguments import Mentioned
from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.internals.rest import patiently
from bot.discord.permissions import may_answer
from bot.discord.replies import reply, tell
from bot.discord.scopes import channel_ids, interaction_scope
from bot.discord.slash import localised
from bot.discord.views.opt_out import OptOutButton, opt_out_view
from bot.discord.views.private_lines import PrivateLinesButton
from bot.discord.views.undo import FineButton, HurtButton
from bot.errors import UserError
from bot.models import KindWord, Written
from bot.services.care import Care, Incoming
from bot.services.helplines import Helplines
from bot.services.tally import ReplyKind
from bot.text.helplines import support_text
from bot.text.kind_words import marked_word
from bot.text.readings import explanation
from bot.text.sentences import Voice

BUTTONS = (FineButton, HurtButton, OptOutButton, PrivateLinesButton)


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
        """Answer messages, add the message menu, and let the buttons of earlier runs work."""
        self._bot.responder = self
        self._bot.tree.add_command(self._menu)
        self._bot.add_dynamic_items(*BUTTONS)

    async def cog_unload(self) -> None:
        """Take all of it away again."""
        self._bot.responder = None
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)
        self._bot.remove_dynamic_items(*BUTTONS)

    async def respond(self, message: discord.Message, incoming: Incoming, /) -> bool:
        """Answer who is sad with a kind word, and danger, grief and worry with who listens; False when none is due."""
        if incoming.feeling.calls_for_helplines:
            return await self._give_helplines(message, incoming)
        voice = self._bot.voice(incoming.preferences)
        async with self._care.kind_word(incoming) as turn:
            if turn is None or not await self._say(message, voice, turn.answer, why=voice.text("care.why_sad")):
                return False
            turn.sent()
        return True

    async def encourage(self, interaction: discord.Interaction[EncourageBot], message: discord.Message) -> None:
        """Reply to the message with a kind word, or with helplines if that is what it calls for."""
        await interaction.response.defer(ephemeral=True)
        scope = interaction_scope(interaction)
        preferences = await self._bot.services.preferences.get_or_default(scope)
        if message.author.bot or message.webhook_id:
            key = "encourage.not_bots"
        elif not may_answer(message):
            key = "encourage.not_here"
        elif not _may_write(interaction):
            key = "encourage.not_allowed"
        else:
            reading = self._care.read_to_encourage(message.content, scope, author_id=message.author.id)
            incoming = self._bot.incoming(message, scope, preferences, reading)
            key = await self._encourage(message, incoming, from_whom=interaction.user.display_name)
        await tell(interaction, self._bot.voice(preferences, interaction).text(key))
        self._bot.services.tally.replied(ReplyKind.MENU)

    @hybrid_command(name="encourage")
    @commands.guild_only()
    @app_commands.allowed_contexts(guilds=True, dms=False)
    async def encourage_member(self, ctx: EncourageContext, member: Mentioned, *, words: str = "") -> None:
        """Say a kind word, or the asker's own, to a member; why that can't be is nobody's business."""
        user = cast(discord.Member, member)
        if user.bot:
            raise UserError("encourage.no_member")
        if ctx.interaction is not None and not _may_write(cast(Any, ctx.interaction)):
            raise UserError("encourage.not_allowed")
        try:
            await self._encourage_member(ctx, user, words)
        except UserError as refusal:
            if not refusal.key.startswith("encourage."):
                raise
            raise UserError("encourage.not_now") from None

    async def _encourage_member(self, ctx: EncourageContext, user: discord.Member, words: str) -> None:
        reading = self._care.read_to_encourage("", ctx.scope, author_id=user.id)
        locale = self._bot.voices.locale_in(ctx.preferences)
        incoming = Incoming(ctx.scope, user.id, channel_ids(ctx.channel), ctx.preferences, locale, reading)
        voice = self._bot.voice(ctx.preferences)
        why = voice.text("encourage.from", name=Written(ctx.author.display_name))
        async with self._care.requested_word(incoming, words) as turn:
            said = marked_word(turn.answer.text, user.display_name)
            view = opt_out_view(voice, user.id, *_buttons(voice, user.id, turn.answer, ctx.guild))
            await ctx.send(f"{user.mention} {said}\n{why}", view=view)
            turn.sent()

    @hybrid_command(cites=True)
    async def test(self, ctx: EncourageContext, *, sentence: str) -> None:
        """Tell what is read in a sentence, and why, step by step."""
        reading = self._care.explain(sentence, ctx.scope, ctx.preferences)
        await ctx.send(explanation(ctx.own_voice, reading), ephemeral=True)

    async def _encourage(self, message: discord.Message, incoming: Incoming, *, from_whom: str) -> str:
        """Reply to the message and return the key of what to tell the one who asked for it."""
        if incoming.feeling.calls_for_helplines:
            return "encourage.done" if await self._give_helplines(message, incoming) else "encourage.crisis"
        voice = self._bot.voice(incoming.preferences)
        why = voice.text("encourage.from", name=Written(from_whom))
        async with self._care.requested_word(incoming) as turn:
            if not await self._say(message, voice, turn.answer, why=why):
                return "encourage.not_here"
            turn.sent()
        return "encourage.done"

    async def _give_helplines(self, message: discord.Message, incoming: Incoming) -> bool:
        """Reply with the helplines; False when none are due here, or Discord refuses."""
        voice = self._bot.voice(incoming.preferences)
        async with self._care.support(incoming) as turn:
            if turn is None:
                return False
            support, anywhere = turn.answer, self._helplines.anywhere(voice.locale)
            text = support_text(voice, support, anywhere, alone=voice.text("crisis.alone"))
            buttons = () if support.is_of_pet else (self._private_lines(voice, support.country.code),)
            with patiently():
                if not await self._reply(message, voice, text, *buttons):
                    return False
            turn.sent()
        return True

    async def _say(self, message: discord.Message, voice: Voice, word: KindWord, *, why: str) -> bool:
        """Reply with a kind word and why it came; False when Discord refuses."""
        buttons = _buttons(voice, message.author.id, word, message.guild)
        return await self._reply(
            message, voice, f"{marked_word(word.text, message.author.display_name)}\n{why}", *buttons
        )

    def _private_lines(self, voice: Voice, country: str) -> PrivateLinesButton:
        return PrivateLinesButton(country, voice.text("crisis.button"))

    async def _reply(
        self, message: discord.Message, voice: Voice, text: str, *buttons: discord.ui.DynamicItem[Any]
    ) -> bool:
        return await reply(message, text, view=opt_out_view(voice, message.author.id, *buttons))


def _buttons(
    voice: Voice, member_id: int, word: KindWord, guild: discord.Guild | None
) -> Sequence[discord.ui.DynamicItem[Any]]:
    """Return how whoever gets a kind word takes it back."""
    buttons: list[discord.ui.DynamicItem[Any]] = [FineButton(member_id, voice.text("fine.button"))]
    if word.number is not None and guild is not None:
        buttons.append(HurtButton(member_id, word.number, voice.text("hurt.button")))
    return buttons


def _may_write(interaction: discord.Interaction[EncourageBot]) -> bool:
    """Tell whether the one who opened the menu may write there without the bot."""
    if isinstance(interaction.channel, discord.Thread):
        return interaction.permissions.send_messages_in_threads
    return interaction.guild_id is None or interaction.permissions.send_messages


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(CareCog(bot, bot.services.care, bot.services.helplines))
