"""What nobody would take for a danger alone, and anybody would together: a letter, and a farewell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.services.feelings.patterns import by_key
from bot.services.feelings.places import count_tries, find_places

Span = tuple[int, int]

# How many words may lie between the two.
REACH = 40


class Veiled:
    """Groups of phrases by how much they weigh, `heavy` or `light`: two of them count, one of which is heavy."""

    def __init__(self, table: Mapping[str, Mapping[str, Iterable[str]]], classes: Mapping[str, Iterable[str]]) -> None:
        self._heavy, self._light = (
            [by_key(phrases, classes) for phrases in table[weight].values()] for weight in ("heavy", "light")
        )
        self.patterns = (*self._heavy, *self._light)
        # Under each key the patterns of each group.
        self._groups = {
            key: [(group, phrases[key]) for group, phrases in enumerate(self.patterns) if key in phrases]
            for key in frozenset[str]().union(*self.patterns)
        }
        self._tries = count_tries(*self.patterns)
        self.keys = frozenset(self._tries)

    def together(self, tokens: Sequence[str]) -> tuple[Span, Span] | None:
        """Return where two phrases of different groups stand near each other, one of them heavy, or None."""
        # Of each group, the last place where it stood.
        last: dict[int, Span] = {}
        for group, span in self._found(tokens):
            for other, before in last.items():
                heavy = min(group, other) < len(self._heavy)
                if other != group and heavy and 0 <= span[0] - before[1] <= REACH:
                    return before, span
            last[group] = span
        return None

    def heavy_spans(self, tokens: Sequence[str]) -> Iterator[Span]:
        """Yield where the heavy ones stand."""
        return (span for group, span in self._found(tokens) if group < len(self._heavy))

    def places(self, tokens: Sequence[str]) -> Iterator[int]:
        """Yield where any of them begins."""
        return (span[0] for _, span in self._found(tokens))

    def _found(self, tokens: Sequence[str]) -> Iterator[tuple[int, Span]]:
        for place in find_places(tokens, self._tries):
            for group, patterns in self._groups[tokens[place]]:
                for pattern in patterns:
                    span = pattern.match(tokens, place)
                    if span is not None:
                        yield group, span
                        break
