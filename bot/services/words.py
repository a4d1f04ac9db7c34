"""The words of a scope's own: those that say sadness there, and those never to react to."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.errors import UserError
from bot.models import Scope, ScopePreferences
from bot.services.feelings import Feelings
from bot.services.preferences import Preferences

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

        def added(chosen: ScopePreferences) -> ScopePreferences:
            others = self._make_room(chosen, chosen.sad_words, word)
            return replace(others, sad_words=(*others.sad_words, _trimmed(word)))

        return await self._update(scope, added)

    async def ignore(self, scope: Scope, word: str) -> ScopePreferences:
        """Never react to a word, or a short phrase; danger is read whatever is ignored.

        Raises:
            UserError: as for `add`.
        """

        def added(chosen: ScopePreferences) -> ScopePreferences:
            others = self._make_room(chosen, chosen.ignored_words, word)
            return replace(others, ignored_words=(*others.ignored_words, _trimmed(word)))

        return await self._update(scope, added)

    async def remove(self, scope: Scope, word: str) -> ScopePreferences:
        """Leave a word to the language's own rules again.

        Raises:
            UserError: it is no word of this scope.
        """
        return await self._preferences.update(scope, lambda chosen: self._removed(chosen, word))

    def check(self, preferences: ScopePreferences) -> None:
        """Tell whether a scope may have these words.

        Raises:
            UserError: a word has nothing to read in it or is too long, or there are more than 200.
        """
        words = (*preferences.sad_words, *preferences.ignored_words)
        for word in words:
            self._form(word)
        if len(words) > MOST_WORDS:
            raise UserError("words.full", limit=MOST_WORDS)

    def form(self, word: str) -> str:
        """Return what all spellings of a word have in common."""
        return self._feelings.normal_form(word)

    async def _update(self, scope: Scope, changed: Callable[[ScopePreferences], ScopePreferences]) -> ScopePreferences:
        def checked(chosen: ScopePreferences) -> ScopePreferences:
            preferences = changed(chosen)
            self.check(preferences)
            return preferences

        return await self._preferences.update(scope, checked)

    def _make_room(self, chosen: ScopePreferences, there: Iterable[str], word: str) -> ScopePreferences:
        """Return the preferences without the word: it is one thing or the other, and the last one said counts."""
        form = self._form(word)
        if form in map(self.form, there):
            raise UserError("words.already", word=_trimmed(word))
        return self._without(chosen, form)

    def _removed(self, chosen: ScopePreferences, word: str) -> ScopePreferences:
        remaining = self._without(chosen, self.form(word))
        if remaining == chosen:
            raise UserError("words.unknown", word=_trimmed(word))
        return remaining

    def _without(self, chosen: ScopePreferences, form: str) -> ScopePreferences:
        return replace(
            chosen,
            sad_words=tuple(word for word in chosen.sad_words if self.form(word) != form),
            ignored_words=tuple(word for word in chosen.ignored_words if self.form(word) != form),
        )

    def _form(self, word: str) -> str:
        form = self.form(word)
        if not form:
            raise UserError("words.unreadable")
        if len(word) > LONGEST_WORD:
            raise UserError("words.too_long", limit=LONGEST_WORD)
        return form


def _trimmed(word: str) -> str:
    return " ".join(word.split())
