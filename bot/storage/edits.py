"""The SQL of what is done to messages that are there, or were a moment ago: a new text, and taking a deletion back."""

from collections.abc import Mapping
from datetime import datetime

from bot.models import Encouragement, Scope
from bot.storage.base import DuplicateEncouragementError, TooManyPendingError
from bot.storage.parts import Part
from bot.storage.rows import WHETHER_PENDING, encouragement_from
from bot.storage.scopes import hold_scope, one


class Edits(Part):
    """New texts, and deletions taken back."""

    async def edit_encouragement(
        self, scope: Scope, number: int, *, text: str, key: str, now: datetime, pending_limit: int | None = None
    ) -> Encouragement | None:
        """Give an encouragement another text, as `Storage` says."""
        of_scope = (scope.platform, scope.id)
        async with self._transaction() as db:
            if not await hold_scope(db, scope):
                return None
            (waiting, same) = await one(
                db,
                f"SELECT count(*) FILTER (WHERE pending), {WHETHER_PENDING} FILTER (WHERE key = ?)"
                " FROM encouragements WHERE platform = ? AND scope_id = ? AND number <> ?",
                (key, *of_scope, number),
            )
            if same is not None:
                raise DuplicateEncouragementError(pending=bool(same))
            if pending_limit is not None and waiting >= pending_limit:
                raise TooManyPendingError
            # What begins to wait does so from now on; what was reported goes on waiting for that.
            rows = await db.fetch(
                "UPDATE encouragements SET text = ?, key = ?, pending = pending OR ?,"
                " created_at = CASE WHEN ? THEN ? ELSE created_at END"
                " WHERE platform = ? AND scope_id = ? AND number = ? RETURNING *",
                (text, key, pending_limit is not None, pending_limit is not None, now.isoformat(), *of_scope, number),
            )
        return next(map(encouragement_from, rows), None)

    async def restore_encouragements(self, scope: Scope, messages: Mapping[str, Encouragement], *, limit: int) -> int:
        """Put deleted encouragements back, as `Storage` says."""
        of_scope = (scope.platform, scope.id)
        restored = 0
        async with self._transaction() as db:
            if not await hold_scope(db, scope):
                return 0
            (held,) = await one(db, "SELECT count(*) FROM encouragements WHERE platform = ? AND scope_id = ?", of_scope)
            for key, kept in messages.items():
                if held + restored >= limit:
                    break
                author = (None, None) if kept.author is None else (kept.author.id, kept.author.name)
                restored += await db.execute(
                    "INSERT INTO encouragements (platform, scope_id, number, text, key, author_id,"
                    " author_name, created_at, pending, reported_at) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
                    " WHERE EXISTS (SELECT 1 FROM scopes WHERE platform = ? AND id = ? AND last_number >= ?)"
                    " ON CONFLICT DO NOTHING",
                    (
                        *(*of_scope, kept.number, kept.text, key, *author, kept.created_at.isoformat(), kept.pending),
                        *(kept.created_at.isoformat() if kept.reported else None, *of_scope, kept.number),
                    ),
                )
        return restored
