"""Words of danger that people mask so that no filter sees them: `su1cide`, `k*ll`."""

import re
from collections import defaultdict
from collections.abc import Iterable

# What may stand for a letter; a star stands for any.
_LETTERS = {
    "0": "o",
    "1": "il",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "!": "i",
}
# What masks stands first, since few characters do: most of a text is passed over as fast as can be.
_MAY_BE_MASKED = re.compile(r"[*@$!\d](?<=[^\W\d_].)[*@$!\d]*+[^\W\d_]")
_MASKED = re.compile(r"(?<![\w*@$!])([^\W\d_]++(?:[*@$!\d]++[^\W\d_]++)+\d?)(?![\w*@$])")
SHORTEST = 3
# How many different ones of a message are unmasked.
MOST = 8


class Masks:
    """The words that may be masked, by how long they are and by their first letter, which is never masked."""

    def __init__(self, words: Iterable[str]) -> None:
        self._alike: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
        for word in sorted(words):
            if len(word) >= SHORTEST and word.isalpha():
                self._alike[len(word), word[0]].append(word)

    def take_off(self, folded: str) -> str:
        """Return a folded text with its masked words as they are spelled."""
        if _MAY_BE_MASKED.search(folded) is None:
            return folded
        parts = _MASKED.split(folded)
        known: dict[str, str] = {}
        for masked in dict.fromkeys(parts[1::2]):
            words = self._alike.get((len(masked), masked[0]), ())
            known[masked] = next((word for word in words if _shows(masked, word)), masked)
            if len(known) == MOST:
                break
        parts[1::2] = [known.get(masked, masked) for masked in parts[1::2]]
        return "".join(parts)


def _shows(masked: str, word: str) -> bool:
    """Tell whether a masked word, of the same length, may be this one."""
    return all(
        shown == letter or shown == "*" or letter in _LETTERS.get(shown, "")
        for shown, letter in zip(masked, word, strict=True)
    )
