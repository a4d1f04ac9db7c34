"""What nobody would take for a danger alone, and anybody would together: a letter, and a farewell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from bot.services.feelings.phrases import Phrases
from bot.services.feelings.spoken import Spoken

Span = tuple[int, int]
# Whether it is heavy, and its number.
Group = tuple[bool, int]

# How many words may lie between the two, anywhere or in one sentence or neighbouring ones; and how many of the phrases
# are tried in a message.
CLOSE, REACH = 12, 40
SENTENCE_ENDS = frozenset(".?!…\n")
MOST_TRIES = 16


class Veiled:
    """Groups of phrases by how much they weigh, `heavy` or `light`: two of them count, one of which is heavy.

    None count in a message where something stands of `elsewhere`, which tells that it is about a game, a film, a move.
    """

    def __init__(self, table: Mapping[str, Mapping[str, Iterable[str]]], classes: Mapping[str, Iterable[str]]) -> None:
        self.heavy, self.light = (
            Phrases(
                (
                    ((weight == "heavy", number), text)
                    for number, texts in enumerate(table[weight].values())
                    for text in texts
                ),
                classes,
                MOST_TRIES,
            )
            for weight in ("heavy", "light")
        )
        elsewhere = table.get("elsewhere", {}).values()
        self.elsewhere = Phrases(((None, text) for texts in elsewhere for text in texts), classes, MOST_TRIES)
        self.phrases: Sequence[Phrases[Any]] = (self.heavy, self.light, self.elsewhere)

    @property
    def keys(self) -> frozenset[str]:
        """Return the words around which one of them may stand."""
        return self.heavy.keys | self.light.keys

    def together(self, spoken: Spoken) -> tuple[Span, Span] | None:
        """Return where two phrases of different groups stand near each other, one of them heavy, or None."""
        # Without a heavy one, the light ones need not be tried.
        if not self.heavy.stand_in(spoken):
            return None
        # Of each group, the last place where it stood.
        last: dict[Group, Span] = {}
        for group, span in self._found(spoken):
            for other, before in last.items():
                if other != group and (group[0] or other[0]) and _are_near(spoken.tokens, before, span):
                    return None if self.elsewhere.stand_in(spoken) else (before, span)
            last[group] = span
        return None

    def heavy_spans(self, spoken: Spoken) -> Iterator[Span]:
        """Yield where the heavy ones stand."""
        if self.heavy.stand_in(spoken):
            yield from (span for (heavy, _), span in self._found(spoken) if heavy)

    def is_elsewhere(self, spoken: Spoken) -> bool:
        """Tell whether a message is about what no phrase of these means."""
        return self.elsewhere.stand_in(spoken)

    def _found(self, spoken: Spoken) -> Iterator[tuple[Group, Span]]:
        """Yield the phrases that stand, of each group one at a place, and where."""
        tokens, heavy, light = spoken.tokens, self.heavy.standing(spoken), self.light.standing(spoken)
        for place in sorted({*heavy.places, *light.places}):
            found: Group | None = None
            for group, pattern in chain(heavy.at(place), light.at(place)):
                if group != found and (span := pattern.match(tokens, place)) is not None:
                    found = group
                    yield group, span


def _are_near(tokens: Sequence[str], before: Span, span: Span) -> bool:
    """Tell whether one follows the other closely, in its sentence or in the next one."""
    if not CLOSE < span[0] - before[1] <= REACH:
        return 0 <= span[0] - before[1] <= CLOSE
    between = [token in SENTENCE_ENDS for token in tokens[before[1] : span[0]]]
    # Of a run of marks, only the first ends a sentence.
    return sum(ends and not again for ends, again in zip(between, [False, *between], strict=False)) < 2
