"""How people of one language write in a chat: what they shorten, and what they say in the place of nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any

# How short a word may be that another one is glued to: shorter ones end too many others.
SHORTEST = 4
VOWELS = frozenset("aeiouyh")
# How many words before and after a courtesy are around it.
AROUND = 16


class Spelling:
    """The chat spellings and the fillers of one language."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        # What each short word stands for; of a glued one, only what is glued to the rest of it: there are thousands.
        self.spellings: dict[str, tuple[str, ...] | str] = {
            word: tuple(meant.split()) for word, meant in table["spellings"].items()
        }
        self._explicit = frozenset(self.spellings)
        self._glued, self._never_glued = dict(table["glued"]["prefixes"]), frozenset(table["glued"]["not"])
        self.fillers_that_may_deny = frozenset(tuple(filler.split()) for filler in table["fillers_that_may_deny"])
        self.phrases_that_may_deny = frozenset(filler for filler in self.fillers_that_may_deny if len(filler) > 1)
        self.courtesies = frozenset(table["courtesies"])
        self._fillers: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        for filler in sorted(table["fillers"], key=len, reverse=True):
            self._fillers[filler.split()[0]].append(tuple(filler.split()))

    def unglue(self, words: Set[str], *, unless: Set[str]) -> None:
        """Spell out the words that people glue a short one to ("jveux"), where that makes no other word.

        Before a vowel, what is glued stays as it is: "javais" is "j avais".
        """
        known = words | unless | self._never_glued | self.spellings.keys()
        long = [word for word in words if len(word) >= SHORTEST and word.isalpha()]
        for prefix in self._glued:
            for word in long:
                glued = prefix + word
                if glued not in known:
                    self.spellings[glued] = prefix

    def meant(self, short: str) -> tuple[str, ...]:
        """Return the words that a short one stands for."""
        kept = self.spellings[short]
        if not isinstance(kept, str):
            return kept
        word = short[len(kept) :]
        return kept if word[0] in VOWELS else self._glued[kept], word

    def entries(self, keys: Collection[str]) -> frozenset[str]:
        """Return these words, and those that hold one of them once written out."""
        wanted = frozenset(keys)
        if wanted.isdisjoint((*self._glued, *self._glued.values())):
            glued = {prefix + word for prefix in self._glued for word in wanted} & self.spellings.keys()
            shorts: Iterable[str] = (*self._explicit, *glued)
        else:
            shorts = self.spellings
        return wanted | {word for word in shorts if not wanted.isdisjoint(self.meant(word))}

    def fillers_in(self, words: Iterable[Sequence[str]]) -> frozenset[tuple[str, ...]]:
        """Return the fillers that are a part, or all, of one of these phrases."""
        phrases = [tuple(phrase) for phrase in words]
        return frozenset(
            filler
            for phrase in phrases
            for place, token in enumerate(phrase)
            for filler in (*self._fillers.get(token, ()), *([(token,)] if token in self.courtesies else ()))
            if phrase[place : place + len(filler)] == filler
        )

    def write_out(self, tokens: Sequence[str], words: frozenset[str] | None = None) -> list[str]:
        """Return the tokens, of which each may be known once already, with chat spellings written out."""
        spellings = self.spellings
        short = spellings.keys() & (frozenset(tokens) if words is None else words)
        if not short:
            return list(tokens)
        spelled: list[str] = []
        begin = 0
        for place in [place for place, token in enumerate(tokens) if token in short]:
            spelled += tokens[begin:place]
            spelled += self.meant(tokens[place])
            begin = place + 1
        return spelled + list(tokens[begin:])

    def spell_out(
        self, tokens: Sequence[str], kept_fillers: Set[tuple[str, ...]], words: frozenset[str] | None = None
    ) -> list[str]:
        """Return the tokens with chat spellings written out, and fillers left out but for those to keep."""
        spelled = self.write_out(tokens, words)
        if self._fillers.keys().isdisjoint(spelled):
            return spelled
        kept: list[str] = []
        next_kept = 0
        for place in [place for place, token in enumerate(spelled) if token in self._fillers]:
            if place < next_kept:
                continue
            length = self._filler_at(spelled, place, kept_fillers)
            if length:
                kept += spelled[next_kept:place]
                next_kept = place + length
        return kept + spelled[next_kept:]

    def without_courtesies(self, tokens: Sequence[str], kept_fillers: Set[tuple[str, ...]]) -> Sequence[str]:
        """Return the tokens without the words that only ask nicely, but for those to keep."""
        if self.courtesies.isdisjoint(tokens):
            return tokens
        return [token for token in tokens if token not in self.courtesies or (token,) in kept_fillers]

    def near_courtesies(self, tokens: Sequence[str]) -> Sequence[str]:
        """Return the tokens around the first and the last word that only asks nicely."""
        places = [place for place, token in enumerate(tokens) if token in self.courtesies]
        if not places:
            return ()
        first, last = places[0], places[-1]
        middle = max(min(first + AROUND, last - AROUND), 0)
        return [*tokens[max(first - AROUND, 0) : middle], *tokens[max(last - AROUND, middle) : last + AROUND]]

    def is_polite(self, words: str) -> bool:
        """Tell whether one of these words only asks nicely."""
        return not self.courtesies.isdisjoint(words.split())

    def _filler_at(self, tokens: Sequence[str], place: int, kept: Set[tuple[str, ...]]) -> int:
        """Return how many words the longest filler at `place` has, or 0."""
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        for words in self._fillers[tokens[place]]:
            if len(words) > 1 and words[1] != following:
                continue
            if tuple(tokens[place : place + len(words)]) == words and words not in kept:
                return len(words)
        return 0
