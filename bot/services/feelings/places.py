"""Where some words stand in a message, and how many of them are looked at."""

from collections.abc import Mapping, Sequence

from bot.services.feelings.spoken import Spoken

# How many patterns are tried before each key is looked at only so often, where it stands first and last; and how many
# at most, beyond which only the two ends of a message are read. A long letter needs a few dozen.
MANY_TRIES, MOST_TRIES = 60, 80
MOST_TIMES = 12


def find_places(spoken: Spoken, tries: Mapping[str, int], many: int = MANY_TRIES, most: int = MOST_TRIES) -> list[int]:
    """Return where some tokens stand, of which each takes so many tries: all of them, unless that would take long."""
    if not tries:
        return []
    where = spoken.where
    places: list[int] = []
    if sum([len(where[key]) * several for key, several in tries.items()]) <= many:
        for key in tries:
            places += where[key]
        places.sort()
        return places
    for key in tries:
        there = where[key]
        places += there if len(there) <= MOST_TIMES else (*there[: MOST_TIMES // 2], *there[-MOST_TIMES // 2 :])
    places.sort()
    return _at_both_ends(places, spoken.tokens, tries, most)


def _at_both_ends(places: Sequence[int], tokens: Sequence[str], tries: Mapping[str, int], left: int) -> list[int]:
    """Return places from the beginning and as many from the end, as far as the tries for them go."""
    last = len(places) - 1
    for first in range(last // 2 + 1):
        left -= tries[tokens[places[first]]] + tries[tokens[places[last - first]]]
        if left <= 0:
            return [*places[: first + 1], *places[max(first + 1, last - first) :]]
    return [*places]
