"""The SQL of what moderators are told: where something waits, and the claim that lets one process tell them."""

import json
from datetime import datetime

from bot.models import Backlog, Platform, Scope
from bot.storage.parts import Part

# Kept beside the settings, as none of them: when moderators were last told.
TOLD = "notices_told"


class Notices(Part):
    """What moderators are told."""

    async def list_backlogs(self, platform: Platform) -> list[Backlog]:
        """Return what waits where moderators want to be told of it, as `Storage` says."""
        async with self._database.reading() as db:
            rows = await db.fetch(
                "SELECT waiting.scope_id, count(*) AS count, max(told.value) AS told,"
                " max(coalesce(waiting.reported_at, waiting.created_at)) AS newest FROM encouragements AS waiting"
                " JOIN settings ON settings.platform = waiting.platform AND settings.scope_id = waiting.scope_id"
                " LEFT JOIN settings AS told ON told.platform = waiting.platform"
                " AND told.scope_id = waiting.scope_id AND told.name = ?"
                " WHERE waiting.pending AND waiting.platform = ? AND settings.name = 'notices'"
                " GROUP BY waiting.scope_id",
                (TOLD, platform),
            )
        return [
            Backlog(
                Scope(platform, row["scope_id"]),
                count=row["count"],
                newest=datetime.fromisoformat(row["newest"]),
                told=None if row["told"] is None else datetime.fromisoformat(json.loads(row["told"])),
            )
            for row in rows
        ]

    async def claim_notice(self, scope: Scope, *, now: datetime, since: datetime) -> bool:
        """Claim telling moderators, as `Storage` says."""
        async with self._transaction() as db:
            claimed = await db.execute(
                "INSERT INTO settings (platform, scope_id, name, value) SELECT platform, id, ?, ? FROM scopes"
                " WHERE platform = ? AND id = ?"
                " ON CONFLICT (platform, scope_id, name) DO UPDATE SET value = excluded.value"
                " WHERE settings.value <= ?",
                (TOLD, _kept(now), scope.platform, scope.id, _kept(since)),
            )
        return claimed > 0

    async def return_notice(self, scope: Scope, *, told: datetime | None) -> None:
        """Undo a claim, as `Storage` says."""
        claim = (scope.platform, scope.id, TOLD)
        async with self._transaction() as db:
            if told is None:
                await db.execute("DELETE FROM settings WHERE platform = ? AND scope_id = ? AND name = ?", claim)
            else:
                await db.execute(
                    "UPDATE settings SET value = ? WHERE platform = ? AND scope_id = ? AND name = ?",
                    (_kept(told), *claim),
                )


def _kept(moment: datetime) -> str:
    """Return a moment as JSON whose order is that of time."""
    return json.dumps(moment.isoformat(timespec="microseconds"))
