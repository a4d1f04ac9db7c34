"""The tables in PostgreSQL: made, brought up to date, and looked at before anybody relies on them."""

from importlib.resources.abc import Traversable
from typing import Any

from bot.storage.engine import (
    TABLES,
    DamagedDatabaseError,
    MissingRightsError,
    OutdatedServerError,
    ReadOnlyDatabaseError,
    UnusableDatabaseError,
    expect_ours,
    migrations_in,
)

OLDEST_SERVER = 14
# Two processes that start at once must not both make the tables; the number means nothing.
MIGRATION_LOCK = 0x656E636F757261
MIGRATION_SECONDS = 60
VERSION_TABLE = "encourage_schema"
RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
# Without those that belong to an extension, such as PostGIS.
_TABLES_IN_IT = """
    SELECT relname FROM pg_class
    WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
"""


def known_migrations() -> list[Traversable]:
    """Return the scripts in their order."""
    return migrations_in("postgres_migrations")


async def verify(connection: Any) -> int:
    """Look whether the bot can work with the database, and change nothing; return its version, 0 for an empty one.

    Raises:
        UnusableDatabaseError: it can't; the subclasses name the causes.
    """
    if connection.get_server_version().major < OLDEST_SERVER:
        raise OutdatedServerError(".".join(map(str, connection.get_server_version()[:2])))
    if (encoding := await connection.fetchval("SELECT current_setting('server_encoding')")) != "UTF8":
        raise UnusableDatabaseError(f"encoding {encoding}; UTF8")
    schema = await connection.fetchval("SELECT current_schema()")
    if schema is None:
        raise MissingRightsError("USAGE, CREATE")
    if await connection.fetchval("SELECT current_setting('transaction_read_only')") == "on":
        raise ReadOnlyDatabaseError("transaction_read_only = on")
    tables = [name for (name,) in await connection.fetch(_TABLES_IN_IT)]
    version = 0
    if VERSION_TABLE in tables:
        if not await _may(connection, VERSION_TABLE):
            raise MissingRightsError(f"{RIGHTS}: {VERSION_TABLE}")
        version = await connection.fetchval(f"SELECT max(version) FROM {VERSION_TABLE}") or 0
        tables.remove(VERSION_TABLE)
    newest = len(known_migrations())
    expect_ours(version, newest, tables)
    if version < newest and not await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')"):
        raise MissingRightsError(f"CREATE: {schema}")
    if version == newest and (missing := TABLES.difference(tables)):
        raise DamagedDatabaseError(f"no such table: {', '.join(sorted(missing))}")
    if lacking := [table for table in sorted(TABLES.intersection(tables)) if not await _may(connection, table)]:
        raise MissingRightsError(f"{RIGHTS}: {', '.join(lacking)}")
    return version


async def prepare(connection: Any) -> None:
    """Bring the database up to date, once for all processes that start.

    Raises:
        UnusableDatabaseError: the bot can't work with it; the subclasses name the causes.
    """
    migrations = known_migrations()
    if await verify(connection) < len(migrations):
        async with connection.transaction():
            for limit in ("lock_timeout", "statement_timeout"):
                await connection.execute(f"SET LOCAL {limit} = '{MIGRATION_SECONDS}s'")
            await connection.execute(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})", timeout=MIGRATION_SECONDS + 1)
            # Another process may have done it while this one waited.
            version = await verify(connection)
            if version == 0:
                await connection.execute(f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (version bigint PRIMARY KEY)")
            for number, migration in enumerate(migrations[version:], version + 1):
                await connection.execute(migration.read_text(encoding="utf-8"), timeout=MIGRATION_SECONDS)
                await connection.execute(f"INSERT INTO {VERSION_TABLE} VALUES ($1)", number)
        await verify(connection)
    # What can be read but not written must stop the start, not the first command.
    await connection.execute(f"UPDATE {VERSION_TABLE} SET version = version WHERE version = {len(migrations)}")


async def _may(connection: Any, table: str) -> bool:
    may = "SELECT bool_and(has_table_privilege(quote_ident($1), right_)) FROM unnest($2::text[]) AS right_"
    return bool(await connection.fetchval(may, table, RIGHTS.split(", ")))
