"""The words of a scope's own as a list."""

from collections.abc import Iterator, Sequence

from bot.services.settings.word_lists import Words
from bot.text.markdown import escape, on_one_line
from bot.text.sentences import Voice

WORDS_PER_LINE = 8


def word_lines(voice: Voice, words: Words) -> Sequence[str]:
    """Return the words in lines, those that count as sad and those never reacted to under a heading each."""
    return [
        *_lines(voice.text("words.sad", count=len(words.sad)), words.sad),
        *_lines(voice.text("words.never", count=len(words.ignored)), words.ignored),
    ]


def _lines(heading: str, words: Sequence[str]) -> Iterator[str]:
    if words:
        yield heading
    for start in range(0, len(words), WORDS_PER_LINE):
        yield " · ".join(escape(on_one_line(word)) for word in words[start : start + WORDS_PER_LINE])
