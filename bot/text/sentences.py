"""Every sentence that a person reads, by language and key."""

import re
import string
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.languages import NO_BREAK_SPACES, Language
from bot.models import Written
from bot.text.markdown import escape, on_one_line


class Texts:
    """The sentences of all languages; the locale is always an argument."""

    def __init__(self, languages: Mapping[str, Language]) -> None:
        self._languages = languages
        self._formatters = {code: _Formatter(language.thousands) for code, language in languages.items()}
        # By language and key, the last parts of the keys below: made for the language that is asked for.
        self._below: dict[str, defaultdict[str, list[str]]] = {}

    @property
    def locales(self) -> list[str]:
        """Return the codes of all languages, sorted."""
        return sorted(self._languages)

    def name(self, locale: str) -> str:
        """Return what a language calls itself."""
        return self._languages[locale].name

    def text(self, locale: str, key: str, /, **params: object) -> str:
        """Return the sentence `key` of `locale` with its placeholders filled in.

        `count` chooses between the forms of a sentence that has a singular and a plural. A number whose placeholder
        ends in `:n` is written with the language's thousands separator, and what somebody wrote is shown as it is.

        Raises:
            KeyError: there is no such language, key or placeholder.
        """
        language = self._languages[locale]
        sentence = language.texts[key]
        shown = {
            name: escape(on_one_line(each)) if isinstance(each, Written) else each for name, each in params.items()
        }
        if isinstance(sentence, tuple):
            sentence = sentence[language.plural(int(str(params["count"])))]
        return self._formatters[locale].vformat(sentence, (), shown)

    def number(self, locale: str, value: int) -> str:
        """Return a number with the language's thousands separator."""
        return self._formatters[locale].format_field(value, "n")

    def has(self, locale: str, key: str) -> bool:
        """Tell whether `locale` has the sentence `key`."""
        return key in self._languages[locale].texts

    def match(self, tag: str) -> str | None:
        """Return the language that a tag such as `en-GB` stands for, or None when it is not spoken here."""
        return next((code for code in (tag, tag.split("-")[0]) if code in self._languages), None)

    def names_below(self, locale: str, key: str) -> list[str]:
        """Return the last part of every key right below `key`, in the order of the file."""
        if locale not in self._below:
            below = self._below[locale] = defaultdict(list)
            for above, _, name in (each.rpartition(".") for each in self._languages[locale].texts):
                below[above].append(name)
        return [*self._below[locale].get(key, ())]


def with_ordinary_spaces(text: str) -> str:
    """Return a text as one types it, for who looks for its words."""
    return re.sub(f"[{NO_BREAK_SPACES}]", " ", text)


@dataclass(frozen=True, slots=True)
class Voice:
    """How to speak to somebody: in which language, and with which prefix before a command."""

    texts: Texts
    locale: str
    prefix: str

    def text(self, key: str, /, **params: object) -> str:
        """Return a sentence; `{prefix}` is always known."""
        return self.texts.text(self.locale, key, prefix=self.prefix, **params)


class _Formatter(string.Formatter):
    def __init__(self, thousands: str) -> None:
        self._thousands = thousands

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "n":
            return f"{value:,}".replace(",", self._thousands)
        return str(super().format_field(value, format_spec))
