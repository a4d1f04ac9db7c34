"""Where the keys of patterns stand in a message, and how many of them are tried."""

from collections import Counter
from collections.abc import Mapping, Sequence, Sized

# How many patterns are tried at most: a long letter needs a hundred. Beyond that each key is looked at only so often,
# and with too many even so, only the two ends of a message are read.
MOST_TRIES = 400
MOST_TIMES = 8


def count_tries(*tables: Mapping[str, Sized]) -> dict[str, int]:
    """Return how many patterns, or whatever else these tables hold, each key has to be tried with."""
    tries: Counter[str] = Counter()
    for table in tables:
        tries.update({key: len(several) for key, several in table.items()})
    return dict(tries)


def find_places(tokens: Sequence[str], tries: Mapping[str, int]) -> list[int]:
    """Return where keys stand, of which each takes so many tries: all of them, unless that would take long."""
    if tries.keys().isdisjoint(tokens):
        return []
    places = [place for place, token in enumerate(tokens) if token in tries]
    if sum(tries[tokens[place]] for place in places) <= MOST_TRIES:
        return places
    seen: Counter[str] = Counter()
    few: list[int] = []
    for place in places:
        seen[tokens[place]] += 1
        if seen[tokens[place]] <= MOST_TIMES:
            few.append(place)
    return _at_both_ends(few, [tries[tokens[place]] for place in few])


def _at_both_ends(places: Sequence[int], tries: Sequence[int]) -> list[int]:
    """Return places from the beginning and as many from the end, as far as the tries for them go."""
    left = MOST_TRIES
    kept: set[int] = set()
    for first in range(len(places) // 2 + 1):
        for chosen in (first, len(places) - 1 - first):
            left -= tries[chosen]
            kept.add(places[chosen])
        if left <= 0:
            break
    return sorted(kept)
