"""How the plain values are laid out in rows."""

import json
import sqlite3
from dataclasses import asdict, fields
from datetime import datetime

from bot.models import (
    Author,
    Contributors,
    Encouragement,
    QuoteSource,
    Scope,
    ScopePreferences,
    Trigger,
)

_CHOSEN = [field.name for field in fields(ScopePreferences)]
_LISTS = ("silenced", "sad_words", "ignored_words")
# Takes what `preferences_values` returns; a column has the name of its field.
SAVE_PREFERENCES = (
    f"INSERT INTO scopes (platform, id, {', '.join(_CHOSEN)})"
    f" VALUES (:platform, :id, {', '.join(f':{name}' for name in _CHOSEN)})"
    f" ON CONFLICT DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _CHOSEN)}"
)


def preferences_values(scope: Scope, preferences: ScopePreferences) -> dict[str, object]:
    """Return the row of a scope with these preferences, by column."""
    values = asdict(preferences)
    lists = {name: json.dumps(list(values[name])) for name in _LISTS}
    return {"platform": scope.platform, "id": scope.id} | values | lists


def preferences_from(row: sqlite3.Row) -> ScopePreferences:
    """Return the preferences in a row of `scopes`."""
    values = {name: row[name] for name in _CHOSEN}
    for name in _LISTS:
        values[name] = json.loads(values[name])
    return ScopePreferences(
        **values
        | {
            "responding": bool(values["responding"]),
            "helplines": bool(values["helplines"]),
            "trigger": Trigger(values["trigger"]),
            "contributors": Contributors(values["contributors"]),
            "quotes": None if values["quotes"] is None else QuoteSource(values["quotes"]),
            "silenced": frozenset(values["silenced"]),
            "sad_words": tuple(values["sad_words"]),
            "ignored_words": tuple(values["ignored_words"]),
        }
    )


def encouragement_from(row: sqlite3.Row) -> Encouragement:
    """Return the message in a row of `encouragements`."""
    author = None if row["author_id"] is None else Author(row["author_id"], row["author_name"])
    return Encouragement(
        row["number"], row["text"], author, datetime.fromisoformat(row["created_at"]), bool(row["pending"])
    )
