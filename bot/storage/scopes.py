"""The SQL of the rows of scopes, which who changes several things at once holds first."""

from collections.abc import Collection

from bot.models import Scope
from bot.storage.engine import Connection, Row


async def keep_scope(db: Connection, scope: Scope) -> None:
    """Make the scope's row if need be, and hold it until the transaction is over."""
    await db.execute(
        "INSERT INTO scopes (platform, id) VALUES (?, ?)"
        " ON CONFLICT (platform, id) DO UPDATE SET last_number = scopes.last_number",
        (scope.platform, scope.id),
    )


async def keep_scopes(db: Connection, scopes: Collection[Scope]) -> None:
    """Make the rows of several scopes if need be, and hold them; a row that came later would be held out of order."""
    if db.for_update:
        for scope in sorted(scopes):
            await keep_scope(db, scope)


async def hold_scope(db: Connection, scope: Scope) -> bool:
    """Hold the scope's row until the transaction is over; False when there is none, and so nothing to be changed."""
    if not db.for_update:
        return True
    sql = f"SELECT 1 FROM scopes WHERE platform = ? AND id = ?{db.for_update}"
    return bool(await db.fetch(sql, (scope.platform, scope.id)))


async def hold_all(db: Connection) -> None:
    """Let nobody else change anything of any scope until the transaction is over: for what is rare and quick.

    Who holds scope after scope as it meets them would wait for somebody who does so in another order.
    """
    if db.for_update:
        await db.fetch("LOCK TABLE scopes IN EXCLUSIVE MODE")


async def one(db: Connection, sql: str, parameters: tuple[object, ...] = ()) -> Row:
    """Return the one row that there is."""
    (row,) = await db.fetch(sql, parameters)
    return row
