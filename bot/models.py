"""The plain values that layers hand to each other."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Platform(StrEnum):
    """Where a conversation takes place."""

    DISCORD = "discord"
    TELEGRAM = "telegram"


@dataclass(frozen=True, slots=True)
class Scope:
    """One server, or one private conversation: nothing is shared between two scopes."""

    platform: Platform
    id: int


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a platform, on whatever server or in whatever conversation."""

    platform: Platform
    id: int


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes a message: an id of the platform, and the name shown there."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Encouragement:
    """A kind message that a member wrote for one scope.

    `number` counts from 1 within the scope and is never given twice; `author` has the name of that day, or is None for
    one who asked to be forgotten; `created_at` is aware UTC.
    """

    number: int
    text: str
    author: Author | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ScopePreferences:
    """What the people of one scope have chosen; `country` is an ISO 3166 code, or None until one is chosen."""

    responding: bool = True
    helplines: bool = True
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Helpline:
    """A line that listens: how it calls itself, what to dial or visit, when, and who says so as of which day.

    `country` is an ISO 3166 code, or None for the one that serves them all.
    """

    country: str | None
    name: str
    number: str
    hours: str
    source: str
    verified_on: date


@dataclass(frozen=True, slots=True)
class Country:
    """A country in the words of one language: its ISO 3166 code, its names, whom to call in danger, who listens."""

    code: str
    name: str
    also: tuple[str, ...]
    emergency: Helpline
    lines: tuple[Helpline, ...]


@dataclass(frozen=True, slots=True)
class HelplineDirectory:
    """All that one language knows: every country, which of them speak that language, and the line for any other."""

    countries: tuple[Country, ...]
    speaking: tuple[str, ...]
    anywhere: Helpline


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All that is kept about one person."""

    person: Person
    opted_out: bool
    encouragements: tuple[tuple[Scope, Encouragement], ...]
    private: Scope | None
    private_preferences: ScopePreferences


class QuoteSource(StrEnum):
    """Where a quote came from; ZenQuotes asks for a credit line."""

    BUNDLED = "bundled"
    ZENQUOTES = "zenquotes"


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote and who said it; `work` and `year` are known for the bundled ones."""

    text: str
    author: str
    source: QuoteSource
    work: str | None = None
    year: int | None = None
