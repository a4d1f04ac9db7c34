"""The kinds of settings of the daily word: where and when it is said, and in which time zone."""

import re
from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from bot.errors import UserError
from bot.services.feelings.plain_text import fold
from bot.services.located_json import Located, expect_members, expect_text
from bot.services.settings.kinds import LARGEST_ID, Kind
from bot.services.settings.vocabulary import Vocabulary

MINUTES_A_DAY = 24 * 60
_TIME = re.compile(r"([0-9]{1,2})(?:\s*[h:.]\s*([0-9]{2})?)?\s*(am|pm|a\.m\.|p\.m\.)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Daily:
    """Where a word is said each day, and how many minutes after midnight."""

    channel: int
    minute: int

    @property
    def time(self) -> str:
        """Return the hour as people read it."""
        return f"{self.minute // 60}:{self.minute % 60:02}"


@dataclass(frozen=True, slots=True)
class DailyTime(Kind[Daily | None]):
    """A channel and an hour, or None."""

    def plain(self, value: Daily | None) -> object:
        return None if value is None else {"channel": str(value.channel), "time": value.time}

    def load(self, plain: Any) -> Daily | None:
        return None if plain is None else Daily(int(plain["channel"]), _minute(plain["time"]))

    def read(self, found: Located, vocabulary: Vocabulary) -> Daily | None:
        if found.value is None:
            return None
        members = expect_members(found, ("channel", "time"))
        if len(members) < len(("channel", "time")):
            raise UserError("settings.daily.wrong", line=found.line)
        try:
            return Daily(int(expect_text(members["channel"])), _minute(expect_text(members["time"])))
        except ValueError:
            raise UserError("settings.daily.wrong", line=found.line) from None

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> Daily | None:
        """Return what was typed: the id of a channel, and an hour or a word that means off."""
        channel, time = typed
        if vocabulary.is_switch(time) and not vocabulary.switch(time):
            return None
        return Daily(int(channel), _minute(time))

    def without(self, value: Daily | None, gone: int) -> Daily | None:
        return None if value is not None and value.channel == gone else value

    def check(self, value: Daily | None, vocabulary: Vocabulary) -> None:
        if value is not None and not (abs(value.channel) <= LARGEST_ID and 0 <= value.minute < MINUTES_A_DAY):
            raise ValueError(asdict(value))

    def merged(
        self, here: Daily | None, brought: Daily | None, vocabulary: Vocabulary, channels: Set[int]
    ) -> Daily | None:
        return brought if brought is None or brought.channel in channels else here


@dataclass(frozen=True, slots=True)
class Zone(Kind[str | None]):
    """The name of a time zone, as https://www.iana.org/time-zones has it; None for that of the country."""

    def read(self, found: Located, vocabulary: Vocabulary) -> str | None:
        return None if found.value is None else expect_text(found)

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> str | None:
        """Return the zone of that name, or of the city that was typed."""
        (word,) = typed
        if vocabulary.is_switch(word) and not vocabulary.switch(word):
            return None
        found = zones_like(word)
        wanted = _searchable(word)
        exact = [zone for zone in found if wanted in (_searchable(zone), _searchable(zone.rpartition("/")[2]))]
        if not exact:
            raise ValueError(word)
        return exact[0]

    def check(self, value: str | None, vocabulary: Vocabulary) -> None:
        if value is not None and value not in all_zones():
            raise ValueError(value)


def zones_like(typed: str) -> Sequence[str]:
    """Return the time zones whose name holds what was typed, those first in which a part begins with it."""
    wanted = _searchable(typed)
    found = [zone for zone in all_zones() if wanted in _searchable(zone)]
    return sorted(found, key=lambda zone: (f"/{wanted}" not in f"/{_searchable(zone)}", zone))


@cache
def all_zones() -> Sequence[str]:
    """Return the names of all time zones that are places, and UTC."""
    return sorted(zone for zone in available_timezones() if re.match(r"[A-Z][a-z]+/[A-Z]|UTC$", zone))


def _searchable(text: str) -> str:
    return fold(text.strip()).replace(" ", "_").replace("-", "_")


def _minute(typed: str) -> int:
    match = _TIME.fullmatch(typed.strip())
    if match is None:
        raise ValueError(typed)
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").casefold().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(typed)
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        raise ValueError(typed)
    return hour * 60 + minute
