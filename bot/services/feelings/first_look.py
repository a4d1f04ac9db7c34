"""Lets go of the messages that hold nothing to read, most of what people write, without reading them.

Whatever is let go would have been read as nothing. It is decided by what a message holds at least: it may be more than
its author's own words, but no word that the author wrote is missing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from typing import Any

from bot.services.feelings.attention import Attention
from bot.services.feelings.kept import Kept
from bot.services.feelings.phrases import Phrases
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
STRANGE, MAY_MASK = b"?", b"*"
# How many sets of words are asked one by one, before they are put together.
MOST_SETS = 4


class _Bytes(Kept):
    """What each character of Latin-1 becomes: the letter or digit that it folds to, or a space."""

    def __init__(self) -> None:
        folded = [fold(chr(code)) for code in range(256)]
        letters = [one if len(one) == 1 and one.isalnum() and one < "\u0100" else " " for one in folded]
        self.folded = "".join(letters).encode("latin-1")
        self.not_words = bytes(code for code in range(256) if letters[code] == " " and code != ord(" "))
        # What calls for a closer look: what folds to more, or to another, than one; and what may mask a letter.
        strange = {code for code in range(256) if letters[code] == " " and any(map(str.isalnum, folded[code]))}
        strange |= {*map(ord, "\u00ad²³¹")}
        self.kinds = b"".join(
            STRANGE if code in strange else MAY_MASK if chr(code) in "0123456789*@$!" else b" " for code in range(256)
        )


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


class _Needed(dict[str, Sequence[frozenset[str]] | None]):
    """By word that opens phrases, sets of words of which one word is needed besides, made when it is first said."""

    def __init__(self, words: Iterable[str], seconds: Sequence[_Seconds]) -> None:
        super().__init__(dict.fromkeys(chain(words, *(each.alone for each in seconds))))
        self._seconds = seconds
        self.words = frozenset(self).union(*(each.words for each in seconds))

    def __missing__(self, word: str) -> Sequence[frozenset[str]]:
        sets = {*chain.from_iterable(each.of(word) for each in self._seconds)}
        known = self[word] = [*sets] if len(sets) <= MOST_SETS else [frozenset[str]().union(*sets)]
        return known


class FirstLook(Kept):
    """Looks whether a message holds a word that opens a phrase, and one that the same phrase needs besides.

    `opening` are the phrases of each language, with its spelling; `words` count by themselves.
    """

    def __init__(self, opening: Sequence[tuple[Spelling, Iterable[Phrases[Any]]]], words: Iterable[str]) -> None:
        self._bytes = _Bytes()
        self._spelled = [spelling for spelling, _ in opening]
        self._second = _Needed(words, [_Seconds(phrases) for _, phrases in opening])
        self._entries = frozenset[str]().union(*(spelling.entries(self._second.words) for spelling, _ in opening))

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Take what was kept, the words with no more room than they need, where a set that is read has twice it."""
        super().__setstate__(state)
        self._entries, self._second.words = frozenset({*self._entries}), frozenset({*self._second.words})

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
        if self.may_stand(words) if len(text) <= LONG else not self._entries.isdisjoint(words):
            return False
        if attention.entries and self._may_hold_own(text, words, attention):
            return False
        kinds = data.translate(table.kinds)
        if STRANGE in kinds or (MAY_MASK in kinds and _MASKED.search(text) is not None):
            return False
        # Marks in a row are spaces by now: without them, letters and digits are left.
        return not _has_run(folded) or not _has_run(data.translate(table.folded, table.not_words))

    def may_stand(self, tokens: Sequence[str]) -> bool:
        """Tell whether a phrase may stand, or a word that counts by itself, where these words do."""
        opening = self._entries.intersection(tokens)
        if not opening:
            return False
        words = {*tokens}
        known = self._second
        for spelling in self._spelled:
            shorts = spelling.spellings.keys()
            if not shorts.isdisjoint(words):
                meant = {word for token in shorts & words for word in spelling.meant(token)}
                opening |= known.words & meant
                words |= meant
        for word in opening:
            second = known[word]
            if second is None:
                return True
            for one in second:
                if not one.isdisjoint(words):
                    return True
        return False

    def _may_hold_own(self, text: str, words: Sequence[str], attention: Attention) -> bool:
        if not attention.entries.isdisjoint(words):
            return True
        return bool(attention.emoji) and (
            MAY_BE_A_FACE.search(text) is not None or not (text.isascii() or attention.emoji.isdisjoint(text))
        )


def _has_run(data: bytes) -> bool:
    """Tell whether a byte stands three times in a row: all at once, as one number, where equal neighbours give 0."""
    number = int.from_bytes(data, "little")
    return b"\0\0" in (number ^ number >> 8).to_bytes(len(data), "little")
