"""The words of a scope's own: those that say sadness there, and those never to react to."""

from collections.abc import Callable
from dataclasses import replace

from bot.errors import UserError
from bot.models import Scope, Written
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import ScopePreferences
from bot.services.settings.word_lists import MOST_WORDS, Words


class WordEditor:
    """Adds and removes words; two spellings that are read alike are the same word."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._vocabulary = preferences.vocabulary

    async def add(self, scope: Scope, word: str) -> ScopePreferences:
        """Count a word, or a short phrase, as sad.

        Raises:
            UserError: nothing to read in it, too long, already there, or the scope has 200 words.
        """
        return await self._put(scope, word, "sad")

    async def ignore(self, scope: Scope, word: str) -> ScopePreferences:
        """Never react to a word, or a short phrase; danger is read whatever is ignored.

        Raises:
            UserError: as for `add`, or it is about dying.
        """
        if self._vocabulary.always_read(self._vocabulary.word(word)):
            raise UserError("words.always", word=Written(word))
        return await self._put(scope, word, "ignored")

    async def remove(self, scope: Scope, word: str) -> ScopePreferences:
        """Leave a word to the language's own rules again.

        Raises:
            UserError: it is no word of this scope, or can be none.
        """
        word = self._vocabulary.word(word)

        def removed(chosen: Words) -> Words:
            remaining = self._without(chosen, word)
            if remaining == chosen:
                raise UserError("words.unknown", word=Written(word))
            return remaining

        return await self._update(scope, removed)

    async def _put(self, scope: Scope, word: str, name: str) -> ScopePreferences:
        """Add a word to the list of that name, and take it off the other: the last one said counts."""
        word = self._vocabulary.word(word)
        form = self._vocabulary.form

        def added(chosen: Words) -> Words:
            if form(word) in map(form, getattr(chosen, name)):
                raise UserError("words.already", word=Written(word))
            others = self._without(chosen, word)
            if others.count >= MOST_WORDS:
                raise UserError("words.full", limit=MOST_WORDS)
            there: tuple[str, ...] = getattr(others, name)
            return replace(others, **{name: (*there, word)})

        return await self._update(scope, added)

    async def _update(self, scope: Scope, changed: Callable[[Words], Words]) -> ScopePreferences:
        return await self._preferences.update(scope, lambda chosen: replace(chosen, words=changed(chosen.words)))

    def _without(self, chosen: Words, word: str) -> Words:
        form = self._vocabulary.form
        lists = (tuple(each for each in words if form(each) != form(word)) for words in (chosen.sad, chosen.ignored))
        return Words(*lists)
