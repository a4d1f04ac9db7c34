"""Reads in one language whether somebody is bereaved, or worried about somebody who may be in danger."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from bot.services.feelings.negation import Negation
from bot.services.feelings.patterns import by_key, said
from bot.services.feelings.places import count_tries, find_places
from bot.services.feelings.readings import Rule, Step
from bot.services.feelings.signs import Signs

# The first of these that holds decides: who lives can still be helped.
ORDER = (Rule.WORRY, Rule.SUICIDE_GRIEF, Rule.GRIEF, Rule.PET)
LISTS = {
    Rule.WORRY: ("worry", "phrases"),
    Rule.SUICIDE_GRIEF: ("grief", "by_suicide"),
    Rule.GRIEF: ("grief", "phrases"),
    Rule.PET: ("grief", "pets"),
}


class LovedOnes:
    """The phrases of worry and of grief of one language, and what only sounds like them."""

    def __init__(self, table: Mapping[str, Any], negation: Negation, signs: Signs) -> None:
        classes = table["classes"]
        self._negation, self._laughs = negation, signs.laughs
        self._lists = [
            (rule, by_key(table[section][name], classes), by_key(table[section]["except"], classes))
            for rule, (section, name) in LISTS.items()
        ]
        self.patterns = [found for _, *both in self._lists for found in both]
        self._tries = count_tries(*(phrases for _, phrases, _ in self._lists))
        self.keys = frozenset(self._tries)

    def steps(self, tokens: Sequence[str], ignored: Set[int]) -> Iterator[Step]:
        """Yield what was looked at; the words at `ignored` places never count, but for somebody who lives."""
        places = find_places(tokens, self._tries)
        laughing = bool(places) and self._laughs.stand_in(tokens)
        for rule, phrases, excuses in self._lists:
            for place in places:
                if any(excuse.match(tokens, place) for excuse in excuses.get(tokens[place], ())):
                    continue
                for pattern in phrases.get(tokens[place], ()):
                    span = pattern.match(tokens, place)
                    if span is not None:
                        refused = Rule.JOKE if laughing else self._refusal(pattern.words, tokens, span)
                        if rule is not Rule.WORRY and not ignored.isdisjoint(range(*span)):
                            refused = Rule.IGNORED
                        yield Step(refused or rule, said(tokens, span))

    def _refusal(self, words: Set[str], tokens: Sequence[str], span: tuple[int, int]) -> Rule | None:
        """Return why a phrase does not count, or None."""
        # A phrase that names a negation ("doesn't want to live") may be what somebody is said to have said.
        if self._negation.words.isdisjoint(words) and self._negation.denies_phrase(words, tokens, span):
            return Rule.NEGATED
        return Rule.UNREAL if self._negation.supposes(tokens, span[0]) else None
