"""The classes of words and sequences of one language, and what is made of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from itertools import chain
from sys import intern

from bot.services.feelings.elements import CLAUSE_EDGES, EDGES, GAP, MESSAGE_EDGES, Element, Outward
from bot.services.feelings.plain_text import draw_faces
from bot.services.feelings.sieve import MOST_NEEDS, Sieve

# The commonest word of a language is said about as often as all those below this rank together; the others follow.
HEAD = 3
_CLASS = re.compile("<.+>|{.+}")
_NO_WORD = re.compile(r"[\s|?*+]+")


class Classes(dict[str, Iterable[str]]):
    """The classes of one language by name, with what was made of them: most elements stand in many patterns.

    `everyday` are the commonest words of the language, the commonest first.
    """

    def __init__(self, classes: Mapping[str, Iterable[str]], everyday: Iterable[str] = ()) -> None:
        super().__init__(classes)
        self._often = {word: 1 / (rank + HEAD) for rank, word in enumerate(everyday)}
        self._seldom = 1 / (HEAD + len(self._often)) ** 2
        self._words: dict[str, frozenset[str]] = {}
        self._elements: dict[tuple[str, int], Element] = {}
        self._firsts: dict[tuple[str, int], tuple[frozenset[str] | None, bool]] = {}
        self.sieve = Sieve()
        self._how_often: dict[str, float | None] = {}
        self._longest: dict[str, int] = {}
        self._named: dict[tuple[str, frozenset[str]], frozenset[str]] = {}

    def words(self, text: str) -> frozenset[str]:
        """Return the words of an element, without what says how often they come."""
        known = self._words.get(text)
        if known is None:
            known = self._words[text] = frozenset(self.each_word(text))
        return known

    def each_word(self, text: str) -> Sequence[str]:
        """Return the words of an element, without keeping them."""
        words = self._listed(text)
        if not "".join(words).isalnum():
            words = [word if word.isalnum() or word in MESSAGE_EDGES else draw_faces(word).strip() for word in words]
        return [*map(intern, words)]

    def vocabulary(self, patterns: Iterable[str]) -> set[str]:
        """Return the words, but no emoji, that patterns take by name."""
        found, seen = set[str](), set[str]()
        texts = [*patterns]
        while texts:
            named = " ".join({part for text in texts for part in text.split() if part[0] not in "!~"})
            words = {*_NO_WORD.split(named.lower())} - seen
            seen |= words
            found.update(filter(str.isalnum, words))
            texts = [one for word in words if _CLASS.fullmatch(word) for one in self[word[1:-1]]]
        return found

    def outward(self, texts: Sequence[str], step: int) -> Outward:
        """Return the sequence of these elements."""
        return Outward(texts, self, step)

    def first(self, texts: Sequence[str], step: int) -> Sequence[frozenset[str]]:
        """Return sets of words of which one has to stand first where these elements do; none where anything may."""
        found: list[frozenset[str]] = []
        for text in texts[::step]:
            known = self._firsts.get((text, step))
            if known is None:
                known = self._firsts[text, step] = self._first_of(text, step)
            words, may_be_missing = known
            if words is None:
                return ()
            found.append(words)
            if not may_be_missing:
                return found
        return ()

    def _first_of(self, text: str, step: int) -> tuple[frozenset[str] | None, bool]:
        """Return the words of which an element takes one first, None for any, and whether it may take none."""
        if text == "*" or text[0] == "~":
            return None, True
        if text[0] == "!":
            return frozenset(), True
        if text.startswith("{"):
            several = [self.first(sequence.split(), step) for sequence in self[text.strip("{}?")]]
            words = frozenset[str]().union(*chain.from_iterable(several)) if all(several) else None
            return words, text.endswith("?")
        lowered, often = _lowered(text)
        words = self.words(lowered)
        return words if EDGES.isdisjoint(words) else None, often in ("?", "*")

    def longest(self, texts: Sequence[str]) -> int:
        """Return how many words these elements take at most, or more."""
        total = 0
        for text in texts:
            known = self._longest.get(text)
            if known is None:
                known = self._longest[text] = self._longest_of(text)
            total += known
        return total

    def _longest_of(self, text: str) -> int:
        if text.startswith("{"):
            return max((self.longest(sequence.split()) for sequence in self[text.strip("{}?")]), default=0)
        if text[0] == "!":
            return 0
        return GAP if text[-1] in "*+" else 1

    def apart(self) -> "Classes":
        """Return these with a sieve of their own, for patterns that are not looked for together with the others."""
        apart = copy(self)
        apart.sieve = Sieve()
        return apart

    def named_in(self, text: str, among: frozenset[str]) -> frozenset[str]:
        """Return those of some words that an element takes by name."""
        known = self._named.get((text, among))
        if known is None:
            known = self._named[text, among] = self._find_named(text, among)
        return known

    def _find_named(self, text: str, among: frozenset[str]) -> frozenset[str]:
        if text == "*" or text[0] in "!~":
            return frozenset()
        if text.startswith("{"):
            parts = {part for sequence in self[text.strip("{}?")] for part in sequence.split()}
            return frozenset[str]().union(*(self.named_in(part, among) for part in parts))
        return among.intersection(self.each_word(_lowered(text)[0]))

    def needs(self, elements: Iterable[str]) -> tuple[frozenset[str], ...]:
        """Return sets of words, of each of which one stands wherever these elements do, the rarest said first."""
        counted = self._how_often
        found: list[tuple[float, str]] = []
        for text in elements:
            if text not in counted:
                counted[text] = self._count(text)
            often = counted[text]
            if often is not None:
                found.append((often, text))
        found.sort()
        return tuple([self._needed(text) for _, text in found[:MOST_NEEDS]])

    def _needed(self, text: str) -> frozenset[str]:
        if not text.startswith("{"):
            return self.words(_lowered(text)[0])
        known = self._words.get(text)
        if known is None:
            sequences = (self.needs(sequence.split()) for sequence in self[text.strip("{}")])
            known = self._words[text] = frozenset[str]().union(*(needs[0] for needs in sequences))
        return known

    def _count(self, text: str) -> float | None:
        if text == "*" or text[0] in "!~":
            return None
        if text.startswith("{"):
            sequences = [self.needs(sequence.split()) for sequence in self[text.strip("{}?")]]
            if text.endswith("?") or not all(sequences):
                return None
            lowered, times = "|".join(word for needs in sequences for word in needs[0]), ""
        else:
            lowered, times = _lowered(text)
        words = self._listed(lowered)
        # A pause is no word, and an edge is nothing that stands there.
        if times in ("?", "*") or not "".join(words).isalnum():
            return None
        return sum([self._often.get(word, self._seldom) for word in words])

    def _listed(self, text: str) -> Sequence[str]:
        words = text.split("|")
        if "<" not in text:
            return words
        return [one for word in words for one in (self[word[1:-1]] if _CLASS.fullmatch(word) else (word,))]

    def element(self, text: str, step: int) -> Element:
        """Return an element, made once."""
        known = self._elements.get((text, step))
        if known is None:
            known = self._elements[text, step] = self._new_element(text, step)
        return known

    def _new_element(self, text: str, step: int) -> Element:
        if text == "*":
            return Element(least=0, most=GAP, others=True)
        if text.startswith("{"):
            options: defaultdict[str, list[Outward]] = defaultdict(list)
            for sequence in self[text.strip("{}?")]:
                option = self.outward(sequence.split(), step)
                for word in {*chain.from_iterable(self.first(sequence.split(), step))} or ("",):
                    options[word].append(option)
            return Element(least=0 if text.endswith("?") else 1, options=dict(options))
        if text.startswith("!"):
            return Element(self.words(text[1:]), refuses=True)
        lowered, often = _lowered(text.removeprefix("~"))
        words = self.words(lowered)
        return Element(
            words if EDGES.isdisjoint(words) else words - EDGES,
            least=0 if often in ("?", "*") else 1,
            most=GAP if often in ("*", "+") else 1,
            others=text.startswith("~"),
            clause_edge=not words.isdisjoint(CLAUSE_EDGES),
            message_edge=not words.isdisjoint(MESSAGE_EDGES),
        )


def _lowered(text: str) -> tuple[str, str]:
    """Return the words of an element, written as they are said if it is a key, and how often they come."""
    if text.isupper():
        return text.lower(), ""
    often = text[-1] if text[-1] in "?*+" and len(text) > 1 else ""
    return text.removesuffix(often), often
