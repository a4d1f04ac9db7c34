"""How the plain values are laid out in rows."""

from datetime import datetime

from bot.models import Author, Encouragement
from bot.storage.engine import Row

# Of some rows, whether one is pending: 1 or 0, and NULL where there is none.
WHETHER_PENDING = "max(CASE WHEN pending THEN 1 ELSE 0 END)"


def encouragement_from(row: Row) -> Encouragement:
    """Return the message in a row of `encouragements`."""
    author = None if row["author_id"] is None else Author(row["author_id"], row["author_name"])
    created_at = datetime.fromisoformat(row["created_at"])
    reported = row["reported_at"] is not None
    return Encouragement(row["number"], row["text"], author, created_at, bool(row["pending"]), reported)
