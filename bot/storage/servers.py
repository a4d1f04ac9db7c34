"""The SQL of servers: those that the bot is in, those that it has left, and those that only give it slash commands."""

import sqlite3
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime

import aiosqlite

from bot.models import Platform, Scope

LEFT_BEFORE = "datetime(left_at) < datetime(?)"
UNUSED_SINCE = "used_on < ?"

_ARRIVAL = "INSERT INTO servers (platform, id) VALUES (?, ?) ON CONFLICT DO UPDATE SET left_at = NULL, used_on = NULL"


async def record_present(
    db: aiosqlite.Connection,
    platform: Platform,
    present: Collection[int],
    *,
    now: datetime,
    among: Callable[[int], bool],
) -> None:
    """Take `present` for all servers `among` which the bot is in."""
    rows = await db.execute_fetchall(
        "SELECT id FROM servers WHERE platform = ? AND left_at IS NULL AND used_on IS NULL", (platform,)
    )
    gone = {row["id"] for row in rows if among(row["id"])}.difference(present)
    await db.executemany(
        "UPDATE servers SET left_at = ? WHERE platform = ? AND id = ?", [(now.isoformat(), platform, id) for id in gone]
    )
    await db.executemany(_ARRIVAL, [(platform, id) for id in present])


async def record_arrival(db: aiosqlite.Connection, server: Scope) -> None:
    """Keep that the bot is in this server."""
    await db.execute(_ARRIVAL, (server.platform, server.id))


async def record_departure(db: aiosqlite.Connection, server: Scope, *, now: datetime) -> None:
    """Keep that the bot has left this server, since the first time that this was said."""
    await db.execute(
        "INSERT INTO servers (platform, id, left_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET left_at = coalesce(left_at, excluded.left_at), used_on = NULL",
        (server.platform, server.id, now.isoformat()),
    )


async def record_use(db: aiosqlite.Connection, server: Scope, *, day: date) -> None:
    """Keep that a server which the bot itself is not in gives it commands."""
    await db.execute(
        "INSERT INTO servers (platform, id, used_on) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET left_at = NULL, used_on = excluded.used_on",
        (server.platform, server.id, day.isoformat()),
    )


async def left(db: aiosqlite.Connection) -> list[Scope]:
    """Return the servers that were left."""
    return _scopes(await db.execute_fetchall("SELECT platform, id FROM servers WHERE left_at IS NOT NULL"))


async def due(db: aiosqlite.Connection, condition: str, moment: str) -> list[Scope]:
    """Return the servers for which `condition`, one of those above, holds at `moment` (ISO 8601)."""
    return _scopes(await db.execute_fetchall(f"SELECT platform, id FROM servers WHERE {condition}", (moment,)))


async def delete(db: aiosqlite.Connection, servers: Collection[Scope]) -> None:
    """Delete these servers and all they had."""
    keys = [(server.platform, server.id) for server in servers]
    await db.executemany("DELETE FROM servers WHERE platform = ? AND id = ?", keys)
    # Their encouragements go with them: ON DELETE CASCADE.
    await db.executemany("DELETE FROM scopes WHERE platform = ? AND id = ?", keys)


def _scopes(rows: Iterable[sqlite3.Row]) -> list[Scope]:
    return [Scope(Platform(row["platform"]), row["id"]) for row in rows]
