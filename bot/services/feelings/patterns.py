"""A small language for phrases, matched on lists of words without ever going back over them more than a little.

A pattern is words with spaces between them. `a|b` is either word and `<name>` any word of a class; `word?` may be
missing, `word*` comes up to three times or not at all, `*` alone stands for up to three words whatever they are, and
`^` and `$` are the beginning and the end of a clause. `{name}` is any sequence of a class, and `!a|b` takes no word but
refuses these: after the key as the next word, before it as the one before.
One element, in capitals, is the key: the phrase is looked for only around it (`j ai <so>* envie de PLEURER|CHIALER`).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

GAP = 3
# How often one key of a message is looked at.
MOST_TIMES = 8
EDGES = frozenset("^$")


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a pattern: the words it takes (None: any but a pause), how often, and whether an edge will do."""

    words: frozenset[str] | None
    least: int = 1
    most: int = 1
    edge: bool = False
    refuses: bool = False
    options: tuple[tuple["Element", ...], ...] = ()

    def named(self) -> frozenset[str]:
        """Return every word that it may take."""
        if self.refuses:
            return frozenset()
        return (self.words or frozenset()).union(*(one.named() for option in self.options for one in option))

    def takes(self, token: str) -> bool:
        """Tell whether this word may stand here."""
        return not pauses(token) if self.words is None else token in self.words


def pauses(token: str) -> bool:
    """Tell whether a token separates two clauses: punctuation, a line end, or an emoji."""
    return not token[0].isalnum()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase around its key; `before` is in reading order, `words` is every word that it names."""

    before: tuple[Element, ...]
    keys: frozenset[str]
    after: tuple[Element, ...]
    words: frozenset[str]

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
        before = tuple(_element(element, classes) for element in elements[:place])
        keys = _words(elements[place].lower(), classes)
        after = tuple(_element(element, classes) for element in elements[place + 1 :])
        words = keys.union(*(element.named() for element in (*before, *after)))
        return cls(before, keys, after, words)

    def match(self, tokens: Sequence[str], place: int) -> tuple[int, int] | None:
        """Return where the phrase around the key at `place` begins and ends (one past), or None."""
        end = match_forward(self.after, tokens, place + 1)
        if end is None:
            return None
        begin = match_backward(self.before, tokens, place - 1)
        return None if begin is None else (begin, end)


def match_forward(elements: Sequence[Element], tokens: Sequence[str], place: int) -> int | None:
    """Match elements from `place` on, with as few words as possible; return one past the last word taken."""
    if not elements:
        return place
    element, rest = elements[0], elements[1:]
    if element.refuses:
        stands = place < len(tokens) and tokens[place] in (element.words or ())
        return None if stands else match_forward(rest, tokens, place)
    if element.options:
        for option in element.options:
            found = match_forward((*option, *rest), tokens, place)
            if found is not None:
                return found
        return None if element.least else match_forward(rest, tokens, place)
    if element.edge and (place >= len(tokens) or pauses(tokens[place])):
        return match_forward(rest, tokens, place)
    for taken in range(element.most + 1):
        if taken >= element.least:
            found = match_forward(rest, tokens, place + taken)
            if found is not None:
                return found
        if place + taken >= len(tokens) or not element.takes(tokens[place + taken]):
            return None
    return None


def match_backward(elements: Sequence[Element], tokens: Sequence[str], place: int) -> int | None:
    """Match elements, in reading order, so that the last one stands at `place`; return where the first word is."""
    if not elements:
        return place + 1
    element, rest = elements[-1], elements[:-1]
    if element.refuses:
        stands = place >= 0 and tokens[place] in (element.words or ())
        return None if stands else match_backward(rest, tokens, place)
    if element.options:
        for option in element.options:
            found = match_backward((*rest, *option), tokens, place)
            if found is not None:
                return found
        return None if element.least else match_backward(rest, tokens, place)
    if element.edge and (place < 0 or pauses(tokens[place])):
        return match_backward(rest, tokens, place)
    for taken in range(element.most + 1):
        if taken >= element.least:
            found = match_backward(rest, tokens, place - taken)
            if found is not None:
                return found
        if place - taken < 0 or not element.takes(tokens[place - taken]):
            return None
    return None


def compile_sequence(text: str, classes: Mapping[str, Iterable[str]]) -> tuple[Element, ...]:
    """Read a pattern that has no key."""
    return tuple(_element(element, classes) for element in text.split())


def by_key(patterns: Iterable[str], classes: Mapping[str, Iterable[str]]) -> dict[str, list[Pattern]]:
    """Compile patterns, each under every word that may be its key."""
    found: defaultdict[str, list[Pattern]] = defaultdict(list)
    for text in patterns:
        pattern = Pattern.compile(text, classes)
        for key in pattern.keys:
            found[key].append(pattern)
    return dict(found)


def by_last_word(
    sequences: Iterable[str], classes: Mapping[str, Iterable[str]]
) -> dict[str, list[tuple[Element, ...]]]:
    """Compile patterns that have no key, each under every word that may be its last; that one may not be missing."""
    found: defaultdict[str, list[tuple[Element, ...]]] = defaultdict(list)
    for text in sequences:
        sequence = compile_sequence(text, classes)
        for word in sequence[-1].words or ():
            found[word].append(sequence)
    return dict(found)


def match_ending(sequences: Mapping[str, Iterable[Sequence[Element]]], tokens: Sequence[str], place: int) -> int | None:
    """Return where the longest sequence whose last word stands at `place` begins, or None."""
    found = (match_backward(sequence, tokens, place) for sequence in sequences.get(tokens[place], ()))
    return min((begin for begin in found if begin is not None), default=None)


def find_places(tokens: Sequence[str], keys: Collection[str]) -> list[int]:
    """Return where keys stand: each as often as people write it, and no more, so that any text is read at once."""
    places = [place for place, token in enumerate(tokens) if token in keys]
    if len(places) <= MOST_TIMES:
        return places
    seen: Counter[str] = Counter()
    few: list[int] = []
    for place in places:
        seen[tokens[place]] += 1
        if seen[tokens[place]] <= MOST_TIMES:
            few.append(place)
    return few


def said(tokens: Sequence[str], span: tuple[int, int]) -> str:
    """Return the words of a span as one text."""
    return " ".join(tokens[span[0] : span[1]])


def _is_key(element: str) -> bool:
    return element.strip("<>").isupper()


def _element(text: str, classes: Mapping[str, Iterable[str]]) -> Element:
    if text.startswith("{"):
        sequences = classes[text.strip("{}?")]
        options = tuple(compile_sequence(sequence, classes) for sequence in sequences)
        return Element(None, least=0 if text.endswith("?") else 1, options=options)
    if text.startswith("!"):
        return Element(_words(text[1:], classes), least=0, refuses=True)
    if text == "*":
        return Element(None, least=0, most=GAP)
    words = _words(text.rstrip("?*"), classes)
    return Element(
        words - EDGES,
        least=0 if text[-1] in "?*" else 1,
        most=GAP if text.endswith("*") else 1,
        edge=not words.isdisjoint(EDGES),
    )


def _words(text: str, classes: Mapping[str, Iterable[str]]) -> frozenset[str]:
    words: set[str] = set()
    for word in text.split("|"):
        words.update(classes[word.strip("<>")] if word.startswith("<") else (word,))
    return frozenset(words)
