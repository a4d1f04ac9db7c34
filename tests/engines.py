"""A place for a storage on each engine: what a storage promises is the same in a file and on a server."""

import os
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import asyncpg
import pytest

from bot.databases import opened
from bot.postgres_url import PostgresURL
from bot.storage.engine import TABLES
from bot.storage.postgres import open_postgres
from tests import postgres

EMPTY = "; ".join(f"DELETE FROM {table}" for table in sorted(TABLES | {"leases"}))


@cache
def _database_of_worker() -> str:
    name = f"tests_{os.getpid()}"
    postgres.shared_server().sql(f"CREATE DATABASE {name}")
    return name


async def empty_postgres() -> PostgresURL:
    """Return the address of a database with nothing in it, which is there for all tests of this process in turn."""
    url = PostgresURL.read(postgres.shared_server().url(_database_of_worker()))
    connection = await asyncpg.connect(url.whole)
    try:
        # Nobody who was killed or forgotten in the test before is to hold anything, or to write into this one.
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.execute(EMPTY)
    except asyncpg.UndefinedTableError:
        async with open_postgres(url):
            pass
    finally:
        await connection.close()
    return url


@pytest.fixture(params=["sqlite", "postgres"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | PostgresURL:
    """Where a storage may be made: a path in a folder that does not exist yet, or an empty database."""
    return tmp_path / "made" / "on the way" / "encourage.db" if request.param == "sqlite" else await empty_postgres()


@pytest.fixture
async def storage(place: Path | PostgresURL) -> AsyncIterator[object]:
    async with opened(place) as storage:
        yield storage
