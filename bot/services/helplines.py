"""Which helplines to give to whom."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.models import Audience, Country, Helpline, HelplineDirectory, Opening
from bot.services.feelings.plain_text import WORD, fold, own_words

# As many as Discord offers while somebody types.
MOST_SUGGESTED = 25
# More at a time are too many for somebody in distress: Samaritans, "Supporting the wellbeing of users online".
MOST_LINES = 2


class Helplines:
    """The reviewed lines, in every language: `directories` by language code; `now` tells the time, aware of zones."""

    def __init__(
        self, directories: Mapping[str, HelplineDirectory], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._directories = directories
        self._now = now
        own = {locale: {each.code: each for each in directory.countries} for locale, directory in directories.items()}
        every = {code: country for countries in own.values() for code, country in countries.items()}
        self._calls, self._around = (
            frozenset[str]().union(*(getattr(directory, name) for directory in directories.values()))
            for name in ("calls", "around")
        )
        # A language's own countries come first and in its own words, then those that only others know.
        self._countries = {locale: countries | every | countries for locale, countries in own.items()}
        self._codes = {
            _key(name): country.code
            for directory in directories.values()
            for country in directory.countries
            for name in (country.code, country.name, *country.also)
        }

    def countries(self, locale: str, code: str | None = None) -> Sequence[Country]:
        """Return the country of that code; without one, those that speak the language.

        They are in the words of `locale`, or of another language where that one does not know the country.
        """
        countries = self._countries[locale]
        chosen = countries.get(code or "")
        return [chosen] if chosen else [countries[each] for each in self._directories[locale].speaking]

    def home(self, locale: str, code: str | None = None) -> Country:
        """Return the country of that code; without one, the first that speaks the language."""
        return self.countries(locale, code)[0]

    def listening(self, country: Country) -> Sequence[Helpline]:
        """Return at most two lines of a country for somebody in danger: one for all, one for the young.

        None that is known to be closed now is among them; one of which no source tells the hours is, if there is no
        other.
        """
        there = self._there(
            country, (line for line in country.lines if line.audience in (Audience.ALL, Audience.YOUTH))
        )
        seconds = {Audience.ALL: 1, Audience.YOUTH: 0}
        first = next((line for line in there if line.audience is Audience.ALL), None)
        others = sorted((line for line in there if line is not first), key=lambda line: seconds[line.audience])
        return [*([first] if first else []), *others][:MOST_LINES]

    def for_bereaved(self, country: Country) -> Sequence[Helpline]:
        """Return at most two lines of a country that listen to those who have lost somebody, and are not closed now."""
        return self._there(country, (line for line in country.lines if line.bereaved))[:MOST_LINES]

    def for_relatives(self, country: Country) -> Sequence[Helpline]:
        """Return at most two lines of a country that advise those who worry about somebody, and are not closed now."""
        return self._there(country, (line for line in country.lines if line.relatives))[:MOST_LINES]

    def _there(self, country: Country, lines: Iterable[Helpline]) -> Sequence[Helpline]:
        """Return the lines that are open now; without any, those of which nothing is known."""
        states = [(line, self._is_open(country, line)) for line in lines]
        return [line for line, is_open in states if is_open] or [line for line, is_open in states if is_open is None]

    def _is_open(self, country: Country, line: Helpline) -> bool | None:
        """Tell whether a line answers now; None where its hours are unknown."""
        if not line.openings:
            return None
        if all(_never_closes(opening) for opening in line.openings):
            return True
        try:
            now = self._now().astimezone(ZoneInfo(country.zone or ""))
        except (ZoneInfoNotFoundError, ValueError):
            # This machine does not know what time it is there: better not to promise that somebody answers.
            return False
        return any(_holds(opening, now) for opening in line.openings)

    def knows(self, code: str) -> bool:
        """Tell whether there are lines for the country of that code."""
        return any(code in countries for countries in self._countries.values())

    def anywhere(self, locale: str) -> Helpline:
        """Return the line to give whatever the country."""
        return self._directories[locale].anywhere

    def find(self, typed: str) -> str | None:
        """Return the code of the country that somebody typed: a code or a name in any language, in a sentence too."""
        words = _words(typed)
        name = "".join(word for word in words if word not in self._around and word not in self._calls)
        # Among other words, two letters are more often a word than a code.
        return self._codes.get(_key(typed)) or (self._codes.get(_key(name)) if len(name) > len("FR") else None)

    def is_call(self, typed: str) -> bool:
        """Tell whether what was typed calls for help, rather than names a place."""
        words = _words(typed)
        return not any(map(str.isalpha, words)) or not self._calls.isdisjoint(words)

    def suggest(self, locale: str, typed: str) -> Sequence[Country]:
        """Return the countries whose name or code begins as what was typed so far."""
        begun = _key(typed)
        return [
            country
            for country in self._countries[locale].values()
            if any(_key(name).startswith(begun) for name in (country.code, country.name, *country.also))
        ]


def _never_closes(opening: Opening) -> bool:
    return len(opening.days) == 7 and opening.end - opening.begin >= 24 * 60


def _holds(opening: Opening, now: datetime) -> bool:
    """Tell whether this local time is within, be it in the night after one of the days."""
    minute = now.hour * 60 + now.minute
    yesterday = now - timedelta(days=1)
    return any(
        day.isoweekday() in opening.days and opening.begin <= passed < opening.end
        for day, passed in ((now, minute), (yesterday, minute + 24 * 60))
    )


def _words(typed: str) -> Sequence[str]:
    return WORD.findall(fold(own_words(typed)))


def _key(name: str) -> str:
    """Return a name without differences of case, accents, spacing and hyphens."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
