"""Reads in one language whether somebody speaks of suicide or self-harm."""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain
from typing import Any

from bot.services.feelings.despair import Despair
from bot.services.feelings.laughter import Laughter
from bot.services.feelings.negation import Negation
from bot.services.feelings.patterns import said
from bot.services.feelings.phrases import AnyOf, Phrases
from bot.services.feelings.readings import Rule, Step
from bot.services.feelings.signs import Signs
from bot.services.feelings.spoken import Spoken
from bot.services.feelings.veiled import Veiled

# A danger in the middle of a long letter must not be lost.
MOST_TRIES = 120
DANGERS = frozenset((Rule.DANGER, Rule.MEANS, Rule.VEILED))


class Danger:
    """The phrases of danger of one language, and what only sounds like them."""

    def __init__(self, table: Mapping[str, Any], negation: Negation, signs: Signs) -> None:
        classes, danger = table["classes"], table["danger"]
        self._negation, self._laughs = negation, signs.laughs
        self.words = frozenset(danger["words"])
        # A means first; and whether a laugh takes it back.
        self._outright = Phrases(
            (
                *(((Rule.MEANS, False), text) for text in danger["means"]),
                *(((Rule.DANGER, False), text) for text in danger["phrases"]),
                *(((Rule.DANGER, True), text) for text in danger["phrases_in_earnest"]),
            ),
            classes,
            MOST_TRIES,
        )
        self._hyperbole, self._spoken_of = (
            Phrases(((None, text) for text in danger[name]), classes) for name in ("except", "spoken_of")
        )
        self._veiled = Veiled(danger["veiled"], classes)
        self._over = Veiled(danger.get("over", {"heavy": {}, "light": {}}), classes)
        self._own = frozenset(table["sad"]["own"])
        self._despair = Despair(danger["despair"], classes)
        # What opens a message, and all that is looked for in one.
        self.opening: Sequence[Phrases[Any]] = (self._outright, self._veiled.heavy)
        self._any = AnyOf(self.opening)
        besides = (
            *(*self._veiled.phrases[1:], self._hyperbole, self._spoken_of, self._despair.phrases),
            *self._over.phrases,
        )
        self.phrases: Sequence[Phrases[Any]] = (*self.opening, *besides)

    @property
    def keys(self) -> frozenset[str]:
        """Return the words around which a phrase may stand."""
        return self._outright.keys | self._veiled.keys

    @property
    def masked(self) -> frozenset[str]:
        """Return the words that people mask."""
        return self.words | self._outright.keys

    def spoken_of(self, spoken: Spoken, sad: str) -> Step | None:
        """Return where suicide or self-harm is spoken of, whoever it is about, or a farewell stands; None otherwise.

        What is veiled counts beside the `sad` words of the message, when it is not the same ones.
        """
        tokens = spoken.tokens
        for _, _, _, span in self._spoken_of.found(spoken):
            return Step(Rule.SPOKEN_OF, said(tokens, span))
        others = frozenset(sad.split()) - self._own
        for span in self._veiled.heavy_spans(spoken):
            if others.isdisjoint(tokens[span[0] : span[1]]):
                return Step(Rule.SPOKEN_OF, said(tokens, span))
        return None

    def despairs(self, spoken: Spoken, sad: Iterable[int]) -> bool:
        """Tell whether a message that is sad at these places says so much more that no kind word will do."""
        return self._despair.weighs_on(spoken, chain(sad, (begin for begin, _ in self._veiled.heavy_spans(spoken))))

    def look_for(self, spoken: Spoken, steps: list[Step]) -> None:
        """Add what was looked at, in the whole message, with what is a danger at the end; a means counts most."""
        if not self._any.may_stand(spoken):
            return
        tokens, standing = spoken.tokens, self._outright.standing(spoken)
        together = self._veiled.together(spoken)
        if not standing.places and together is None:
            return
        laughs = [span for span in self._laughs.spans(spoken) if not self._negation.stands_before(tokens, span)]
        laughter = Laughter(tokens, laughs)
        found: Step | None = None
        for place in standing.places:
            for (rule, only_in_earnest), pattern in standing.at(place):
                if found is not None and rule is not Rule.MEANS:
                    continue
                span = pattern.match(tokens, place)
                if span is None or (only_in_earnest and laughter.is_near(span)):
                    continue
                refusal = self._refusal(pattern.named(self._negation.words), spoken, span, place)
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
            if together is not None and all(map(laughter.is_near, together)):
                return
            found = together and Step(Rule.VEILED, " + ".join(said(tokens, span) for span in together))
        if found is not None:
            steps.append(found)

    def _refusal(self, words: Set[str], spoken: Spoken, span: tuple[int, int], place: int) -> Rule | None:
        """Return why the phrase around the key at `place` is no danger, or None."""
        tokens = spoken.tokens
        excuses = self._hyperbole.standing(spoken).at(place)
        if any(excuse.match(tokens, place) for _, excuse in excuses) or self._is_over(spoken, span):
            return Rule.HYPERBOLE
        return Rule.NEGATED if self._negation.denies_danger(words, tokens, span) else None

    def _is_over(self, spoken: Spoken, span: tuple[int, int]) -> bool:
        """Tell whether what stands at `span` is said of a time that its author has left, and is glad to have."""
        together = self._over.together(spoken) or ()
        return any(begin < span[1] and span[0] < end for begin, end in together)
