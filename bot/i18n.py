"""Every sentence that a person reads, by language and key."""

from collections.abc import Mapping

from bot.languages import Language


class Texts:
    """The sentences of all languages; the locale is always an argument."""

    def __init__(self, languages: Mapping[str, Language]) -> None:
        self._languages = languages

    def text(self, locale: str, key: str, /, **params: object) -> str:
        """Return the sentence `key` of `locale` with its placeholders filled in.

        Raises:
            KeyError: there is no such language, key or placeholder.
        """
        return self._languages[locale].texts[key].format_map(params)

    def read_switch(self, word: str) -> bool | None:
        """Tell whether a typed word means on (True) or off (False) in any language; None when it means neither."""
        word = word.strip().casefold()
        if any(word in language.yes for language in self._languages.values()):
            return True
        if any(word in language.no for language in self._languages.values()):
            return False
        return None
