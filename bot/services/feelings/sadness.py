"""Reads in one language whether somebody is sad: the author of a message or, where a scope wants so, anybody."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any

from bot.models import Trigger
from bot.services.feelings.attention import Focus
from bot.services.feelings.elements import pauses
from bot.services.feelings.negation import Negation
from bot.services.feelings.ownership import Ownership
from bot.services.feelings.patterns import compile_sequence, match_backward, said
from bot.services.feelings.phrases import AnyOf, Phrases, Standing
from bot.services.feelings.readings import FEELING_OF, Rule, Step
from bot.services.feelings.refusals import Refusals
from bot.services.feelings.signs import Signs, Span
from bot.services.feelings.spoken import Spoken
from bot.services.feelings.veiled import Veiled

# How many words of the scope's own are looked at, and how many states.
MOST_OWN_WORDS = 20
MOST_STATES = 20


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
        self._phrases, self._weak_phrases, self._idioms = (
            Phrases(((None, text) for text in sad[name]), classes) for name in ("phrases", "weak_phrases", "except")
        )
        self._ownership = Ownership(table, negation)
        self._added_ownership = Ownership(
            table, negation, more_subjects=added["subjects"], more_between=added["between"]
        )
        self._before_a_verb = [compile_sequence(before, classes) for before in added["before_a_verb"]]
        self.states = self._strong | self._weak | self._weak_states
        self._states = self._strong | self._weak
        self._state_places, self._weak_state_places = (
            Phrases(((None, "|".join(sorted(states)).upper()) for states in several if states), classes, MOST_STATES)
            for several in ([self._states], [self._weak_states])
        )
        self._read_at = self._states | self._phrases.keys
        # What is sadness only together: what happened to somebody, and how it weighs.
        veiled = sad.get("veiled", {"heavy": {}, "light": {}})
        self._veiled = Veiled(veiled, classes)
        # What weighs enough alone, but in a game.
        self._enough = Phrases(((None, text) for text in veiled.get("enough", ())), classes)
        self.opening: Sequence[Phrases[Any]] = (
            self._phrases,
            self._weak_phrases,
            self._idioms,
            self._veiled.heavy,
            self._enough,
        )
        self.phrases: Sequence[Phrases[Any]] = (*self.opening, *self._veiled.phrases[1:])
        self._any = AnyOf((*self.opening, self._state_places, self._weak_state_places))
        self.vocabulary = self._ownership.vocabulary

    @property
    def keys(self) -> frozenset[str]:
        """Return the words, and those around which a phrase may stand."""
        others = (self._weak_phrases, self._veiled, self._enough)
        return self._read_at.union(self._weak_states, *(one.keys for one in others))

    def look_for(self, spoken: Spoken, focus: Focus, steps: list[Step]) -> None:
        """Add what was looked at for the language's own words, until something counts."""
        if not self._any.may_stand(spoken):
            return
        ignored = focus.ignored.places(spoken)
        idioms = self._idioms.standing(spoken)
        for place, step in self._own_steps(spoken, idioms, focus.trigger, ignored):
            counts = step.rule in FEELING_OF
            if counts and self._is_merry(spoken, (place, place + 1)):
                step, counts = Step(Rule.JOKE, step.words), False
            steps.append(step)
            if counts:
                return
        self._look_for_weak_signs(spoken, idioms, ignored, steps)

    def _own_steps(
        self, spoken: Spoken, idioms: Standing[None], trigger: Trigger, ignored: Set[int]
    ) -> Iterator[tuple[int, Step]]:
        """Yield what is made of each of the language's own words that say something, and where."""
        standing = self._phrases.standing(spoken)
        read_at = {*standing.places, *self._state_places.standing(spoken).places}
        read_at.update(place for place in idioms.places if spoken.tokens[place] in self._read_at)
        for place in sorted(read_at):
            step = self._idiom_at(spoken.tokens, place, idioms)
            step = step or self._step_at(spoken, place, standing, trigger, ignored)
            if step is not None:
                yield place, step

    def places(self, spoken: Spoken) -> Iterator[int]:
        """Yield where the language's own words say that their author is sad."""
        idioms = self._idioms.standing(spoken)
        for place, step in self._own_steps(spoken, idioms, Trigger.OWN, frozenset()):
            if step.rule in FEELING_OF:
                yield place

    def added_steps(self, spoken: Spoken, focus: Focus) -> Iterator[Step]:
        """Yield what this language makes of each of the scope's own words."""
        if not focus.sad.keys:
            return
        tokens = spoken.tokens
        ignored = focus.ignored.places(spoken)
        for span in islice(focus.sad.spans(spoken), MOST_OWN_WORDS):
            rule, begin = self._added_rule(spoken, span, focus.trigger, ignored)
            if rule in FEELING_OF and (self._is_merry(spoken, span) or self._refusals.laugh_in(spoken)):
                rule = Rule.JOKE
            yield Step(rule, said(tokens, (begin, span[1])))

    def _is_merry(self, spoken: Spoken, span: tuple[int, int]) -> bool:
        if not self._tears.isdisjoint(spoken.tokens[span[0] : span[1]]) and self._signs.joys.stand_in(spoken):
            return True
        return self._signs.laughs.stand_in(spoken) or self._signs.recoveries.stand_in(spoken)

    def _look_for_weak_signs(
        self, spoken: Spoken, idioms: Standing[None], ignored: Set[int], steps: list[Step]
    ) -> None:
        """Add what is also said of small things, which counts only with a second sign, and never with one of joy."""
        weak: list[tuple[int, int]] = []
        tokens, standing = spoken.tokens, self._weak_phrases.standing(spoken)
        for place in sorted({*standing.places, *self._weak_state_places.standing(spoken).places}):
            rule, span = self._weak_sign_at(tokens, place, standing, idioms, ignored)
            if rule is Rule.WEAK:
                weak.append(span)
            elif rule is not None:
                steps.append(Step(rule, said(tokens, span)))
        found = self._signs.second_to(weak, spoken) or self._veiled.together(spoken) or self._said_enough(spoken)
        if found is None:
            steps += [Step(Rule.WEAK, said(tokens, span)) for span in weak]
            return
        rule = Rule.TWO_SIGNS
        if any(marks.stand_in(spoken) for marks in (self._signs.joys, self._signs.laughs, self._signs.recoveries)):
            rule = Rule.JOKE
        elif any(not ignored.isdisjoint(range(*span)) for span in found):
            rule = Rule.IGNORED
        steps.append(Step(rule, " + ".join(said(tokens, span) for span in sorted(found))))

    def _said_enough(self, spoken: Spoken) -> tuple[Span, ...] | None:
        """Return where a phrase stands that weighs enough alone, or None."""
        for _, _, pattern, span in self._enough.found(spoken):
            if self._veiled.is_elsewhere(spoken):
                return None
            words = pattern.named(self._negation.words)
            if self._phrase_rule(words, spoken.tokens, span, frozenset()) is Rule.PHRASE:
                return (span,)
        return None

    def _weak_sign_at(
        self, tokens: Sequence[str], place: int, standing: Standing[None], idioms: Standing[None], ignored: Set[int]
    ) -> tuple[Rule | None, tuple[int, int]]:
        """Read the weak word or phrase at `place`: WEAK when it may count, another rule when not, None for nothing."""
        key, here = tokens[place], (place, place + 1)
        if any(idiom.match(tokens, place) for _, idiom in idioms.at(place)):
            return None, here
        refused: tuple[Rule | None, tuple[int, int]] = (None, here)
        for _, pattern in standing.at(place):
            span = pattern.match(tokens, place)
            if span is not None:
                rule = self._phrase_rule(pattern.named(self._negation.words), tokens, span, ignored)
                if rule is Rule.PHRASE:
                    return Rule.WEAK, span
                refused = rule, span
        if key in self._weak_states and place not in ignored:
            rule, begin = self._ownership.rule(tokens, here, strong=False)
            return (Rule.WEAK if rule is Rule.OWN_STATE else rule), (begin, place + 1)
        return refused

    def _idiom_at(self, tokens: Sequence[str], place: int, idioms: Standing[None]) -> Step | None:
        for _, idiom in idioms.at(place):
            span = idiom.match(tokens, place)
            if span is not None:
                return Step(Rule.IDIOM, said(tokens, span))
        return None

    def _step_at(
        self, spoken: Spoken, place: int, standing: Standing[None], trigger: Trigger, ignored: Set[int]
    ) -> Step | None:
        """Read the language's own word at `place`, or the phrases around it."""
        tokens, key = spoken.tokens, spoken.tokens[place]
        refused: Step | None = None
        for _, pattern in standing.at(place):
            span = pattern.match(tokens, place)
            if span is not None:
                rule = self._phrase_rule(pattern.named(self._negation.words), tokens, span, ignored)
                if rule is Rule.PHRASE:
                    return Step(rule, said(tokens, span))
                refused = Step(rule, said(tokens, span))
        if key in self._strong or key in self._weak:
            rule, begin = self._state_rule(spoken, place, trigger, ignored)
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

    def _state_rule(self, spoken: Spoken, place: int, trigger: Trigger, ignored: Set[int]) -> tuple[Rule, int]:
        """Return the rule of the state at `place`, and where what decided begins."""
        if place in ignored:
            return Rule.IGNORED, place
        tokens = spoken.tokens
        strong = tokens[place] in self._strong
        rule, begin = self._ownership.rule(tokens, (place, place + 1), strong=strong)
        if strong and trigger is Trigger.ANY and rule in (Rule.NOT_THE_AUTHOR, Rule.QUESTION):
            return self._refusals.anybodys_rule(spoken, (place, place + 1))
        return rule, begin

    def _added_rule(
        self, spoken: Spoken, span: tuple[int, int], trigger: Trigger, ignored: Set[int]
    ) -> tuple[Rule, int]:
        """Return the rule of a word of the scope's own, and where what decided begins."""
        tokens, (begin, end) = spoken.tokens, span
        if not ignored.isdisjoint(range(*span)):
            return Rule.IGNORED, begin
        if self._refusals.idiom_around(spoken, span):
            return Rule.IDIOM, begin
        if end - begin > 1 and not self._own.isdisjoint(tokens[begin:end]):
            if self._refusals.deny_before(tokens, begin):
                return Rule.NEGATED, begin
            return self._phrase_rule(tokens[begin:end], tokens, span, ignored), begin
        rule, begin = self._added_owner(tokens, span)
        if trigger is Trigger.ANY and rule in (Rule.NOT_THE_AUTHOR, Rule.QUESTION):
            return self._refusals.anybodys_rule(spoken, span)
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
