"""Patterns, each tried only where all that it needs stands in a message, and made ready when it is first tried."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Generic, TypeVar

from bot.services.feelings.elements import Classes
from bot.services.feelings.patterns import Pattern, key_place
from bot.services.feelings.spoken import Spoken

T = TypeVar("T")

# How many patterns may stand in a message: beyond that it is no message, and only its two ends are read.
MOST_POSSIBLE = 100


class Phrases(Generic[T]):
    """Patterns in the order in which they are tried, each with what it stands for."""

    def __init__(self, patterns: Iterable[tuple[T, str]], classes: Mapping[str, Iterable[str]]) -> None:
        self._classes = classes if isinstance(classes, Classes) else Classes(classes)
        self._texts = [*patterns]
        self._made: list[Pattern | None] = [None] * len(self._texts)
        # What each needs, the rarest first, and by word which it opens: those whose rarest need holds it.
        self.needs: list[tuple[frozenset[str], ...]] = []
        self._opened: defaultdict[str, list[int]] = defaultdict(list)
        self._always_open: list[int] = []
        keys: set[str] = set()
        for place, (_, text) in enumerate(self._texts):
            elements = text.split()
            keys.update(self._classes.each_word(elements[key_place(elements)].lower()))
            needs = self._classes.needs(elements)
            self.needs.append(needs)
            for word in needs[0] if needs else ():
                self._opened[word].append(place)
            if not needs:
                self._always_open.append(place)
        self.keys = frozenset(keys)

    @property
    def texts(self) -> Sequence[str]:
        """Return them as they are written."""
        return [text for _, text in self._texts]

    def standing(self, spoken: Spoken) -> Mapping[str, Sequence[tuple[T, Pattern]]]:
        """Return by key those that may stand in a message."""
        words = spoken.words
        possible = self._possible(words)
        if len(possible) > MOST_POSSIBLE:
            words = spoken.words_at_both_ends
            possible = self._possible(words)
        if not possible:
            return {}
        found: defaultdict[str, list[tuple[T, Pattern]]] = defaultdict(list)
        for place in sorted(possible):
            tagged = self._pattern(place)
            for key in tagged[1].keys & words:
                found[key].append(tagged)
        return found

    def _possible(self, words: Set[str]) -> set[int]:
        """Return the places of those of which all that they need is among some words."""
        possible = {*self._always_open}
        for place in {place for word in self._opened.keys() & words for place in self._opened[word]}:
            for need in self.needs[place]:
                if need.isdisjoint(words):
                    break
            else:
                possible.add(place)
                if len(possible) > MOST_POSSIBLE:
                    break
        return possible

    def _pattern(self, place: int) -> tuple[T, Pattern]:
        tag, text = self._texts[place]
        pattern = self._made[place]
        if pattern is None:
            pattern = self._made[place] = Pattern(text, self._classes)
        return tag, pattern
