"""Takes everything from one database to another, whatever their engines."""

from bot.storage.engine import Connection

ROWS_AT_ONCE = 2_000
# The columns of each table, first those of its key; a table comes after those whose rows its own belong to.
COLUMNS = {
    "scopes": ("platform", "id", "last_number"),
    "encouragements": (
        *("platform", "scope_id", "number", "text", "key", "author_id", "author_name", "created_at", "pending"),
        "reported_at",
    ),
    "settings": ("platform", "scope_id", "name", "value"),
    "daily_words": ("platform", "scope_id", "last_day", "said"),
    "servers": ("platform", "id", "left_at", "used_on"),
    "opt_outs": ("platform", "person_id"),
    "deliveries": ("platform", "id", "answered", "claimed_at"),
    "published_commands": ("id", "digest"),
}
KEYS = {
    "scopes": 2,
    "encouragements": 3,
    "settings": 3,
    "daily_words": 2,
    "servers": 2,
    "opt_outs": 2,
    "deliveries": 2,
    "published_commands": 1,
}
# SQLite has no other truth values than numbers.
TRUTHS = ("pending", "answered")


class NotEmptyError(Exception):
    """The database that everything is to go to holds something already."""


class IncompleteError(Exception):
    """Not everything has arrived."""


async def copy_everything(source: Connection, target: Connection) -> int:
    """Copy every row, each connection being in a transaction, and return how many there are.

    Raises:
        NotEmptyError: `target` holds something; nothing has been written.
        IncompleteError: what is there afterwards is not what was to be copied: the transaction must not be kept.
    """
    for table in COLUMNS:
        if await target.fetch(f"SELECT 1 FROM {table} LIMIT 1"):
            raise NotEmptyError(table)
    copied = 0
    for table in COLUMNS:
        copied += await _copy(table, source, target)
    for table in COLUMNS:
        if await _measure(table, source) != await _measure(table, target):
            raise IncompleteError(table)
    return copied


async def _copy(table: str, source: Connection, target: Connection) -> int:
    columns = COLUMNS[table]
    names, key = ", ".join(columns), ", ".join(columns[: KEYS[table]])
    marks = ", ".join("?" * len(columns))
    after = f" WHERE ({key}) > ({', '.join('?' * KEYS[table])})"
    last: tuple[object, ...] = ()
    copied = 0
    while True:
        rows = await source.fetch(
            f"SELECT {names} FROM {table}{after if last else ''} ORDER BY {key} LIMIT {ROWS_AT_ONCE}", last
        )
        await target.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",
            [[bool(row[name]) if name in TRUTHS else row[name] for name in columns] for row in rows],
        )
        copied += len(rows)
        if len(rows) < ROWS_AT_ONCE:
            return copied
        last = tuple(rows[-1][name] for name in columns[: KEYS[table]])


async def _measure(table: str, db: Connection) -> tuple[object, ...]:
    """Return how many rows there are and, of those that give numbers, the sum of what must not be given again."""
    given = ", sum(last_number)" if table == "scopes" else ""
    ((*measured,),) = await db.fetch(f"SELECT count(*){given} FROM {table}")
    return tuple(None if each is None else int(each) for each in measured)
