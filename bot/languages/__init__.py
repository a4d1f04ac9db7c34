"""The languages the bot speaks: one folder each, read once at start."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from gettext import c2py
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar, cast

from bot import kept
from bot.models import Audience, Country, Helpline, HelplineDirectory, Opening, Quote, QuoteSource, Starters, Trust

T = TypeVar("T")

ALWAYS = "1-7 0:00-24:00"
OPENING = re.compile(r"([1-7])(?:-([1-7]))? ([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")

# What a language says of itself; its rules, by which feelings are read, are read where they are asked for.
SAID = ("text.toml", "quotes.toml", "starters.toml", "helplines.toml")
KEPT = "languages"

NO_BREAK_SPACES = "\u00a0\u202f"


class Plural:
    """Tells which form of a sentence a number takes, by a rule as gettext writes them."""

    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._form: Callable[[int], int] = c2py(rule)

    def __call__(self, number: int) -> int:
        """Return the number of the form."""
        return self._form(number)

    def __reduce__(self) -> tuple[type["Plural"], tuple[str]]:
        return Plural, (self._rule,)


@dataclass(frozen=True, slots=True)
class Language:
    """All that one folder says: its sentences by dotted key, and its lists.

    A sentence that counts something is a tuple of its forms; `plural` tells which one a number takes. `rules` is the
    file of the rules by which feelings are read.
    """

    code: str
    name: str
    plural: Callable[[int], int]
    thousands: str
    texts: Mapping[str, str | tuple[str, ...]]
    yes: frozenset[str]
    no: frozenset[str]
    rules: Traversable
    starters: Starters
    quotes: tuple[Quote, ...]
    helplines: HelplineDirectory

    @property
    def feelings(self) -> Mapping[str, Any]:
        """Read the rules by which feelings are read, each time: a start needs them only where none is ready made.

        Raises:
            ValueError: they can't be read.
        """
        try:
            return _toml(self.rules)
        except ValueError as error:
            raise ValueError(f"{self.code}/{error}") from error


def available() -> list[str]:
    """Return the codes of the languages that have a folder, sorted."""
    return sorted(folder.name for folder in files(__name__).iterdir() if folder.joinpath("text.toml").is_file())


def load() -> dict[str, Language]:
    """Read every language folder, by code."""
    return {code: _read(code, files(__name__) / code) for code in available()}


def load_readable(*, keep: bool | None = None) -> tuple[dict[str, Language], dict[str, str]]:
    """Read every language folder that can be, by code, and tell of the others why they can't.

    If all of them can, they are kept for the next start; `keep` is what Python is told, unless given.
    """
    folder, codes = files(__name__), available()
    digest = _digest(folder, codes)
    if not isinstance(folder, Path) or digest is None:
        return _read_all(folder, codes)
    beside = folder / "__pycache__"
    known: Any = kept.kept(beside, KEPT, digest)
    if known is not None:
        return known, {}
    readable, reasons = _read_all(folder, codes)
    if not reasons and kept.may_keep(keep):
        kept.keep(beside, KEPT, digest, readable)
    return readable, reasons


def _digest(folder: Traversable, codes: Sequence[str]) -> bytes | None:
    """Return what tells these languages, where they are and what is made of them from others; None if it can't."""
    said = [folder / code / name for code in codes for name in SAID]
    return kept.digest_of([*said, Path(__file__), Path(__file__).parent.parent / "models.py"], codes, str(folder))


def _read_all(folder: Traversable, codes: Sequence[str]) -> tuple[dict[str, Language], dict[str, str]]:
    readable: dict[str, Language] = {}
    reasons: dict[str, str] = {}
    for code in codes:
        try:
            readable[code] = _read(code, folder / code)
        except Exception as error:
            reasons[code] = f"{type(error).__name__}: {error}"
    return readable, reasons


def differing_keys(languages: Mapping[str, Language]) -> list[str]:
    """Return the keys of the sentences that a language lacks, or has with other placeholders than the rest."""
    keys = {key for language in languages.values() for key in language.texts}
    return sorted(
        key for key in keys if len({_placeholders(language.texts.get(key)) for language in languages.values()}) > 1
    )


def _placeholders(sentence: str | tuple[str, ...] | None) -> frozenset[str] | None:
    if sentence is None:
        return None
    forms = (sentence,) if isinstance(sentence, str) else sentence
    return frozenset(name for form in forms for _, name, _, _ in Formatter().parse(form) if name)


def _read(code: str, folder: Traversable) -> Language:
    text = _toml(folder / "text.toml")
    answers, grammar = text.pop("answers"), text.pop("grammar")
    quotes = _set(_toml(folder / "quotes.toml"), grammar)["quotes"]
    return Language(
        code=code,
        name=grammar["name"],
        plural=Plural(grammar["plural"]),
        thousands=grammar["thousands"],
        texts={key: _set(sentence, grammar) for key, sentence in _flatten(text)},
        yes=frozenset(answers["yes"]),
        no=frozenset(answers["no"]),
        rules=folder / "feelings.toml",
        starters=_starters(_set(_toml(folder / "starters.toml"), grammar)),
        quotes=tuple(
            Quote(_set(row["text"], grammar), row["author"], QuoteSource.BUNDLED, row["work"], row["year"])
            for row in quotes
        ),
        helplines=_helplines(_set(_toml(folder / "helplines.toml"), grammar)),
    )


def _starters(table: Mapping[str, Any]) -> Starters:
    return Starters(tuple(table["exhorting"]), tuple(table["starters"]))


def _helplines(table: Mapping[str, Any]) -> HelplineDirectory:
    lines = [_helpline(**line) for line in table["lines"]]
    return HelplineDirectory(
        countries=tuple(
            Country(
                code=country["code"],
                name=country["name"],
                also=tuple(country["also"]),
                emergency=_emergency(country),
                lines=tuple(line for line in lines if line.country == country["code"]),
                zone=country.get("zone"),
            )
            for country in table["countries"]
        ),
        speaking=tuple(table["speaking"]),
        anywhere=_helpline(None, **table["anywhere"]),
        calls=frozenset(table["calls"]),
        around=frozenset(table["around"]),
    )


def _helpline(
    country: str | None, *, trust: str, audience: str = "all", open: Sequence[str] = (), **said: Any
) -> Helpline:
    openings = tuple(_opening(ALWAYS if each == "always" else each) for each in open)
    return Helpline(country, trust=Trust(trust), audience=Audience(audience), openings=openings, **said)


def _emergency(country: Mapping[str, Any]) -> Helpline | None:
    return _helpline(country["code"], **country["emergency"]) if "emergency" in country else None


def _opening(typed: str) -> Opening:
    """Read days and hours, as in `1-6 9:00-25:00`."""
    match = OPENING.fullmatch(typed)
    if match is None:
        raise ValueError(f"not days and hours: {typed}")
    first, last, *times = match.groups()
    begin_hour, begin_minute, end_hour, end_minute = map(int, times)
    days = range(int(first), int(last or first) + 1)
    return Opening(days, begin_hour * 60 + begin_minute, end_hour * 60 + end_minute)


def _toml(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from error


def _set(said: T, grammar: Mapping[str, Any]) -> T:
    """Give each mark in a text, or in all texts of a table, the space that belongs to it, which ends no line.

    What is typed as it is, between backquotes, stays.
    """
    result: Any = said
    match said:
        case dict():
            result = {name: _set(each, grammar) for name, each in said.items()}
        case list() | tuple():
            result = type(said)(_set(each, grammar) for each in said)
        case str():
            parts = said.split("`")
            for number in range(0, len(parts), 2):
                for mark, space in grammar["spaces_before"].items():
                    parts[number] = parts[number].replace(f" {mark}", f"{space}{mark}")
                for mark, space in grammar["spaces_after"].items():
                    parts[number] = parts[number].replace(f"{mark} ", f"{mark}{space}")
            result = "`".join(parts)
    return cast("T", result)


def _flatten(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, dict):
            yield from _flatten(value, f"{key}.")
        else:
            yield key, tuple(value) if isinstance(value, list) else value
