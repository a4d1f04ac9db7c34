"""Patterns, each tried only where what it needs stands in a message, and made ready when it is first tried."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from bot.services.feelings.classes import Classes
from bot.services.feelings.patterns import Pattern, key_place
from bot.services.feelings.sieve import MOST_NEEDS, ByPlace, Look
from bot.services.feelings.spoken import Spoken

T = TypeVar("T")

# How many patterns are tried in a message; beyond that, only the two ends of it are read.
MOST_TRIES = 40
# Sequences of a class are many patterns in one.
WEIGHT_OF_A_CLASS = 3


class Phrases(Generic[T]):
    """Patterns in the order in which they are tried, each with what it stands for."""

    def __init__(
        self, patterns: Iterable[tuple[T, str]], classes: Mapping[str, Iterable[str]], most: int = MOST_TRIES
    ) -> None:
        self.classes = classes if isinstance(classes, Classes) else Classes(classes)
        tagged, same = [*patterns], dict[T, T]()
        # What each stands for, of which there are few.
        self._tags = tuple([same.setdefault(tag, tag) for tag, _ in tagged])
        self.texts: Sequence[str] = tuple([text for _, text in tagged])
        self._made: list[Pattern | None] = [None] * len(tagged)
        looks = [self._look_of(text) for text in self.texts]
        self._begin = self.classes.sieve.add(looks, most)

    def _look_of(self, text: str) -> Look:
        elements, classes = text.split(), self.classes
        key = key_place(elements)
        needs, name = classes.needs(elements), elements[key].lower()
        return Look(
            name,
            [one for one in needs if one != name][:MOST_NEEDS],
            classes.first(elements[:key], -1),
            classes.first(elements[key + 1 :], 1),
            WEIGHT_OF_A_CLASS if "{" in text else 1,
        )

    @property
    def keys(self) -> frozenset[str]:
        """Return the words around which one of them may stand."""
        names = {elements[key_place(elements)].lower() for elements in map(str.split, self.texts)}
        return frozenset[str]().union(*map(self.classes.listed, names))

    @property
    def needs(self) -> Iterator[Sequence[str]]:
        """Yield what each needs, the rarest first, by name."""
        yield from map(self.classes.needs, map(str.split, self.texts))

    @property
    def bits(self) -> int:
        """Return the bits that they are in the sieve."""
        return self.classes.sieve.bits_of(self._begin)

    def standing(self, spoken: Spoken) -> "Standing[T]":
        """Return those that may stand in a message."""
        return Standing(self, spoken.sifted(self.classes.sieve).of(self._begin))

    def found(self, spoken: Spoken) -> Iterator[tuple[int, T, Pattern, tuple[int, int]]]:
        """Yield those that stand in a message: the place of the key, what it stands for, the pattern, and its span."""
        standing = self.standing(spoken)
        for place in standing.places:
            for tag, pattern in standing.at(place):
                if (span := pattern.match(spoken.tokens, place)) is not None:
                    yield place, tag, pattern, span

    def stand_in(self, spoken: Spoken) -> bool:
        """Tell whether one of them stands in a message."""
        return next(self.found(spoken), None) is not None

    def made(self, number: int) -> tuple[T, Pattern]:
        """Return a pattern by its number in the sieve, ready to be tried, and what it stands for."""
        place = number - self._begin
        pattern = self._made[place]
        if pattern is None:
            pattern = self._made[place] = Pattern(self.texts[place], self.classes)
        return self._tags[place], pattern


class AnyOf:
    """Phrases of one language, asked all at once whether one of them may stand in a message: most hold none."""

    def __init__(self, several: Iterable[Phrases[Any]]) -> None:
        several = [*several]
        self._sieve = several[0].classes.sieve
        self._bits = reduce(or_, [phrases.bits for phrases in several])

    def may_be_among(self, words: Set[str]) -> bool:
        """Tell whether all that one of them needs is among some words, its key too if that can only be a word."""
        return self._sieve.may_hold(words, self._bits)

    def may_stand(self, spoken: Spoken) -> bool:
        """Tell whether one of them is to be tried in a message."""
        return spoken.sifted(self._sieve).holds_any(self._bits)


class Standing(Generic[T]):
    """The patterns that may stand in a message, by the place of their key."""

    __slots__ = ("_by_place", "_phrases")

    def __init__(self, phrases: Phrases[T], by_place: ByPlace) -> None:
        self._phrases, self._by_place = phrases, by_place

    @property
    def places(self) -> Sequence[int]:
        """Return where there is any to try, from the beginning of the message to its end."""
        return sorted(self._by_place)

    def at(self, place: int) -> Sequence[tuple[T, Pattern]]:
        """Return those to try around a place, in order, each with what it stands for."""
        return [*map(self._phrases.made, self._by_place.get(place, ()))]
