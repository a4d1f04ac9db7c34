"""The SQL of deliveries that come more than once, and of conversations that get another id."""

from dataclasses import dataclass
from datetime import datetime

from bot.models import Delivery, Progress, Scope
from bot.storage.base import AlreadyClaimedError, Changes
from bot.storage.engine import Connection
from bot.storage.scopes import keep_scope, keep_scopes, one
from bot.storage.settings import load_settings, save_settings


@dataclass(slots=True)
class Claim:
    """A delivery that the next transaction is to claim, if none has yet."""

    delivery: Delivery
    now: datetime
    made: bool = False


async def progress_of(db: Connection, delivery: Delivery) -> Progress:
    """Return how far a delivery has come."""
    rows = await db.fetch(
        "SELECT answered FROM deliveries WHERE platform = ? AND id = ?", (delivery.platform, delivery.id)
    )
    return next((Progress.ANSWERED if row["answered"] else Progress.CHANGED for row in rows), Progress.NEW)


async def claim(db: Connection, wanted: Claim) -> None:
    """Claim a delivery within the transaction that is open."""
    claimed = await db.execute(
        "INSERT INTO deliveries (platform, id, answered, claimed_at) VALUES (?, ?, FALSE, ?) ON CONFLICT DO NOTHING",
        (wanted.delivery.platform, wanted.delivery.id, int(wanted.now.timestamp())),
    )
    if not claimed:
        raise AlreadyClaimedError


async def finish(db: Connection, delivery: Delivery, *, now: datetime, forget_before: datetime) -> None:
    """Note that a delivery was answered, and forget those of long ago."""
    await db.execute(
        "INSERT INTO deliveries (platform, id, answered, claimed_at) VALUES (?, ?, TRUE, ?)"
        " ON CONFLICT (platform, id) DO UPDATE SET answered = TRUE",
        (delivery.platform, delivery.id, int(now.timestamp())),
    )
    # In the order in which all hold them: two processes that forget the same ones would wait for each other.
    old = f"SELECT platform, id FROM deliveries WHERE claimed_at < ? ORDER BY platform, id{db.for_update}"
    await db.execute(f"DELETE FROM deliveries WHERE (platform, id) IN ({old})", (int(forget_before.timestamp()),))


async def move_scope(db: Connection, old: Scope, new: Scope) -> None:
    """Give all that `old` has to `new`, whose own messages make room and whose own choices stay."""
    of_old, of_new = (old.platform, old.id), (new.platform, new.id)
    await db.execute("DELETE FROM servers WHERE platform = ? AND id = ?", of_old)
    own_row = "SELECT last_number FROM scopes WHERE platform = ? AND id = ?"
    if not await db.fetch(own_row, of_old):
        return
    await keep_scopes(db, (old, new))
    await keep_scope(db, new)
    (last_number,) = await one(db, own_row, of_old)
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
    for shift in (last_number, 0):
        await db.execute(
            "UPDATE encouragements SET number = -(number + ?) WHERE platform = ? AND scope_id = ?", (shift, *of_new)
        )
    await db.execute("UPDATE encouragements SET scope_id = ? WHERE platform = ? AND scope_id = ?", (new.id, *of_old))
    await db.execute(
        "UPDATE daily_words SET scope_id = ? WHERE platform = ? AND scope_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM daily_words WHERE platform = ? AND scope_id = ?)",
        (new.id, *of_old, *of_new),
    )
    await db.execute("DELETE FROM scopes WHERE platform = ? AND id = ?", of_old)
    await db.tell(Changes(scopes=frozenset((old, new))))
