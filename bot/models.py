"""The plain values that layers hand to each other."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Written(str):
    """What somebody wrote: in whatever sentence it stands, its marks must not reach beyond it."""

    __slots__ = ()


class Platform(StrEnum):
    """Where a conversation takes place."""

    DISCORD = "discord"
    TELEGRAM = "telegram"


class Scope(NamedTuple):
    """One server, or one private conversation: nothing is shared between two scopes.

    A tuple, since one is made and looked up for every message.
    """

    platform: Platform
    id: int


@dataclass(frozen=True, slots=True)
class Shards:
    """Some of the `count` parts into which Discord divides a bot's servers; by default, the only one.

    https://discord.com/developers/docs/events/gateway#sharding
    """

    ids: frozenset[int] = frozenset({0})
    count: int = 1

    def hold(self, server_id: int) -> bool:
        """Tell whether a server is on one of them."""
        return (server_id >> 22) % self.count in self.ids


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a platform, on whatever server or in whatever conversation."""

    platform: Platform
    id: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that a platform tells, under an id of its own, and may tell again until it is answered."""

    platform: Platform
    id: int


class Progress(StrEnum):
    """How far a delivery has come: CHANGED is one that has changed something, and may not have been answered."""

    NEW = "new"
    CHANGED = "changed"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes a message: an id of the platform, and the name shown there."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Encouragement:
    """A kind message that a member wrote for one scope.

    `number` counts from 1 within the scope and is never given twice; `author` has the name of that day, or is None for
    one who asked to be forgotten; `created_at` is aware UTC. A `pending` one waits for a moderator: it is not said.
    """

    number: int
    text: str
    author: Author | None
    created_at: datetime
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pending message, its place among those of its scope (from 1, oldest first), and how many they are."""

    encouragement: Encouragement
    place: int
    count: int


class QuoteSource(StrEnum):
    """Where a quote came from; ZenQuotes asks for a credit line."""

    ZENQUOTES = "zenquotes"
    BUNDLED = "bundled"


class Trigger(StrEnum):
    """What counts as sad in a scope: the author's own sadness, or any sad word, whoever it is about."""

    OWN = "own"
    ANY = "any"


class Contributors(StrEnum):
    """Who may add messages to a server's list; with APPROVAL, those of ordinary members wait for a moderator."""

    EVERYONE = "everyone"
    MODERATORS = "moderators"
    APPROVAL = "approval"


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
class Quote:
    """A quote and who said it; `work` and `year` are known for the bundled ones."""

    text: str
    author: str
    source: QuoteSource
    work: str | None = None
    year: int | None = None
