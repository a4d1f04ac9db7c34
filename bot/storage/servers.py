"""The SQL of servers: those that the bot is in, those that it has left, and those that only give it slash commands."""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime

from bot.models import Platform, Scope
from bot.storage.engine import Connection, Row
from bot.storage.scopes import hold_all

LEFT_BEFORE = "left_at < ?"
UNUSED_SINCE = "used_on < ?"

_ARRIVAL = (
    "INSERT INTO servers (platform, id) VALUES (?, ?)"
    " ON CONFLICT (platform, id) DO UPDATE SET left_at = NULL, used_on = NULL"
)


async def record_present(
    db: Connection,
    platform: Platform,
    present: Collection[int],
    *,
    now: datetime,
    among: Callable[[int], bool],
) -> None:
    """Take `present` for all servers `among` which the bot is in."""
    rows = await db.fetch(
        "SELECT id FROM servers WHERE platform = ? AND left_at IS NULL AND used_on IS NULL", (platform,)
    )
    gone = {row["id"] for row in rows if among(row["id"])}.difference(present)
    await db.executemany(
        "UPDATE servers SET left_at = ? WHERE platform = ? AND id = ?",
        [(now.isoformat(), platform, id) for id in sorted(gone)],
    )
    await db.executemany(_ARRIVAL, [(platform, id) for id in sorted(present)])


async def record_arrival(db: Connection, server: Scope) -> None:
    """Keep that the bot is in this server."""
    await db.execute(_ARRIVAL, (server.platform, server.id))


async def record_departure(db: Connection, server: Scope, *, now: datetime) -> None:
    """Keep that the bot has left this server, since the first time that this was said."""
    await db.execute(
        "INSERT INTO servers (platform, id, left_at) VALUES (?, ?, ?)"
        " ON CONFLICT (platform, id)"
        " DO UPDATE SET left_at = coalesce(servers.left_at, excluded.left_at), used_on = NULL",
        (server.platform, server.id, now.isoformat()),
    )


async def record_use(db: Connection, server: Scope, *, day: date) -> None:
    """Keep that a server which the bot itself is not in gives it commands."""
    await db.execute(
        "INSERT INTO servers (platform, id, used_on) VALUES (?, ?, ?)"
        " ON CONFLICT (platform, id) DO UPDATE SET left_at = NULL, used_on = excluded.used_on",
        (server.platform, server.id, day.isoformat()),
    )


async def left(db: Connection) -> list[Scope]:
    """Return the servers that were left."""
    return _scopes(await db.fetch("SELECT platform, id FROM servers WHERE left_at IS NOT NULL"))


async def due(db: Connection, condition: str, moment: str) -> list[Scope]:
    """Return the servers for which `condition`, one of those above, holds at `moment` (ISO 8601)."""
    # In the order in which all hold them; one that comes back meanwhile is no longer among them.
    sql = f"SELECT platform, id FROM servers WHERE {condition} ORDER BY platform, id{db.for_update}"
    return _scopes(await db.fetch(sql, (moment,)))


async def delete(db: Connection, servers: Collection[Scope]) -> None:
    """Delete these servers and all they had."""
    await hold_all(db)
    keys = [(server.platform, server.id) for server in servers]
    await db.executemany("DELETE FROM servers WHERE platform = ? AND id = ?", keys)
    # Their encouragements go with them: ON DELETE CASCADE.
    await db.executemany("DELETE FROM scopes WHERE platform = ? AND id = ?", keys)


def _scopes(rows: Iterable[Row]) -> list[Scope]:
    return [Scope(Platform(row["platform"]), row["id"]) for row in rows]
