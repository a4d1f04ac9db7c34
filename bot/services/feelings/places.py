"""Where the keys of patterns stand in a message, and how many of them are tried."""

from collections.abc import Mapping, Sequence, Sized

from bot.services.feelings.spoken import Spoken

# How many patterns are tried before each key is looked at only so often, where it stands first and last; and how many
# at most, beyond which only the two ends of a message are read. A long letter needs a few dozen.
MANY_TRIES, MOST_TRIES = 60, 80
MOST_TIMES = 12


def places_of(
    spoken: Spoken, standing: Mapping[str, Sized], many: int = MANY_TRIES, most: int = MOST_TRIES
) -> list[int]:
    """Return where the keys of a table stand that holds what is to be tried with each."""
    return find_places(spoken, {key: len(several) for key, several in standing.items()}, many, most) if standing else []


def find_places(spoken: Spoken, tries: Mapping[str, int], many: int = MANY_TRIES, most: int = MOST_TRIES) -> list[int]:
    """Return where some tokens stand, of which each takes so many tries: all of them, unless that would take long."""
    if not tries:
        return []
    where = spoken.where
    if sum(len(where[key]) * several for key, several in tries.items()) <= many:
        return sorted([place for key in tries for place in where[key]])
    half = MOST_TIMES // 2
    few = sorted({place for key in tries for place in (*where[key][:half], *where[key][-half:])})
    return _at_both_ends(few, [tries[spoken.tokens[place]] for place in few], most)


def _at_both_ends(places: Sequence[int], tries: Sequence[int], left: int) -> list[int]:
    """Return places from the beginning and as many from the end, as far as the tries for them go."""
    kept: set[int] = set()
    for first in range(len(places) // 2 + 1):
        for chosen in (first, len(places) - 1 - first):
            left -= tries[chosen]
            kept.add(places[chosen])
        if left <= 0:
            break
    return sorted(kept)
