"""The rules of the bot, which know no platform."""

from dataclasses import dataclass

from bot.services.care import Care
from bot.services.daily import DailyWords
from bot.services.deliveries import Deliveries, PublishedCommands
from bot.services.encouragements import Encouragements
from bot.services.feelings.reader import Feelings
from bot.services.files.transfer import Transfer
from bot.services.helplines import Helplines
from bot.services.notices import Notices
from bot.services.opt_outs import OptOuts
from bot.services.privacy import Privacy
from bot.services.quotes import Quotes
from bot.services.rate_limits import RateLimits
from bot.services.settings.preferences import Preferences
from bot.services.settings.words import WordEditor
from bot.services.storage_check import StorageCheck
from bot.services.tally import Tally


@dataclass(frozen=True, slots=True)
class Services:
    """All that a front end may ask for."""

    care: Care
    daily: DailyWords
    deliveries: Deliveries
    encouragements: Encouragements
    feelings: Feelings
    helplines: Helplines
    notices: Notices
    opt_outs: OptOuts
    preferences: Preferences
    privacy: Privacy
    published_commands: PublishedCommands
    quotes: Quotes
    rate_limits: RateLimits
    words: WordEditor
    transfer: Transfer
    storage_check: StorageCheck
    tally: Tally
