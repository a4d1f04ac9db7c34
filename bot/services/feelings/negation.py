"""How one language says that something is not so, or only supposed."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any

from bot.services.feelings.patterns import by_last_word, match_ending


class Comparisons:
    """What only looks like a negation: "sadder than", "never been this sad"; in one language, or in several at once."""

    def __init__(self, *tables: Mapping[str, Any]) -> None:
        self._never, self._as_never_before, self._more, self._than = (
            frozenset[str]().union(*(table[name] for table in tables))
            for name in ("never", "as_never_before", "more", "than")
        )

    def hold(self, said: Set[str], crossed: Iterable[str], tokens: Sequence[str], end: int) -> bool:
        """Tell whether the words said before a state, with the others crossed from it and what follows it, compare."""
        if said <= self._more and end < len(tokens) and tokens[end] in self._than:
            return True
        return bool(said & self._never and self._as_never_before.intersection(crossed))


class Negation:
    """The negations of one language, and what takes a sentence back or supposes it."""

    def __init__(self, table: Mapping[str, Any], classes: Mapping[str, Iterable[str]]) -> None:
        self.words = frozenset(table["words"])
        self._comparisons = Comparisons(table)
        self._doubts = by_last_word(table["doubts"], classes)
        self._unreal = frozenset(table["unreal"])
        self._begins_a_clause = frozenset(table["begins_a_clause"])

    def denies_phrase(self, words: Collection[str], tokens: Sequence[str], span: tuple[int, int]) -> bool:
        """Tell whether a phrase of these words, with no negation of its own, stands under one."""
        begin, end = span
        if self._is_its_own(words, tokens, span):
            return False
        around = tokens[max(begin - 1, 0) : end + 1]
        return not self.words.isdisjoint(around) or self.doubts(tokens, begin)

    def denies_danger(self, words: Collection[str], tokens: Sequence[str], span: tuple[int, int]) -> bool:
        """Tell whether a phrase of these words is denied in itself or before it: what comes after takes nothing back.

        What denies right before a word that begins a clause belongs to another one: people write no commas.
        """
        begin, end = span
        if not self.words.isdisjoint(words):
            return False
        if begin and tokens[begin] not in self._begins_a_clause and tokens[begin - 1] in self.words:
            return True
        return not self.words.isdisjoint(tokens[begin:end]) or self.doubts(tokens, begin)

    def _is_its_own(self, words: Collection[str], tokens: Sequence[str], span: tuple[int, int]) -> bool:
        """Tell whether a negation that stands in a phrase is one of the words that the phrase is made of."""
        return any(token in self.words and token in words for token in tokens[span[0] : span[1]])

    def denies_state(self, tokens: Sequence[str], end: int, crossed: Sequence[str]) -> bool:
        """Tell whether one of the words crossed on the way back from a state, which ends before `end`, denies it."""
        said = self.words.intersection(crossed)
        return bool(said) and not self._comparisons.hold(said, crossed, tokens, end)

    def stands_before(self, tokens: Sequence[str], span: tuple[int, int]) -> bool:
        """Tell whether the word right before a span denies it ("not kidding")."""
        return span[0] > 0 and tokens[span[0] - 1] in self.words

    def doubts(self, tokens: Sequence[str], begin: int) -> bool:
        """Tell whether what begins at `begin` is taken back by what comes before."""
        return begin > 0 and match_ending(self._doubts, tokens, begin - 1) is not None

    def supposes(self, tokens: Sequence[str], begin: int) -> bool:
        """Tell whether what begins at `begin` is a mere possibility."""
        return begin > 0 and tokens[begin - 1] in self._unreal
