"""Reads in one language whether a long sad message is one of despair, rather than of a bad day."""

from collections.abc import Iterable, Mapping

from bot.services.feelings.phrases import Phrases
from bot.services.feelings.spoken import Spoken

# How much signs have to weigh in a message of so many words, or of many more, and how many lie between two of them.
LONG, VERY_LONG = 25, 60
ENOUGH, ENOUGH_OF_A_LETTER = 3, 2
APART = 4
DEEP = 2


class Despair:
    """Signs of despair: a deep one and another, or three of them, in a long message."""

    def __init__(self, table: Mapping[str, Iterable[str]], classes: Mapping[str, Iterable[str]]) -> None:
        self.phrases = Phrases(
            ((weight, text) for weight, name in ((1, "signs"), (DEEP, "deep")) for text in table[name]), classes
        )

    def weighs_on(self, spoken: Spoken, others: Iterable[int]) -> bool:
        """Tell whether a message despairs; at the places of `others` stand signs of sadness, as heavy as its own."""
        tokens = spoken.tokens
        if len(tokens) < LONG:
            return False
        weights = dict.fromkeys(others, 1)
        weights |= {place: weight for place, weight, _, _ in self.phrases.found(spoken)}
        total, heaviest, last = 0, 0, -APART
        for place, weight in sorted(weights.items()):
            if place - last >= APART:
                total, heaviest, last = total + weight, weight, place
            elif weight > heaviest:  # a word next to the last one says the same, and more
                total, heaviest = total + weight - heaviest, weight
        return total >= (ENOUGH if len(tokens) < VERY_LONG else ENOUGH_OF_A_LETTER)
