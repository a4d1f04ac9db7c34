"""A message as one language spells it out."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from bot.services.feelings.elements import Tokens
from bot.services.feelings.sieve import Sieve, Sifted


class Spoken:
    """The tokens of a message, each of them once, and what is to be tried where."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = Tokens(tokens)
        self.words = frozenset(tokens)
        self._sifted: dict[Sieve, Sifted] = {}

    def sifted(self, sieve: Sieve) -> Sifted:
        """Return which patterns of a sieve are to be tried, and where."""
        known = self._sifted.get(sieve)
        if known is None:
            known = self._sifted[sieve] = sieve.sift(self.tokens, self.words)
        return known

    @cached_property
    def where(self) -> Mapping[str, Sequence[int]]:
        """Return where each token stands."""
        places: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            if token in places:
                places[token].append(place)
            else:
                places[token] = [place]
        return places
