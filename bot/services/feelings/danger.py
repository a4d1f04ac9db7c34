"""Reads in one language whether somebody speaks of suicide or self-harm."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.services.feelings.negation import Negation
from bot.services.feelings.patterns import by_key, count_tries, find_places, said
from bot.services.feelings.readings import Rule, Step
from bot.services.feelings.signs import Signs


class Danger:
    """The phrases of danger of one language, and what only sounds like them."""

    def __init__(self, table: Mapping[str, Any], negation: Negation, signs: Signs) -> None:
        classes, danger = table["classes"], table["danger"]
        self._negation, self._laughs = negation, signs.laughs
        self.words = frozenset(danger["words"])
        self._phrases = by_key(danger["phrases"], classes)
        self._phrases_in_earnest = by_key(danger["phrases_in_earnest"], classes)
        self._hyperbole = by_key(danger["except"], classes)
        self._spoken_of = by_key(danger["spoken_of"], classes)
        self._tries = count_tries(self._phrases, self._phrases_in_earnest)
        self._tries_of_spoken = count_tries(self._spoken_of)
        self.keys = frozenset(self._tries)
        self.patterns = (self._phrases, self._phrases_in_earnest, self._hyperbole, self._spoken_of)

    def spoken_of(self, tokens: Sequence[str]) -> Step | None:
        """Return where suicide or self-harm is spoken of, whoever it is about, or None."""
        for place in find_places(tokens, self._tries_of_spoken):
            for pattern in self._spoken_of[tokens[place]]:
                span = pattern.match(tokens, place)
                if span is not None:
                    return Step(Rule.SPOKEN_OF, said(tokens, span))
        return None

    def look_for(self, tokens: Sequence[str], steps: list[Step]) -> None:
        """Add what was looked at, in the whole message, until something is a danger."""
        laughing = self._laughs.stand_in(tokens)
        for place in find_places(tokens, self._tries):
            key = tokens[place]
            patterns = self._phrases.get(key, [])
            if not laughing:
                patterns = patterns + self._phrases_in_earnest.get(key, [])
            for pattern in patterns:
                span = pattern.match(tokens, place)
                if span is None:
                    continue
                if any(excuse.match(tokens, place) for excuse in self._hyperbole.get(key, ())):
                    steps.append(Step(Rule.HYPERBOLE, said(tokens, span)))
                elif self._negation.denies_phrase(pattern.words, tokens, span):
                    steps.append(Step(Rule.NEGATED, said(tokens, span)))
                else:
                    steps.append(Step(Rule.DANGER, said(tokens, span)))
                    return
