"""Turns what the bot says, written with Discord's marks, into plain text and Telegram's entities for it.

Telegram parses nothing then: what people wrote, its marks escaped, is shown as they wrote it.
https://core.telegram.org/bots/api#messageentity
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from telegram import MessageEntity
from telegram.constants import MessageLimit

_MARKS = re.compile(
    r"\\(?P<escaped>[^\w\s]|_)"
    r"|`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|\*(?P<italic>[^*\n]+)\*"
    r"|\[(?P<label>[^\]\n]+)\]\(<(?P<url>https?://[^<>\s]+)>\)"
    r"|<(?P<address>https?://[^<>\s]+)>"
)
_KINDS = {"code": MessageEntity.CODE, "bold": MessageEntity.BOLD, "italic": MessageEntity.ITALIC}
SMALL = "-# "


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text, and how its parts look; offsets and lengths count UTF-16 code units, as Telegram does."""

    text: str = ""
    entities: tuple[MessageEntity, ...] = ()

    def __add__(self, other: "Formatted") -> "Formatted":
        shifted = (_shifted(entity, units(self.text)) for entity in other.entities)
        return Formatted(self.text + other.text, (*self.entities, *shifted))


def units(text: str) -> int:
    """Return how long Telegram takes a text to be: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def formatted(markdown: str) -> Formatted:
    """Return what to send for a text with Discord's marks."""
    whole = Formatted()
    for number, line in enumerate(markdown.split("\n")):
        whole += Formatted("\n") + _line(line) if number else _line(line)
    return whole


def messages(markdown: str, *, limit: int = MessageLimit.MAX_TEXT_LENGTH) -> Sequence[Formatted]:
    """Return the messages that a text takes, divided at its line ends where that is possible."""
    parts: list[Formatted] = []
    for line in markdown.split("\n"):
        for piece in _pieces(_line(line), limit):
            if parts and units(parts[-1].text) + 1 + units(piece.text) <= limit:
                parts[-1] += Formatted("\n") + piece
            else:
                parts.append(piece)
    return [part for part in parts if part.text.strip()]


def _line(line: str) -> Formatted:
    small = line.startswith(SMALL)
    whole, end = Formatted(), len(SMALL) if small else 0
    for match in _MARKS.finditer(line, end):
        whole += Formatted(line[end : match.start()])
        whole += _marked(match)
        end = match.end()
    whole += Formatted(line[end:])
    if not small:
        return whole
    italic = MessageEntity(MessageEntity.ITALIC, 0, units(whole.text))
    return Formatted(whole.text, (italic, *whole.entities))


def _marked(match: re.Match[str]) -> Formatted:
    kind = match.lastgroup or ""
    text = match[kind]
    if kind == "url":
        label = match["label"]
        return Formatted(label, (MessageEntity(MessageEntity.TEXT_LINK, 0, units(label), url=text),))
    # A bare command is left as it is: Telegram makes it something to tap, which code is not.
    if kind not in _KINDS or (kind == "code" and re.fullmatch(r"/\w+", text)):
        return Formatted(text)
    return Formatted(text, (MessageEntity(_KINDS[kind], 0, units(text)),))


def _pieces(line: Formatted, limit: int) -> Iterator[Formatted]:
    """Yield a line whole if it fits into a message, or else without its looks, in parts that do."""
    if units(line.text) <= limit:
        yield line
        return
    half = limit // 2  # every character takes at most two units
    for start in range(0, len(line.text), half):
        yield Formatted(line.text[start : start + half])


def _shifted(entity: MessageEntity, by: int) -> MessageEntity:
    return MessageEntity(entity.type, entity.offset + by, entity.length, url=entity.url)
