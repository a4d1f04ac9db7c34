"""Tells in one language whose state a word is: its author's, or not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.services.feelings.elements import pauses
from bot.services.feelings.negation import Negation
from bot.services.feelings.patterns import by_last_word, match_ending
from bot.services.feelings.readings import Rule

# How many words before a state may say whose it is.
REACH = 12
LISTED = 2


class Ownership:
    """The subjects of one language; `more_subjects` and `more_between` are for words that are more than adjectives."""

    def __init__(
        self,
        table: Mapping[str, Any],
        negation: Negation,
        *,
        more_subjects: Iterable[str] = (),
        more_between: Iterable[str] = (),
    ) -> None:
        sad = table["sad"]
        self._negation = negation
        self._own = frozenset(sad["own"])
        self._subjects = by_last_word((*sad["subjects"], *more_subjects), table["classes"])
        self._between, self._joins = frozenset((*sad["between"], *more_between)), frozenset((*sad["joins"], ","))
        self._may_follow = self._joins.union(sad["after"], table["laughs"])
        self.vocabulary = self._between | table["classes"].vocabulary((*sad["subjects"], *more_subjects))

    def rule(self, tokens: Sequence[str], span: tuple[int, int], *, strong: bool) -> tuple[Rule, int]:
        """Walk back from a state over what may stand between it and its subject; return the rule, and how far it went.

        A strong state counts even where no subject is found.
        """
        crossed: list[str] = []
        listed = 0
        here = span[0] - 1
        while here >= 0 and span[0] - here <= REACH:
            token = tokens[here]
            begin = match_ending(self._subjects, tokens, here)
            if begin is not None:
                return self.own_rule(tokens, span[1], begin, [*crossed, *tokens[begin : here + 1]]), begin
            if token in self._joins and (listed or token != ","):
                listed = LISTED + 1
            elif token in self._between or token in self._negation.words:
                crossed.append(token)
            elif pauses(token):
                break
            elif not listed:
                return Rule.NOT_THE_AUTHOR, here
            listed = max(listed - 1, 0)
            here -= 1
        rule = self._bare_rule(tokens, span[1], crossed) if strong else Rule.NOT_THE_AUTHOR
        return rule, here + 1

    def own_rule(self, tokens: Sequence[str], end: int, begin: int, crossed: Sequence[str]) -> Rule:
        """Tell whether a state that ends before `end` counts, when its subject is the author and begins at `begin`."""
        if self._negation.denies_state(tokens, end, crossed) or self._negation.doubts(tokens, begin):
            return Rule.NEGATED
        if begin > 0 and tokens[begin - 1] in self._negation.words and tokens[begin] not in self._own:
            return Rule.NEGATED  # "didn't make me sad", but "it does not work, I am sad"
        return Rule.UNREAL if self._negation.supposes(tokens, begin) else Rule.OWN_STATE

    def _bare_rule(self, tokens: Sequence[str], end: int, crossed: Sequence[str]) -> Rule:
        if self._negation.denies_state(tokens, end, crossed):
            return Rule.NEGATED
        following = tokens[end] if end < len(tokens) else "."
        if not (pauses(following) or following in self._may_follow):
            return Rule.NOT_THE_AUTHOR
        ending = next((token for token in tokens[end : end + REACH - 1] if token in "?!.…\n"), "")
        return Rule.QUESTION if ending == "?" else Rule.BARE_STATE
