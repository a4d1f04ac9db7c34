"""A kind word as it is said to somebody."""

from bot.models import KindWord, Quote
from bot.services.encouragements import NAME
from bot.text.markdown import escape, on_one_line, shortened, with_plain_links, without_open_ends
from bot.text.quotes import quote_text
from bot.text.sentences import Voice

# What keeps an answer within the length of a message, whatever people call themselves.
MOST_NAMES, LONGEST_NAME = 5, 60


def marked_word(text: str, name: str) -> str:
    """Return a kind word with the marks that its author gave it, and the name of whoever it is said to as it is."""
    shown = escape(_shown(name))
    return NAME.sub(lambda _: shown, with_plain_links(without_open_ends(text)), count=MOST_NAMES)


def plain_word(text: str, name: str) -> str:
    """Return a kind word, and the name of whoever it is said to, to be shown as they are written."""
    shown = _shown(name)
    return escape(NAME.sub(lambda _: shown, text, count=MOST_NAMES))


def daily_text(voice: Voice, word: KindWord | Quote) -> str:
    """Return a daily word, and that it is one."""
    said = quote_text(voice, word) if isinstance(word, Quote) else escape(word.text)
    return f"{said}\n{voice.text('daily.why')}"


def _shown(name: str) -> str:
    """Return a name on one line, that notifies nobody: what follows an @ is no name of somebody else's."""
    return shortened(on_one_line(name), LONGEST_NAME).replace("@", "@\u2060")
