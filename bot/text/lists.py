"""The messages of a scope as a list, in pages."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bot.models import Encouragement, StartersUse, Written
from bot.text.markdown import escape, on_one_line, shortened
from bot.text.sentences import Voice

ENTRIES_PER_PAGE = 10
# Discord allows 4,096 characters in an embed's description, where a note stands below.
CHARACTERS_PER_PAGE = 4_000
# Of each message that is to be deleted: as they are shown, ten of them are as long as a page.
MOST_ASKED_ABOUT = 150


def list_pages(
    voice: Voice,
    messages: Iterable[Encouragement],
    *,
    tags: bool = False,
    room: int = CHARACTERS_PER_PAGE,
    size: Callable[[str], int] = len,
) -> Sequence[str]:
    """Return the messages in pages.

    With `tags`, mentions and custom emoji in them stay. The `size` of a page is at most `room`.
    """
    entries = (list_entry(voice, kept, tags=tags) for kept in messages)
    return paginate(entries, room=room, size=size)


def restored_text(voice: Voice, numbers: Sequence[int]) -> str:
    """Return what to say once the messages with these numbers are back."""
    return voice.text("del.restored", number=", ".join(map(str, numbers)), count=len(numbers))


def nothing_listed(voice: Voice, search: str) -> str:
    """Return what to say of an empty list, or of one in which nothing was found."""
    return voice.text("list.not_found", words=Written(search)) if search else voice.text("list.empty")


def edited_text(voice: Voice, edited: Encouragement) -> str:
    """Return what to say once a message has another text."""
    return voice.text("edit.waiting" if edited.pending else "edit.done", number=edited.number)


def delete_question(voice: Voice, others: Iterable[Encouragement], *, tags: bool = False) -> str:
    """Return what to ask before messages that somebody else has added are deleted, of which only a part is shown."""
    shown = (replace(kept, text=shortened(on_one_line(kept.text), MOST_ASKED_ABOUT)) for kept in others)
    return voice.text("del.ask", entries="\n".join(list_entry(voice, kept, tags=tags) for kept in shown))


def deleted_text(voice: Voice, numbers: Sequence[int]) -> str:
    """Return what to say once the messages with these numbers are deleted."""
    return voice.text("del.deleted", number=", ".join(map(str, numbers)), count=len(numbers))


def starters_note(voice: Voice, use: StartersUse) -> str:
    """Return what to say below a list of which other kind words are said."""
    return voice.text(f"list.starters_{use}")


def author_name(voice: Voice, kept: Encouragement) -> str:
    """Return the name of a message's author, for a sentence to show."""
    return voice.text("list.anonymous") if kept.author is None else Written(kept.author.name)


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


def list_entry(voice: Voice, kept: Encouragement, *, tags: bool = False) -> str:
    """Return the line of one message; with `tags`, mentions and custom emoji in it stay."""
    text = escape(on_one_line(kept.text), tags=tags)
    return voice.text("list.entry", number=kept.number, text=text, author=author_name(voice, kept))
