"""Reads in one language whether somebody is bereaved, or worried about somebody who may be in danger."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from bot.services.feelings.negation import Negation
from bot.services.feelings.patterns import said
from bot.services.feelings.phrases import AnyOf, Phrases
from bot.services.feelings.readings import Rule, Step
from bot.services.feelings.signs import Signs
from bot.services.feelings.spoken import Spoken
from bot.services.feelings.veiled import Veiled

# The first of these that holds decides: who lives can still be helped.
ORDER = (Rule.WORRY, Rule.SUICIDE_GRIEF, Rule.GRIEF, Rule.PET)
LISTS = {
    Rule.WORRY: ("worry", "phrases"),
    Rule.SUICIDE_GRIEF: ("grief", "by_suicide"),
    Rule.GRIEF: ("grief", "phrases"),
    Rule.PET: ("grief", "pets"),
}
# What is worry or grief only together: who it is about, and what is said of that one.
TOGETHER = {Rule.WORRY: "worry", Rule.GRIEF: "grief"}
# How many of the phrases are tried in a message.
MOST_TRIES = 24


class LovedOnes:
    """The phrases of worry and of grief of one language, and what only sounds like them."""

    def __init__(self, table: Mapping[str, Any], negation: Negation, signs: Signs) -> None:
        classes = table["classes"]
        self._negation, self._laughs = negation, signs.laughs
        self._phrases = Phrases(
            ((rule, text) for rule, (section, name) in LISTS.items() for text in table[section][name]),
            classes,
            MOST_TRIES,
        )
        excuses = {
            section: Phrases(((None, text) for text in table[section]["except"]), classes)
            for section in ("worry", "grief")
        }
        self._excuses = {rule: excuses[section] for rule, (section, _) in LISTS.items()}
        none: Mapping[str, Mapping[str, Any]] = {"heavy": {}, "light": {}}
        self._veiled = {rule: Veiled(table[section].get("veiled", none), classes) for rule, section in TOGETHER.items()}
        self._tells = Phrases(((None, text) for text in table["worry"].get("tells", ())), classes)
        veiled = self._veiled.values()
        self.opening: Sequence[Phrases[Any]] = (self._phrases, *(one.heavy for one in veiled))
        self._any = AnyOf(self.opening)
        besides = (phrases for one in veiled for phrases in one.phrases[1:])
        self.phrases: Sequence[Phrases[Any]] = (*self.opening, *besides, *excuses.values(), self._tells)

    @property
    def keys(self) -> frozenset[str]:
        """Return the words around which a phrase may stand."""
        return self._phrases.keys.union(*(one.keys for one in self._veiled.values()))

    def steps(self, spoken: Spoken, ignored: Set[int]) -> Iterator[Step]:
        """Yield what was looked at; the words at `ignored` places never count, but for somebody who lives."""
        if not self._any.may_stand(spoken):
            return
        found = [*self._phrases.found(spoken)]
        laughing = bool(found) and self._laughs.stand_in(spoken)
        for place, rule, pattern, span in sorted(found, key=lambda one: ORDER.index(one[1])):
            if not self._is_excused(spoken, place, rule):
                refused = (
                    Rule.JOKE if laughing else self._refusal(pattern.named(self._negation.words), spoken.tokens, span)
                )
                if rule is not Rule.WORRY and not ignored.isdisjoint(range(*span)):
                    refused = Rule.IGNORED
                yield Step(refused or rule, said(spoken.tokens, span))
        yield from self._steps_together(spoken, ignored)

    def tells(self, spoken: Spoken) -> Iterator[str]:
        """Yield the words that say who is quoted after them, unless the message is about a film, or the like."""
        if self._laughs.stand_in(spoken) or self._veiled[Rule.WORRY].is_elsewhere(spoken):
            return
        yield from (said(spoken.tokens, span) for _, _, _, span in self._tells.found(spoken))

    def _steps_together(self, spoken: Spoken, ignored: Set[int]) -> Iterator[Step]:
        for rule, veiled in self._veiled.items():
            spans = veiled.together(spoken)
            if spans is None:
                continue
            refused = Rule.JOKE if self._laughs.stand_in(spoken) else None
            if rule is not Rule.WORRY and any(not ignored.isdisjoint(range(*span)) for span in spans):
                refused = Rule.IGNORED
            yield Step(refused or rule, " + ".join(said(spoken.tokens, span) for span in spans))

    def _is_excused(self, spoken: Spoken, place: int, rule: Rule) -> bool:
        """Tell whether what stands around the key at `place` only sounds like it."""
        excuses = self._excuses[rule].standing(spoken).at(place)
        return any(excuse.match(spoken.tokens, place) for _, excuse in excuses)

    def _refusal(self, words: Set[str], tokens: Sequence[str], span: tuple[int, int]) -> Rule | None:
        """Return why a phrase does not count, or None."""
        # A phrase that names a negation ("doesn't want to live") may be what somebody is said to have said.
        if self._negation.words.isdisjoint(words) and self._negation.denies_phrase(words, tokens, span):
            return Rule.NEGATED
        return Rule.UNREAL if self._negation.supposes(tokens, span[0]) else None


def is_of(other: Step, danger: Step) -> bool:
    """Tell whether what reads as a danger is said of another: signs only together, or the very words that are."""
    if other.rule is Rule.WORRY:
        return danger.rule is Rule.VEILED or danger.words in other.words
    return danger.rule is Rule.VEILED and any(part in other.words for part in danger.words.split(" + "))
