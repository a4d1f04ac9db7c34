"""The daily word: once a day, at an hour that each scope chooses, whatever restarts, and none that comes too late."""

import asyncio
import hashlib
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import StorageUnavailableError
from bot.models import KindWord, Platform, Quote, Scope
from bot.services.encouragements import Encouragements, names_somebody
from bot.services.feelings.reader import Feelings
from bot.services.helplines import Helplines
from bot.services.quotes import Quotes
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import ScopePreferences
from bot.storage.base import Storage

SECONDS_BETWEEN_LOOKS = 20.0
# What is later than that is left out.
LATEST_SECONDS = 3_600

Say = Callable[[Scope, ScopePreferences, KindWord | Quote], Awaitable[None]]

log = logging.getLogger(__name__)


class DailyWords:
    """Finds the scopes that are due for a word, and what to say there; who says it is a front end."""

    def __init__(
        self,
        storage: Storage,
        preferences: Preferences,
        encouragements: Encouragements,
        quotes: Quotes,
        feelings: Feelings,
        helplines: Helplines,
        *,
        rng: random.Random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._preferences = preferences
        self._encouragements = encouragements
        self._quotes = quotes
        self._feelings = feelings
        self._helplines = helplines
        self._rng = rng
        self._now = now
        self._sleep = sleep
        self._harmless: dict[str, dict[str, KindWord | Quote]] = {}

    async def keep_saying(self, platform: Platform, locale: str, say: Say) -> None:
        """Say what is due on a platform, for ever; run it beside the bot, whose own language is `locale`."""
        while True:
            try:
                await self.say_what_is_due(platform, locale, say)
            except StorageUnavailableError:
                log.debug("it could not be read who wants a daily word")
            await self._sleep(SECONDS_BETWEEN_LOOKS)

    async def say_what_is_due(self, platform: Platform, locale: str, say: Say) -> None:
        """Say a word in each scope whose hour has come within the last hour, if nobody has today."""
        for scope in await self._storage.list_scopes_with_daily(platform):
            preferences = await self._preferences.get(scope)
            spoken = preferences.language or locale
            day = self._due_day(preferences, spoken)
            word = None if day is None else await self._claimed(scope, day, spoken)
            if word is not None:
                try:
                    await say(scope, preferences, word)
                except Exception as error:
                    log.warning("a daily word could not be said (%s)", type(error).__name__)

    def zone(self, preferences: ScopePreferences, locale: str) -> str:
        """Return the time zone of a scope: the one chosen, or else that of the country whose helplines are given."""
        return preferences.timezone or self._helplines.home(locale, preferences.country).zone or "UTC"

    def _due_day(self, preferences: ScopePreferences, locale: str) -> date | None:
        """Return the day whose word is due now, in the scope's own time zone."""
        if preferences.daily is None:
            return None
        zone, now = ZoneInfo(self.zone(preferences, locale)), self._now()
        hour = time(*divmod(preferences.daily.minute, 60))
        today = now.astimezone(zone).date()
        for day in (today, today - timedelta(days=1)):
            # An hour that there is twice is the first of both, and one that there is not is as much later.
            late = now - datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)
            if timedelta(0) <= late < timedelta(seconds=LATEST_SECONDS):
                return day
        return None

    async def _claimed(self, scope: Scope, day: date, locale: str) -> KindWord | Quote | None:
        """Return what to say on a day that nobody else has said anything on, and keep that it was said."""
        last_day, said = await self._storage.load_daily(scope)
        if last_day is not None and last_day >= day:
            return None
        words = await self._words(scope, locale)
        left = {key: word for key, word in words.items() if key not in said}
        if not left:
            left, said = words, frozenset()
        if not left:
            return None
        key = self._rng.choice(sorted(left))
        # What is gone from the list needs no memory.
        return left[key] if await self._storage.claim_daily(scope, day, {*(said & words.keys()), key}) else None

    async def _words(self, scope: Scope, locale: str) -> dict[str, KindWord | Quote]:
        """Return what may be said to all: kind words that call nobody by name, quotes, and nothing about dying."""
        kept = await self._encouragements.list(scope)
        words = [KindWord(each.text, each.number) for each in kept if not names_somebody(each.text)]
        if locale not in self._harmless:
            # What is bundled stays as it is, and many scopes are due in the same minute.
            self._harmless[locale] = self._by_key(self._quotes.bundled(locale))
        return self._by_key(words) | self._harmless[locale]

    def _by_key(self, words: Iterable[KindWord | Quote]) -> dict[str, KindWord | Quote]:
        return {_key(each.text): each for each in words if not self._feelings.speaks_of_danger(each.text)}


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
