"""A kind word as it is said to somebody."""

import re

from bot.text.markdown import escape, on_one_line, shortened, with_plain_links, without_open_ends

# What stands in a kind word for the name of whoever it is said to.
NAME = re.compile(r"\{name\}", re.IGNORECASE)
# What keeps an answer within the length of a message, whatever people call themselves.
MOST_NAMES, LONGEST_NAME = 5, 60


def names_somebody(text: str) -> bool:
    """Tell whether a kind word can only be said to one person, whose name stands in it."""
    return NAME.search(text) is not None


def marked_word(text: str, name: str) -> str:
    """Return a kind word with the marks that its author gave it, and the name of whoever it is said to as it is."""
    shown = escape(_shown(name))
    return NAME.sub(lambda _: shown, with_plain_links(without_open_ends(text)), count=MOST_NAMES)


def plain_word(text: str, name: str) -> str:
    """Return a kind word, and the name of whoever it is said to, to be shown as they are written."""
    shown = _shown(name)
    return escape(NAME.sub(lambda _: shown, text, count=MOST_NAMES))


def _shown(name: str) -> str:
    """Return a name on one line, that notifies nobody: what follows an @ is no name of somebody else's."""
    return shortened(on_one_line(name), LONGEST_NAME).replace("@", "@\u2060")
