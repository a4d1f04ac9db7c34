"""The words of a scope's own: those that say sadness there, and those never to react to."""

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
        return await self._preferences.update(scope, lambda chosen: self._added(chosen, word, "sad_words"))

    async def ignore(self, scope: Scope, word: str) -> ScopePreferences:
        """Never react to a word, or a short phrase; danger is read whatever is ignored.

        Raises:
            UserError: as for `add`.
        """
        return await self._preferences.update(scope, lambda chosen: self._added(chosen, word, "ignored_words"))

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

    def _added(self, chosen: ScopePreferences, word: str, where: str) -> ScopePreferences:
        word, form = " ".join(word.split()), self._form(word)
        if form in map(self.form, getattr(chosen, where)):
            raise UserError("words.already", word=word)
        # A word is one thing or the other: the last one said counts.
        elsewhere = self._without(chosen, form)
        added = replace(elsewhere, **{where: (*getattr(elsewhere, where), word)})
        self.check(added)
        return added

    def _removed(self, chosen: ScopePreferences, word: str) -> ScopePreferences:
        remaining = self._without(chosen, self.form(word))
        if remaining == chosen:
            raise UserError("words.unknown", word=" ".join(word.split()))
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
