"""Reads in one language whether the author of a message is sad."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from bot.services.negation import Negation
from bot.services.patterns import (
    Element,
    Pattern,
    by_key,
    compile_sequence,
    find_places,
    match_backward,
    pauses,
    said,
)
from bot.services.readings import FEELING_OF, Rule, Step

# How many keys are looked at.
MOST_KEYS = 20
# How many words before a state may say whose it is.
REACH = 12
LISTED = 2


class Sadness:
    """The words and phrases of sadness of one language, and what shows whose they are."""

    def __init__(self, table: Mapping[str, Any], negation: Negation) -> None:
        classes, sad = table["classes"], table["sad"]
        self._negation = negation
        self._laughs = frozenset(table["laughs"])
        self._joys, self._tears = frozenset(table["joys"]), frozenset(table["tears"])
        self._own = frozenset(sad["own"])
        self._strong, self._weak = frozenset(sad["states"]), frozenset(sad["states_with_a_subject"])
        self._subjects: defaultdict[str, list[tuple[Element, ...]]] = defaultdict(list)
        for subject in sad["subjects"]:
            sequence = compile_sequence(subject, classes)
            for word in sequence[-1].words or ():
                self._subjects[word].append(sequence)
        self._between, self._joins = frozenset(sad["between"]), frozenset((*sad["joins"], ","))
        self._may_follow = self._joins.union(sad["after"], self._laughs)
        self._phrases = by_key(sad["phrases"], classes)
        self._idioms = by_key(sad["except"], classes)
        self.keys = frozenset((*self._phrases, *self._strong, *self._weak))
        self.patterns = (self._phrases, self._idioms)
        self.vocabulary = frozenset[str]().union(
            *(one.words or frozenset() for many in self._subjects.values() for each in many for one in each),
            *(self._between, self._laughs),
        )

    def look_for(self, tokens: Sequence[str], steps: list[Step]) -> None:
        """Add what was looked at, until something counts."""
        for place in find_places(tokens, self.keys)[:MOST_KEYS]:
            step = self._step_at(tokens, place)
            if step is None:
                continue
            if step.rule in FEELING_OF and self._is_merry(tokens, tokens[place]):
                step = Step(Rule.JOKE, step.words)
            steps.append(step)
            if step.rule in FEELING_OF:
                return

    def _is_merry(self, tokens: Sequence[str], key: str) -> bool:
        if key in self._tears and not self._joys.isdisjoint(tokens):
            return True
        return not self._laughs.isdisjoint(tokens)

    def _step_at(self, tokens: Sequence[str], place: int) -> Step | None:
        key = tokens[place]
        for idiom in self._idioms.get(key, ()):
            span = idiom.match(tokens, place)
            if span is not None:
                return Step(Rule.IDIOM, said(tokens, span))
        refused: Step | None = None
        for pattern in self._phrases.get(key, ()):
            span = pattern.match(tokens, place)
            if span is not None:
                rule = self._phrase_rule(pattern, tokens, span)
                if rule is Rule.PHRASE:
                    return Step(rule, said(tokens, span))
                refused = Step(rule, said(tokens, span))
        if key in self._strong or key in self._weak:
            rule, begin = self._state_rule(tokens, place)
            if rule in FEELING_OF or refused is None:
                return Step(rule, said(tokens, (begin, place + 1)))
        return refused

    def _phrase_rule(self, pattern: Pattern, tokens: Sequence[str], span: tuple[int, int]) -> Rule:
        if self._negation.denies_phrase(pattern.words, tokens, span):
            return Rule.NEGATED
        if tokens[span[1] : span[1] + 1] == ["?"] and self._own.isdisjoint(tokens[span[0] : span[1]]):
            return Rule.QUESTION
        return Rule.UNREAL if self._negation.supposes(tokens, span[0]) else Rule.PHRASE

    def _state_rule(self, tokens: Sequence[str], place: int) -> tuple[Rule, int]:
        """Find whose state the word at `place` is: walk back over what may stand between it and its subject."""
        crossed: list[str] = []
        listed = 0
        here = place - 1
        while here >= 0 and place - here <= REACH:
            token = tokens[here]
            begin = self._subject_before(tokens, here)
            if begin is not None:
                return self._own_state_rule(tokens, place, begin, crossed + list(tokens[begin : here + 1])), begin
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
        return self._bare_state_rule(tokens, place, crossed), here + 1

    def _subject_before(self, tokens: Sequence[str], here: int) -> int | None:
        found = (match_backward(subject, tokens, here) for subject in self._subjects.get(tokens[here], ()))
        return min((begin for begin in found if begin is not None), default=None)

    def _own_state_rule(self, tokens: Sequence[str], place: int, begin: int, crossed: Sequence[str]) -> Rule:
        if self._negation.denies_state(tokens, place + 1, crossed) or self._negation.doubts(tokens, begin):
            return Rule.NEGATED
        if begin > 0 and tokens[begin - 1] in self._negation.words and tokens[begin] not in self._own:
            return Rule.NEGATED  # "didn't make me sad", but "it does not work, I am sad"
        return Rule.UNREAL if self._negation.supposes(tokens, begin) else Rule.OWN_STATE

    def _bare_state_rule(self, tokens: Sequence[str], place: int, crossed: Sequence[str]) -> Rule:
        if tokens[place] not in self._strong:
            return Rule.NOT_THE_AUTHOR
        if self._negation.denies_state(tokens, place + 1, crossed):
            return Rule.NEGATED
        following = tokens[place + 1] if place + 1 < len(tokens) else "."
        if not (pauses(following) or following in self._may_follow):
            return Rule.NOT_THE_AUTHOR
        ending = next((token for token in tokens[place + 1 : place + REACH] if token in "?!.…\n"), "")
        return Rule.QUESTION if ending == "?" else Rule.BARE_STATE
