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
from typing import Self

from bot.services.feelings.classes import Classes
from bot.services.feelings.elements import Outward


class Pattern:
    """A phrase around its keys."""

    __slots__ = ("_after", "_before", "_classes", "_named", "_text")

    def __init__(self, text: str, classes: Classes) -> None:
        self._text, self._classes = text, classes
        self._named: tuple[frozenset[str], frozenset[str]] | None = None
        elements = text.split()
        place = key_place(elements)
        self._before = classes.outward(elements[:place], -1)
        self._after = classes.outward(elements[place + 1 :], 1)

    @property
    def keys(self) -> frozenset[str]:
        """Return the words of its key."""
        elements = self._text.split()
        return self._classes.words(elements[key_place(elements)].lower())

    def named(self, among: frozenset[str]) -> frozenset[str]:
        """Return those of some words that it names."""
        known = self._named
        if known is None or known[0] is not among:
            named = (self._classes.named_in(text, among) for text in self._text.split())
            known = self._named = among, frozenset[str]().union(*named)
        return known[1]

    @classmethod
    def compile(cls, text: str, classes: Mapping[str, Iterable[str]]) -> Self:
        """Read a pattern.

        Raises:
            ValueError: it has no key, or more than one.
        """
        return cls(text, _known(classes))

    def match(self, tokens: Sequence[str], place: int) -> tuple[int, int] | None:
        """Return where the phrase around the key at `place` begins and ends (one past), or None."""
        ends = self._after.reach(tokens, place + 1, 1)
        begins = self._before.reach(tokens, place - 1, -1) if ends else ()
        return (max(begins) + 1, min(ends)) if begins else None


def key_place(elements: Sequence[str]) -> int:
    """Return which element of a pattern is its key.

    Raises:
        ValueError: none is, or more than one.
    """
    places = [place for place, element in enumerate(elements) if element.isupper()]
    if len(places) != 1:
        raise ValueError(f"a pattern has one key, in capitals: {' '.join(elements)!r}")
    return places[0]


def match_backward(sequence: Outward, tokens: Sequence[str], place: int) -> int | None:
    """Match a sequence so that its last word stands at `place`; return where its first word is."""
    before = sequence.end(tokens, place)
    return None if before is None else before + 1


def compile_sequence(text: str, classes: Mapping[str, Iterable[str]]) -> Outward:
    """Read a pattern that has no key, to be matched from its end."""
    return _known(classes).outward(text.split(), -1)


def by_last_word(sequences: Iterable[str], classes: Mapping[str, Iterable[str]]) -> dict[str, list[Outward]]:
    """Compile patterns that have no key, each under every word that may be its last; that one may not be missing."""
    known, found = _known(classes), defaultdict[str, list[Outward]](list)
    for text in sequences:
        sequence = known.outward(text.split(), -1)
        for word in known.first_words(text.split(), -1):
            found[word].append(sequence)
    return dict(found)


def match_ending(sequences: Mapping[str, Iterable[Outward]], tokens: Sequence[str], place: int) -> int | None:
    """Return where the longest sequence whose last word stands at `place` begins, or None."""
    found = (match_backward(sequence, tokens, place) for sequence in sequences.get(tokens[place], ()))
    return min((begin for begin in found if begin is not None), default=None)


def said(tokens: Sequence[str], span: tuple[int, int]) -> str:
    """Return the words of a span as one text."""
    return " ".join(tokens[span[0] : span[1]])


def has_key(text: str) -> bool:
    """Tell whether a text is a pattern with a key."""
    return any(map(str.isupper, text.split()))


def _known(classes: Mapping[str, Iterable[str]]) -> Classes:
    return classes if isinstance(classes, Classes) else Classes(classes)
