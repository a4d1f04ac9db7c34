"""Finds messages by what people type of them."""

from collections.abc import Iterable, Sequence

from bot.models import Encouragement
from bot.services.feelings.plain_text import fold


def like(typed: str, messages: Iterable[Encouragement]) -> Sequence[Encouragement]:
    """Return the messages with what was typed in their number or text: that very number first, then the newest."""
    wanted = _searchable(typed)
    found = [
        (str(kept.number) != wanted, not label.startswith(wanted), -kept.number, kept)
        for kept in messages
        if wanted in (label := _searchable(f"{kept.number}. {kept.text}"))
    ]
    return [kept for *_, kept in sorted(found)]


def with_words(words: Sequence[str], messages: Iterable[Encouragement]) -> Sequence[Encouragement]:
    """Return the messages that hold every one of these words, which are folded."""
    return [kept for kept in messages if all(word in text for text in (fold(kept.text),) for word in words)]


def _searchable(text: str) -> str:
    return fold(" ".join(text.split()))
