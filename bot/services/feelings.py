"""Reads whether somebody is sad."""

import re
import unicodedata
from collections.abc import Iterable


class Feelings:
    """Knows sad words of every language; they count as whole words, whatever their case and accents."""

    def __init__(self, sad_words: Iterable[str]) -> None:
        alternatives = "|".join(
            r"\s+".join(map(re.escape, _fold(word).split())) for word in sorted(sad_words, key=len, reverse=True)
        )
        # A letter or digit on either side makes it part of another word; "_" is Markdown around the word.
        self._sad = re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])")

    def says_sad(self, text: str) -> bool:
        """Tell whether the text holds a sad word of any language."""
        return self._sad.search(_fold(text)) is not None


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
