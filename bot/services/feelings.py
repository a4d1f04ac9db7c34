"""Reads whether the author of a message is sad, or in danger; by rules, with the words and the rule that decided.

The code knows no language: each language's words are in its `feelings.toml`, whose comments say what each list means.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from bot import languages
from bot.services.patterns import (
    Element,
    Pattern,
    by_key,
    compile_sequence,
    find_places,
    match_backward,
    pauses,
)
from bot.services.plain_text import fold, own_words

# How many keys are looked at for sadness; for danger, all of them are.
MOST_SAD_KEYS = 20
# How many words before a state may say whose it is.
REACH = 12
LISTED = 2

_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"[^\W_]+|\n|[^\w\s'*~#-]")
_STRETCHED = re.compile(r"(\w)\1\1")
_RUN = re.compile(r"(.)\1+")


class Feeling(StrEnum):
    """What a message may call for."""

    NONE = "none"
    SAD = "sad"
    CRISIS = "crisis"


class Rule(StrEnum):
    """Why a word counted, or did not."""

    CRISIS = "crisis"
    DENIED_CRISIS = "denied_crisis"
    HYPERBOLE = "hyperbole"
    PHRASE = "phrase"
    OWN_STATE = "own_state"
    BARE_STATE = "bare_state"
    IDIOM = "idiom"
    NEGATED = "negated"
    UNREAL = "unreal"
    QUESTION = "question"
    NOT_THE_AUTHOR = "not_the_author"
    JOKE = "joke"
    NO_WORD = "no_word"


FEELING_OF = {
    Rule.CRISIS: Feeling.CRISIS,
    Rule.DENIED_CRISIS: Feeling.CRISIS,
    Rule.PHRASE: Feeling.SAD,
    Rule.OWN_STATE: Feeling.SAD,
    Rule.BARE_STATE: Feeling.SAD,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at: the words, folded, and the rule that let them count or not."""

    rule: Rule
    words: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a message; the last step decided."""

    feeling: Feeling
    steps: tuple[Step, ...]


NOTHING = Reading(Feeling.NONE, (Step(Rule.NO_WORD, ""),))


class Feelings:
    """The reader: `tables` are the `feelings.toml` of each language, by code."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self._rules = {code: _Rules(table) for code, table in tables.items()}
        self._keys = frozenset[str]().union(*(rules.entries for rules in self._rules.values()))
        vocabulary = frozenset[str]().union(*(rules.vocabulary for rules in self._rules.values()))
        self._squeezed = {_RUN.sub(r"\1", word): word for word in sorted(vocabulary)}

    def read(self, text: str, languages: Collection[str] | None = None) -> Reading:
        """Read a message with the rules of these languages, or of all."""
        folded = fold(own_words(text))
        stretched = _STRETCHED.search(folded) is not None
        words: Iterable[str] = _WORD.findall(folded)
        if stretched:
            words = map(self._unstretch, words)
        if self._keys.isdisjoint(words):
            return NOTHING
        tokens = _TOKEN.findall(folded)
        if stretched:
            tokens = [self._unstretch(token) for token in tokens]
        steps: list[Step] = []
        spoken = [
            (rules, rules.spell_out(tokens))
            for code, rules in self._rules.items()
            if not rules.entries.isdisjoint(tokens) and (languages is None or code in languages)
        ]
        for rules, spelled in spoken:
            rules.look_for_crisis(spelled, steps)
            if steps and steps[-1].rule is Rule.CRISIS:
                return Reading(Feeling.CRISIS, tuple(steps))
        denied = next((step for step in steps if step.rule is Rule.NEGATED), None)
        for rules, spelled in spoken:
            rules.look_for_sadness(spelled, steps)
            if steps and steps[-1].rule in FEELING_OF:
                if denied is not None:
                    # Sad, and speaking of suicide if only to say no: not somebody to cheer up.
                    steps.append(Step(Rule.DENIED_CRISIS, denied.words))
                return Reading(FEELING_OF[steps[-1].rule], tuple(steps))
        return Reading(Feeling.NONE, tuple(steps)) if steps else NOTHING

    def _unstretch(self, word: str) -> str:
        if _STRETCHED.search(word) is None:
            return word
        squeezed = _RUN.sub(r"\1", word)
        return self._squeezed.get(squeezed, squeezed)


class _Rules:
    """The rules of one language, ready to use."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        classes: Mapping[str, Sequence[str]] = table["classes"]
        sad, crisis = table["sad"], table["crisis"]
        self._spellings = {word: tuple(meant.split()) for word, meant in table["spellings"].items()}
        self._fillers: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        for filler in sorted(table["fillers"], key=len, reverse=True):
            self._fillers[filler.split()[0]].append(tuple(filler.split()))
        self._laughs = frozenset(table["laughs"])
        self._joys, self._tears = frozenset(table["joys"]), frozenset(table["tears"])
        self._no = frozenset(table["negation"]["words"])
        self._never = frozenset(table["negation"]["never"])
        self._as_never_before = frozenset(table["negation"]["as_never_before"])
        self._more, self._than = frozenset(table["negation"]["more"]), frozenset(table["negation"]["than"])
        self._doubts = [compile_sequence(doubt, classes) for doubt in table["negation"]["doubts"]]
        self._unreal = frozenset(table["negation"]["unreal"])
        self._crisis = by_key(crisis["phrases"], classes)
        self._crisis_in_earnest = by_key(crisis["phrases_in_earnest"], classes)
        self._hyperbole = by_key(crisis["except"], classes)
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
        self._crisis_keys = frozenset((*self._crisis, *self._crisis_in_earnest))
        self._sad_keys = frozenset((*self._phrases, *self._strong, *self._weak))
        keys = self._crisis_keys | self._sad_keys
        self.entries = keys | {word for word, meant in self._spellings.items() if not keys.isdisjoint(meant)}
        patterns = (self._crisis, self._crisis_in_earnest, self._phrases, self._hyperbole, self._idioms)
        self.vocabulary = frozenset[str]().union(
            *(pattern.words for found in patterns for several in found.values() for pattern in several),
            *(one.words or frozenset() for many in self._subjects.values() for each in many for one in each),
            *(self.entries, self._spellings, self._between, self._laughs, self._no),
        )

    def spell_out(self, tokens: Sequence[str]) -> list[str]:
        """Return the tokens with chat spellings written out and fillers left out."""
        spelled: list[str] = []
        for token in tokens:
            spelled += self._spellings.get(token, (token,))
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

    def look_for_crisis(self, tokens: Sequence[str], steps: list[Step]) -> None:
        laughing = not self._laughs.isdisjoint(tokens)
        for place in find_places(tokens, self._crisis_keys):
            key = tokens[place]
            patterns = self._crisis.get(key, [])
            if not laughing:
                patterns = patterns + self._crisis_in_earnest.get(key, [])
            for pattern in patterns:
                span = pattern.match(tokens, place)
                if span is None:
                    continue
                if any(excuse.match(tokens, place) for excuse in self._hyperbole.get(key, ())):
                    steps.append(Step(Rule.HYPERBOLE, _said(tokens, span)))
                elif self._denied(pattern, tokens, span):
                    steps.append(Step(Rule.NEGATED, _said(tokens, span)))
                else:
                    steps.append(Step(Rule.CRISIS, _said(tokens, span)))
                    return

    def look_for_sadness(self, tokens: Sequence[str], steps: list[Step]) -> None:
        for place in find_places(tokens, self._sad_keys)[:MOST_SAD_KEYS]:
            step = self._sadness_at(tokens, place)
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

    def _sadness_at(self, tokens: Sequence[str], place: int) -> Step | None:
        key = tokens[place]
        for idiom in self._idioms.get(key, ()):
            span = idiom.match(tokens, place)
            if span is not None:
                return Step(Rule.IDIOM, _said(tokens, span))
        refused: Step | None = None
        for pattern in self._phrases.get(key, ()):
            span = pattern.match(tokens, place)
            if span is not None:
                rule = self._phrase_rule(pattern, tokens, span)
                if rule is Rule.PHRASE:
                    return Step(rule, _said(tokens, span))
                refused = Step(rule, _said(tokens, span))
        if key in self._strong or key in self._weak:
            rule, begin = self._state_rule(tokens, place)
            if rule in FEELING_OF or refused is None:
                return Step(rule, _said(tokens, (begin, place + 1)))
        return refused

    def _phrase_rule(self, pattern: Pattern, tokens: Sequence[str], span: tuple[int, int]) -> Rule:
        if self._denied(pattern, tokens, span):
            return Rule.NEGATED
        if tokens[span[1] : span[1] + 1] == ["?"] and self._own.isdisjoint(tokens[span[0] : span[1]]):
            return Rule.QUESTION
        return Rule.UNREAL if self._is_unreal(tokens, span[0]) else Rule.PHRASE

    def _denied(self, pattern: Pattern, tokens: Sequence[str], span: tuple[int, int]) -> bool:
        """Tell whether a phrase that has no negation of its own stands under one."""
        begin, end = span
        if not self._no.isdisjoint(pattern.words):
            return False
        around = tokens[max(begin - 1, 0) : end + 1]
        return not self._no.isdisjoint(around) or self._is_doubted(tokens, begin)

    def _is_doubted(self, tokens: Sequence[str], begin: int) -> bool:
        return any(match_backward(doubt, tokens, begin - 1) is not None for doubt in self._doubts)

    def _is_unreal(self, tokens: Sequence[str], begin: int) -> bool:
        return begin > 0 and tokens[begin - 1] in self._unreal

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
            elif token in self._between or token in self._no:
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
        if self._is_negated(tokens, place, crossed) or self._is_doubted(tokens, begin):
            return Rule.NEGATED
        if begin > 0 and tokens[begin - 1] in self._no and tokens[begin] not in self._own:
            return Rule.NEGATED  # "didn't make me sad", but "it does not work, I am sad"
        return Rule.UNREAL if self._is_unreal(tokens, begin) else Rule.OWN_STATE

    def _bare_state_rule(self, tokens: Sequence[str], place: int, crossed: Sequence[str]) -> Rule:
        if tokens[place] not in self._strong:
            return Rule.NOT_THE_AUTHOR
        if self._is_negated(tokens, place, crossed):
            return Rule.NEGATED
        following = tokens[place + 1] if place + 1 < len(tokens) else "."
        if not (pauses(following) or following in self._may_follow):
            return Rule.NOT_THE_AUTHOR
        ending = next((token for token in tokens[place + 1 : place + REACH] if token in "?!.…\n"), "")
        return Rule.QUESTION if ending == "?" else Rule.BARE_STATE

    def _is_negated(self, tokens: Sequence[str], place: int, crossed: Sequence[str]) -> bool:
        said = self._no.intersection(crossed)
        if not said:
            return False
        if said <= self._more and tokens[place + 1 : place + 2] and tokens[place + 1] in self._than:
            return False
        return not (said & self._never and self._as_never_before.intersection(crossed))


def says_sad(text: str, lang: str) -> bool:
    """Tell whether the shipped rules read sadness or crisis; `lang` is not used: both languages are read everywhere."""
    return _shipped().read(text).feeling is not Feeling.NONE


@cache
def _shipped() -> Feelings:
    return Feelings({code: language.feelings for code, language in languages.load().items()})


def _said(tokens: Sequence[str], span: tuple[int, int]) -> str:
    return " ".join(tokens[span[0] : span[1]])
