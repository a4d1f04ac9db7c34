"""The languages the bot speaks: one folder each, read once at start."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from gettext import c2py
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any

from bot.models import Country, Helpline, HelplineDirectory, Quote, QuoteSource

NO_BREAK_SPACE = "\u00a0"
# Fits on one line of any screen.
SHORTEST_BROKEN = 30


@dataclass(frozen=True, slots=True)
class Language:
    """All that one folder says: its sentences by dotted key, and its lists.

    A sentence that counts something is a tuple of its forms; `plural` tells which one a number takes.
    """

    code: str
    name: str
    plural: Callable[[int], int]
    thousands: str
    texts: Mapping[str, str | tuple[str, ...]]
    yes: frozenset[str]
    no: frozenset[str]
    feelings: Mapping[str, Any]
    starters: tuple[str, ...]
    quotes: tuple[Quote, ...]
    helplines: HelplineDirectory


def available() -> list[str]:
    """Return the codes of the languages that have a folder, sorted."""
    return sorted(folder.name for folder in files(__name__).iterdir() if folder.joinpath("text.toml").is_file())


def load() -> dict[str, Language]:
    """Read every language folder, by code."""
    return {code: _read(code, files(__name__) / code) for code in available()}


def load_readable() -> tuple[dict[str, Language], dict[str, str]]:
    """Read every language folder that can be, by code, and tell of the others why they can't."""
    readable: dict[str, Language] = {}
    reasons: dict[str, str] = {}
    for code in available():
        try:
            readable[code] = _read(code, files(__name__) / code)
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
    quotes = _toml(folder / "quotes.toml")["quotes"]
    return Language(
        code=code,
        name=grammar["name"],
        plural=c2py(grammar["plural"]),
        thousands=grammar["thousands"],
        texts={key: _unbroken(sentence, grammar) for key, sentence in _flatten(text)},
        yes=frozenset(answers["yes"]),
        no=frozenset(answers["no"]),
        feelings=_toml(folder / "feelings.toml"),
        starters=tuple(_toml(folder / "starters.toml")["starters"]),
        quotes=tuple(
            Quote(row["text"], row["author"], QuoteSource.BUNDLED, row["work"], row["year"]) for row in quotes
        ),
        helplines=_helplines(_toml(folder / "helplines.toml")),
    )


def _helplines(table: Mapping[str, Any]) -> HelplineDirectory:
    lines = [Helpline(**line) for line in table["lines"]]
    return HelplineDirectory(
        countries=tuple(
            Country(
                code=country["code"],
                name=country["name"],
                also=tuple(country["also"]),
                emergency=Helpline(country=country["code"], **country["emergency"]),
                lines=tuple(line for line in lines if line.country == country["code"]),
            )
            for country in table["countries"]
        ),
        speaking=tuple(table["speaking"]),
        anywhere=Helpline(country=None, **table["anywhere"]),
    )


def _toml(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from error


def _unbroken(sentence: str | tuple[str, ...], grammar: Mapping[str, str]) -> str | tuple[str, ...]:
    """Keep a punctuation mark and the space that belongs to it on one line; a short sentence never breaks."""
    if isinstance(sentence, tuple):
        return tuple(str(_unbroken(form, grammar)) for form in sentence)
    if len(sentence) < SHORTEST_BROKEN:
        return sentence
    for mark in grammar["no_break_before"]:
        sentence = sentence.replace(f" {mark}", f"{NO_BREAK_SPACE}{mark}")
    for mark in grammar["no_break_after"]:
        sentence = sentence.replace(f"{mark} ", f"{mark}{NO_BREAK_SPACE}")
    return sentence


def _flatten(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, dict):
            yield from _flatten(value, f"{key}.")
        else:
            yield key, tuple(value) if isinstance(value, list) else value
