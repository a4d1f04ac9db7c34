"""The classes of words and sequences of one language, and what is made of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
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
        self._named: dict[tuple[str, frozenset[str]], frozenset[str]] = {}
        # What patterns are known by, until all of them are.
        self._listed: dict[str, Sequence[str]] = {}
        self._firsts: dict[tuple[str, int], tuple[str | None, bool]] = {}
        self._how_often: dict[str, tuple[float, str, str] | None] = {}
        self.sieve = Sieve(self.listed)

    def make_ready(self) -> None:
        """Make the sieve ready: no more patterns are to come."""
        self.sieve.make_ready()

    def forget(self) -> None:
        """Forget what only more patterns, or a first look that is still to be made, would ask again."""
        for known in (self._listed, self._firsts, self._how_often):
            known.clear()

    def words(self, name: str) -> frozenset[str]:
        """Return the words of an element, without what says how often they come, or those that have this name."""
        known = self._words.get(name)
        if known is None:
            known = self._words[name] = frozenset(self._list(name))
        return known

    def listed(self, name: str) -> Sequence[str]:
        """Return the same words, in no set: most are never asked for but once."""
        known = self._listed.get(name)
        if known is None:
            known = self._listed[name] = self._list(name)
        return known

    def _list(self, name: str) -> Sequence[str]:
        if name[0] == "{":
            sequences, step = self[name[1 : name.index("}")]], name[name.index("}") + 1 :]
            found = (
                self.first(sequence.split(), int(step)) if step else self.needs(sequence.split())[:1]
                for sequence in sequences
            )
            return [*dict.fromkeys(chain.from_iterable(map(self.listed, chain.from_iterable(found))))]
        words = self._split(name)
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
            found.update(map(intern, filter(str.isalnum, words)))
            texts = [one for word in words if _CLASS.fullmatch(word) for one in self[word[1:-1]]]
        return found

    def outward(self, texts: Sequence[str], step: int) -> Outward:
        """Return the sequence of these elements."""
        return Outward(texts, self, step)

    def first(self, texts: Sequence[str], step: int) -> Sequence[str]:
        """Return names of words of which one has to stand first where these elements do; none where anything may."""
        found: list[str] = []
        for text in texts[::step]:
            known = self._firsts.get((text, step))
            if known is None:
                known = self._firsts[text, step] = self._first_of(text, step)
            name, may_be_missing = known
            if name is None:
                return ()
            if name:
                found.append(name)
            if not may_be_missing:
                return found
        return ()

    def first_words(self, texts: Sequence[str], step: int) -> Set[str]:
        """Return the words of which one has to stand first where these elements do; none where anything may."""
        return {*chain.from_iterable(map(self.listed, self.first(texts, step)))}

    def _first_of(self, text: str, step: int) -> tuple[str | None, bool]:
        """Return of which words an element takes one first, None for any, and whether it may take none."""
        if text == "*" or text[0] == "~":
            return None, True
        if text[0] == "!":
            return "", True
        if text[0] == "{":
            name = text.removesuffix("?")
            known = all(self.first(sequence.split(), step) for sequence in self[name[1:-1]])
            return f"{name}{step}" if known else None, name != text
        lowered, often = _lowered(text)
        return lowered if EDGES.isdisjoint(self.listed(lowered)) else None, often in ("?", "*")

    def apart(self) -> "Classes":
        """Return these with a sieve of their own, for patterns that are not looked for together with the others."""
        apart = copy(self)
        apart.sieve = Sieve(apart.listed)
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
        return among.intersection(self._list(_lowered(text)[0]))

    def needs(self, elements: Iterable[str]) -> tuple[str, ...]:
        """Return names of words, of each of which one stands wherever these elements do, the rarest said first."""
        counted = self._how_often
        found: list[tuple[float, str, str]] = []
        for text in elements:
            often = counted[text] if text in counted else self._count(text)
            if often is not None:
                found.append(often)
        found.sort()
        return tuple([name for _, _, name in found[: MOST_NEEDS + 1]])

    def _count(self, text: str) -> tuple[float, str, str] | None:
        """Return how often one of the words of an element is said, and what they are named, if it needs one."""
        known = self._how_often[text] = self._new_count(text)
        return known

    def _new_count(self, text: str) -> tuple[float, str, str] | None:
        if text == "*" or text[0] in "!~":
            return None
        if text[0] == "{":
            if text[-1] == "?" or not all(self.needs(sequence.split()) for sequence in self[text[1:-1]]):
                return None
            name, words = text, self.listed(text)
        else:
            name, times = _lowered(text)
            if times in ("?", "*"):
                return None
            words = self._split(name)
            # A pause is no word, and an edge is nothing that stands there.
            if not "".join(words).isalnum():
                return None
        often, seldom = self._often, self._seldom
        return sum([often.get(word, seldom) for word in words]), text, intern(name)

    def _split(self, name: str) -> Sequence[str]:
        words = name.split("|")
        if "<" not in name:
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
                for word in self.first_words(sequence.split(), step) or ("",):
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
