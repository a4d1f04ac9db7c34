"""Reads what is said of somebody else as if that one had said it: what would be a danger is a worry then."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.services.feelings.danger import DANGERS, Danger
from bot.services.feelings.elements import pauses
from bot.services.feelings.patterns import said
from bot.services.feelings.phrases import Phrases
from bot.services.feelings.readings import Rule, Step
from bot.services.feelings.signs import Signs
from bot.services.feelings.spoken import Spoken
from bot.services.feelings.veiled import Span

# A message of more words than this is not read once more in the first person.
LONG = 300
# How many of the patterns that tell who is near are tried in a message.
MOST_TRIES = 16
# How many words may lie between somebody and what is said of that one.
REACH = 8
# How many words may describe a person ("my poor little sister").
MOST_DESCRIBING = 3


class Told:
    """What one language says of somebody else, word by word in the first person."""

    def __init__(self, table: Mapping[str, Any], danger: Danger, signs: Signs) -> None:
        told = table["worry"].get("told", {})
        self._danger, self._laughs, self._own = danger, signs.laughs, frozenset(table["sad"]["own"])
        self._as_i: Mapping[str, str] = told.get("as_i", {})
        self._beside_i: Mapping[str, str] = told.get("beside_i", {})
        self._as_you: Mapping[str, str] = told.get("as_you", {})
        self._people, self._whose, self._objects, self._alone = (
            frozenset(told.get(name, ())) for name in ("people", "whose", "objects", "alone_after")
        )
        self._near, self._over = (
            Phrases(((None, text) for text in told.get(name, ())), table["classes"], MOST_TRIES)
            for name in ("near", "over")
        )
        self.phrases: Sequence[Phrases[Any]] = (self._near, self._over)

    def step(self, spoken: Spoken) -> Step | None:
        """Return what would be a danger if whom it is said of had said it, a worry or a joke; None where nothing is."""
        if not self._is_near(spoken):
            return None
        tokens = self._in_first_person(spoken.tokens)
        steps: list[Step] = []
        if tokens != spoken.tokens:
            self._danger.look_for(Spoken(tokens), steps)
        if not steps or steps[-1].rule not in DANGERS:
            return None
        spans = [_find(part, tokens) for part in steps[-1].words.split(" + ")]
        if all(self._is_unturned(tokens, spoken, span) for span in spans):
            return None
        rule = Rule.JOKE if self._laughs.stand_in(spoken) else Rule.WORRY
        return Step(rule, " + ".join(said(spoken.tokens, span) for span in spans))

    def _is_near(self, spoken: Spoken) -> bool:
        """Tell whether somebody is meant whom the author knows or asks about, and who lives."""
        return len(spoken.tokens) <= LONG and self._near.stand_in(spoken) and not self._over.stand_in(spoken)

    def _is_unturned(self, tokens: Sequence[str], spoken: Spoken, span: Span) -> bool:
        """Tell whether nothing at a span, and nobody before it, is said of another."""
        begin, end = span
        return tokens[begin:end] == spoken.tokens[begin:end] and not self._follows(tokens, spoken, span)

    def is_of_another(self, danger: Step, spoken: Spoken) -> bool:
        """Tell whether what is a danger does not name its author, and is said of somebody named before it."""
        if len(spoken.tokens) > LONG or not self._own.isdisjoint(danger.words.split()):
            return False
        tokens = self._in_first_person(spoken.tokens)
        return all(self._follows(tokens, spoken, _find(part, spoken.tokens)) for part in danger.words.split(" + "))

    def _follows(self, tokens: Sequence[str], spoken: Spoken, span: Span) -> bool:
        """Tell whether somebody else is the last one named in the clause before a span."""
        for place in range(span[0] - 1, max(span[0] - 1 - REACH, -1), -1):
            written = spoken.tokens[place]
            if pauses(written) or written in self._own:
                return False
            if tokens[place] in self._own and tokens[place] != written:
                return True
        return False

    def _in_first_person(self, tokens: Sequence[str]) -> list[str]:
        """Return as many tokens, of which those that are about another are about the author."""
        turned: list[str] = []
        for place, token in enumerate(tokens):
            before = tokens[place - 1] if place else ""
            if token in self._people and self._belongs(tokens, place):
                token = "i"
            elif token in self._beside_i and turned[-1:] == ["i"] != [before]:
                token = self._beside_i[token]
            elif not (token in self._objects and before in self._alone):
                token = self._as_i.get(token, self._as_you.get(token, token))
            turned.append(token)
        return turned

    def _belongs(self, tokens: Sequence[str], place: int) -> bool:
        """Tell whether a person at `place` is somebody's, or begins the message."""
        return not place or not self._whose.isdisjoint(tokens[max(place - 1 - MOST_DESCRIBING, 0) : place])


def _find(words: str, tokens: Sequence[str]) -> Span:
    """Return where these words stand first among the tokens."""
    wanted = words.split()
    places = range(len(tokens) - len(wanted) + 1)
    begin = next((place for place in places if [*tokens[place : place + len(wanted)]] == wanted), 0)
    return begin, begin + len(wanted)
