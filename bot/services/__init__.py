"""The rules of the bot, which know no platform."""

from dataclasses import dataclass

from bot.services.encouragements import Encouragements
from bot.services.feelings import Feelings
from bot.services.preferences import Preferences
from bot.services.published_commands import PublishedCommands
from bot.services.quotes import Quotes


@dataclass(frozen=True, slots=True)
class Services:
    """All that a front end may ask for."""

    encouragements: Encouragements
    feelings: Feelings
    preferences: Preferences
    published_commands: PublishedCommands
    quotes: Quotes
