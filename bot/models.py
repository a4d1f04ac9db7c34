"""The plain values that layers hand to each other."""

from dataclasses import dataclass
from datetime import datetime
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
class Author:
    """Who writes a message: an id of the platform, and the name shown there."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Encouragement:
    """A kind message that a member wrote for one scope.

    `number` counts from 1 within the scope and is never given twice; `author` has the name of that day; `created_at`
    is aware UTC.
    """

    number: int
    text: str
    author: Author
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ScopePreferences:
    """What the people of one scope have chosen."""

    responding: bool = True


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
