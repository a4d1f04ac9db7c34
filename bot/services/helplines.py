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
        self._codes = {
            _key(name): country.code
            for directory in directories.values()
            for country in directory.countries
            for name in (country.code, country.name, *country.also)
        }

    def countries(self, locale: str, code: str | None = None) -> Sequence[Country]:
        """Return the country of that code in the words of `locale`; without one, those that speak the language."""
        directory = self._directories[locale]
        by_code = {country.code: country for country in directory.countries}
        chosen = by_code.get(code or "")
        return [chosen] if chosen else [by_code[each] for each in directory.speaking]

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
            for country in self._directories[locale].countries
            if any(_key(name).startswith(begun) for name in (country.code, country.name, *country.also))
        ]


def _key(name: str) -> str:
    """Return a name without differences of case, accents, spacing and hyphens."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
