"""A message as one language spells it out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

# How many words are an end of a message.
END = 60


class Spoken:
    """The tokens of a message, and each of them once."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.words = frozenset(tokens)

    @cached_property
    def words_at_both_ends(self) -> frozenset[str]:
        """Return the tokens of its first and its last words."""
        return frozenset((*self.tokens[:END], *self.tokens[-END:]))

    @cached_property
    def where(self) -> Mapping[str, Sequence[int]]:
        """Return where each token stands."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, token in enumerate(self.tokens):
            places[token].append(place)
        return places
