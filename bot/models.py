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
    one who asked to be forgotten; `created_at` is aware UTC. A `pending` one waits for a moderator: it is not said. One
    that is `reported` does so because it hurt somebody to whom it was said.
    """

    number: int
    text: str
    author: Author | None
    created_at: datetime
    pending: bool = False
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pending message, its place among those of its scope (from 1, oldest first), and how many they are."""

    encouragement: Encouragement
    place: int
    count: int


class Decision(StrEnum):
    """What a moderator may do with a message that waits."""

    APPROVE = "approve"
    REFUSE = "refuse"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Decided:
    """Whether a decision was made, or the message waited no more; and the message, if its author is to be told."""

    done: bool
    news: Encouragement | None = None


@dataclass(frozen=True, slots=True)
class Starters:
    """The kind words that a language ships with.

    Those that are `exhorting` urge to feel better, which suits a little sadness alone. The others listen.
    """

    exhorting: tuple[str, ...]
    listening: tuple[str, ...]


class StartersUse(StrEnum):
    """Whether the kind words that come with the bot are said besides a scope's own: with FEW, while these are few."""

    ON = "on"
    FEW = "few"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class KindWord:
    """What is said to somebody who is sad; `number` is that of the member's message it is, None for a starter."""

    text: str
    number: int | None = None


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


class Audience(StrEnum):
    """Whom a line is for: anybody, or some; UNSPOKEN is for who cannot speak, OTHER has a subject apart."""

    ALL = "all"
    YOUTH = "youth"
    STUDENTS = "students"
    UNSPOKEN = "unspoken"
    OTHER = "other"


class Trust(StrEnum):
    """How far a number is to be believed: the line or a state says it, others do, or it is only read in old pages."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True)
class Opening:
    """When a line answers: on these days (1 is Monday), between these minutes of the day; the end may lie beyond it."""

    days: range
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """That `count` messages wait in a scope: when the newest came, and when moderators were last told, if ever."""

    scope: Scope
    count: int
    newest: datetime
    told: datetime | None


@dataclass(frozen=True, slots=True)
class Helpline:
    """A line that listens: how it calls itself, what to dial or visit, when, and who says so as of which day.

    `country` is an ISO 3166 code, or None for the one that serves them all. `written` says how to write instead of
    speaking, if that can be done. `relatives` and `bereaved` tell whether a source says that it listens to those who
    worry about somebody, and to those who have lost somebody. `openings` is empty where no source tells the hours.
    """

    country: str | None
    name: str
    number: str
    hours: str
    source: str
    verified_on: date
    trust: Trust
    written: str = ""
    audience: Audience = Audience.ALL
    relatives: bool = False
    bereaved: bool = False
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class Country:
    """A country in the words of one language: its ISO 3166 code, its names, whom to call in danger, who listens.

    `emergency` is None where no number is certain; `zone` is the time zone that the hours of its lines are in.
    """

    code: str
    name: str
    also: tuple[str, ...]
    emergency: Helpline | None
    lines: tuple[Helpline, ...]
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class HelplineDirectory:
    """All that one language knows: every country, which of them speak that language, and the line for any other.

    `calls` are words of who asks for help, and `around` what may stand beside a country; none is a part of a name.
    """

    countries: tuple[Country, ...]
    speaking: tuple[str, ...]
    anywhere: Helpline
    calls: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote and who said it; `work` and `year` are known for the bundled ones."""

    text: str
    author: str
    source: QuoteSource
    work: str | None = None
    year: int | None = None
