"""Says the daily word on Discord."""

from bot.discord.client import EncourageBot
from bot.discord.replies import REFUSED, note_refusal
from bot.models import KindWord, Quote, Scope
from bot.services.settings.table import ScopePreferences
from bot.text.kind_words import daily_text


async def say_daily(bot: EncourageBot, scope: Scope, preferences: ScopePreferences, word: KindWord | Quote) -> None:
    """Say a word where a server wants it, if the bot may write there."""
    if preferences.daily is None:
        return
    channel = bot.get_partial_messageable(preferences.daily.channel, guild_id=scope.id)
    try:
        await channel.send(daily_text(bot.voice(preferences), word))
    except REFUSED as error:
        note_refusal(error)
