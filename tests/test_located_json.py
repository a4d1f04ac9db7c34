"""JSON with lines: the values are those of Python's `json`, and every line is right."""

import json
import math
from dataclasses import replace
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.services.located_json import DEEPEST, MOST_VALUES, Located, read

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)
SPACES = st.text(" \t\r\n", max_size=3)


def plain(located: Located) -> object:
    """The value alone, as `json` would give it."""
    match located.value:
        case list():
            return [plain(item) for item in located.value]
        case dict():
            return {name: plain(member) for name, member in located.value.items()}
        case value:
            return value


def strictly(text: str) -> object:
    """What Python's `json` reads, but for the constants that are none of JSON's."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


def outcome(data: bytes) -> Located | UserError:
    try:
        return read(data)
    except UserError as refusal:
        return refusal


class Writer:
    """Writes a value with any spaces between its tokens, and notes where each value and name came to lie."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.text = ""

    def value(self, value: object) -> Located:
        line = self._space()
        match value:
            case list():
                return Located(self._list(value), line, line)
            case dict():
                return Located(self._object(value), line, line)
            case None | bool() | int() | float() | str():
                self.text += json.dumps(value, ensure_ascii=self._draw(st.booleans()))
                return Located(value, line, line)
        raise AssertionError

    def _list(self, items: list[object]) -> list[Located]:
        self.text += "["
        written = []
        for left, item in zip(range(len(items), 0, -1), items, strict=True):
            written.append(self.value(item))
            self._mark("," if left > 1 else "")
        self._mark("]")
        return written

    def _object(self, members: dict[str, object]) -> dict[str, Located]:
        self.text += "{"
        written = {}
        for left, (name, member) in zip(range(len(members), 0, -1), members.items(), strict=True):
            name_line = self._space()
            self.text += json.dumps(name, ensure_ascii=self._draw(st.booleans()))
            self._mark(":")
            written[name] = replace(self.value(member), name_line=name_line)
            self._mark("," if left > 1 else "")
        self._mark("}")
        return written

    def _mark(self, mark: str) -> None:
        self._space()
        self.text += mark

    def _space(self) -> int:
        """Write some space; return the line where it ends."""
        self.text += self._draw(SPACES)
        return self.text.count("\n") + 1


@st.composite
def written(draw: st.DrawFn) -> tuple[str, object, Located]:
    value = draw(VALUES)
    writer = Writer(draw)
    located = writer.value(value)
    return writer.text + draw(SPACES), value, located


@given(written())
def test_values_are_those_of_json_and_lines_are_where_they_were_written(example: tuple[str, object, Located]) -> None:
    text, value, located = example

    assert read(text.encode()) == located
    assert plain(located) == value == json.loads(text)


@given(written(), st.data())
def test_what_is_refused_as_no_json_is_what_json_refuses(
    example: tuple[str, object, Located], data: st.DataObject
) -> None:
    text = example[0]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    text = text[:start] + data.draw(st.text('{}[]:,"\\ue019.-+NaInfty \n\x00é', max_size=3)) + text[end:]

    found = outcome(text.encode())
    if isinstance(found, Located):
        assert plain(found) == strictly(text)
        return
    assert 1 <= int(str(found.params["line"])) <= text.count("\n") + 1
    if found.key == "transfer.not_json":
        with pytest.raises(ValueError):  # noqa: PT011 - the constants have no error of their own
            strictly(text)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    found = outcome(data)

    assert isinstance(found, Located) or found.key.startswith("transfer.")


@pytest.mark.parametrize(
    ("data", "key", "line"),
    [
        (b"", "not_json", 1),
        (b"\n\n", "not_json", 3),
        (b"[1,\n2,\n]", "not_json", 3),
        (b'{"a": 1,\n}', "not_json", 2),
        (b'{"a": 1\n"b": 2}', "not_json", 2),
        (b'{"a"\n1}', "not_json", 2),
        (b"{\n1: 2}", "not_json", 2),
        (b"[1\n", "not_json", 2),
        (b"[]\n[]", "not_json", 2),
        (b'["a\nb"]', "not_json", 1),
        (b'[\n"\\x"]', "not_json", 2),
        (b"[\n'a']", "not_json", 2),
        (b"[\n01]", "not_json", 2),
        (b"[1,\n\nNaN]", "not_json", 3),
        (b"[1,\n-Infinity]", "not_json", 2),
        ("[\n\u00a01]".encode(), "not_json", 2),
        (b'[\n\n"\\ud83d"]', "half_a_character", 3),
        (b'{"a": 1,\n\n"a": 2}', "given_twice", 3),
        (b'{"a": {},\n"\\u0061": 2}', "given_twice", 2),
        (b"[\n" * 50 + b"]" * 50, "too_deep", DEEPEST + 2),
        (b"[" * 100_000, "too_deep", 1),
        (b"[\n" + b"0,\n" * MOST_VALUES + b"0]", "too_long", MOST_VALUES + 1),
        (b'["a",\r\n"\xff"]', "not_utf8", 2),
        ('{"a": 1}\n'.encode("utf-16"), "not_utf8", 1),
    ],
)
def test_a_slip_is_refused_with_its_line(data: bytes, key: str, line: int) -> None:
    with pytest.raises(UserError) as refusal:
        read(data)

    assert (refusal.value.key, refusal.value.params) == (f"transfer.{key}", {"line": line})


def test_a_byte_order_mark_is_no_slip() -> None:
    assert plain(read('\ufeff["é"]'.encode())) == ["é"]


def test_a_pair_of_halves_is_a_character() -> None:
    assert plain(read(b'"\\ud83c\\udf3b"')) == "🌻"


def test_a_number_too_long_for_python_is_infinite() -> None:
    assert plain(read(b"1" * 5_000)) == math.inf
