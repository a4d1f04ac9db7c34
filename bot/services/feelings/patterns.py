"""A small language for phrases, matched on lists of words in one pass outwards from a key.

A pattern is words with spaces between them. `a|b` is either word and `<name>` any word of a class; `~a|b` is one word
that is neither. `word?` may be missing, `word*` comes up to three times or not at all, `word+` once to three times, and
`*` alone stands for up to three words whatever they are. `^` and `$` are the beginning and the end of a clause, `^^`
and `$$` those of the message. `{name}` is any sequence of a class, and `!a|b` takes no word but refuses these: after
the key as the next word, before it as the one before. An emoticon is written as people type it.
One element, in capitals, is the key: the phrase is looked for only around it (`j ai <so>* envie de PLEURER|CHIALER`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from bot.services.feelings.plain_text import draw_faces

GAP = 3
CLAUSE_EDGES, MESSAGE_EDGES = frozenset("^$"), frozenset(("^^", "$$"))
# How many marks after the last word of a message still end it.
MOST_MARKS = 12


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

    @property
    def is_plain(self) -> bool:
        """Tell whether it takes one of its words and nothing else."""
        edge = self.clause_edge or self.message_edge
        return self.least == self.most == 1 and not (edge or self.others or self.refuses or self.options)

    def collect(self, found: set[str], seen: set[int]) -> None:
        """Add every word that it may take and that it names; `seen` are the sequences that were asked before."""
        if not (self.refuses or self.others):
            found |= self.words
            for several in (self.options or {}).values():
                for sequence in several:
                    sequence.collect(found, seen)

    def reach(self, tokens: Sequence[str], place: int, step: int) -> Iterable[int]:
        """Return the places that are left to match after this element took what stands from `place` on."""
        there = 0 <= place < len(tokens)
        if self.refuses:
            return () if there and tokens[place] in self.words else (place,)
        if self.options is not None:
            return self._reach_by_options(tokens, place, step)
        if self.clause_edge and (not there or pauses(tokens[place])):
            return (place,)
        if self.message_edge and (not there or _only_marks(tokens, place, step)):
            return (place,)
        found = [] if self.least else [place]
        for taken in range(1, self.most + 1):
            if not (0 <= place < len(tokens) and self._takes(tokens[place])):
                break
            place += step
            if taken >= self.least:
                found.append(place)
        return found

    def _reach_by_options(self, tokens: Sequence[str], place: int, step: int) -> Iterable[int]:
        options = self.options or {}
        found = [] if self.least else [place]
        if 0 <= place < len(tokens):
            for option in options.get(tokens[place], ()):
                found += option.reach(tokens, place, step)
        for option in options.get("", ()):
            found += option.reach(tokens, place, step)
        return found

    def _takes(self, token: str) -> bool:
        return not pauses(token) and token not in self.words if self.others else token in self.words


class Classes(dict[str, Iterable[str]]):
    """The classes of one language by name, with what was compiled of them: most elements stand in many patterns."""

    def __init__(self, classes: Mapping[str, Iterable[str]]) -> None:
        super().__init__(classes)
        self.elements: dict[tuple[str, int], Element] = {}
        self.sequences: dict[tuple[str, int], Outward] = {}


class Outward:
    """Elements in a row, in the order in which they are met on the way from a key."""

    __slots__ = ("_elements", "begins", "step")

    def __init__(self, texts: Sequence[str], classes: Classes, *, step: int) -> None:
        self.step = step
        elements = [_element(text, classes, step) for text in texts[::step]]
        self._elements = [(element.words if element.is_plain else None, element) for element in elements]
        self.begins = _first_words(elements)

    @property
    def words(self) -> frozenset[str]:
        """Return every word that it names."""
        found: set[str] = set()
        self.collect(found, set())
        return frozenset(found)

    def collect(self, found: set[str], seen: set[int]) -> None:
        """Add every word that it names, unless it is among those `seen`."""
        if id(self) not in seen:
            seen.add(id(self))
            for _, element in self._elements:
                element.collect(found, seen)

    def reach(self, tokens: Sequence[str], place: int, step: int) -> Sequence[int]:
        """Return the places one past the last word taken, in each way that the elements stand from `place` on."""
        places: Sequence[int] = (place,)
        for words, element in self._elements:
            if words is not None:
                places = [at + step for at in places if 0 <= at < len(tokens) and tokens[at] in words]
            elif len(places) == 1:
                places = [*element.reach(tokens, places[0], step)]
            else:
                places = [*{next_at: None for at in places for next_at in element.reach(tokens, at, step)}]
            if not places:
                break
        return places

    def end(self, tokens: Sequence[str], place: int) -> int | None:
        """Return one past the last word taken, by taking as few as possible, or None."""
        begins = self.begins
        if begins is not None and not (0 <= place < len(tokens) and tokens[place] in begins):
            return None
        places = self.reach(tokens, place, self.step)
        if not places:
            return None
        return min(places) if self.step > 0 else max(places)


def pauses(token: str) -> bool:
    """Tell whether a token separates two clauses: punctuation, a line end, or an emoji."""
    return not token[0].isalnum()


class Pattern:
    """A phrase around its keys."""

    __slots__ = ("_after", "_before", "keys")

    def __init__(self, before: Outward, keys: frozenset[str], after: Outward) -> None:
        self._before, self._after = before, after
        self.keys = keys

    @property
    def words(self) -> frozenset[str]:
        """Return every word that it names."""
        found: set[str] = set()
        self.collect(found, set())
        return frozenset(found)

    def collect(self, found: set[str], seen: set[int]) -> None:
        """Add every word that it names, but for those of the sequences in `seen`."""
        found |= self.keys
        self._before.collect(found, seen)
        self._after.collect(found, seen)

    @classmethod
    def compile(cls, text: str, classes: Mapping[str, Iterable[str]]) -> Self:
        """Read a pattern.

        Raises:
            ValueError: it has no key, or more than one.
        """
        elements = text.split()
        places = [place for place, element in enumerate(elements) if _is_key(element)]
        if len(places) != 1:
            raise ValueError(f"a pattern has one key, in capitals: {text!r}")
        (place,) = places
        known = classes if isinstance(classes, Classes) else Classes(classes)
        before, after = _outward(elements[:place], known, -1), _outward(elements[place + 1 :], known, 1)
        return cls(before, _words(elements[place].lower(), known), after)

    def match(self, tokens: Sequence[str], place: int) -> tuple[int, int] | None:
        """Return where the phrase around the key at `place` begins and ends (one past), or None."""
        begins = self._before.begins
        if begins is not None and not (place and tokens[place - 1] in begins):
            return None
        end = self._after.end(tokens, place + 1)
        if end is None:
            return None
        before = self._before.end(tokens, place - 1)
        return None if before is None else (before + 1, end)


def match_backward(sequence: Outward, tokens: Sequence[str], place: int) -> int | None:
    """Match a sequence so that its last word stands at `place`; return where its first word is."""
    before = sequence.end(tokens, place)
    return None if before is None else before + 1


def compile_sequence(text: str, classes: Mapping[str, Iterable[str]]) -> Outward:
    """Read a pattern that has no key, to be matched from its end."""
    return _outward(text.split(), classes if isinstance(classes, Classes) else Classes(classes), -1)


def by_key(patterns: Iterable[str], classes: Mapping[str, Iterable[str]]) -> dict[str, list[Pattern]]:
    """Compile patterns, each under every word that may be its key."""
    found: defaultdict[str, list[Pattern]] = defaultdict(list)
    for text in patterns:
        pattern = Pattern.compile(text, classes)
        for key in pattern.keys:
            found[key].append(pattern)
    return dict(found)


def by_last_word(sequences: Iterable[str], classes: Mapping[str, Iterable[str]]) -> dict[str, list[Outward]]:
    """Compile patterns that have no key, each under every word that may be its last; that one may not be missing."""
    found: defaultdict[str, list[Outward]] = defaultdict(list)
    for text in sequences:
        sequence = compile_sequence(text, classes)
        for word in sequence.begins or ():
            found[word].append(sequence)
    return dict(found)


def match_ending(sequences: Mapping[str, Iterable[Outward]], tokens: Sequence[str], place: int) -> int | None:
    """Return where the longest sequence whose last word stands at `place` begins, or None."""
    found = (match_backward(sequence, tokens, place) for sequence in sequences.get(tokens[place], ()))
    return min((begin for begin in found if begin is not None), default=None)


def said(tokens: Sequence[str], span: tuple[int, int]) -> str:
    """Return the words of a span as one text."""
    return " ".join(tokens[span[0] : span[1]])


def _only_marks(tokens: Sequence[str], place: int, step: int) -> bool:
    """Tell whether nothing but a few pauses stands from `place` to the edge of the message."""
    for _ in range(MOST_MARKS):
        if not 0 <= place < len(tokens):
            return True
        if not pauses(tokens[place]):
            return False
        place += step
    return False


def _first_words(elements: Iterable[Element]) -> frozenset[str] | None:
    """Return the words of which one has to stand first; None when there need not be any of them."""
    begins: set[str] = set()
    for element in elements:
        if element.refuses:
            continue
        if element.others or element.clause_edge or element.message_edge:
            return None
        if element.options is None:
            begins |= element.words
        elif "" in element.options:
            return None
        else:
            begins.update(element.options)
        if element.least:
            return frozenset(begins)
    return None


def has_key(text: str) -> bool:
    """Tell whether a text is a pattern with a key."""
    return any(map(_is_key, text.split()))


def _is_key(element: str) -> bool:
    return element.strip("<>").isupper()


def _outward(texts: Sequence[str], classes: Classes, step: int) -> Outward:
    """Return the sequence of these elements, made once for all the patterns of a language."""
    key = (" ".join(texts), step)
    known = classes.sequences.get(key)
    if known is None:
        known = classes.sequences[key] = Outward(texts, classes, step=step)
    return known


def _element(text: str, classes: Classes, step: int) -> Element:
    """Return an element, made once for all the patterns of a language."""
    known = classes.elements.get((text, step))
    if known is None:
        known = classes.elements[text, step] = _new_element(text, classes, step)
    return known


def _new_element(text: str, classes: Classes, step: int) -> Element:
    if text == "*":
        return Element(least=0, most=GAP, others=True)
    if text.startswith("{"):
        options: defaultdict[str, list[Outward]] = defaultdict(list)
        for sequence in classes[text.strip("{}?")]:
            option = _outward(sequence.split(), classes, step)
            for word in option.begins or ("",):
                options[word].append(option)
        return Element(least=0 if text.endswith("?") else 1, options=dict(options))
    if text.startswith("!"):
        return Element(_words(text[1:], classes), refuses=True)
    others = text.startswith("~")
    often = text[-1] if text[-1] in "?*+" and len(text) > 1 else ""
    words = _words(text.removeprefix("~").removesuffix(often), classes)
    return Element(
        words - CLAUSE_EDGES - MESSAGE_EDGES,
        least=0 if often in ("?", "*") else 1,
        most=GAP if often in ("*", "+") else 1,
        others=others,
        clause_edge=not words.isdisjoint(CLAUSE_EDGES),
        message_edge=not words.isdisjoint(MESSAGE_EDGES),
    )


def _words(text: str, classes: Mapping[str, Iterable[str]]) -> frozenset[str]:
    words: set[str] = set()
    for word in text.split("|"):
        if word.startswith("<") and word.endswith(">"):
            words.update(classes[word.strip("<>")])
        else:
            words.add(word if word in MESSAGE_EDGES else draw_faces(word).strip())
    return frozenset(words)
