"""The SQL of the rows of scopes, which who changes several things at once holds first."""

from bot.models import Scope
from bot.storage.engine import Connection, Row

# The order in which rows are held is the same for all, or two who need both would wait for each other.
_IN_ORDER = "ORDER BY platform, id"


async def keep_scope(db: Connection, scope: Scope) -> None:
    """Make the scope's row if need be, and hold it until the transaction is over."""
    await db.execute(
        "INSERT INTO scopes (platform, id) VALUES (?, ?)"
        " ON CONFLICT (platform, id) DO UPDATE SET last_number = scopes.last_number",
        (scope.platform, scope.id),
    )


async def hold_scopes(db: Connection, *scopes: Scope) -> None:
    """Hold the rows that are there until the transaction is over; one without a row has nothing to be changed."""
    if db.for_update:
        for scope in sorted(scopes):
            await db.fetch(
                f"SELECT 1 FROM scopes WHERE platform = ? AND id = ?{db.for_update}", (scope.platform, scope.id)
            )


async def hold_scopes_of(db: Connection, condition: str, parameters: tuple[object, ...]) -> None:
    """Hold the rows of all scopes that have encouragements for which `condition` is true."""
    if db.for_update:
        await db.fetch(
            "SELECT 1 FROM scopes WHERE (platform, id) IN"
            f" (SELECT platform, scope_id FROM encouragements WHERE {condition}) {_IN_ORDER}{db.for_update}",
            parameters,
        )


async def one(db: Connection, sql: str, parameters: tuple[object, ...] = ()) -> Row:
    """Return the one row that there is."""
    (row,) = await db.fetch(sql, parameters)
    return row
