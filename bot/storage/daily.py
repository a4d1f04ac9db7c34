"""The SQL of daily words: who wants one, what was said, and the claim that lets one process say it."""

import json
from collections.abc import Collection
from datetime import date

from bot.models import Platform, Scope
from bot.storage.parts import Part


class Daily(Part):
    """The daily words."""

    async def list_scopes_with_daily(self, platform: Platform) -> list[Scope]:
        """Return the scopes of a platform that want a daily word."""
        async with self._database.reading() as db:
            rows = await db.fetch("SELECT scope_id FROM settings WHERE name = 'daily' AND platform = ?", (platform,))
        return [Scope(platform, row["scope_id"]) for row in rows]

    async def load_daily(self, scope: Scope) -> tuple[date | None, frozenset[str]]:
        """Return the day of a scope's last daily word, and what was said."""
        async with self._database.reading() as db:
            rows = await db.fetch(
                "SELECT last_day, said FROM daily_words WHERE platform = ? AND scope_id = ?", (scope.platform, scope.id)
            )
        for row in rows:
            return date.fromisoformat(row["last_day"]), frozenset(json.loads(row["said"]))
        return None, frozenset()

    async def claim_daily(self, scope: Scope, day: date, said: Collection[str]) -> bool:
        """Claim a day, as `Storage` says."""
        async with self._transaction() as db:
            claimed = await db.execute(
                "INSERT INTO daily_words (platform, scope_id, last_day, said) SELECT platform, id, ?, ? FROM scopes"
                " WHERE platform = ? AND id = ?"
                " ON CONFLICT (platform, scope_id) DO UPDATE SET last_day = excluded.last_day, said = excluded.said"
                " WHERE excluded.last_day > daily_words.last_day",
                (day.isoformat(), json.dumps(sorted(said)), scope.platform, scope.id),
            )
        return claimed > 0
