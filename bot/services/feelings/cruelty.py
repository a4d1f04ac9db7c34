"""Reads in one language, in the second person, whether a message would wound whoever it is said to."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.services.feelings.elements import pauses
from bot.services.feelings.signs import Marks, Span
from bot.services.feelings.spoken import Spoken

# How many words before a phrase may deny it, and how many may stand between it and who is said to have said it.
DENIED_FROM = 3
REPORTED_FROM = 4


class Cruelty:
    """Invitations to die and contempt, and what only sounds like them."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        classes = table["classes"].apart()
        self._phrases, self._rough, self._praise, self._frames, self._kind = (
            Marks(table["cruelty"][name], classes) for name in ("phrases", "rough", "praise", "frames", "except")
        )
        self._denials, self._denied_after = (frozenset(table["cruelty"][name]) for name in ("denials", "denied_after"))
        self.vocabulary = self.masked | classes.vocabulary(self._phrases.patterns.texts)

    @property
    def masked(self) -> frozenset[str]:
        """Return the words that people mask."""
        return frozenset[str]().union(*((*each.words, *each.patterns.keys) for each in (self._phrases, self._rough)))

    def stands_in(self, spoken: Spoken) -> bool:
        """Tell whether a cruel phrase stands in a message, where nothing denies it, belies it or makes it kind."""
        cruel = self._phrases.found(spoken, self._denials)
        if not self._praise.stand_in(spoken):
            cruel += self._rough.found(spoken, self._denials)
        if not cruel:
            return False
        tokens, kind, frames = spoken.tokens, self._kind.spans(spoken), self._frames.spans(spoken)
        return any(
            not any(_overlap(span, other) for other in kind)
            and not any(_reports(frame, span, tokens) for frame in frames)
            and (not self._denials.isdisjoint(words) or not self._is_denied(span, tokens))
            for span, words in cruel
        )

    def _is_denied(self, span: Span, tokens: Sequence[str]) -> bool:
        begin = span[0]
        while begin > max(span[0] - DENIED_FROM, 0) and not pauses(tokens[begin - 1]):
            begin -= 1
        after = tokens[span[1] : span[1] + 1]
        return not (self._denials.isdisjoint(tokens[begin : span[1]]) and self._denied_after.isdisjoint(after))


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _reports(frame: Span, span: Span, tokens: Sequence[str]) -> bool:
    """Tell whether a frame begins before a phrase, in its clause, and near it."""
    if not frame[0] <= span[0] <= frame[1] + REPORTED_FROM:
        return False
    return not any(map(pauses, tokens[frame[0] : max(span[0], frame[1])]))
