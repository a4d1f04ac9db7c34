"""What keeps a sad word from counting, in all languages at once: for what is not read as one language's own."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from bot.services.feelings.elements import pauses
from bot.services.feelings.negation import Comparisons
from bot.services.feelings.ownership import REACH
from bot.services.feelings.patterns import by_last_word, match_ending
from bot.services.feelings.phrases import Phrases
from bot.services.feelings.readings import Rule
from bot.services.feelings.signs import Marks
from bot.services.feelings.spoken import Spoken

V = TypeVar("V")


class Refusals:
    """The laughs, idioms, negations and suppositions of some languages.

    People mix languages ("elle est pas sad"), and a server's own word is of none.
    """

    def __init__(self, tables: Sequence[Mapping[str, Any]]) -> None:
        apart = [table["classes"].apart() for table in tables]
        self._laughs = [Marks(table["laughs"], classes) for table, classes in zip(tables, apart, strict=True)]
        self._between = frozenset(chain.from_iterable(table["sad"]["between"] for table in tables))
        self._denied_after = frozenset(chain.from_iterable(table["sad"]["added"]["denied_after"] for table in tables))
        self._comparisons = Comparisons(*(table["negation"] for table in tables))
        self._idioms = [
            Phrases(((None, text) for text in table["sad"]["except"]), classes)
            for table, classes in zip(tables, apart, strict=True)
        ]
        self._denied, self._supposed, self._ends = (
            _merge(by_last_word(table["sad"]["anybody"][name], table["classes"]) for table in tables)
            for name in ("denied", "supposed", "ends")
        )

    def laugh_in(self, spoken: Spoken) -> bool:
        """Tell whether the message is a joke."""
        return any(laughs.stand_in(spoken) for laughs in self._laughs)

    def idiom_around(self, spoken: Spoken, span: tuple[int, int]) -> tuple[int, int] | None:
        """Return where an idiom stands that is more than the words of the span, or None."""
        tokens, standing = spoken.tokens, [idioms.standing(spoken) for idioms in self._idioms]
        for place in range(*span):
            for _, idiom in chain.from_iterable(idioms.at(place) for idioms in standing):
                found = idiom.match(tokens, place)
                if found is not None and (found[0] < span[0] or found[1] > span[1]):
                    return found
        return None

    def deny_before(self, tokens: Sequence[str], begin: int) -> bool:
        """Tell whether a negation stands right before `begin`."""
        return begin > 0 and match_ending(self._denied, tokens, begin - 1) is not None

    def deny_after(self, tokens: Sequence[str], end: int) -> bool:
        """Tell whether a negation stands at `end`, as it does after a verb ("je bade pas")."""
        if end == len(tokens) or tokens[end] not in self._denied_after:
            return False
        return not self._comparisons.hold({tokens[end]}, (), tokens, end + 1)

    def anybodys_rule(self, spoken: Spoken, span: tuple[int, int]) -> tuple[Rule, int]:
        """Read a sad word whoever it is about: no laugh in the message, and nothing in its clause that denies it.

        Returns:
            The rule, and where what decided begins.
        """
        tokens, (begin, end) = spoken.tokens, span
        if self.laugh_in(spoken):
            return Rule.JOKE, begin
        if self.deny_after(tokens, end):
            return Rule.NEGATED, begin
        crossed: list[str] = []
        near = True  # nothing but words such as "so" since the state: there, "si" means "so" and not "if"
        for here in range(begin - 1, max(begin - 1 - REACH, -1), -1):
            token = tokens[here]
            if pauses(token) or match_ending(self._ends, tokens, here) is not None:
                break
            crossed.append(token)
            denied = match_ending(self._denied, tokens, here)
            if denied is not None and not self._comparisons.hold({token}, crossed, tokens, end):
                return Rule.NEGATED, denied
            near = near and token in self._between
            supposed = None if near else match_ending(self._supposed, tokens, here)
            if supposed is not None:
                return Rule.UNREAL, supposed
        return Rule.ANYBODY, begin


def _merge(tables: Iterable[Mapping[str, list[V]]]) -> dict[str, list[V]]:
    merged: defaultdict[str, list[V]] = defaultdict(list)
    for key, values in chain.from_iterable(table.items() for table in tables):
        merged[key] += values
    return dict(merged)
