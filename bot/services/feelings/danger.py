"""Reads in one language whether somebody speaks of suicide or self-harm."""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain
from typing import Any

from bot.services.feelings.despair import Despair
from bot.services.feelings.laughter import Laughter
from bot.services.feelings.negation import Negation
from bot.services.feelings.patterns import by_key, said
from bot.services.feelings.places import count_tries, find_places
from bot.services.feelings.readings import Rule, Step
from bot.services.feelings.signs import Signs
from bot.services.feelings.veiled import Veiled

DANGERS = frozenset((Rule.DANGER, Rule.MEANS, Rule.VEILED))


class Danger:
    """The phrases of danger of one language, and what only sounds like them."""

    def __init__(self, table: Mapping[str, Any], negation: Negation, signs: Signs) -> None:
        classes, danger = table["classes"], table["danger"]
        self._negation, self._laughs = negation, signs.laughs
        self.words = frozenset(danger["words"])
        self._means, self._phrases, self._phrases_in_earnest, self._hyperbole = (
            by_key(danger[name], classes) for name in ("means", "phrases", "phrases_in_earnest", "except")
        )
        self._veiled = Veiled(danger["veiled"], classes)
        self._own = frozenset(table["sad"]["own"])
        self._spoken_of = by_key(danger["spoken_of"], classes)
        self._despair = Despair(danger["despair"], classes)
        outright = (self._means, self._phrases, self._phrases_in_earnest)
        self._tries, self._tries_of_spoken = count_tries(*outright), count_tries(self._spoken_of)
        # Under each key its patterns, a means first, and whether a laugh takes them back.
        self._outright = {
            key: [
                *((Rule.MEANS, False, pattern) for pattern in self._means.get(key, ())),
                *((Rule.DANGER, False, pattern) for pattern in self._phrases.get(key, ())),
                *((Rule.DANGER, True, pattern) for pattern in self._phrases_in_earnest.get(key, ())),
            ]
            for key in self._tries
        }
        self.keys = frozenset((*self._tries, *self._veiled.keys))
        self.masked = self.words.union(*outright)
        self.patterns = (*outright, self._hyperbole, self._spoken_of, *self._despair.patterns, *self._veiled.patterns)

    def spoken_of(self, tokens: Sequence[str], sad: str) -> Step | None:
        """Return where suicide or self-harm is spoken of, whoever it is about, or a farewell stands; None otherwise.

        What is veiled counts beside the `sad` words of the message, when it is not the same ones.
        """
        for place in find_places(tokens, self._tries_of_spoken):
            for pattern in self._spoken_of[tokens[place]]:
                span = pattern.match(tokens, place)
                if span is not None:
                    return Step(Rule.SPOKEN_OF, said(tokens, span))
        others = frozenset(sad.split()) - self._own
        for span in self._veiled.heavy_spans(tokens):
            if others.isdisjoint(tokens[span[0] : span[1]]):
                return Step(Rule.SPOKEN_OF, said(tokens, span))
        return None

    def despairs(self, tokens: Sequence[str], sad: Iterable[int]) -> bool:
        """Tell whether a message that is sad at these places says so much more that no kind word will do."""
        return self._despair.weighs_on(tokens, chain(sad, self._veiled.places(tokens)))

    def look_for(self, tokens: Sequence[str], steps: list[Step]) -> None:
        """Add what was looked at, in the whole message, with what is a danger at the end; a means counts most."""
        if self.keys.isdisjoint(tokens):
            return
        laughs = [span for span in self._laughs.spans(tokens) if not self._negation.stands_before(tokens, span)]
        laughter = Laughter(tokens, laughs)
        found: Step | None = None
        for place in find_places(tokens, self._tries):
            for rule, only_in_earnest, pattern in self._outright[tokens[place]]:
                if found is not None and rule is not Rule.MEANS:
                    continue
                span = pattern.match(tokens, place)
                if span is None or (only_in_earnest and laughter.is_near(span)):
                    continue
                refusal = self._refusal(pattern.words, tokens, span, place)
                if refusal is Rule.HYPERBOLE and found is not None:
                    continue
                if refusal is not None:
                    steps.append(Step(refusal, said(tokens, span)))
                    continue
                found = Step(rule, said(tokens, span))
                if rule is Rule.MEANS:
                    steps.append(found)
                    return
                break
        if found is None:
            together = self._veiled.together(tokens)
            if together is not None and all(map(laughter.is_near, together)):
                return
            found = together and Step(Rule.VEILED, " + ".join(said(tokens, span) for span in together))
        if found is not None:
            steps.append(found)

    def _refusal(self, words: Set[str], tokens: Sequence[str], span: tuple[int, int], place: int) -> Rule | None:
        """Return why the phrase around the key at `place` is no danger, or None."""
        if any(excuse.match(tokens, place) for excuse in self._hyperbole.get(tokens[place], ())):
            return Rule.HYPERBOLE
        return Rule.NEGATED if self._negation.denies_danger(words, tokens, span) else None
