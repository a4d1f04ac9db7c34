"""What the bot says on Discord without a message to answer: work that goes on beside it."""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from bot.discord.client import EncourageBot
from bot.discord.daily import say_daily
from bot.discord.notices import Moderators
from bot.models import Platform


def unprompted(bot: EncourageBot, locale: str) -> Mapping[str, Callable[[], Coroutine[Any, Any, None]]]:
    """Return the work by its name; `locale` is the bot's own language."""
    services = bot.services
    return {
        "daily word": partial(services.daily.keep_saying, Platform.DISCORD, locale, partial(say_daily, bot)),
        "notices to moderators": partial(services.notices.keep_telling, Moderators(bot).tell),
    }
