"""Divides a list into pages."""

from collections.abc import Callable, Iterable

ENTRIES_PER_PAGE = 10
# Discord allows 4,096 characters in an embed's description.
CHARACTERS_PER_PAGE = 4_000


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
