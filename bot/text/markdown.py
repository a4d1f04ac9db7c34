"""What people wrote, made fit to stand next to what the bot says: its markup must not reach beyond it.

Discord documents the markup, which a backslash turns off: https://support.discord.com/hc/articles/210298617
"""

import re

# The characters that turn the writing around, and a pile of accents where it grows into the lines around it.
_UNSETTLING = re.compile("[\u202a-\u202e\u2066-\u2069]|(?<=[\u0300-\u036f]{3})[\u0300-\u036f]")
# All that may stand between two words but one space, of any kind that does not end the line.
_GAP = re.compile(r"\s{2,}|[^\S \u00a0\u202f]")
_MARKS = r"[\\`*_~|\[\]<]"
_ANY_MARK = re.compile(_MARKS)
_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_~|[]<"})
_TAG_OR_MARK = re.compile(rf"<(?:@[!&]?|#|a?:\w{{1,32}}:)\d{{1,20}}>|{_MARKS}")
_LINE_MARK = re.compile(r"^(\s*)([#>-])", re.MULTILINE)
_MASKED_LINK = re.compile(r"\[([^\[\]\n]+)\]\(<?([^\s<>()]+)>?\)")
_OPENS_SPOILER = re.compile(r"\|{2,}")
_OPENS_LONG_QUOTE = re.compile(r"^(\s*)>{3,}", re.MULTILINE)


def on_one_line(text: str) -> str:
    """Return the text without line breaks, and without what would disturb what stands around it.

    A space that ends no line stays one.
    """
    return _GAP.sub(" ", _UNSETTLING.sub("", text)).strip()


def shortened(text: str, longest: int) -> str:
    """Return the text, or as much of its beginning as there is room for."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def escape(text: str, *, tags: bool = False) -> str:
    """Return the text for Discord to show as it is.

    With `tags`, mentions stay, which show a name and ping nobody from an embed, and so do custom emoji.
    """
    text = _UNSETTLING.sub("", text)
    if tags:
        text = _TAG_OR_MARK.sub(lambda mark: mark[0] if len(mark[0]) > 1 else f"\\{mark[0]}", text)
    elif _ANY_MARK.search(text):
        text = text.translate(_ESCAPED)
    return _LINE_MARK.sub(r"\1\\\2", text)


def without_open_ends(text: str) -> str:
    """Return the text, still formatted, without what would take in the lines below: code, spoilers and long quotes.

    Escaped, they could make it too long for a message.
    """
    # One after the other: what stood apart may come together.
    return _OPENS_LONG_QUOTE.sub(r"\1>", _OPENS_SPOILER.sub("", text.replace("`", "")))


def with_plain_links(text: str) -> str:
    """Return the text with the address of each link that hides it behind words, "SOS (https://…)"."""
    return _MASKED_LINK.sub(r"\1 (\2)", text).replace("](", "] (")
