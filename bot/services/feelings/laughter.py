"""Which sentences of a message laugh: a laugh takes back its own sentence, and no other."""

from collections.abc import Iterable, Sequence

from bot.services.feelings.elements import pauses

Span = tuple[int, int]

ENDS = frozenset(".!?…\n")


class Laughter:
    """The laughs of a message, by sentence; a sentence that is nothing but a laugh belongs to the one before it."""

    def __init__(self, tokens: Sequence[str], laughs: Iterable[Span]) -> None:
        self._sentence_of: list[int] = []
        self._merry: set[int] = set()
        laughing = frozenset(place for span in laughs for place in range(*span))
        if not laughing:
            return
        sentence, says_more = 0, False
        merry, spoken = set[int](), set[int]()
        for place, token in enumerate(tokens):
            self._sentence_of.append(sentence)
            if place in laughing:
                merry.add(sentence)
            elif not pauses(token):
                spoken.add(sentence)
                says_more = True
            if token in ENDS and (says_more or sentence in merry):
                sentence, says_more = sentence + 1, False
        self._merry = {one if one in spoken else one - 1 for one in merry}

    def is_near(self, span: Span) -> bool:
        """Tell whether a laugh stands in a sentence of which what stands at `span` is a part."""
        if not self._merry:
            return False
        return any(self._sentence_of[place] in self._merry for place in (span[0], span[1] - 1))
