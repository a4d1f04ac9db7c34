"""The signs of one language that are no sentence: laughs, joy, and what makes a weak word of sadness count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from bot.services.feelings.attention import WordList
from bot.services.feelings.elements import pauses
from bot.services.feelings.patterns import has_key
from bot.services.feelings.phrases import Phrases
from bot.services.feelings.plain_text import tokenize
from bot.services.feelings.spoken import Spoken

Span = tuple[int, int]

_NO_WORDS: frozenset[str] = frozenset()
# How many words away from a weak sign, in its clause, a strong one still goes with it.
REACH = 4


class Marks:
    """Words, emoji, phrases, and patterns where a key is in capitals."""

    def __init__(self, entries: Iterable[str], classes: Mapping[str, Iterable[str]]) -> None:
        entries = [*entries]
        forms = [tuple(tokenize(entry)) for entry in entries if not has_key(entry)]
        self._words = frozenset(form[0] for form in forms if len(form) == 1)
        self._phrases = WordList(form for form in forms if len(form) > 1)
        self.patterns = Phrases(((None, entry) for entry in entries if has_key(entry)), classes)

    @property
    def words(self) -> frozenset[str]:
        """Return every word that stands in one of them which is no pattern."""
        return self._words | self._phrases.words

    def stand_in(self, spoken: Spoken) -> bool:
        """Tell whether one of them stands in a message."""
        return not self._words.isdisjoint(spoken.words) or next(self._longer(spoken, _NO_WORDS), None) is not None

    def spans(self, spoken: Spoken) -> list[Span]:
        """Return where they stand."""
        return [span for span, _ in self.found(spoken, _NO_WORDS)]

    def found(self, spoken: Spoken, among: frozenset[str]) -> list[tuple[Span, Set[str]]]:
        """Return where they stand, each with what it says: its key, and those of some words that it names besides."""
        single: list[tuple[Span, Set[str]]] = []
        if not self._words.isdisjoint(spoken.words):
            places = enumerate(spoken.tokens)
            single = [((place, place + 1), frozenset((token,))) for place, token in places if token in self._words]
        return [*single, *self._longer(spoken, among)]

    def _longer(self, spoken: Spoken, among: frozenset[str]) -> Iterator[tuple[Span, Set[str]]]:
        tokens = spoken.tokens
        if not self._phrases.keys.isdisjoint(spoken.words):
            for begin, end in self._phrases.spans(spoken):
                yield (begin, end), frozenset(tokens[begin:end])
        for place, _, pattern, span in self.patterns.found(spoken):
            named = pattern.named(among)
            yield span, (named and named - pattern.keys) | {tokens[place]}


class Signs:
    """The signs of one language."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        classes = table["classes"]
        self.laughs, self.joys = Marks(table["laughs"], classes), Marks(table["joys"], classes)
        # What tells that a bad time is over.
        self.recoveries = Marks(table.get("recoveries", ()), classes)
        self._sad, self._strong = (Marks(table["signs"][name], classes) for name in ("sad", "strong"))
        marks = (self.laughs, self.joys, self.recoveries, self._sad, self._strong)
        self.phrases = [mark.patterns for mark in marks]
        self.vocabulary = frozenset[str]().union(*(mark.words for mark in marks))

    def second_to(self, weak: Sequence[Span], spoken: Spoken) -> tuple[Span, Span] | None:
        """Return a weak sign with what makes it count: another one, a sad face, or a strong word next to it."""
        for place, span in enumerate(weak):
            for other in weak[place + 1 :]:
                if _apart(span, other):
                    return span, other
        sad, strong = self._sad.spans(spoken), self._strong.spans(spoken)
        for span in weak:
            for sign in sad:
                if _apart(span, sign):
                    return span, sign
            begin, end = _around(span, spoken.tokens)
            for sign in strong:
                if begin <= sign[0] and sign[1] <= end:
                    return span, sign
        return None


def _apart(one: Span, other: Span) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]


def _around(span: Span, tokens: Sequence[str]) -> Span:
    """Return a span with the words next to it in its clause."""
    begin, end = span
    while begin > max(span[0] - REACH, 0) and not pauses(tokens[begin - 1]):
        begin -= 1
    while end < min(span[1] + REACH, len(tokens)) and not pauses(tokens[end]):
        end += 1
    return begin, end
