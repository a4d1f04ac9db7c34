"""What carries out SQL on one connection to PostgreSQL: as SQLite does, but for what the dialects write differently."""

import sys
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from bot.storage.base import Changes
from bot.storage.engine import Row
from bot.storage.postgres_news import CHANNEL, News


class PostgresConnection:
    """What carries out SQL on one of the connections."""

    for_update = " FOR UPDATE"
    ids_at_once = 1_000_000

    def __init__(self, connection: Any, news: News) -> None:
        self._connection = connection
        self._news = news

    async def fetch(self, sql: str, parameters: Sequence[object] = ()) -> Sequence[Row]:
        """Return the rows."""
        rows: Sequence[Row] = await self._connection.fetch(numbered(sql), *map(_storable, parameters))
        return rows

    async def fetch_ids(self, sql: str, parameters: Sequence[object] = ()) -> "array[int]":
        """Return the one column `id` in order, packed as the server sends it: in eight bytes each, big-endian."""
        ((sent,),) = await self.fetch(f"SELECT string_agg(int8send(id), '') FROM ({sql}) AS found", parameters)
        ids = array("q", sent or b"")
        if sys.byteorder == "little":
            ids.byteswap()
        return ids

    async def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Change something; return how many rows that were."""
        status = str(await self._connection.execute(numbered(sql), *map(_storable, parameters)))
        # "UPDATE 3", "INSERT 0 1": https://www.postgresql.org/docs/current/protocol-message-formats.html
        return int(status.rpartition(" ")[2])

    async def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Do the same for each of these."""
        if every := [[*map(_storable, row)] for row in rows]:
            await self._connection.executemany(numbered(sql), every)

    async def tell(self, changes: Changes) -> None:
        """Tell the other processes; PostgreSQL does so when the transaction is committed, and not before."""
        told = [(CHANNEL, payload) for payload in self._news.payloads(changes)]
        if len(told) == 1:
            await self._connection.execute("SELECT pg_notify($1, $2)", *told[0])
        elif told:
            await self._connection.executemany("SELECT pg_notify($1, $2)", told)


@lru_cache(maxsize=500)
def numbered(sql: str) -> str:
    """Return SQL with `$1`, `$2` … in the places of `?`."""
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


def _storable(value: object) -> object:
    """Return the same, without the one character that PostgreSQL can't keep."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value
