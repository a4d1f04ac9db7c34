"""Reads whether the author of a message is sad, or in danger; by rules, with the words and the rule that decided.

The code knows no language: each language's words are in its `feelings.toml`, whose comments say what each list means.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from bot import languages
from bot.services.danger import Danger
from bot.services.negation import Negation
from bot.services.plain_text import STRETCHED, TOKEN, WORD, fold, own_words, squeeze
from bot.services.readings import FEELING_OF, NOTHING, Feeling, Reading, Rule, Step
from bot.services.sadness import Sadness
from bot.services.spelling import Spelling

__all__ = ["Feeling", "Feelings", "Reading", "Rule", "Step", "says_sad"]


class Feelings:
    """The reader: `tables` are the `feelings.toml` of each language, by code."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self._rules = {code: _Rules(table) for code, table in tables.items()}
        self._keys = frozenset[str]().union(*(rules.entries for rules in self._rules.values()))
        vocabulary = frozenset[str]().union(*(rules.vocabulary for rules in self._rules.values()))
        self._squeezed = {squeeze(word): word for word in sorted(vocabulary)}

    def read(self, text: str, languages: Collection[str] | None = None) -> Reading:
        """Read a message with the rules of these languages, or of all."""
        folded = fold(own_words(text))
        stretched = STRETCHED.search(folded) is not None
        words: Iterable[str] = WORD.findall(folded)
        if stretched:
            words = map(self._unstretch, words)
        if self._keys.isdisjoint(words):
            return NOTHING
        tokens = TOKEN.findall(folded)
        if stretched:
            tokens = [self._unstretch(token) for token in tokens]
        steps: list[Step] = []
        spoken = [
            (rules, rules.spelling.spell_out(tokens))
            for code, rules in self._rules.items()
            if not rules.entries.isdisjoint(tokens) and (languages is None or code in languages)
        ]
        for rules, spelled in spoken:
            rules.danger.look_for(spelled, steps)
            if steps and steps[-1].rule is Rule.CRISIS:
                return Reading(Feeling.CRISIS, tuple(steps))
        denied = next((step for step in steps if step.rule is Rule.NEGATED), None)
        for rules, spelled in spoken:
            rules.sadness.look_for(spelled, steps)
            if steps and steps[-1].rule in FEELING_OF:
                if denied is not None:
                    # Sad, and speaking of suicide if only to say no: not somebody to cheer up.
                    steps.append(Step(Rule.DENIED_CRISIS, denied.words))
                return Reading(FEELING_OF[steps[-1].rule], tuple(steps))
        return Reading(Feeling.NONE, tuple(steps)) if steps else NOTHING

    def _unstretch(self, word: str) -> str:
        if STRETCHED.search(word) is None:
            return word
        squeezed = squeeze(word)
        return self._squeezed.get(squeezed, squeezed)


class _Rules:
    """The rules of one language, ready to use."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        negation = Negation(table["negation"], table["classes"])
        self.spelling = Spelling(table)
        self.danger = Danger(table, negation)
        self.sadness = Sadness(table, negation)
        keys = self.danger.keys | self.sadness.keys
        spellings = self.spelling.spellings
        self.entries = keys | {word for word, meant in spellings.items() if not keys.isdisjoint(meant)}
        patterns = (*self.danger.patterns, *self.sadness.patterns)
        self.vocabulary = frozenset[str]().union(
            *(pattern.words for found in patterns for several in found.values() for pattern in several),
            *(self.entries, spellings, self.sadness.vocabulary, negation.words),
        )


def says_sad(text: str, lang: str) -> bool:
    """Tell whether the shipped rules read sadness or crisis; `lang` is not used: both languages are read everywhere."""
    return _shipped().read(text).feeling is not Feeling.NONE


@cache
def _shipped() -> Feelings:
    return Feelings({code: language.feelings for code, language in languages.load().items()})
