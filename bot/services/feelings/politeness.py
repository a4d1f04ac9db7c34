"""Looks for a danger in what is said politely, and in the same without its courtesies."""

from collections.abc import Mapping, Set

from bot.services.feelings.danger import DANGERS
from bot.services.feelings.readings import Step
from bot.services.feelings.rules import Rules
from bot.services.feelings.spoken import Spoken

# Of a message of more words than this, only what stands around its courtesies is read with them.
LONG = 100


def look_for_danger(
    several: Mapping[str, Rules], spoken: Mapping[str, Spoken], kept_fillers: Set[tuple[str, ...]], steps: list[Step]
) -> tuple[Mapping[str, Spoken], str | None]:
    """Add what was looked at in every language, until something is a danger.

    Returns:
        What is said bluntly, or as it is where that is a danger; and the language in which anything is one.
    """
    blunt = without_courtesies(several, spoken, kept_fillers)
    if blunt is not spoken and max(len(one.tokens) for one in spoken.values()) <= LONG:
        if (code := _find_danger(several, spoken, steps)) is not None:
            return spoken, code
        steps.clear()
    if (code := _find_danger(several, blunt, steps)) is not None or blunt is spoken:
        return blunt, code
    return blunt, _find_danger_by_courtesy(several, spoken, steps)


def without_courtesies(
    several: Mapping[str, Rules], spoken: Mapping[str, Spoken], kept_fillers: Set[tuple[str, ...]]
) -> Mapping[str, Spoken]:
    """Return what is said without its courtesies: the same, where there are none."""
    blunt = {code: several[code].spelling.without_courtesies(one.tokens, kept_fillers) for code, one in spoken.items()}
    if all(blunt[code] is one.tokens for code, one in spoken.items()):
        return spoken
    return {code: Spoken(tokens) for code, tokens in blunt.items()}


def _find_danger(several: Mapping[str, Rules], spoken: Mapping[str, Spoken], steps: list[Step]) -> str | None:
    """Add what was looked at in every language, until something is a danger; return in which one it is."""
    for code, one in spoken.items():
        several[code].danger.look_for(one, steps)
        if steps and steps[-1].rule in DANGERS:
            return code
    return None


def _find_danger_by_courtesy(
    several: Mapping[str, Rules], spoken: Mapping[str, Spoken], steps: list[Step]
) -> str | None:
    """Put what is a danger in the place of the steps, if a long message holds one of which a courtesy is a part."""
    for code, one in spoken.items():
        spelling = several[code].spelling
        if len(one.tokens) > LONG and (near := spelling.near_courtesies(one.tokens)):
            found: list[Step] = []
            if _find_danger(several, {code: Spoken(near)}, found) and spelling.is_polite(found[-1].words):
                steps[:] = found
                return code
    return None
