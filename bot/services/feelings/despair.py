"""Reads in one language whether a long sad message is one of despair, rather than of a bad day."""

from collections.abc import Iterable, Mapping, Sequence

from bot.services.feelings.patterns import by_key
from bot.services.feelings.places import count_tries, find_places

# How much signs have to weigh in a message of so many words, or of many more, and how many lie between two of them.
LONG, VERY_LONG = 25, 60
ENOUGH, ENOUGH_OF_A_LETTER = 3, 2
APART = 4
DEEP = 2


class Despair:
    """Signs of despair: a deep one and another, or three of them, in a long message."""

    def __init__(self, table: Mapping[str, Iterable[str]], classes: Mapping[str, Iterable[str]]) -> None:
        self._deep, self._signs = by_key(table["deep"], classes), by_key(table["signs"], classes)
        self._tries = count_tries(self._deep, self._signs)
        self.patterns = (self._deep, self._signs)

    def weighs_on(self, tokens: Sequence[str], others: Iterable[int]) -> bool:
        """Tell whether a message despairs; at the places of `others` stand signs of sadness, as heavy as its own."""
        if len(tokens) < LONG:
            return False
        weights = dict.fromkeys(others, 1)
        for place in find_places(tokens, self._tries):
            for weight, phrases in ((1, self._signs), (DEEP, self._deep)):
                if any(pattern.match(tokens, place) is not None for pattern in phrases.get(tokens[place], ())):
                    weights[place] = weight
        total, heaviest, last = 0, 0, -APART
        for place, weight in sorted(weights.items()):
            if place - last >= APART:
                total, heaviest, last = total + weight, weight, place
            elif weight > heaviest:  # a word next to the last one says the same, and more
                total, heaviest = total + weight - heaviest, weight
        return total >= (ENOUGH if len(tokens) < VERY_LONG else ENOUGH_OF_A_LETTER)
