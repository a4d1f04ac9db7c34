"""Reads in one language whether somebody is sad: the author of a message or, where a scope wants so, anybody."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any

from bot.models import Trigger
from bot.services.feelings.attention import Focus
from bot.services.feelings.negation import Negation
from bot.services.feelings.ownership import Ownership
from bot.services.feelings.patterns import by_key, compile_sequence, match_backward, pauses, said
from bot.services.feelings.places import count_tries, find_places
from bot.services.feelings.readings import FEELING_OF, Rule, Step
from bot.services.feelings.refusals import Refusals
from bot.services.feelings.signs import Signs

# How many words of the scope's own are looked at, and how many patterns a state costs as much as.
MOST_OWN_WORDS = 20
TRIES_OF_A_STATE = 10


class Sadness:
    """The words and phrases of sadness of one language, and the ways to read a scope's own in it."""

    def __init__(self, table: Mapping[str, Any], negation: Negation, signs: Signs, refusals: Refusals) -> None:
        classes, sad, added = table["classes"], table["sad"], table["sad"]["added"]
        self._negation, self._signs, self._refusals = negation, signs, refusals
        self._tears = frozenset(table["tears"])
        self.heavy = tuple(table["heavy"])
        self._own = frozenset(sad["own"])
        self._strong, self._weak = frozenset(sad["states"]), frozenset(sad["states_with_a_subject"])
        self._weak_states = frozenset(sad["weak_states"])
        self._phrases = by_key(sad["phrases"], classes)
        self._weak_phrases = by_key(sad["weak_phrases"], classes)
        self._idioms = by_key(sad["except"], classes)
        self._ownership = Ownership(table, negation)
        self._added_ownership = Ownership(
            table, negation, more_subjects=added["subjects"], more_between=added["between"]
        )
        self._before_a_verb = [compile_sequence(before, classes) for before in added["before_a_verb"]]
        self._tries = count_tries(self._phrases, dict.fromkeys((*self._strong, *self._weak), range(TRIES_OF_A_STATE)))
        self._weak_tries = count_tries(self._weak_phrases, dict.fromkeys(self._weak_states, range(TRIES_OF_A_STATE)))
        self.keys = frozenset((*self._tries, *self._weak_tries))
        self.patterns = (self._phrases, self._weak_phrases, self._idioms)
        self.states = self._strong | self._weak | self._weak_states
        self.vocabulary = self._ownership.vocabulary

    def look_for(self, tokens: Sequence[str], focus: Focus, steps: list[Step]) -> None:
        """Add what was looked at for the language's own words, until something counts."""
        ignored = focus.ignored.places(tokens)
        for place in find_places(tokens, self._tries):
            step = self._step_at(tokens, place, focus.trigger, ignored)
            if step is None:
                continue
            if step.rule in FEELING_OF and self._is_merry(tokens, (place, place + 1)):
                step = Step(Rule.JOKE, step.words)
            steps.append(step)
            if step.rule in FEELING_OF:
                return
        self._look_for_weak_signs(tokens, ignored, steps)

    def places(self, tokens: Sequence[str]) -> Iterator[int]:
        """Yield where the language's own words say that their author is sad."""
        for place in find_places(tokens, self._tries):
            step = self._step_at(tokens, place, Trigger.OWN, frozenset())
            if step is not None and step.rule in FEELING_OF:
                yield place

    def added_steps(self, tokens: Sequence[str], focus: Focus) -> Iterator[Step]:
        """Yield what this language makes of each of the scope's own words."""
        if not focus.sad.keys:
            return
        ignored = focus.ignored.places(tokens)
        for span in islice(focus.sad.spans(tokens), MOST_OWN_WORDS):
            rule, begin = self._added_rule(tokens, span, focus.trigger, ignored)
            if rule in FEELING_OF and (self._is_merry(tokens, span) or self._refusals.laugh_in(tokens)):
                rule = Rule.JOKE
            yield Step(rule, said(tokens, (begin, span[1])))

    def _is_merry(self, tokens: Sequence[str], span: tuple[int, int]) -> bool:
        if not self._tears.isdisjoint(tokens[span[0] : span[1]]) and self._signs.joys.stand_in(tokens):
            return True
        return self._signs.laughs.stand_in(tokens)

    def _look_for_weak_signs(self, tokens: Sequence[str], ignored: Set[int], steps: list[Step]) -> None:
        """Add what is also said of small things, which counts only with a second sign, and never with one of joy."""
        weak: list[tuple[int, int]] = []
        for place in find_places(tokens, self._weak_tries):
            rule, span = self._weak_sign_at(tokens, place, ignored)
            if rule is Rule.WEAK:
                weak.append(span)
            elif rule is not None:
                steps.append(Step(rule, said(tokens, span)))
        if not weak:
            return
        found = self._signs.second_to(weak, tokens)
        if found is None:
            steps += [Step(Rule.WEAK, said(tokens, span)) for span in weak]
        elif self._signs.joys.stand_in(tokens) or self._signs.laughs.stand_in(tokens):
            steps += [Step(Rule.JOKE, said(tokens, span)) for span in weak]
        else:
            steps.append(Step(Rule.TWO_SIGNS, " + ".join(said(tokens, span) for span in sorted(found))))

    def _weak_sign_at(
        self, tokens: Sequence[str], place: int, ignored: Set[int]
    ) -> tuple[Rule | None, tuple[int, int]]:
        """Read the weak word or phrase at `place`: WEAK when it may count, another rule when not, None for nothing."""
        key, here = tokens[place], (place, place + 1)
        if any(idiom.match(tokens, place) for idiom in self._idioms.get(key, ())):
            return None, here
        refused: tuple[Rule | None, tuple[int, int]] = (None, here)
        for pattern in self._weak_phrases.get(key, ()):
            span = pattern.match(tokens, place)
            if span is not None:
                rule = self._phrase_rule(pattern.words, tokens, span, ignored)
                if rule is Rule.PHRASE:
                    return Rule.WEAK, span
                refused = rule, span
        if key in self._weak_states and place not in ignored:
            rule, begin = self._ownership.rule(tokens, here, strong=False)
            return (Rule.WEAK if rule is Rule.OWN_STATE else rule), (begin, place + 1)
        return refused

    def _step_at(self, tokens: Sequence[str], place: int, trigger: Trigger, ignored: Set[int]) -> Step | None:
        """Read the language's own word at `place`, or the phrases around it."""
        key = tokens[place]
        for idiom in self._idioms.get(key, ()):
            span = idiom.match(tokens, place)
            if span is not None:
                return Step(Rule.IDIOM, said(tokens, span))
        refused: Step | None = None
        for pattern in self._phrases.get(key, ()):
            span = pattern.match(tokens, place)
            if span is not None:
                rule = self._phrase_rule(pattern.words, tokens, span, ignored)
                if rule is Rule.PHRASE:
                    return Step(rule, said(tokens, span))
                refused = Step(rule, said(tokens, span))
        if key in self._strong or key in self._weak:
            rule, begin = self._state_rule(tokens, place, trigger, ignored)
            if rule in FEELING_OF or refused is None:
                return Step(rule, said(tokens, (begin, place + 1)))
        return refused

    def _phrase_rule(
        self, words: Collection[str], tokens: Sequence[str], span: tuple[int, int], ignored: Set[int]
    ) -> Rule:
        if not ignored.isdisjoint(range(*span)):
            return Rule.IGNORED
        if self._negation.denies_phrase(words, tokens, span):
            return Rule.NEGATED
        if _is_asked(tokens, span[1]) and self._own.isdisjoint(tokens[span[0] : span[1]]):
            return Rule.QUESTION
        return Rule.UNREAL if self._negation.supposes(tokens, span[0]) else Rule.PHRASE

    def _state_rule(self, tokens: Sequence[str], place: int, trigger: Trigger, ignored: Set[int]) -> tuple[Rule, int]:
        """Return the rule of the state at `place`, and where what decided begins."""
        if place in ignored:
            return Rule.IGNORED, place
        strong = tokens[place] in self._strong
        rule, begin = self._ownership.rule(tokens, (place, place + 1), strong=strong)
        if strong and trigger is Trigger.ANY and rule in (Rule.NOT_THE_AUTHOR, Rule.QUESTION):
            return self._refusals.anybodys_rule(tokens, (place, place + 1))
        return rule, begin

    def _added_rule(
        self, tokens: Sequence[str], span: tuple[int, int], trigger: Trigger, ignored: Set[int]
    ) -> tuple[Rule, int]:
        """Return the rule of a word of the scope's own, and where what decided begins."""
        begin, end = span
        if not ignored.isdisjoint(range(*span)):
            return Rule.IGNORED, begin
        if self._refusals.idiom_around(tokens, span):
            return Rule.IDIOM, begin
        if end - begin > 1 and not self._own.isdisjoint(tokens[begin:end]):
            if self._refusals.deny_before(tokens, begin):
                return Rule.NEGATED, begin
            return self._phrase_rule(tokens[begin:end], tokens, span, ignored), begin
        rule, begin = self._added_owner(tokens, span)
        if trigger is Trigger.ANY and rule in (Rule.NOT_THE_AUTHOR, Rule.QUESTION):
            return self._refusals.anybodys_rule(tokens, span)
        return rule, begin

    def _added_owner(self, tokens: Sequence[str], span: tuple[int, int]) -> tuple[Rule, int]:
        """Tell whether a word of the scope's own, which may be a verb, a noun or an emoji, is said of the author."""
        begin, end = span
        if self._refusals.deny_after(tokens, end):
            return Rule.NEGATED, begin
        for before in self._before_a_verb:
            subject = match_backward(before, tokens, begin - 1)
            if subject is not None:
                return self._added_ownership.own_rule(tokens, end, subject, tokens[subject:begin]), subject
        rule, reached = self._added_ownership.rule(tokens, span, strong=True)
        if rule not in (Rule.NOT_THE_AUTHOR, Rule.QUESTION):
            return rule, reached
        if pauses(tokens[begin]) and not _is_asked(tokens, end) and self._understands(tokens, begin):
            # Whatever its sentence is about, an emoji is its author's.
            return Rule.BARE_STATE, begin
        return rule, begin

    def _understands(self, tokens: Sequence[str], begin: int) -> bool:
        """Tell whether no other language's negation stands right before `begin`."""
        return not self._refusals.deny_before(tokens, begin) or tokens[begin - 1] in self._negation.words


def _is_asked(tokens: Sequence[str], end: int) -> bool:
    return end < len(tokens) and tokens[end] == "?"
