"""The one table of what a scope may choose; whatever shows, keeps, changes or carries a setting reads it here.

A setting has the name of its field everywhere: in the command, the panel, the file, the storage and the sentences below
`settings.<name>`. A new one takes a row here, its sentences in each language, and the rule that reads it.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bot.models import Contributors, QuoteSource, StartersUse, Trigger
from bot.services.feelings.plain_text import is_visible
from bot.services.settings.daily import Daily, DailyTime, Zone
from bot.services.settings.ids import ChannelId, RoleId
from bot.services.settings.kinds import (
    Channels,
    CountryCode,
    Kind,
    LanguageCode,
    OneOf,
    Pauses,
    Prefix,
    Switch,
    TwoPauses,
)
from bot.services.settings.word_lists import WordLists, Words

LONGEST_PREFIX = 5
EMOJI_PARTS = "\ufe0f\u200d"
LONGEST_PAUSE = 86_400
# As many as a menu of Discord can hold (https://discord.com/developers/docs/components/reference#channel-select).
MOST_SILENCED = 25


class Place(StrEnum):
    """Where a setting may be chosen."""

    SERVER = "server"
    PRIVATE = "private"
    TELEGRAM_GROUP = "telegram_group"
    TELEGRAM_PRIVATE = "telegram_private"


ON_DISCORD = frozenset((Place.SERVER, Place.PRIVATE))
AMONG_OTHERS = frozenset((Place.SERVER, Place.TELEGRAM_GROUP))
EVERYWHERE = frozenset(Place)
SAID_DAILY = frozenset((Place.SERVER, Place.TELEGRAM_GROUP, Place.TELEGRAM_PRIVATE))


class Role(StrEnum):
    """Who may choose it: on Telegram, both are the administrators of the group."""

    MANAGERS = "managers"
    MODERATORS = "moderators"


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of the table; `formerly` are the names that older files have for it."""

    name: str
    kind: Kind[Any]
    default: Any
    where: frozenset[Place]
    who: Role
    formerly: tuple[str, ...]


def is_prefix(text: str) -> bool:
    """Tell whether typed commands may begin with this: 1 to 5 characters that can all be seen, and no backquote.

    A command is shown between backquotes.
    """
    # Some emoji are a character with a mark on it, or several that are joined.
    shown = [character for character in text if character not in EMOJI_PARTS]
    return bool(shown) and len(text) <= LONGEST_PREFIX and all(map(is_visible, shown)) and "`" not in text


def _row(
    kind: Kind[Any],
    default: Any,
    *,
    where: frozenset[Place] = EVERYWHERE,
    who: Role = Role.MANAGERS,
    formerly: tuple[str, ...] = (),
) -> Any:
    row = {"kind": kind, "where": where, "who": who, "formerly": formerly}
    return field(default=default, metadata=row)


@dataclass(frozen=True, slots=True)
class ScopePreferences:
    """What the people of one scope have chosen; the order is that of the panel.

    None for `quotes`, `language` and `prefix` is the bot's own choice; `country` is an ISO 3166 code, or None for those
    that speak the language. `silence` holds the ids of channels where the bot says nothing by itself but helplines;
    `role` is that of a role whose members decide about messages as if they had the permission, and `notices` that of
    the channel where moderators are told that some wait.
    """

    responding: bool = _row(Switch(), True)
    triggers: Trigger = _row(OneOf(Trigger), Trigger.OWN, formerly=("trigger",))
    cooldown: Pauses = _row(TwoPauses(LONGEST_PAUSE), Pauses(member=120, channel=15))
    silence: frozenset[int] = _row(
        Channels(MOST_SILENCED), frozenset(), where=frozenset((Place.SERVER,)), formerly=("silenced",)
    )
    contributors: Contributors = _row(OneOf(Contributors), Contributors.EVERYONE, where=AMONG_OTHERS)
    role: int | None = _row(RoleId(), None, where=frozenset((Place.SERVER,)))
    notices: int | None = _row(ChannelId(), None, where=frozenset((Place.SERVER,)))
    links: bool = _row(Switch(), False)
    starters: StartersUse = _row(OneOf(StartersUse), StartersUse.ON)
    quotes: QuoteSource | None = _row(OneOf(QuoteSource, own=QuoteSource.ZENQUOTES), None)
    language: str | None = _row(LanguageCode(), None, formerly=("locale",))
    prefix: str | None = _row(Prefix(LONGEST_PREFIX, is_prefix), None, where=ON_DISCORD)
    daily: Daily | None = _row(DailyTime(), None, where=SAID_DAILY)
    timezone: str | None = _row(Zone(), None, where=SAID_DAILY)
    helplines: bool = _row(Switch(), True)
    country: str | None = _row(CountryCode(), None)
    words: Words = _row(WordLists(), Words())


def settings_of(table: type[ScopePreferences]) -> Mapping[str, Setting]:
    """Return the rows of the table by name, in its order."""
    rows: dict[str, Setting] = {}
    for each in fields(table):
        assert each.default is not MISSING, "every setting has a default"
        rows[each.name] = Setting(name=each.name, default=each.default, **each.metadata)
    return MappingProxyType(rows)


SETTINGS = settings_of(ScopePreferences)


def shown_at(*places: Place) -> dict[str, Setting]:
    """Return the settings that have a command and are shown at one of these places, by name: words have their own."""
    return {
        name: row
        for name, row in SETTINGS.items()
        if not row.where.isdisjoint(places) and not isinstance(row.kind, WordLists)
    }


def written_in(preferences: ScopePreferences) -> set[int]:
    """Return the channels in which the bot is to write without a message to answer."""
    daily = preferences.daily
    return {id for id in (preferences.notices, None if daily is None else daily.channel) if id is not None}


def plain(preferences: ScopePreferences) -> dict[str, object]:
    """Return all preferences as JSON has them, by name."""
    return {name: row.kind.plain(getattr(preferences, name)) for name, row in SETTINGS.items()}
