"""Finds the links and invites in a message that members add: what the bot says to sad people advertises nothing."""

import re

from bot.services.feelings.plain_text import fold

_SURE = "com|net|org|gg|fr|io|xyz|biz|ru|uk|eu|tv|app|dev|ly"
# Endings that are words too: only with something after them are they an address.
_WITH_A_PATH = (
    "me|be|ca|ch|co|us|to|de|it|ai|cc|gl|live|site|link|info|shop|store|online|club|page|bio|lol|fun|space|world"
)
_LINK = re.compile(
    r"(?<!\w)[a-z][a-z0-9+.-]*://"
    r"|(?<!\w)www\."
    r"|\]\s*\("
    r"|(?<![^\W_])(?:discord|dsc)(?:app)?\s*(?:\.|\(dot\)|\[dot\])\s*(?:gg|com\s*/\s*invite|me|io)(?!\w)"
    r"|(?<![^\W_])(?:t|telegram)\.me\s*/"
    rf"|(?<![\w.-])(?:[^\W_][\w-]*\.)+(?:(?:{_SURE})(?![\w-])|(?:{_WITH_A_PATH})/\w)"
)


def has_link(text: str) -> bool:
    """Tell whether a text holds a link, a masked one, an invite or the name of a site."""
    return _LINK.search(fold(text)) is not None
