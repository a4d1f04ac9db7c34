"""What people may type for a value of a setting, and which values this bot has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.errors import UserError
from bot.languages import Language
from bot.services.feelings.plain_text import fold
from bot.services.helplines import Helplines

LONGEST_WORD = 50


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Understands what somebody types, in any language.

    `languages` are those that the bot speaks, `unavailable` the values that it can't offer, and `form` returns what all
    spellings of a word have in common, empty when there is nothing to read in it. `always_read` tells which words are
    read whatever is ignored.
    """

    languages: Mapping[str, Language]
    helplines: Helplines
    form: Callable[[str], str]
    unavailable: frozenset[str] = frozenset()
    always_read: Callable[[str], bool] = lambda _: False

    def switch(self, typed: str) -> bool:
        """Return whether a word means on or off.

        Raises:
            ValueError: it means neither.
        """
        typed = typed.strip().casefold()
        if any(typed in language.yes for language in self.languages.values()):
            return True
        if any(typed in language.no for language in self.languages.values()):
            return False
        raise ValueError(typed)

    def is_switch(self, typed: str) -> bool:
        """Tell whether a word means on or off."""
        try:
            self.switch(typed)
        except ValueError:
            return False
        return True

    def language(self, typed: str) -> str:
        """Return the code of a language: typed as such, or as it or another one that the bot speaks calls it.

        Raises:
            ValueError: the bot does not speak it.
        """
        typed = fold(typed.strip())
        for code, language in self.languages.items():
            names = (spoken.texts.get(f"languages.{code}", "") for spoken in self.languages.values())
            if typed in (code, fold(language.name), *map(fold, map(str, names))):
                return code
        raise ValueError(typed)

    def country(self, typed: str) -> str:
        """Return the code of a country: typed as such, or as any language calls it.

        Raises:
            ValueError: no helpline there is known.
        """
        code = self.helplines.find(typed)
        if code is None:
            raise ValueError(typed)
        return code

    def word(self, typed: str) -> str:
        """Return a word, or a short phrase, as it is kept.

        Raises:
            UserError: nothing to read in it, or too long.
        """
        word = " ".join(typed.split())
        if len(word) > LONGEST_WORD:
            raise UserError("words.too_long", length=len(word), limit=LONGEST_WORD)
        if not self.form(word):
            raise UserError("words.unreadable")
        return word

    def choice_of_languages(self) -> str:
        """Return all languages with their codes, for somebody to choose from."""
        return ", ".join(f"`{code}` ({language.name})" for code, language in sorted(self.languages.items()))
