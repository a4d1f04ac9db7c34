"""The SQL of the settings: each is kept by its name, so that a new one needs no other table."""

import json
from collections.abc import Mapping

from bot.models import Scope
from bot.storage.base import Changes
from bot.storage.engine import Connection
from bot.storage.scopes import keep_scope


async def load_settings(db: Connection, scope: Scope) -> dict[str, object]:
    """Return what the scope has chosen, by name."""
    rows = await db.fetch(
        "SELECT name, value FROM settings WHERE platform = ? AND scope_id = ?", (scope.platform, scope.id)
    )
    return {row["name"]: json.loads(row["value"]) for row in rows}


async def save_settings(db: Connection, scope: Scope, settings: Mapping[str, object]) -> None:
    """Keep these settings, and forget those that are None."""
    of_scope = (scope.platform, scope.id)
    await keep_scope(db, scope)
    await db.executemany(
        "INSERT INTO settings (platform, scope_id, name, value) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (platform, scope_id, name) DO UPDATE SET value = excluded.value",
        [(*of_scope, name, json.dumps(value)) for name, value in settings.items() if value is not None],
    )
    await db.executemany(
        "DELETE FROM settings WHERE platform = ? AND scope_id = ? AND name = ?",
        [(*of_scope, name) for name, value in settings.items() if value is None],
    )
    await db.tell(Changes(scopes=frozenset((scope,))))
