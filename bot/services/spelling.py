"""How people of one language write in a chat: what they shorten, and what they say in the place of nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any


class Spelling:
    """The chat spellings and the fillers of one language."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.spellings = {word: tuple(meant.split()) for word, meant in table["spellings"].items()}
        self._fillers: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        for filler in sorted(table["fillers"], key=len, reverse=True):
            self._fillers[filler.split()[0]].append(tuple(filler.split()))

    def spell_out(self, tokens: Sequence[str]) -> list[str]:
        """Return the tokens with chat spellings written out and fillers left out."""
        spelled: list[str] = []
        for token in tokens:
            spelled += self.spellings.get(token, (token,))
        if self._fillers.keys().isdisjoint(spelled):
            return spelled
        kept: list[str] = []
        next_kept = 0
        for place, token in enumerate(spelled):
            if place < next_kept:
                continue
            length = self._filler_at(spelled, place) if token in self._fillers else 0
            next_kept = place + length
            if not length:
                kept.append(token)
        return kept

    def _filler_at(self, tokens: Sequence[str], place: int) -> int:
        """Return how many words the longest filler at `place` has, or 0."""
        fillers = self._fillers.get(tokens[place], ())
        return next((len(words) for words in fillers if tuple(tokens[place : place + len(words)]) == words), 0)
