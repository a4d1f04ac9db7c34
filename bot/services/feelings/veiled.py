"""What nobody would take for a danger alone, and anybody would together: a letter, and a farewell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.services.feelings.patterns import Pattern
from bot.services.feelings.phrases import Phrases
from bot.services.feelings.places import places_of
from bot.services.feelings.spoken import Spoken

Span = tuple[int, int]
Standing = Mapping[str, Sequence[tuple[int, Pattern]]]

# How many words may lie between the two.
REACH = 40


class Veiled:
    """Groups of phrases by how much they weigh, `heavy` or `light`: two of them count, one of which is heavy."""

    def __init__(self, table: Mapping[str, Mapping[str, Iterable[str]]], classes: Mapping[str, Iterable[str]]) -> None:
        self.heavy, self.light = (
            Phrases(((group, text) for group, texts in enumerate(table[weight].values()) for text in texts), classes)
            for weight in ("heavy", "light")
        )
        self.keys = self.heavy.keys | self.light.keys

    def together(self, spoken: Spoken) -> tuple[Span, Span] | None:
        """Return where two phrases of different groups stand near each other, one of them heavy, or None."""
        heavy = self.heavy.standing(spoken)
        if not heavy:
            return None
        # Of each group, the last place where it stood.
        last: dict[tuple[bool, int], Span] = {}
        for group, span in self._found(spoken, heavy):
            for other, before in last.items():
                if other != group and (group[0] or other[0]) and 0 <= span[0] - before[1] <= REACH:
                    return before, span
            last[group] = span
        return None

    def heavy_spans(self, spoken: Spoken) -> Iterator[Span]:
        """Yield where the heavy ones stand."""
        return (span for (heavy, _), span in self._found(spoken, self.heavy.standing(spoken)) if heavy)

    def places(self, spoken: Spoken) -> Iterator[int]:
        """Yield where any of the heavy ones begins."""
        return (span[0] for span in self.heavy_spans(spoken))

    def _found(self, spoken: Spoken, heavy: Standing) -> Iterator[tuple[tuple[bool, int], Span]]:
        """Yield the phrases that stand, of each group one at a place: whether it is heavy and its number, and where."""
        tokens, light = spoken.tokens, self.light.standing(spoken)
        standing = {
            key: [
                *(((True, group), pattern) for group, pattern in heavy.get(key, ())),
                *(((False, group), pattern) for group, pattern in light.get(key, ())),
            ]
            for key in heavy.keys() | light.keys()
        }
        for place in places_of(spoken, standing):
            found: tuple[bool, int] | None = None
            for group, pattern in standing[tokens[place]]:
                if group != found and (span := pattern.match(tokens, place)) is not None:
                    found = group
                    yield group, span
