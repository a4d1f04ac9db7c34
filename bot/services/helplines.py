"""Which helplines to give to whom."""

import unicodedata
from collections.abc import Mapping, Sequence

from bot.models import Country, Helpline, HelplineDirectory

# As many as Discord offers while somebody types.
MOST_SUGGESTED = 25


class Helplines:
    """The reviewed lines, in every language: `directories` by language code."""

    def __init__(self, directories: Mapping[str, HelplineDirectory]) -> None:
        self._directories = directories
        own = {locale: {each.code: each for each in directory.countries} for locale, directory in directories.items()}
        every = {code: country for countries in own.values() for code, country in countries.items()}
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

    def knows(self, code: str) -> bool:
        """Tell whether there are lines for the country of that code."""
        return any(code in countries for countries in self._countries.values())

    def anywhere(self, locale: str) -> Helpline:
        """Return the line to give whatever the country."""
        return self._directories[locale].anywhere

    def find(self, typed: str) -> str | None:
        """Return the code of the country that somebody typed: a code, or a name in any language."""
        return self._codes.get(_key(typed))

    def suggest(self, locale: str, typed: str) -> Sequence[Country]:
        """Return the countries whose name or code begins as what was typed so far."""
        begun = _key(typed)
        return [
            country
            for country in self._countries[locale].values()
            if any(_key(name).startswith(begun) for name in (country.code, country.name, *country.also))
        ]


def _key(name: str) -> str:
    """Return a name without differences of case, accents, spacing and hyphens."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
