"""Which sentences of a message laugh: a laugh takes back its own sentence, and no other."""

from collections.abc import Iterable, Sequence, Set
from functools import cached_property

from bot.services.feelings.elements import pauses

Span = tuple[int, int]

ENDS = frozenset(".!?…\n")


class Laughter:
    """The laughs of a message, by sentence; a sentence that is nothing but a laugh belongs to the one before it."""

    def __init__(self, tokens: Sequence[str], laughs: Iterable[Span]) -> None:
        self._tokens = tokens
        self._laughing = frozenset(place for span in laughs for place in range(*span))

    def is_near(self, span: Span) -> bool:
        """Tell whether a laugh stands in a sentence of which what stands at `span` is a part."""
        if not self._laughing:
            return False
        sentence_of, merry = self._sentences
        return any(sentence_of[place] in merry for place in (span[0], span[1] - 1))

    @cached_property
    def _sentences(self) -> tuple[Sequence[int], Set[int]]:
        """Return which sentence each place is in, and the sentences that laugh."""
        sentence, says_more = 0, False
        sentence_of: list[int] = []
        merry, spoken = set[int](), set[int]()
        for place, token in enumerate(self._tokens):
            sentence_of.append(sentence)
            if place in self._laughing:
                merry.add(sentence)
            elif not pauses(token):
                spoken.add(sentence)
                says_more = True
            if token in ENDS and (says_more or sentence in merry):
                sentence, says_more = sentence + 1, False
        return sentence_of, {one if one in spoken else one - 1 for one in merry}
