"""Tells people what has become of what they wrote, and moderators that something waits, without a question asked."""

import logging

import discord

from bot.discord.client import EncourageBot
from bot.discord.permissions import may_write
from bot.discord.replies import REFUSED, is_outage, note_refusal
from bot.discord.scopes import scope_of
from bot.models import Decision, Encouragement, Platform
from bot.services.notices import Notice
from bot.text.approval import news_text

log = logging.getLogger(__name__)


async def tell_author(bot: EncourageBot, guild: discord.Guild | None, decision: Decision, kept: Encouragement) -> None:
    """Tell whoever wrote a message, in private, what a moderator has decided; who can't be written to stays untold."""
    if guild is None or kept.author is None:
        return
    preferences = await bot.services.preferences.get_or_default(scope_of(guild, guild))
    said = news_text(bot.voice(preferences), decision, kept, place=guild.name)
    try:
        alone = await bot.create_dm(discord.Object(kept.author.id))
        await alone.send(said, suppress_embeds=True)
    except REFUSED as error:
        note_refusal(error)


class Moderators:
    """Those of the servers that this process holds; that some can't be told anything is said once in the log."""

    def __init__(self, bot: EncourageBot) -> None:
        self._bot = bot
        self._unreachable: set[int] = set()

    async def tell(self) -> None:
        """Say in the channels that servers have chosen that something waits; other processes have other servers."""
        for notice in await self._bot.services.notices.due(Platform.DISCORD):
            guild = self._bot.get_guild(notice.scope.id)
            if guild is None or guild.unavailable:
                continue
            if may_write(guild, notice.channel_id):
                self._unreachable.discard(guild.id)
                await self._say(notice)
            elif guild.id not in self._unreachable:
                self._unreachable.add(guild.id)
                log.info("the moderators of server %d can't be told that something waits: no way to write", guild.id)

    async def _say(self, notice: Notice) -> None:
        if not await self._bot.services.notices.claim(notice):
            return
        channel = self._bot.get_partial_messageable(notice.channel_id, guild_id=notice.scope.id)
        said = self._bot.voices.voice(notice.preferences, slash=True).text("pending.notice", count=notice.count)
        try:
            await channel.send(said)
        except REFUSED as error:
            note_refusal(error)
            # What Discord refuses it would refuse every time.
            if is_outage(error):
                await self._bot.services.notices.give_back(notice)
