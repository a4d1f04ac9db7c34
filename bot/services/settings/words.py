"""The words of a scope's own: those that say sadness there, and those never to react to."""

from collections.abc import Iterable
from dataclasses import replace

from bot.errors import UserError
from bot.models import Scope, ScopePreferences
from bot.services.feelings.reader import Feelings
from bot.services.settings.preferences import Preferences

MOST_WORDS = 200
LONGEST_WORD = 50


class Words:
    """Adds and removes words; two spellings that are read alike are the same word."""

    def __init__(self, preferences: Preferences, feelings: Feelings) -> None:
        self._preferences = preferences
        self._feelings = feelings

    async def add(self, scope: Scope, word: str) -> ScopePreferences:
        """Count a word, or a short phrase, as sad.

        Raises:
            UserError: nothing to read in it, too long, already there, or the scope has 200 words.
        """
        word = self.trimmed(word)

        def added(chosen: ScopePreferences) -> ScopePreferences:
            others = self._make_room(chosen, chosen.sad_words, word)
            return replace(others, sad_words=(*others.sad_words, word))

        return await self._preferences.update(scope, added)

    async def ignore(self, scope: Scope, word: str) -> ScopePreferences:
        """Never react to a word, or a short phrase; danger is read whatever is ignored.

        Raises:
            UserError: as for `add`.
        """
        word = self.trimmed(word)

        def added(chosen: ScopePreferences) -> ScopePreferences:
            others = self._make_room(chosen, chosen.ignored_words, word)
            return replace(others, ignored_words=(*others.ignored_words, word))

        return await self._preferences.update(scope, added)

    async def remove(self, scope: Scope, word: str) -> ScopePreferences:
        """Leave a word to the language's own rules again.

        Raises:
            UserError: it is no word of this scope, or can be none.
        """
        word = self.trimmed(word)

        def removed(chosen: ScopePreferences) -> ScopePreferences:
            remaining = self._without(chosen, word)
            if remaining == chosen:
                raise UserError("words.unknown", word=word)
            return remaining

        return await self._preferences.update(scope, removed)

    def trimmed(self, word: str) -> str:
        """Return a word as it is kept.

        Raises:
            UserError: nothing to read in it, or too long.
        """
        word = " ".join(word.split())
        if len(word) > LONGEST_WORD:
            raise UserError("words.too_long", length=len(word), limit=LONGEST_WORD)
        if not self.form(word):
            raise UserError("words.unreadable")
        return word

    def form(self, word: str) -> str:
        """Return what all spellings of a word have in common."""
        return self._feelings.normal_form(word)

    def _make_room(self, chosen: ScopePreferences, there: Iterable[str], word: str) -> ScopePreferences:
        """Return the preferences without the word: it is one thing or the other, and the last one said counts."""
        if self.form(word) in map(self.form, there):
            raise UserError("words.already", word=word)
        others = self._without(chosen, word)
        if len(others.sad_words) + len(others.ignored_words) >= MOST_WORDS:
            raise UserError("words.full", limit=MOST_WORDS)
        return others

    def _without(self, chosen: ScopePreferences, word: str) -> ScopePreferences:
        form = self.form(word)
        return replace(
            chosen,
            sad_words=tuple(each for each in chosen.sad_words if self.form(each) != form),
            ignored_words=tuple(each for each in chosen.ignored_words if self.form(each) != form),
        )
