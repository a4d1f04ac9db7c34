"""The check of the storage: a real write, seldom enough, with an answer in time."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from bot.services.storage_check import SECONDS_BETWEEN_WRITES, StorageCheck
from bot.storage.sqlite import open_sqlite
from tests.conftest import Clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "encourage.db"


@pytest.fixture
async def check(path: Path, clock: Clock) -> AsyncIterator[StorageCheck]:
    async with open_sqlite(path) as storage:
        check = StorageCheck(storage, clock=clock.monotonic)
        yield check
        await check.close()


async def test_a_flood_of_questions_is_one_write_in_five_seconds(check: StorageCheck, path: Path, clock: Clock) -> None:
    log = path.with_name(f"{path.name}-wal")
    sizes = [log.stat().st_size]
    for seconds in (0, SECONDS_BETWEEN_WRITES - 1, 1):
        clock.advance(seconds=seconds)
        assert await asyncio.gather(*(check.write_seconds() for _ in range(50))) == [0.0] * 50
        sizes.append(log.stat().st_size)

    written = [after - before for before, after in pairwise(sizes)]
    assert 0 < written[0] < 10_000
    assert written[1:] == [0, written[0]]


async def test_a_database_held_by_another_process_is_told_within_a_second_and_once(
    check: StorageCheck, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begin = time.monotonic()
        assert await asyncio.gather(*(check.write_seconds() for _ in range(5))) == [None] * 5
        assert time.monotonic() - begin < 1.5
        # SQLite itself gives up after two seconds.
        async with asyncio.timeout(10):
            while "locked" not in caplog.text:
                await asyncio.sleep(0.01)
        assert await check.write_seconds() is None
        other.execute("ROLLBACK")

    clock.advance(seconds=SECONDS_BETWEEN_WRITES)
    assert await check.write_seconds() == 0.0
    assert sum(record.levelname == "ERROR" for record in caplog.records) == 1


async def test_a_write_that_is_slow_does_not_count(check: StorageCheck, clock: Clock) -> None:
    asking = asyncio.create_task(check.write_seconds())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    clock.advance(seconds=1.5)

    assert await asking is None
    assert await check.write_seconds() is None
