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


def units(text: str) -> int:
    """Return how long Telegram takes a text to be: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def formatted(markdown: str) -> Formatted:
    """Return what to send for a text with Discord's marks."""
    return _joined([_line(line) for line in markdown.split("\n")])


def messages(markdown: str, *, limit: int = MessageLimit.MAX_TEXT_LENGTH) -> Sequence[Formatted]:
    """Return the messages that a text takes, divided at its line ends where that is possible."""
    parts: list[list[Formatted]] = []
    length = 0
    for line in markdown.split("\n"):
        for piece in _pieces(_line(line), limit):
            more = units(piece.text)
            if parts and length + 1 + more <= limit:
                parts[-1].append(piece)
                length += 1 + more
            else:
                parts.append([piece])
                length = more
    return [whole for part in parts if (whole := _joined(part)).text.strip()]


def _joined(lines: Sequence[Formatted]) -> Formatted:
    """Return lines as one text."""
    entities: list[MessageEntity] = []
    offset = 0
    for line in lines:
        entities += [_shifted(entity, offset) for entity in line.entities] if offset else line.entities
        offset += units(line.text) + 1
    return Formatted("\n".join(line.text for line in lines), tuple(entities))


def _line(line: str) -> Formatted:
    small = line.startswith(SMALL)
    texts: list[str] = []
    entities: list[MessageEntity] = []
    offset, end = 0, len(SMALL) if small else 0
    for match in _MARKS.finditer(line, end):
        between, (text, looks) = line[end : match.start()], _marked(match)
        offset += units(between)
        length = units(text)
        if looks is not None:
            entities.append(MessageEntity(looks[0], offset, length, url=looks[1]))
        texts += (between, text)
        offset += length
        end = match.end()
    texts.append(line[end:])
    if small:
        entities.insert(0, MessageEntity(MessageEntity.ITALIC, 0, offset + units(texts[-1])))
    return Formatted("".join(texts), tuple(entities))


def _marked(match: re.Match[str]) -> tuple[str, tuple[str, str | None] | None]:
    """Return what a mark leaves of its text and, if it changes how that looks, the kind of that and its link."""
    kind = match.lastgroup or ""
    text = match[kind]
    if kind == "url":
        return match["label"], (MessageEntity.TEXT_LINK, text)
    # A bare command is left as it is: Telegram makes it something to tap, which code is not.
    if kind not in _KINDS or (kind == "code" and re.fullmatch(r"/\w+", text)):
        return text, None
    return text, (_KINDS[kind], None)


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
