"""Finds the links and invites in a message that members add: what the bot says to sad people advertises nothing."""

import re
from collections.abc import Callable

from bot.services.feelings.plain_text import fold

_SURE = "com|org|gg|fr|io|xyz|biz|ru|uk|eu|tv|app|dev|ly"
# An ending that is a word too ("merci.net"), unless what stands before it is none.
_A_WORD_TOO = "net"
# Endings that are more often words: only with something after them are they an address.
_WITH_A_PATH = (
    "me|be|ca|ch|co|us|to|de|it|ai|cc|gl|live|site|link|info|shop|store|online|club|page|bio|lol|fun|space|world"
)
_LINK = re.compile(
    r"[a-z0-9]://"
    r"|(?<!\w)www\."
    r"|\]\s*\("
    r"|(?<![^\W_])(?:discord|dsc)(?:app)?\s*(?:\.|\(dot\)|\[dot\])\s*(?:gg|com\s*/\s*invite|me|io)(?!\w)"
    r"|(?<![^\W_])(?:t|telegram)\.me\s*/"
    rf"|(?<![\w.-])(?:[^\W_][\w-]*\.)+(?:(?:{_SURE})(?![\w-])|(?:{_WITH_A_PATH}|{_A_WORD_TOO})/\w)"
)
_MAYBE = re.compile(rf"(?<![\w.-])([^\W_][\w-]*(?:\.[^\W_][\w-]*)*)\.(?:{_A_WORD_TOO})(?![\w-])")


def has_link(text: str, is_word: Callable[[str], bool] = lambda _: False) -> bool:
    """Tell whether a text holds a link, a masked one, an invite or the name of a site; `is_word` knows words."""
    folded = fold(text)
    return _LINK.search(folded) is not None or any(not is_word(found[1]) for found in _MAYBE.finditer(folded))
