"""The elements of the language of `patterns`: the words that each takes, and how often."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

GAP = 3
CLAUSE_EDGES, MESSAGE_EDGES = frozenset("^$"), frozenset(("^^", "$$"))
EDGES = CLAUSE_EDGES | MESSAGE_EDGES
# How many marks after the last word of a message still end it.
MOST_MARKS = 12


class Tokens(list[str]):
    """The tokens of a message, and how far sequences of a class reach from a place: many patterns ask the same."""

    __slots__ = ("reached",)

    def __init__(self, tokens: Iterable[str]) -> None:
        super().__init__(tokens)
        self.reached: dict[tuple[int, int], Sequence[int]] = {}


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a pattern: the words it takes, how often, and whether an edge will do.

    Its `options` are sequences, by the word that each begins with, or under "" when it may begin with several.
    """

    words: frozenset[str] = frozenset()
    least: int = 1
    most: int = 1
    others: bool = False
    clause_edge: bool = False
    message_edge: bool = False
    refuses: bool = False
    options: Mapping[str, Sequence["Outward"]] | None = None
    is_special: bool = field(init=False)
    spreads: bool = field(init=False)

    def __post_init__(self) -> None:
        more = self.clause_edge or self.message_edge or self.refuses or self.options is not None
        object.__setattr__(self, "is_special", self.others or more)
        # Whether it takes words or none, and nothing else.
        object.__setattr__(self, "spreads", not (self.least or more))

    def reach(self, tokens: Sequence[str], place: int, step: int) -> Sequence[int]:
        """Return the places that are left to match after this element took what stands from `place` on."""
        if self.is_special:
            return self._reach_otherwise(tokens, place, step)
        found = [] if self.least else [place]
        for _ in range(self.most):
            if not (0 <= place < len(tokens) and tokens[place] in self.words):
                break
            place += step
            found.append(place)
        return found

    def _reach_otherwise(self, tokens: Sequence[str], place: int, step: int) -> Sequence[int]:
        there = 0 <= place < len(tokens)
        if self.refuses:
            return () if there and tokens[place] in self.words else (place,)
        if self.options is not None:
            if not isinstance(tokens, Tokens):
                return self._reach_by_options(tokens, place, step)
            known = tokens.reached.get((id(self), place))
            if known is None:
                known = tokens.reached[id(self), place] = self._reach_by_options(tokens, place, step)
            return known
        if self.clause_edge and (not there or pauses(tokens[place])):
            return (place,)
        if self.message_edge and (not there or _only_marks(tokens, place, step)):
            return (place,)
        found = [] if self.least else [place]
        words, others, count = self.words, self.others, len(tokens)
        for _ in range(self.most):
            if not 0 <= place < count:
                break
            token = tokens[place]
            if (token in words) is others or (others and not token[0].isalnum()):
                break
            place += step
            found.append(place)
        return found

    def spread(self, tokens: Sequence[str], places: Sequence[int], step: int) -> Sequence[int]:
        """Return the places that are left to match after this element took words, or none, from any of these on."""
        found, words, others, count = [*places], self.words, self.others, len(tokens)
        for _ in range(self.most):
            # Whoever is there already goes as far from there, or farther.
            places = [
                at + step
                for at in places
                if 0 <= at < count
                and (tokens[at] in words) is not others
                and at + step not in found
                and (not others or tokens[at][0].isalnum())
            ]
            found += places
        return found

    def _reach_by_options(self, tokens: Sequence[str], place: int, step: int) -> Sequence[int]:
        options = self.options or {}
        found = [] if self.least else [place]
        if 0 <= place < len(tokens):
            for option in options.get(tokens[place], ()):
                found += option.reach(tokens, place, step)
        for option in options.get("", ()):
            found += option.reach(tokens, place, step)
        return found if len(found) < 2 else [*dict.fromkeys(found)]


class Elements(Protocol):
    """Whoever makes elements."""

    def element(self, text: str, step: int) -> Element:
        """Return an element, to be met in this direction; made once."""


class Outward:
    """Elements in a row, in the order in which they are met on the way from a key, each made when it is first met."""

    __slots__ = ("_classes", "_made", "_texts", "step")

    def __init__(self, texts: Sequence[str], classes: Elements, step: int) -> None:
        self.step = step
        self._texts, self._classes = texts[::step], classes
        # By element, the words that it takes once, or may take, if it is as simple as that; and which of the two.
        self._made: list[tuple[frozenset[str] | None, int, Element]] = []

    def reach(self, tokens: Sequence[str], place: int, step: int) -> Sequence[int]:
        """Return the places one past the last word taken, in each way that the elements stand from `place` on."""
        made, count = self._made, len(tokens)
        for number in range(len(self._texts)):
            words, least, element = made[number] if number < len(made) else self._make_next()
            if words is None or (not least and 0 <= place < count and tokens[place] in words):
                spread = element.spreads
                places = element.spread(tokens, (place,), step) if spread else element.reach(tokens, place, step)
                if len(places) != 1:
                    return self._reach_on(tokens, places, step, number + 1) if places else places
                place = places[0]
            elif least:
                if not (0 <= place < count and tokens[place] in words):
                    return ()
                place += step
        return (place,)

    def _reach_on(self, tokens: Sequence[str], places: Sequence[int], step: int, begin: int) -> Sequence[int]:
        """Return the same from several places on, where the elements before `begin` are met."""
        made, count = self._made, len(tokens)
        for number in range(begin, len(self._texts)):
            words, least, element = made[number] if number < len(made) else self._make_next()
            if words is not None and least:
                places = [at + step for at in places if 0 <= at < count and tokens[at] in words]
            elif element.spreads:
                places = element.spread(tokens, places, step)
            else:
                places = [*{next_at: None for at in places for next_at in element.reach(tokens, at, step)}]
            if not places:
                break
        return places

    def end(self, tokens: Sequence[str], place: int) -> int | None:
        """Return one past the last word taken, by taking as few as possible, or None."""
        places = self.reach(tokens, place, self.step)
        if len(places) < 2:
            return places[0] if places else None
        return min(places) if self.step > 0 else max(places)

    def _make_next(self) -> tuple[frozenset[str] | None, int, Element]:
        element = self._classes.element(self._texts[len(self._made)], self.step)
        simple = not element.is_special and (element.most == 1 or not element.least)
        made = element.words if simple else None, element.least, element
        self._made.append(made)
        return made


def pauses(token: str) -> bool:
    """Tell whether a token separates two clauses: punctuation, a line end, or an emoji."""
    return not token[0].isalnum()


def _only_marks(tokens: Sequence[str], place: int, step: int) -> bool:
    """Tell whether nothing but a few pauses stands from `place` to the edge of the message."""
    for _ in range(MOST_MARKS):
        if not 0 <= place < len(tokens):
            return True
        if not pauses(tokens[place]):
            return False
        place += step
    return False
