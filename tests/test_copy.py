"""`python -m bot copy`: everything goes to another database, whichever engine, or nothing does."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot.__main__ import main
from bot.databases import opened
from bot.errors import ExitCode, StartError
from bot.models import Delivery, Person, Platform, Progress, Scope
from bot.operator.copying import copy
from bot.postgres_url import PostgresURL
from bot.storage import copying as rows
from bot.storage.engine import TABLES, UnreachableDatabaseError
from bot.storage.postgres import open_alone
from bot.storage.sqlite import open_sqlite
from tests import PATIENCE_SECONDS
from tests.engines import empty_postgres
from tests.processes import beginning_with, environment, running
from tests.test_storage import CAMILLE, ELSEWHERE, HERE, NOW, THERE, add


async def fill(place: Path | PostgresURL) -> None:
    """Have something in every table, more of some than is copied at once, and a number that was given and is free."""
    async with opened(place) as storage:
        await add(storage, "Tu vas\ny arriver \U0001f33b")
        await add(storage, "attend", pending_limit=5)
        await add(storage, "supprimé")
        await storage.delete_encouragements(HERE, [3])
        await storage.report_encouragement(HERE, 1, now=NOW)
        await add(storage, "ailleurs", scope=ELSEWHERE)
        await storage.forget_person(Person(Platform.TELEGRAM, CAMILLE.id), None)
        texts = {str(n): str(n) for n in range(50)}
        await storage.import_scope(
            THERE,
            author=CAMILLE,
            texts=texts,
            created_at=NOW,
            limit=500,
            settings={"daily": {"at": 8}, "prefix": "é"},
        )
        await storage.claim_daily(THERE, NOW.date(), ["a", "b"])
        await storage.record_arrival(HERE)
        await storage.record_departure(THERE, now=NOW)
        await storage.add_opt_out(Person(Platform.DISCORD, 5))
        await storage.finish_delivery(Delivery(Platform.TELEGRAM, 9), now=NOW, forget_before=NOW)
        await storage.save_published_commands("abc")


@contextmanager
def running_on(path: Path) -> Iterator[None]:
    """Hold a shard of this database, as another process does."""
    hold = "import sys; from pathlib import Path; from bot.storage.shard_lock import shard_lock\n"
    hold += "with shard_lock(Path(sys.argv[1])) as lock: lock.hold((3,)); print(flush=True); sys.stdin.read()"
    command = (sys.executable, "-c", hold, str(path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.communicate()


def rows_of_file(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as file:
        return {
            table: sorted(file.execute(f"SELECT {', '.join(columns)} FROM {table}"), key=repr)
            for table, columns in rows.COLUMNS.items()
        }


async def test_everything_arrives_on_either_engine_and_comes_back_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "ROWS_AT_ONCE", 7)
    first, server, second = tmp_path / "first.db", await empty_postgres(), tmp_path / "new" / "second.db"
    await fill(first)

    count = await copy(first, server)
    assert await copy(server, second) == count == sum(map(len, rows_of_file(first).values()))

    assert all(rows_of_file(first).values())
    assert rows_of_file(second) == rows_of_file(first)
    assert rows.COLUMNS.keys() == rows.KEYS.keys() == TABLES
    async with opened(server) as storage:
        assert await storage.progress_of(Delivery(Platform.TELEGRAM, 9)) is Progress.ANSWERED
        assert await add(storage, "nouveau") == 4


def test_every_column_is_copied(tmp_path: Path) -> None:
    async def make() -> None:
        async with open_sqlite(tmp_path / "bot.db"):
            pass

    asyncio.run(make())
    with closing(sqlite3.connect(tmp_path / "bot.db")) as file:
        for table, columns in rows.COLUMNS.items():
            found = {name for _, name, *_ in file.execute(f"PRAGMA table_info({table})")}
            assert found == set(columns)


async def test_what_holds_something_or_is_in_use_is_left_as_it_is(tmp_path: Path) -> None:
    first, server = tmp_path / "first.db", await empty_postgres()
    await fill(first)
    refused = []

    async def refusal(source: Path | PostgresURL, target: Path | PostgresURL) -> tuple[str, ExitCode]:
        with pytest.raises(StartError) as error:
            await copy(source, target)
        refused.append(error.value)
        return error.value.key, error.value.code

    async with opened(server) as storage:
        assert await refusal(first, server) == ("start.copy_running", ExitCode.ALREADY_RUNNING)
        await storage.add_opt_out(Person(Platform.DISCORD, 6))
    assert await refusal(first, server) == ("start.copy_not_empty", ExitCode.BACKUP)
    with running_on(first):
        assert await refusal(first, tmp_path / "new.db") == ("start.copy_running", ExitCode.ALREADY_RUNNING)
        (tmp_path / "link.db").symlink_to(first)
        assert await refusal(tmp_path / "link.db", tmp_path / "new.db") == (
            "start.copy_running",
            ExitCode.ALREADY_RUNNING,
        )
    assert (await refusal(tmp_path / "none.db", server))[0] == "start.database_missing"
    assert (await refusal(first, first))[0] == "start.copy_not_empty"
    assert (await refusal(server, server))[0] == "start.copy_running"
    assert not list(tmp_path.glob("new.db*"))
    async with opened(server) as storage:
        assert [*await storage.load_opt_outs(Platform.DISCORD)] == [6]
        assert await storage.list_encouragements(Scope(Platform.DISCORD, HERE.id)) == []


async def test_a_copy_that_does_not_arrive_whole_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, server, second = tmp_path / "first.db", await empty_postgres(), tmp_path / "second.db"
    await fill(first)
    measure = rows._measure

    async def differs(table: str, db: Any) -> tuple[object, ...]:
        return (*await measure(table, db), db) if table == "deliveries" else await measure(table, db)

    monkeypatch.setattr(rows, "_measure", differs)
    for target in (server, second):
        with pytest.raises(StartError) as error:
            await copy(first, target)
        assert error.value.key == "start.copy_failed"

    assert not list(tmp_path.glob("second*"))
    connection = await asyncpg.connect(server.whole)
    assert await connection.fetchval("SELECT count(*) FROM scopes") == 0
    await connection.close()


async def test_a_copy_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    await fill(tmp_path / "first.db")
    slow = "import asyncio\nfrom bot.storage import copying\ncopying._measure = lambda *_: asyncio.sleep(60)\n"
    (tmp_path / "begin").mkdir()
    chosen = environment(
        None, tmp_path, DATABASE=str(tmp_path / "first.db"), **beginning_with(slow, tmp_path / "begin")
    )

    async with running(chosen, tmp_path, "copy", "second.db") as started:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (tmp_path / "second.db-wal").exists():
                await asyncio.sleep(0.01)
        code, _ = await started.stop()

    assert code == 128 + signal.SIGTERM
    assert not list(tmp_path.glob("second*"))
    assert started.lines == []


async def test_the_bot_waits_for_the_end_of_a_copy(tmp_path: Path) -> None:
    server = await empty_postgres()
    async with open_alone(server) as alone:
        ((isolation,),) = await alone.fetch("SHOW transaction_isolation")
        assert isolation == "repeatable read", "all tables as they are at one moment"
        with pytest.raises(UnreachableDatabaseError, match="copy"):
            await opened(server).__aenter__()


def test_the_command_says_what_to_do_next_and_shows_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE", str(tmp_path / "first.db"))
    asyncio.run(fill(tmp_path / "first.db"))

    assert main(["copy", "second.db"]) == ExitCode.OK
    assert "DATABASE=" in capsys.readouterr().out
    assert main(["copy", "second.db"]) == ExitCode.BACKUP
    assert main(["copy", f"postgresql://bot:very-s3cret-w0rd@/kind?host={tmp_path}"]) == ExitCode.DATABASE
    assert main(["copy", "postgresql://bot:very-s3cret-w0rd@more"]) == ExitCode.BAD_SETTING
    assert main(["copy", "postgresql://bot:very-s3cret-w0rd@/kind", "more"]) == ExitCode.USAGE
    assert "s3cret" not in "".join(capsys.readouterr())
