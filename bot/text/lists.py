"""Lists of messages and of words: their entries, and how many go on a page."""

from collections.abc import Callable, Iterable

from bot.models import Encouragement
from bot.text.markdown import escape, on_one_line
from bot.text.sentences import Voice

ENTRIES_PER_PAGE = 10
# Discord allows 4,096 characters in an embed's description.
CHARACTERS_PER_PAGE = 4_000


def author_name(voice: Voice, kept: Encouragement) -> str:
    """Return how a message's author is named under it."""
    return voice.text("list.anonymous") if kept.author is None else escape(on_one_line(kept.author.name))


def entry(voice: Voice, kept: Encouragement, *, tags: bool = False) -> str:
    """Return the line of one message; `tags` are those that `escape` may leave as they are."""
    text = escape(on_one_line(kept.text), tags=tags)
    return voice.text("list.entry", number=kept.number, text=text, author=author_name(voice, kept))


def paginate(entries: Iterable[str], *, room: int = CHARACTERS_PER_PAGE, size: Callable[[str], int] = len) -> list[str]:
    """Join entries, a line each, into pages of at most 10 whose `size` is at most `room`, if each entry's is."""
    pages: list[list[str]] = []
    left = 0
    for entry in entries:
        if not pages or len(pages[-1]) == ENTRIES_PER_PAGE or size(entry) > left:
            pages.append([])
            left = room
        pages[-1].append(entry)
        left -= size(entry) + 1
    return ["\n".join(page) for page in pages]
