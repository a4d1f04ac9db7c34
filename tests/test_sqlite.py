"""What a storage in one SQLite file must survive."""

import asyncio
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StorageUnavailableError
from bot.models import (
    Person,
    Platform,
    Scope,
)
from bot.storage import sqlite as database
from bot.storage.base import (
    DuplicateEncouragementError,
)
from bot.storage.engine import (
    DamagedDatabaseError,
    ForeignDatabaseError,
    NewerDatabaseError,
    UnusableDatabaseError,
)
from bot.storage.offline import verify
from bot.storage.sql import SQLStorage
from bot.storage.sqlite import Database, open_sqlite
from tests.test_storage import CAMILLE, ELSEWHERE, HERE, NOW, add, import_into


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "on the way" / "encourage.db"


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SQLStorage]:
    async with open_sqlite(path) as opened:
        yield opened


def file_of(storage: SQLStorage) -> Database:
    assert isinstance(storage._database, Database)
    return storage._database


async def deleted(storage: SQLStorage, scope: Scope, number: int) -> object:
    return await storage.delete_encouragements(scope, [number])


class ForgetfulBuild(sqlite3.Connection):
    """SQLite as it may be built: what is deleted stays in the file until something else is written there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute("PRAGMA secure_delete = OFF")


@pytest.mark.parametrize("decided", [SQLStorage.refuse_encouragement, deleted])
async def test_what_was_deleted_is_overwritten_however_sqlite_was_built(
    path: Path, monkeypatch: pytest.MonkeyPatch, decided: Callable[..., Awaitable[object]]
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kwargs: connect(*args, factory=ForgetfulBuild, **kwargs))
    async with open_sqlite(path) as storage:
        await add(storage, "un")
        number = await add(storage, "un message de trop", pending_limit=100)
        await decided(storage, HERE, number)

    assert b"un message de trop" not in path.read_bytes()


async def test_an_import_that_fills_the_disk_changes_nothing(storage: SQLStorage) -> None:
    await add(storage, "un")
    (pages,) = await file_of(storage).connection.execute_fetchall("PRAGMA page_count")
    await file_of(storage).connection.execute_fetchall(f"PRAGMA max_page_count = {pages[0] + 20}")

    with pytest.raises(StorageUnavailableError, match="full"):
        await import_into(storage, [f"{number} {'x' * 1000}" for number in range(400)])

    assert await storage.list_keys(HERE) == {"un"}
    assert await storage.load_settings(HERE) == {}
    assert await add(storage, "deux") == 2


async def test_what_another_connection_writes_is_noticed_once(storage: SQLStorage, path: Path) -> None:
    await add(storage, "one")
    noticed = asyncio.create_task(storage.changed_elsewhere())
    await asyncio.sleep(0.05)
    assert not noticed.done()

    async with open_sqlite(path) as other:
        await add(other, "two")
        assert (await noticed).anything
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(storage.changed_elsewhere(), 0.05)


async def test_what_is_forgotten_can_be_read_in_no_file(path: Path, storage: SQLStorage) -> None:
    await add(storage, "un secret bien gardé")
    assert any(b"un secret bien" in file.read_bytes() for file in path.parent.iterdir())

    await storage.forget_person(Person(Platform.DISCORD, CAMILLE.id), HERE)

    for file in path.parent.iterdir():
        assert b"un secret bien" not in file.read_bytes(), file.name
        assert CAMILLE.name.encode() not in file.read_bytes(), file.name


async def test_a_checked_write_is_a_write_that_changes_nothing(path: Path, storage: SQLStorage) -> None:
    await add(storage, "ici")
    before = await storage.list_encouragements(HERE)
    with closing(sqlite3.connect(path)) as other:
        (version,) = other.execute("PRAGMA data_version").fetchone()
        await storage.check_write()

        assert other.execute("PRAGMA data_version").fetchone() != (version,)
    assert await storage.list_encouragements(HERE) == before


async def test_a_write_that_would_be_lost_is_told(path: Path, storage: SQLStorage) -> None:
    await file_of(storage).connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailableError, match="locked"):
            await storage.check_write()
        other.execute("ROLLBACK")

    await storage.check_write()
    await file_of(storage).connection.execute("PRAGMA query_only = 1")
    with pytest.raises(StorageUnavailableError, match="readonly"):
        await storage.check_write()


IMPORTER = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.errors import StorageUnavailableError
from bot.models import Author, Platform, Scope
from bot.storage.sqlite import open_sqlite

async def main():
    async with open_sqlite(Path(sys.argv[1])) as storage:
        await storage._database.connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
        await storage._database.connection.execute(
            "CREATE TEMP TRIGGER t AFTER INSERT ON encouragements WHEN new.number = 300 BEGIN SELECT die(); END"
        )
        await storage.import_scope(
            Scope(Platform.DISCORD, 1), author=Author(1, "x"), texts={str(i): "x" * 1000 for i in range(400)},
            created_at=datetime.now(UTC), limit=500, settings={"prefix": "!"},
        )

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
async def test_an_import_killed_in_the_middle_has_changed_nothing(path: Path) -> None:
    scope = Scope(Platform.DISCORD, 1)
    async with open_sqlite(path) as storage:
        await add(storage, "un", scope=scope)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", IMPORTER, str(path))

    assert await process.wait() == -signal.SIGKILL

    async with open_sqlite(path) as storage:
        assert await storage.list_keys(scope) == {"un"}
        assert await storage.load_settings(scope) == {}
        assert await add(storage, "deux", scope=scope) == 2


async def test_a_database_of_the_first_version_keeps_all_it_had(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript((files("bot.storage") / "migrations" / "0001_initial.sql").read_text(encoding="utf-8"))
        database.execute("INSERT INTO scopes VALUES ('discord', ?, 5, 0)", (HERE.id,))
        database.execute(
            "INSERT INTO encouragements VALUES ('discord', ?, 3, 'Courage', 'courage', ?, 'Camille', ?)",
            (HERE.id, CAMILLE.id, NOW.isoformat()),
        )
        database.execute("INSERT INTO published_commands VALUES (1, 'digest')")
        database.commit()

    for _ in range(2):
        async with open_sqlite(path) as storage:
            (kept,) = await storage.list_encouragements(HERE)
            assert (kept.number, kept.text, kept.author, kept.created_at) == (3, "Courage", CAMILLE, NOW)
            assert await storage.load_settings(HERE) == {"responding": False}
            assert await storage.load_published_commands() == "digest"
    async with open_sqlite(path) as storage:
        with pytest.raises(DuplicateEncouragementError):
            await add(storage, "courage")
        assert await add(storage, "un") == 6
        await storage.forget_person(Person(Platform.DISCORD, CAMILLE.id), None)
        assert [kept.author for kept in await storage.list_encouragements(HERE)] == [None, None]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_a_database_of_the_version_before_keeps_every_choice(path: Path) -> None:
    """The settings that were columns are there by their names, and what was never chosen is not."""
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database:
        for name in sorted(file.name for file in (files("bot.storage") / "migrations").iterdir())[:4]:
            database.executescript((files("bot.storage") / "migrations" / name).read_text(encoding="utf-8"))
        database.execute(
            "INSERT INTO scopes VALUES"
            " ('discord', ?, 5, 0, 0, 'BE', 'en', '!', 'any', 'approval', 'bundled', 60, 0, ?, ?, ?)",
            (HERE.id, f"[{2**63 - 1}, 7]", '["seum", "l\'été"]', '["au fond"]'),
        )
        database.execute("INSERT INTO scopes (platform, id, last_number) VALUES ('discord', ?, 3)", (ELSEWHERE.id,))
        database.execute("INSERT INTO scopes (platform, id, channel_cooldown) VALUES ('telegram', 5, 0)")
        database.commit()

    async with open_sqlite(path) as storage:
        assert await storage.load_settings(HERE) == {
            "responding": False,
            "helplines": False,
            "country": "BE",
            "language": "en",
            "prefix": "!",
            "triggers": "any",
            "contributors": "approval",
            "quotes": "bundled",
            "cooldown": {"member": 60, "channel": 0},
            "silence": [str(2**63 - 1), "7"],
            "words": {"sad": ["seum", "l'été"], "ignored": ["au fond"]},
        }
        assert await storage.load_settings(ELSEWHERE) == {}
        assert await storage.load_settings(Scope(Platform.TELEGRAM, 5)) == {"cooldown": {"member": 120, "channel": 0}}
        assert await add(storage, "un") == 6
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


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


@pytest.mark.parametrize("made", ["CREATE TABLE contacts (name)", "PRAGMA user_version = 6", "DROP TABLE settings"])
async def test_a_database_of_another_program_or_half_of_one_is_left_alone(path: Path, made: str) -> None:
    if made.startswith("DROP"):
        async with open_sqlite(path):
            pass
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as other:
        other.execute(made)
    path.chmod(0o644)
    before = path.read_bytes()

    expected = DamagedDatabaseError if made.startswith("DROP") else ForeignDatabaseError
    with pytest.raises(expected):
        async with open_sqlite(path):
            pass

    assert path.read_bytes() == before
    if expected is ForeignDatabaseError:
        assert path.stat().st_mode & 0o777 == 0o644
        with pytest.raises(ForeignDatabaseError):
            verify(path)


def damage(path: Path, table: str) -> None:
    """Overwrite the page where this table begins, as a failing disk would."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        ((page,),) = other.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,))
        ((size,),) = other.execute("PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.parametrize("table", ["opt_outs", "encouragements", "settings"])
async def test_a_damaged_page_is_found_before_the_first_command(path: Path, table: str) -> None:
    async with open_sqlite(path) as storage:
        await add(storage, "un")
    damage(path, table)
    before = path.read_bytes()

    with pytest.raises(DamagedDatabaseError):
        async with open_sqlite(path):
            pass

    assert path.read_bytes() == before


async def test_a_look_at_a_huge_file_does_not_hold_the_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it would have found, it finds in the end."""
    async with open_sqlite(path) as storage:
        await add(storage, "un")
    damage(path, "opt_outs")
    monkeypatch.setattr(database, "CHECK_AT_START_SECONDS", 0.0)
    monkeypatch.setattr(database, "STEPS_BETWEEN_LOOKS", 1)

    async with open_sqlite(path) as storage:
        assert len(await storage.list_encouragements(HERE)) == 1


@pytest.mark.parametrize("lost", ["deleted", "replaced"])
@pytest.mark.parametrize("ending", ["", "-wal"])
async def test_a_file_that_is_not_where_it_was_takes_no_change(
    path: Path, storage: SQLStorage, caplog: pytest.LogCaptureFixture, lost: str, ending: str
) -> None:
    """Until the bot ends, what is newest is in the log beside the database alone."""
    await add(storage, "un")
    file = Path(f"{path}{ending}")
    away = file.rename(path.with_name("away.db"))
    if lost == "replaced":
        file.write_bytes(away.read_bytes())

    with pytest.raises(StorageUnavailableError):
        await storage.look()
    with pytest.raises(StorageUnavailableError):
        await storage.check_write()
    with pytest.raises(StorageUnavailableError):
        await add(storage, "deux")
    with pytest.raises(StorageUnavailableError):
        await storage.add_opt_out(Person(Platform.DISCORD, 7))

    assert [f"{file} was" in record.message for record in caplog.records] == [True]
    away.rename(file)
    await add(storage, "trois")
    assert [kept.text for kept in await storage.list_encouragements(HERE)] == ["un", "trois"]
    assert [*await storage.load_opt_outs(Platform.DISCORD)] == []


async def test_what_is_damaged_while_it_runs_takes_no_change_until_it_is_whole(
    path: Path, storage: SQLStorage, caplog: pytest.LogCaptureFixture
) -> None:
    """Elsewhere in the file a change could be written, and the log would say by turns that it works and fails."""
    await add(storage, "un")
    await storage.add_opt_out(Person(Platform.DISCORD, 7))
    db = file_of(storage).connection
    await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    ((page,),) = await db.execute_fetchall("SELECT rootpage FROM sqlite_schema WHERE name = 'opt_outs'")
    whole = path.read_bytes()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    await db.execute("PRAGMA shrink_memory")

    for _ in range(3):
        with pytest.raises(StorageUnavailableError):
            [*await storage.load_opt_outs(Platform.DISCORD)]
        with pytest.raises(StorageUnavailableError):
            await storage.check_write()
        with pytest.raises(StorageUnavailableError):
            await add(storage, "deux")

    assert [record.levelname for record in caplog.records] == ["ERROR"]
    path.write_bytes(whole)
    await db.execute("PRAGMA shrink_memory")
    await storage.check_write()
    assert [*await storage.load_opt_outs(Platform.DISCORD)] == [7]


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such mode there")
@pytest.mark.parametrize("before", [None, 0o644, 0o666])
async def test_only_the_owner_reads_what_is_kept(path: Path, before: int | None) -> None:
    if before is not None:
        async with open_sqlite(path):
            pass
        path.chmod(before)

    async with open_sqlite(path) as storage:
        await add(storage, "un")
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}

    assert modes == {path.name + end: "0o600" for end in ("", "-wal", "-shm")}


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


async def test_the_settings_that_keep_data_safe_are_on(path: Path, storage: SQLStorage) -> None:
    async def pragma(name: str) -> object:
        (row,) = await file_of(storage).connection.execute_fetchall(f"PRAGMA {name}")
        return row[0]

    assert await pragma("journal_mode") == "wal"
    assert await pragma("synchronous") == 2
    assert await pragma("foreign_keys") == 1
    assert await pragma("busy_timeout") == 100
    assert await pragma("user_version") == len(database.known_migrations())


@pytest.mark.parametrize("failure", ["locked", "full", "damaged"])
async def test_a_file_that_fails_is_told_apart_from_a_mistake_and_logged_once(
    path: Path,
    storage: SQLStorage,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    failure: str,
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    await add(storage, "un")
    db = file_of(storage).connection
    other = sqlite3.connect(path, isolation_level=None)
    with closing(other):
        if failure == "locked":
            other.execute("BEGIN IMMEDIATE")
        elif failure == "full":
            await db.execute("PRAGMA max_page_count = 1")
        else:
            await db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            with path.open("r+b") as file:
                file.seek(4096)
                file.write(b"\xff" * 4096 * 20)
            await db.execute("PRAGMA shrink_memory")
        for number in range(3):
            with pytest.raises(StorageUnavailableError):
                await add(storage, f"{number} {'x' * 5000}")

    assert [record.levelname for record in caplog.records] == ["ERROR"]
    if failure == "damaged":
        return
    await db.execute("PRAGMA max_page_count = 1000")
    await add(storage, "deux")
    assert [kept.text for kept in await storage.list_encouragements(HERE)] == ["un", "deux"]
    assert "can be used again" in caplog.text


async def test_many_who_wait_for_a_held_file_wait_together(path: Path, storage: SQLStorage) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begin = time.monotonic()
        ended = await asyncio.gather(*(add(storage, f"message {i}") for i in range(10)), return_exceptions=True)

    assert all(isinstance(error, StorageUnavailableError) for error in ended)
    assert time.monotonic() - begin < 10, "one after the other would take 20 seconds"
