"""What a reading of feelings is made of."""

from dataclasses import dataclass
from enum import StrEnum


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
    ANYBODY = "anybody"
    IGNORED = "ignored"
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
    Rule.ANYBODY: Feeling.SAD,
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
