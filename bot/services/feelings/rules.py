"""The rules of one language, ready to use."""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any

from bot.services.feelings.cruelty import Cruelty
from bot.services.feelings.danger import Danger
from bot.services.feelings.kept import Kept
from bot.services.feelings.loved_ones import LovedOnes
from bot.services.feelings.negation import Negation
from bot.services.feelings.phrases import Phrases
from bot.services.feelings.refusals import Refusals
from bot.services.feelings.sadness import Sadness
from bot.services.feelings.signs import Signs
from bot.services.feelings.spelling import Spelling
from bot.services.feelings.told import Told


class Rules(Kept):
    """All that one language says about feelings."""

    def __init__(self, table: Mapping[str, Any], refusals: Refusals) -> None:
        negation = Negation(table["negation"], table["classes"])
        self.spelling = Spelling(table)
        signs = Signs(table)
        self.danger = Danger(table, negation, signs)
        self.loved_ones = LovedOnes(table, negation, signs)
        self.told = Told(table, self.danger, signs)
        self.sadness = Sadness(table, negation, signs, refusals)
        every: Sequence[Phrases[Any]] = (
            *self.danger.phrases,
            *self.loved_ones.phrases,
            *self.told.phrases,
            *self.sadness.phrases,
            *signs.phrases,
        )
        words = table["classes"].vocabulary(text for phrases in every for text in phrases.texts)
        self.spelling.unglue(words | self.sadness.states, unless={*self.sadness.vocabulary, *negation.words})
        self.cruelty = Cruelty(table)
        self.entries = self.spelling.entries(self.danger.keys | self.loved_ones.keys | self.sadness.keys)
        self.opening: Sequence[Phrases[Any]] = (*self.danger.opening, *self.loved_ones.opening, *self.sadness.opening)
        # A phrase that needs nothing may stand wherever a key of any phrase does.
        needy = all(needs for phrases in self.opening for needs in phrases.needs)
        self.openers = self.sadness.states if needy else self.entries
        # All the words that the language knows.
        known = words, self.sadness.vocabulary, signs.vocabulary, negation.words
        self.known: Sequence[Collection[str]] = (*known, self.entries, self.spelling.spellings)

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Take what was kept, the entries with no more room than they need."""
        super().__setstate__(state)
        kept, self.entries = self.entries, frozenset({*self.entries})
        self.openers = self.entries if self.openers is kept else self.openers
        self.known = [self.entries if words is kept else _tight(words) for words in self.known]


def _tight(words: Collection[str]) -> Collection[str]:
    return {*words} if isinstance(words, Set) else words
