"""What a reading of feelings is made of."""

from dataclasses import dataclass
from enum import StrEnum


class Feeling(StrEnum):
    """What was read in a message: its author's own danger before all else, then somebody else's, a loss, sadness."""

    NONE = "none"
    SAD = "sad"
    DANGER = "danger"
    GRIEF = "grief"
    WORRY = "worry"

    @property
    def calls_for_helplines(self) -> bool:
        """Tell whether a kind word would be the wrong answer, and somebody who listens the right one."""
        return self in (Feeling.DANGER, Feeling.GRIEF, Feeling.WORRY)


class Rule(StrEnum):
    """Why a word counted, or did not."""

    MEANS = "means"
    DANGER = "danger"
    VEILED = "veiled"
    SPOKEN_OF = "spoken_of"
    HYPERBOLE = "hyperbole"
    WORRY = "worry"
    SUICIDE_GRIEF = "suicide_grief"
    GRIEF = "grief"
    PET = "pet"
    PHRASE = "phrase"
    OWN_STATE = "own_state"
    BARE_STATE = "bare_state"
    TWO_SIGNS = "two_signs"
    ANYBODY = "anybody"
    WEAK = "weak"
    IGNORED = "ignored"
    IDIOM = "idiom"
    NEGATED = "negated"
    UNREAL = "unreal"
    QUESTION = "question"
    NOT_THE_AUTHOR = "not_the_author"
    JOKE = "joke"
    NO_WORD = "no_word"


# "I am sad", rather than a phrase such as "I can't stop crying".
STATES = (Rule.OWN_STATE, Rule.BARE_STATE, Rule.ANYBODY)

FEELING_OF = {
    Rule.MEANS: Feeling.DANGER,
    Rule.DANGER: Feeling.DANGER,
    Rule.VEILED: Feeling.DANGER,
    Rule.SPOKEN_OF: Feeling.DANGER,
    Rule.WORRY: Feeling.WORRY,
    Rule.SUICIDE_GRIEF: Feeling.GRIEF,
    Rule.GRIEF: Feeling.GRIEF,
    Rule.PET: Feeling.GRIEF,
    Rule.PHRASE: Feeling.SAD,
    Rule.OWN_STATE: Feeling.SAD,
    Rule.BARE_STATE: Feeling.SAD,
    Rule.TWO_SIGNS: Feeling.SAD,
    Rule.ANYBODY: Feeling.SAD,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at: the words, folded, and the rule that let them count or not."""

    rule: Rule
    words: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a message; the last step decided. `is_heavy` tells that it holds tears or despair somewhere."""

    feeling: Feeling
    steps: tuple[Step, ...]
    is_heavy: bool = False

    @property
    def is_mild(self) -> bool:
        """Tell whether its author is a little sad, and nothing in the message says more than that."""
        return self.feeling is Feeling.SAD and self.steps[-1].rule in STATES and not self.is_heavy

    @property
    def names_means(self) -> bool:
        """Tell whether a means to die or to hurt oneself is at hand or was used, so that every minute counts."""
        return self.steps[-1].rule is Rule.MEANS


NOTHING = Reading(Feeling.NONE, (Step(Rule.NO_WORD, ""),))
