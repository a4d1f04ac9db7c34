"""Lets through, of all the patterns of a language at once, those that may stand around a place of a message.

Each pattern is one bit of a number, so what holds for hundreds of them is asked in one step.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import and_, or_

# How many sets of words besides its key a pattern is known by, before it is tried.
MOST_NEEDS = 2
# How many patterns may be tried before each key is looked at only so often, where it stands first and last.
MANY_TRIES, MOST_TIMES = 120, 8
# How often the words of a message are said, on average, before places are looked at only so often in which a key
# stands between the same two words: who tells something says each two or three times in 4,000 characters.
REPEATED = 4
# The number of the first one of no patterns.
NONE = -1

# The words that have a name.
Listed = Callable[[str], Iterable[str]]
# By the place of a key, the numbers of the patterns to try around it.
ByPlace = Mapping[int, Sequence[int]]
# A place, and the patterns that may stand around it.
Passed = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What a pattern looks like: its key, of what it needs a word each, and what may stand next to the key.

    Each is the name of some words. Where `before` or `after` is empty, anything may stand there, or nothing. It counts
    as `weight` tries.
    """

    key: str
    needs: Sequence[str]
    before: Sequence[str]
    after: Sequence[str]
    weight: int


@dataclass(frozen=True, slots=True)
class Group:
    """Patterns of which so many are tried in a message, and the bits that they are."""

    most: int
    bits: int


class Sieve:
    """The patterns of a language, in groups: of each group, only so many are tried in a message."""

    def __init__(self, listed: Listed) -> None:
        self._listed = listed
        self._looks: list[Look] = []
        self._weight: list[int] = []
        # By the number of its first pattern.
        self._group: dict[int, Group] = {}
        self._tables: Tables | None = None

    def add(self, looks: Sequence[Look], most: int) -> int:
        """Add a group of patterns, of which so many are tried in a message; return the number of its first one."""
        begin = len(self._weight)
        if not looks:
            return NONE
        self._looks += looks
        self._weight += [look.weight for look in looks]
        self._group[begin] = Group(most, (1 << len(looks)) - 1 << begin)
        return begin

    def bits_of(self, begin: int) -> int:
        """Return the bits that a group is, of which this is the number of the first one."""
        return 0 if begin == NONE else self._group[begin].bits

    def make_ready(self) -> "Tables":
        """Return what all the patterns are known by; no more of them can be added."""
        if self._tables is None:
            self._tables, self._looks = Tables(self._looks, self._listed), []
        return self._tables

    def may_hold(self, words: Set[str], bits: int) -> bool:
        """Tell whether any of these patterns has all that it needs among some words, but for a key that is no word."""
        tables = self.make_ready()
        return bool(tables.whole_in(words, besides=tables.wordless) & bits)

    def sift(self, tokens: Sequence[str], words: frozenset[str]) -> "Sifted":
        """Return what is to be tried in a message; first where it begins and ends, if there is too much."""
        passed = self.make_ready().passed(tokens, words)
        if len(passed) > MOST_TIMES and sum([bits.bit_count() for _, bits in passed]) > MANY_TRIES:
            passed = _fairly(passed, tokens)
        return Sifted(passed, self._group, self._weight)


class Sifted:
    """What is to be tried in a message."""

    def __init__(self, passed: Sequence[Passed], groups: Mapping[int, Group], weights: Sequence[int]) -> None:
        self._passed, self._groups, self._weights = passed, groups, weights
        self._any = reduce(or_, [bits for _, bits in passed], 0)
        self._known: dict[int, ByPlace] = {}

    def holds_any(self, bits: int) -> bool:
        """Tell whether any of these patterns is to be tried."""
        return bool(self._any & bits)

    def of(self, begin: int) -> ByPlace:
        """Return what is to be tried of a group, of which this is the number of the first one."""
        known = self._known.get(begin)
        if known is None:
            group = self._groups.get(begin)
            there = group is not None and self._any & group.bits
            known = self._known[begin] = self._find(begin, group) if group is not None and there else {}
        return known

    def _find(self, begin: int, group: Group) -> ByPlace:
        found: dict[int, Sequence[int]] = {}
        left, bits_of, weights = group.most, group.bits, self._weights
        for place, bits in self._passed:
            bits = (bits & bits_of) >> begin
            if bits:
                numbers: list[int] = []
                while bits:
                    number = begin + (bits & -bits).bit_length() - 1
                    bits &= bits - 1
                    numbers.append(number)
                    left -= weights[number]
                found[place] = numbers
                if left <= 0:
                    break
        return found


class _ByWord(dict[str, int]):
    """By word, the bits of all that holds it, with those that are there anyway; put together when it is first said."""

    def __init__(self, several: Iterable[tuple[Sequence[str], int]]) -> None:
        super().__init__()
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        anyway: list[int] = []
        for names, number in several:
            if not names:
                anyway.append(number)
            for name in names:
                numbers[name].append(number)
        self.anyway = _bits(anyway)
        # Packed, as there are tens of thousands of them.
        self._numbers = {name: array("I", them).tobytes() for name, them in numbers.items()}

    @property
    def names(self) -> Set[str]:
        """Return the names of the words that it knows."""
        return self._numbers.keys()

    def learn(self, word: str, names: Iterable[str]) -> None:
        """Put together the bits of a word that has these names."""
        found = b"".join([self._numbers[name] for name in names if name in self._numbers])
        if found:
            self[word] = _bits(memoryview(found).cast("I")) | self.anyway

    def of(self, words: Set[str]) -> int:
        """Return the bits of all that holds one of these words, all learnt, with those that are there anyway."""
        return reduce(or_, map(self.__getitem__, self.keys() & words), self.anyway)


class Tables:
    """By word, the patterns that it may be the key of, the needs that it meets, and those that it may stand next to."""

    def __init__(self, looks: Sequence[Look], listed: Listed) -> None:
        self._count, self._every = len(looks), (1 << len(looks)) - 1
        # First the keys, then the needs.
        self._whole = _ByWord(
            (names, number + slot * self._count)
            for number, look in enumerate(looks)
            for slot, names in enumerate(_parts(look))
        )
        self._before = _ByWord((look.before, number) for number, look in enumerate(looks))
        self._after = _ByWord((look.after, number) for number, look in enumerate(looks))
        self._tables = self._whole, self._before, self._after
        # The patterns whose key may be no word, but an emoji.
        self.wordless = _bits(
            [number for number, look in enumerate(looks) if not all(map(str.isalnum, listed(look.key)))]
        )
        # By word that was not said yet, the names of all that holds it.
        by_word: defaultdict[str, list[str]] = defaultdict(list)
        for name in set[str]().union(*(table.names for table in self._tables)):
            for word in listed(name):
                by_word[word].append(name)
        # The words of a class have the same ones.
        same: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._names = {word: same.setdefault(names, names) for word, names in _tuples(by_word)}

    def _learn(self, words: Set[str]) -> None:
        if self._names.keys().isdisjoint(words):
            return
        for word in self._names.keys() & words:
            names = self._names.pop(word)
            for table in self._tables:
                table.learn(word, names)

    def passed(self, tokens: Sequence[str], words: frozenset[str]) -> list[Passed]:
        """Return the patterns that have all that they need, where what stands around their key may."""
        whole = self.whole_in(words)
        known = self._whole.keys() & words if whole else ()
        live = {word: bits for word in known if (bits := self._whole[word] & whole)}
        places = [place for place, token in enumerate(tokens) if token in live] if live else []
        if len(places) > MOST_TIMES * MOST_TIMES and len(tokens) > REPEATED * len(words):
            places = _seldom(places, tokens)
        before, after, last = self._before, self._after, len(tokens) - 1
        begins, ends = before.anyway, after.anyway
        found: list[Passed] = []
        for place in places:
            bits = live[tokens[place]] & (after.get(tokens[place + 1], ends) if place < last else ends)
            if bits:
                bits &= before.get(tokens[place - 1], begins) if place else begins
                if bits:
                    found.append((place, bits))
        return found

    def whole_in(self, words: Set[str], besides: int = 0) -> int:
        """Return the patterns that have their key, or are `besides`, and all that they need among some words."""
        self._learn(words)
        bits = self._whole.of(words) | besides
        return reduce(and_, [bits >> self._count * slot for slot in range(MOST_NEEDS + 1)], self._every)


def _parts(look: Look) -> Iterable[Sequence[str]]:
    """Yield the name of its key, and of each that it needs; none where nothing is needed."""
    yield (look.key,)
    for slot in range(MOST_NEEDS):
        yield look.needs[slot : slot + 1]


def _tuples(by_word: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((word, tuple(names)) for word, names in by_word.items())


def _bits(numbers: Sequence[int]) -> int:
    """Return the number that has these bits: put together byte by byte, as each step on a long number takes long."""
    if not numbers:
        return 0
    data = bytearray(max(numbers) // 8 + 1)
    for number in numbers:
        data[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(data, "little")


def _fairly(passed: Sequence[Passed], tokens: Sequence[str]) -> list[Passed]:
    """Return the places where each key stands first and last, from both ends inwards."""
    by_key: defaultdict[str, list[Passed]] = defaultdict(list)
    for one in passed:
        by_key[tokens[one[0]]].append(one)
    half = MOST_TIMES // 2
    return _inwards(sorted([one for few in by_key.values() for one in (*few[:half], *few[half:][-half:])]))


def _seldom(places: Sequence[int], tokens: Sequence[str]) -> list[int]:
    """Return the places where a key stands first and last between the same two words."""
    alike: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place in places:
        alike[tuple(tokens[max(place - 1, 0) : place + 2])].append(place)
    half = MOST_TIMES // 2
    return sorted([place for few in alike.values() for place in (*few[:half], *few[half:][-half:])])


def _inwards(passed: Sequence[Passed]) -> list[Passed]:
    return [*chain.from_iterable(zip(passed, reversed(passed), strict=True))][: len(passed)]
