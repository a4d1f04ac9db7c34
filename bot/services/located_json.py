"""JSON of which every value knows its line: Python's `json` tells the line of a slip in the syntax, and no other."""

import codecs
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from bot.errors import UserError

DEEPEST = 20
MOST_VALUES = 10_000

_SPACE = re.compile(r"[ \t\n\r]*+")
# RFC 8259, and so without the NaN and Infinity that `json` lets through. No token holds a line break.
_TOKEN = re.compile(
    r'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+"'
    r"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?"
    r"|true|false|null|[][{}:,]"
)
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Located:
    """A JSON value, the line where it begins, counted from 1, and the line of its name if an object holds it."""

    value: "str | int | float | bool | list[Located] | dict[str, Located] | None"
    line: int
    name_line: int


def read(data: bytes) -> Located:
    """Return the value that a file holds, in UTF-8 with or without a byte order mark.

    Raises:
        UserError: it is not UTF-8 or JSON, gives a name twice, or is too deep or too long; `line` says where.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UserError("transfer.not_utf8", line=data.count(b"\n", 0, error.start) + 1) from None
    return _Reader(text).document()


def expect_members(found: Located, known: Collection[str]) -> Mapping[str, Located]:
    """Return the members of an object, all of them known: a misspelt one would do nothing, and nobody would see.

    Raises:
        UserError: it is no object, or has others; `line` says where.
    """
    if not isinstance(found.value, dict):
        raise UserError("transfer.not_an_object", line=found.line)
    for name, member in found.value.items():
        if name not in known:
            raise UserError("transfer.unknown_name", line=member.name_line, known=listed(known))
    return found.value


def expect_items(found: Located) -> list[Located]:
    """Return the items of a list.

    Raises:
        UserError: it is none.
    """
    if not isinstance(found.value, list):
        raise UserError("transfer.not_a_list", line=found.line)
    return found.value


def expect_text(found: Located) -> str:
    """Return a text.

    Raises:
        UserError: it is none.
    """
    if not isinstance(found.value, str):
        raise UserError("transfer.not_a_text", line=found.line)
    return found.value


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them."""
    return ", ".join(f"`{name}`" for name in names)


class _Reader:
    """Goes through a text once, token by token; `_line` is that of the last one taken."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line = 1
        self._values = 0

    def document(self) -> Located:
        value = self._value(self._take(), depth=0)
        if self._take():
            self._refuse("transfer.not_json")
        return value

    def _take(self) -> str:
        """Return the next token, or "" at the end."""
        space = _SPACE.match(self._text, self._position)
        start = space.end() if space else self._position
        self._line += self._text.count("\n", self._position, start)
        token = _TOKEN.match(self._text, start)
        if token is None and start < len(self._text):
            self._refuse("transfer.not_json")
        self._position = token.end() if token else start
        return token[0] if token else ""

    def _value(self, token: str, *, depth: int, name_line: int | None = None) -> Located:
        """Return the value that begins with this token."""
        line = self._line
        self._values += 1
        if depth > DEEPEST:
            self._refuse("transfer.too_deep")
        if self._values > MOST_VALUES:
            self._refuse("transfer.too_long")
        value: str | int | float | bool | list[Located] | dict[str, Located] | None
        if token == "[":
            value = [self._value(first, depth=depth + 1) for first in self._entries("]")]
        elif token == "{":
            value = self._members(depth=depth + 1)
        elif token in ("", "]", "}", ":", ","):
            self._refuse("transfer.not_json")
        else:
            value = self._scalar(token)
        return Located(value, line, line if name_line is None else name_line)

    def _members(self, *, depth: int) -> dict[str, Located]:
        members: dict[str, Located] = {}
        for first in self._entries("}"):
            name, line = self._scalar(first) if first.startswith('"') else None, self._line
            if not isinstance(name, str):
                self._refuse("transfer.not_json")
            if name in members:
                self._refuse("transfer.given_twice")
            if self._take() != ":":
                self._refuse("transfer.not_json")
            members[name] = self._value(self._take(), depth=depth, name_line=line)
        return members

    def _entries(self, closing: str) -> Iterator[str]:
        """Yield the first token of each entry of a list or object; who asked takes the others before the next."""
        token = self._take()
        while token != closing:
            yield token
            token = self._take()
            if token == ",":
                token = self._take()
                if token == closing:
                    self._refuse("transfer.not_json")
            elif token != closing:
                self._refuse("transfer.not_json")

    def _scalar(self, token: str) -> str | int | float | bool | None:
        try:
            value: str | int | float | bool | None = json.loads(token)
        except ValueError:
            # Python reads whole numbers of 4,300 digits and no more.
            return math.inf
        if isinstance(value, str) and _HALF_A_CHARACTER.search(value):
            self._refuse("transfer.half_a_character")
        return value

    def _refuse(self, key: str) -> NoReturn:
        raise UserError(key, line=self._line)
