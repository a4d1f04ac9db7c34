"""The SQL of deliveries that come more than once, and of conversations that get another id."""

from dataclasses import dataclass
from datetime import datetime

import aiosqlite

from bot.models import Delivery, Progress, Scope
from bot.storage.base import AlreadyClaimedError
from bot.storage.settings import load_settings, save_settings


@dataclass(slots=True)
class Claim:
    """A delivery that the next transaction is to claim, if none has yet."""

    delivery: Delivery
    now: datetime
    made: bool = False


async def progress_of(db: aiosqlite.Connection, delivery: Delivery) -> Progress:
    """Return how far a delivery has come."""
    rows = await db.execute_fetchall(
        "SELECT answered FROM deliveries WHERE platform = ? AND id = ?", (delivery.platform, delivery.id)
    )
    return next((Progress.ANSWERED if row["answered"] else Progress.CHANGED for row in rows), Progress.NEW)


async def claim(db: aiosqlite.Connection, wanted: Claim) -> None:
    """Claim a delivery within the transaction that is open."""
    cursor = await db.execute(
        "INSERT OR IGNORE INTO deliveries (platform, id, answered, claimed_at) VALUES (?, ?, 0, ?)",
        (wanted.delivery.platform, wanted.delivery.id, int(wanted.now.timestamp())),
    )
    if not cursor.rowcount:
        raise AlreadyClaimedError


async def finish(db: aiosqlite.Connection, delivery: Delivery, *, now: datetime, forget_before: datetime) -> None:
    """Note that a delivery was answered, and forget those of long ago."""
    await db.execute(
        "INSERT INTO deliveries (platform, id, answered, claimed_at) VALUES (?, ?, 1, ?)"
        " ON CONFLICT DO UPDATE SET answered = 1",
        (delivery.platform, delivery.id, int(now.timestamp())),
    )
    await db.execute("DELETE FROM deliveries WHERE claimed_at < ?", (int(forget_before.timestamp()),))


async def move_scope(db: aiosqlite.Connection, old: Scope, new: Scope) -> None:
    """Give all that `old` has to `new`, whose own messages make room and whose own choices stay."""
    of_old, of_new = (old.platform, old.id), (new.platform, new.id)
    await db.execute("DELETE FROM servers WHERE platform = ? AND id = ?", of_old)
    rows = await db.execute_fetchall("SELECT last_number FROM scopes WHERE platform = ? AND id = ?", of_old)
    if (moved := next(iter(rows), None)) is None:
        return
    last_number = int(moved["last_number"])
    await db.execute("INSERT INTO scopes (platform, id) VALUES (?, ?) ON CONFLICT DO NOTHING", of_new)
    if not await load_settings(db, new):
        await save_settings(db, new, await load_settings(db, old))
    await db.execute(
        "UPDATE scopes SET last_number = last_number + ? WHERE platform = ? AND id = ?", (last_number, *of_new)
    )
    await db.execute(
        "DELETE FROM encouragements WHERE platform = ? AND scope_id = ?"
        " AND key IN (SELECT key FROM encouragements WHERE platform = ? AND scope_id = ?)",
        (*of_new, *of_old),
    )
    # By way of the negative numbers: one by one, they would meet each other.
    for number in (f"-(number + {last_number})", "-number"):
        await db.execute(f"UPDATE encouragements SET number = {number} WHERE platform = ? AND scope_id = ?", of_new)
    await db.execute("UPDATE encouragements SET scope_id = ? WHERE platform = ? AND scope_id = ?", (new.id, *of_old))
    await db.execute(
        "UPDATE OR IGNORE daily_words SET scope_id = ? WHERE platform = ? AND scope_id = ?", (new.id, *of_old)
    )
    await db.execute("DELETE FROM scopes WHERE platform = ? AND id = ?", of_old)
