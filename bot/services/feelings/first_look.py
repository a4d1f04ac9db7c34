"""Lets go of the messages that hold nothing to read, most of what people write, without reading them.

Whatever is let go would have been read as nothing. It is decided by what a message holds at least: it may be more than
its author's own words, but no word that the author wrote is missing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain
from typing import Any

from bot.services.feelings.attention import Attention
from bot.services.feelings.kept import Kept
from bot.services.feelings.phrases import AnyOf, Phrases
from bot.services.feelings.plain_text import MAY_BE_A_FACE, fold
from bot.services.feelings.spelling import Spelling

_LIGATURES = {"œ": "oe", "Œ": "oe"}
# Whatever is beyond Latin-1 and not among some punctuation, arrows, symbols and emoji, which fold to no letter and no
# digit; and the mark that makes an emoji of what stands before it, where it may stand within a word.
_HARMFUL = re.compile(
    "[^\x00-\xffœŒ\u2010-\u2027\u2030-\u203a\u20ac\u2190-\u21ff\u2600-\u2775\u2794-\u27bf"
    "\U0001f300-\U0001faff\ufe0f]|\\w\ufe0f"
)
_MASKED = re.compile(r"[^\W\d_][*@$!\d]+[^\W\d_]")
# From how many characters on a text is read whenever it holds a word that opens a phrase: nearly each holds the second.
LONG = 1_000
# A stretched word: what has been folded has no other letters and digits.
_STRETCHED = re.compile(rb"([^ ])\1\1")
SHORT, ALONE = 1, 2
# How many sets of words are asked one by one, before they are put together.
MOST_SETS = 4


class _Bytes(Kept):
    """What each character of Latin-1 becomes: the letter or digit that it folds to, or a space."""

    def __init__(self) -> None:
        folded = [fold(chr(code)) for code in range(256)]
        letters = [one if len(one) == 1 and one.isalnum() and one < "\u0100" else " " for one in folded]
        self.folded = "".join(letters).encode("latin-1")
        # What calls for a closer look: what folds to more, or to another, than one.
        strange = {code for code in range(256) if letters[code] == " " and any(map(str.isalnum, folded[code]))}
        strange |= {*map(ord, "\u00ad²³¹")}
        masking = {*map(ord, "0123456789*@$!")}
        self.masking = bytes(masking)
        # What calls for none, and hides none.
        self.plain = bytes({*range(256)} - strange - masking)


class _Seconds:
    """By word that opens phrases of a language, what they need besides, by name."""

    def __init__(self, several: Iterable[Phrases[Any]]) -> None:
        self.alone = set[str]()
        by_first: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for phrases in several:
            self._classes = phrases.classes
            for needs in filter(None, phrases.needs):
                by_first[needs[0]].update(dict.fromkeys(needs[1:2]))
                if len(needs) == 1:
                    self.alone.update(self._classes.listed(needs[0]))
        self._by_first = {first: tuple(seconds) for first, seconds in by_first.items()}
        firsts: defaultdict[str, list[str]] = defaultdict(list)
        for first in self._by_first:
            for word in self._classes.listed(first):
                firsts[word].append(first)
        self._firsts = {word: tuple(names) for word, names in firsts.items()}

    @property
    def words(self) -> Set[str]:
        """Return the words that open phrases."""
        return self._firsts.keys()

    def of(self, word: str) -> Iterator[frozenset[str]]:
        """Yield sets of words of which one has to stand besides this one."""
        for first in self._firsts.get(word, ()):
            yield from map(self._classes.words, self._by_first[first])


# Sets of words: one of each has to be there.
Needs = Sequence[frozenset[str]]


class _Counting(dict[str, int | str | Needs]):
    """By word that counts: SHORT for one that stands for others, or what it needs besides to open a phrase.

    That is ALONE, or sets of words of which one word has to be there; until it is first said, the word itself.
    """

    def __init__(self, alone: Iterable[str], seconds: Sequence[_Seconds], spelled: Sequence[Spelling]) -> None:
        self._seconds, self._spelled = seconds, spelled
        self._needs: dict[str, int | Needs] = dict.fromkeys(chain(alone, *(each.alone for each in seconds)), ALONE)
        super().__init__((word, word) for word in chain(self._needs, *(each.words for each in seconds)))
        self.update(dict.fromkeys(chain.from_iterable(spelling.spellings for spelling in spelled), SHORT))

    def needs(self, word: str) -> int | Needs:
        """Return what a word needs that opens phrases."""
        known = self._needs.get(word)
        if known is None:
            sets = {*chain.from_iterable(each.of(word) for each in self._seconds)}
            known = self._needs[word] = [*sets] if len(sets) <= MOST_SETS else [frozenset[str]().union(*sets)]
        if self[word] != SHORT:
            self[word] = known
        return known

    def write_out(self, words: set[str]) -> Iterator[int | Needs]:
        """Add what the short ones of some words stand for; yield what those of these need that open phrases."""
        short = [word for word in words if self.get(word) == SHORT]
        meant = {*short}
        for spelling in self._spelled:
            meant.update(*(spelling.meant(word) for word in short if word in spelling.spellings))
        words |= meant
        return (self.needs(word) for word in meant if self._opens(word))

    def _opens(self, word: str) -> bool:
        return word in self._needs or any(word in each.words for each in self._seconds)


class FirstLook(Kept):
    """Looks whether a message holds a word that opens a phrase, and what the same phrase needs besides.

    `opening` are the phrases of each language, with its spelling; `words` count by themselves.
    """

    def __init__(self, opening: Sequence[tuple[Spelling, Iterable[Phrases[Any]]]], words: Iterable[str]) -> None:
        self._bytes = _Bytes()
        spelled = [spelling for spelling, _ in opening]
        self._counting = _Counting(words, [_Seconds(phrases) for _, phrases in opening], spelled)
        self._opening = [AnyOf(phrases) for _, phrases in opening]

    def lets_go(self, text: str, attention: Attention) -> bool:
        """Tell whether nothing can be read in a message, for a scope that wants it read like this."""
        try:
            data = text.encode("latin-1")
        except UnicodeEncodeError:
            if _HARMFUL.search(text) is not None:
                return False
            for ligature, letters in _LIGATURES.items():
                text = text.replace(ligature, letters)
            data = text.encode("latin-1", "replace")
        table = self._bytes
        folded = data.translate(table.folded)
        words = folded.decode("latin-1").split()
        if self.may_stand(words) if len(text) <= LONG else not self._counting.keys().isdisjoint(words):
            return False
        if attention.entries and self._may_hold_own(text, words, attention):
            return False
        rest = data.translate(None, table.plain)
        if rest and (rest.translate(None, table.masking) or _MASKED.search(text) is not None):
            return False
        return _STRETCHED.search(folded) is None

    def may_stand(self, tokens: Sequence[str]) -> bool:
        """Tell whether a phrase may stand, or a word that counts by itself, where these words do."""
        counting = list[Any](filter(None, map(self._counting.get, tokens)))
        if not counting:
            return False
        words = {*tokens}
        if SHORT in counting:
            counting += self._counting.write_out(words)
        may_stand = False
        for found in counting:
            needs = self._counting.needs(found) if isinstance(found, str) else found
            if isinstance(needs, int):
                if needs == ALONE:
                    return True
            elif not may_stand:
                for one in needs:
                    if not one.isdisjoint(words):
                        may_stand = True
                        break
        return may_stand and any(phrases.may_be_among(words) for phrases in self._opening)

    def _may_hold_own(self, text: str, words: Sequence[str], attention: Attention) -> bool:
        if not attention.entries.isdisjoint(words):
            return True
        return bool(attention.emoji) and (
            MAY_BE_A_FACE.search(text) is not None or not (text.isascii() or attention.emoji.isdisjoint(text))
        )
