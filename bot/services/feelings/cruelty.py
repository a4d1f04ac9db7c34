"""Reads in one language, in the second person, whether a message would wound whoever it is said to."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.services.feelings.signs import Marks


class Cruelty:
    """Invitations to die and contempt, and what only sounds like them."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        cruelty, classes = table["cruelty"], table["classes"]
        self._phrases, self._kind = Marks(cruelty["phrases"], classes), Marks(cruelty["except"], classes)
        self.masked = self._phrases.words.union(self._phrases.patterns)
        self.vocabulary = self.masked.union(
            *(pattern.words for several in self._phrases.patterns.values() for pattern in several)
        )

    def stands_in(self, tokens: Sequence[str]) -> bool:
        """Tell whether a cruel phrase stands in a message where no kind one is said of the same words."""
        kind = self._kind.spans(tokens)
        return any(
            all(end <= begin_kind or end_kind <= begin for begin_kind, end_kind in kind)
            for begin, end in self._phrases.spans(tokens)
        )
