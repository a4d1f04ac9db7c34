"""What any storage promises, and what SQLite in particular must survive."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.models import Author, Platform, Scope, ScopePreferences
from bot.storage.base import DuplicateEncouragementError, ScopeFullError, Storage
from bot.storage.sqlite import (
    DamagedDatabaseError,
    NewerDatabaseError,
    SQLiteStorage,
    UnusableDatabaseError,
    open_sqlite,
)

HERE = Scope(Platform.DISCORD, 2**62)
ELSEWHERE = Scope(Platform.TELEGRAM, -(2**62))
NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
CAMILLE = Author(2**63 - 1, "Camille")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "on the way" / "encourage.db"


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SQLiteStorage]:
    async with open_sqlite(path) as opened:
        yield opened


async def add(storage: Storage, text: str, *, scope: Scope = HERE, limit: int = 500) -> int:
    added = await storage.add_encouragement(scope, author=CAMILLE, text=text, key=text, created_at=NOW, limit=limit)
    return added.number


async def test_what_is_added_comes_back_whole(storage: Storage) -> None:
    number = await add(storage, "Tu vas\ny arriver \U0001f33b")

    (kept,) = await storage.list_encouragements(HERE)
    assert (kept.number, kept.text, kept.author, kept.created_at) == (
        number,
        "Tu vas\ny arriver \U0001f33b",
        CAMILLE,
        NOW,
    )
    assert kept.created_at.tzinfo is not None
    assert await storage.find_encouragement(HERE, number) == kept


async def test_scopes_see_nothing_of_each_other(storage: Storage) -> None:
    same_id_elsewhere = Scope(Platform.TELEGRAM, HERE.id)
    await add(storage, "ici")
    await storage.save_preferences(HERE, ScopePreferences(responding=False))

    for scope in (ELSEWHERE, same_id_elsewhere):
        assert await storage.list_encouragements(scope) == []
        assert await storage.find_encouragement(scope, 1) is None
        assert not await storage.delete_encouragement(scope, 1)
        assert await storage.load_preferences(scope) == ScopePreferences(responding=True)
        assert await add(storage, "ici", scope=scope) == 1


async def test_numbers_are_never_given_twice(storage: Storage) -> None:
    assert [await add(storage, "un"), await add(storage, "deux")] == [1, 2]
    assert await storage.delete_encouragement(HERE, 2)
    assert not await storage.delete_encouragement(HERE, 2)

    assert await add(storage, "trois") == 3


async def test_a_duplicate_or_a_full_scope_changes_nothing(storage: Storage) -> None:
    await add(storage, "un", limit=1)

    with pytest.raises(DuplicateEncouragementError):
        await add(storage, "un", limit=1)
    with pytest.raises(ScopeFullError):
        await add(storage, "deux", limit=1)

    assert [kept.number for kept in await storage.list_encouragements(HERE)] == [1]
    assert await add(storage, "trois") == 2


async def test_preferences_do_not_disturb_the_numbers(storage: Storage) -> None:
    await add(storage, "un")
    await storage.save_preferences(HERE, ScopePreferences(responding=False))
    await storage.save_preferences(HERE, ScopePreferences(responding=True))
    await storage.save_preferences(HERE, ScopePreferences(responding=False))

    assert await storage.load_preferences(HERE) == ScopePreferences(responding=False)
    assert await add(storage, "deux") == 2


async def test_the_digest_of_the_commands_is_kept(storage: Storage) -> None:
    assert await storage.load_published_commands() is None
    await storage.save_published_commands("a")
    await storage.save_published_commands("b")

    assert await storage.load_published_commands() == "b"


async def test_two_hundred_tasks_at_once_lose_nothing(storage: Storage) -> None:
    numbers = await asyncio.gather(*(add(storage, f"message {i}") for i in range(200)))
    deleted = await asyncio.gather(*(storage.delete_encouragement(HERE, n) for n in range(1, 101) for _ in range(2)))

    assert sorted(numbers) == list(range(1, 201))
    assert sum(deleted) == 100
    assert [kept.number for kept in await storage.list_encouragements(HERE)] == list(range(101, 201))


async def test_a_cancelled_write_leaves_no_transaction_open(storage: Storage) -> None:
    for turns in range(12):
        task = asyncio.create_task(add(storage, f"cancelled after {turns} turns"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        assert await add(storage, f"after {turns}")


async def test_what_was_kept_is_there_after_reopening(path: Path) -> None:
    async with open_sqlite(path) as storage:
        await add(storage, "un")
        await storage.delete_encouragement(HERE, 1)
        await add(storage, "deux")

    async with open_sqlite(path) as storage:
        assert [(kept.number, kept.text) for kept in await storage.list_encouragements(HERE)] == [(2, "deux")]


@given(st.lists(st.tuples(st.sampled_from(["add", "delete"]), st.integers(1, 8), st.text(min_size=1)), max_size=25))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_does_what_a_dictionary_would(tmp_path: Path, steps: list[tuple[str, int, str]]) -> None:
    async def run() -> None:
        async with open_sqlite(tmp_path / f"{os.urandom(8).hex()}.db") as storage:
            expected: dict[int, str] = {}
            given_out = 0
            for step, number, text in steps:
                if step == "delete":
                    assert await storage.delete_encouragement(HERE, number) == (expected.pop(number, None) is not None)
                elif text in expected.values():
                    with pytest.raises(DuplicateEncouragementError):
                        await add(storage, text)
                else:
                    given_out += 1
                    assert await add(storage, text) == given_out
                    expected[given_out] = text
            kept = await storage.list_encouragements(HERE)
            assert {one.number: one.text for one in kept} == expected

    asyncio.run(run())


WRITER = """
import asyncio, sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from bot.models import Author, Platform, Scope
from bot.storage.sqlite import open_sqlite

async def main():
    async with open_sqlite(Path(sys.argv[1])) as storage:
        for i in range(10**6):
            await storage.add_encouragement(
                Scope(Platform.DISCORD, 1), author=Author(1, "x"), text=str(i), key=str(i),
                created_at=datetime.now(UTC), limit=10**9,
            )
            print(i + 1, flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
async def test_what_was_confirmed_survives_kill_9(path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(50):
        await process.stdout.readline()
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    confirmed = 50 + rest.count(b"\n")

    async with open_sqlite(path) as storage:
        kept = await storage.list_encouragements(Scope(Platform.DISCORD, 1))
    assert [one.number for one in kept[:confirmed]] == list(range(1, confirmed + 1))
    assert len(kept) - confirmed in (0, 1)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 999")
    before = path.read_bytes()

    with pytest.raises(NewerDatabaseError):
        async with open_sqlite(path):
            pass

    assert path.read_bytes() == before


async def test_a_damaged_file_is_left_alone(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database, but somebody's diary" * 100)
    before = path.read_bytes()

    with pytest.raises(DamagedDatabaseError):
        async with open_sqlite(path):
            pass

    assert path.read_bytes() == before


async def test_a_folder_in_the_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(UnusableDatabaseError):
        async with open_sqlite(path):
            pass


async def test_a_file_in_the_place_of_the_folder_is_refused(path: Path) -> None:
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("a file")

    with pytest.raises(UnusableDatabaseError):
        async with open_sqlite(path):
            pass


async def test_the_settings_that_keep_data_safe_are_on(path: Path, storage: SQLiteStorage) -> None:
    async def pragma(name: str) -> object:
        (row,) = await storage._connection.execute_fetchall(f"PRAGMA {name}")
        return row[0]

    assert await pragma("journal_mode") == "wal"
    assert await pragma("synchronous") == 2
    assert await pragma("foreign_keys") == 1
    assert await pragma("busy_timeout") == 2000
    assert await pragma("user_version") == 1
