"""How the plain values are laid out in rows."""

import sqlite3
from datetime import datetime

from bot.models import Author, Encouragement


def encouragement_from(row: sqlite3.Row) -> Encouragement:
    """Return the message in a row of `encouragements`."""
    author = None if row["author_id"] is None else Author(row["author_id"], row["author_name"])
    created_at = datetime.fromisoformat(row["created_at"])
    reported = row["reported_at"] is not None
    return Encouragement(row["number"], row["text"], author, created_at, bool(row["pending"]), reported)
