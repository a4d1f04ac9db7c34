"""Backups: whole, made while the bot writes, kept for a while, and never in the way of anything else."""

import asyncio
import os
import signal
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.background import Background
from bot.config import Settings
from bot.errors import ExitCode
from bot.languages import Language
from bot.models import Author, Platform, Scope
from bot.storage.backups import DailyBackups
from bot.storage.engine import DamagedDatabaseError, UnusableDatabaseError
from bot.storage.offline import back_up
from bot.storage.sqlite import open_sqlite
from bot.wiring import open_services
from tests import PATIENCE_SECONDS
from tests.conftest import Clock, with_plain_spaces
from tests.processes import beginning_with, environment, run_to_the_end, running

HERE = Scope(Platform.DISCORD, 1)
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and limits")

# Adds messages as the bot does, as fast as it can, and says which it has confirmed.
WRITER = """
import asyncio, itertools, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.models import Author, Platform, Scope
from bot.storage.sqlite import open_sqlite

async def main():
    async with open_sqlite(Path(sys.argv[1])) as storage:
        for n in itertools.count(1):
            await storage.add_encouragement(
                Scope(Platform.DISCORD, 1), author=Author(1, "Camille"), text=f"{n}" * 300, key=f"{n}",
                created_at=datetime.now(UTC), limit=10**9,
            )
            print(n, flush=True)

asyncio.run(main())
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "encourage.db"


@pytest.fixture
async def kept(database: Path) -> None:
    """A database with one message, closed."""
    async with open_sqlite(database) as storage:
        await storage.add_encouragement(
            HERE, author=Author(1, "Camille"), text="Courage.", key="c", created_at=datetime.now(UTC), limit=9
        )


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connection:
        yield connection


def texts_in(file: Path) -> list[str]:
    with opened(file) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM encouragements")]


@pytest.mark.usefixtures("kept")
async def test_a_backup_is_a_database_of_its_own(database: Path, tmp_path: Path) -> None:
    back_up(database, tmp_path / "copy.db")

    assert texts_in(tmp_path / "copy.db") == ["Courage."]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.db", "data"]
    async with open_sqlite(tmp_path / "copy.db") as storage:
        assert [kept.text for kept in await storage.list_encouragements(HERE)] == ["Courage."]


@posix
@pytest.mark.usefixtures("kept")
def test_only_its_owner_can_read_it(database: Path, tmp_path: Path) -> None:
    back_up(database, tmp_path / "copy.db")

    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


async def test_it_is_whole_and_holds_all_that_was_confirmed_while_the_bot_writes(
    database: Path, tmp_path: Path
) -> None:
    async with writing(database) as confirmed:
        for number in range(8):
            while len(confirmed) < 20 * (number + 1):
                await asyncio.sleep(0.01)
            before = confirmed[-1]
            copy = tmp_path / f"{number}.db"
            await asyncio.to_thread(back_up, database, copy)

            with opened(copy) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                (count,) = connection.execute("SELECT count(*) FROM encouragements").fetchone()
                assert connection.execute("SELECT last_number FROM scopes").fetchall() == [(count,)]
            assert count >= before
        count = confirmed[-1]
        while confirmed[-1] == count:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def writing(database: Path) -> AsyncIterator[list[int]]:
    """Write from another process, and yield the numbers it has confirmed so far."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, str(database)), stdout=asyncio.subprocess.PIPE
    )
    confirmed: list[int] = []

    async def read() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            confirmed.append(int(line))  # noqa: PERF401 - read while it grows

    reader = asyncio.create_task(read())
    try:
        async with asyncio.timeout(30):
            yield confirmed
    finally:
        process.kill()
        await process.wait()
        await reader


@pytest.mark.parametrize("name", ["encourage.db", "encourage.db-wal", "encourage.db-shm", "encourage.db-journal"])
@pytest.mark.usefixtures("kept")
def test_neither_the_database_nor_a_part_of_it_is_overwritten(database: Path, name: str) -> None:
    with pytest.raises(FileExistsError):
        back_up(database, database.with_name(name))

    assert texts_in(database) == ["Courage."]


@pytest.mark.parametrize("there_is", ["nothing", "a folder", "another file"])
def test_what_can_not_be_read_gives_no_backup(database: Path, tmp_path: Path, there_is: str) -> None:
    database.parent.mkdir()
    if there_is == "a folder":
        database.mkdir()
    elif there_is == "another file":
        database.write_bytes(b"no database" * 200)

    with pytest.raises(UnusableDatabaseError):
        back_up(database, tmp_path / "copy.db")
    assert not list(tmp_path.glob("*copy.db*"))


@pytest.mark.usefixtures("kept")
def test_a_damaged_database_is_found_out(database: Path, tmp_path: Path) -> None:
    content = bytearray(database.read_bytes())
    content[4096 + 100 : 4096 * 3] = b"\x07" * (4096 * 2 - 100)
    database.write_bytes(content)

    with pytest.raises(DamagedDatabaseError):
        back_up(database, tmp_path / "copy.db")
    assert not list(tmp_path.glob("*copy.db*"))


@pytest.mark.usefixtures("kept")
async def test_the_command_makes_one_and_says_so(database: Path, tmp_path: Path) -> None:
    variables = environment(None, tmp_path, DATABASE=str(database), TOKEN="")

    assert await run_to_the_end(variables, tmp_path, "backup", "copy.db") == (
        0,
        ["La base de données est sauvegardée dans copy.db."],
    )
    assert texts_in(tmp_path / "copy.db") == ["Courage."]
    code, lines = await run_to_the_end(variables, tmp_path, "backup", "copy.db")
    assert code == ExitCode.BACKUP
    assert list(map(with_plain_spaces, lines)) == [
        "copy.db existe déjà, ou SQLite le prendrait pour une partie de la base : je n'écrase rien."
        " Donne un autre nom de fichier."
    ]


@pytest.mark.parametrize(
    ("missing", "code", "words"),
    [
        ("database", ExitCode.DATABASE, "Il n'y a pas encore de base de données"),
        ("folder", ExitCode.BACKUP, "nowhere/copy.db"),
    ],
)
async def test_the_command_says_in_one_sentence_why_it_can_not(
    database: Path, tmp_path: Path, missing: str, code: ExitCode, words: str
) -> None:
    if missing == "folder":
        async with open_sqlite(database):
            pass
    variables = environment(None, tmp_path, DATABASE=str(database))

    ended, lines = await run_to_the_end(variables, tmp_path, "backup", "nowhere/copy.db")

    assert ended == code
    assert len(lines) == 1
    assert words in lines[0].replace("\\", "/")


@posix
@pytest.mark.usefixtures("kept")
async def test_a_full_disk_leaves_nothing_behind(database: Path, tmp_path: Path) -> None:
    limited = (
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (32768, 32768))\n"
    )
    variables = environment(None, tmp_path, DATABASE=str(database), **beginning_with(limited, database.parent))
    code, (said,) = await run_to_the_end(variables, tmp_path, "backup", "copy.db")

    assert code == ExitCode.BACKUP
    assert said.startswith("La sauvegarde copy.db ne peut pas être écrite")
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


@posix
@pytest.mark.usefixtures("kept")
async def test_a_killed_backup_leaves_nothing_that_the_next_does_not_clear_away(database: Path, tmp_path: Path) -> None:
    slow = "import time\nfrom bot.storage import offline\noffline._expect_sound = lambda *_: time.sleep(60)\n"
    variables = environment(None, tmp_path, DATABASE=str(database), **beginning_with(slow, database.parent))
    left = []
    for number in (signal.SIGTERM, signal.SIGKILL):
        async with running(variables, tmp_path, "backup", "copy.db") as started:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not list(tmp_path.glob(".*.part")):
                    await asyncio.sleep(0.01)
            await started.stop(number)
        left.append(list(tmp_path.glob(".*.part")))

    assert left[0] == []
    (part,) = left[1]
    back_up(database, tmp_path / "1.db")
    assert part.exists(), "another process may be writing to it"
    os.utime(part, (0, 0))
    back_up(database, tmp_path / "2.db")
    assert not part.exists()


@pytest.mark.usefixtures("kept")
def test_one_a_day_is_kept_and_the_newest_seven_remain(database: Path, tmp_path: Path) -> None:
    clock = Clock()
    folder = tmp_path / "kept"
    daily = DailyBackups(database, folder, keep=7, now=clock.now)
    made = []
    for _ in range(9):
        made.append(daily.back_up_if_due())
        assert daily.back_up_if_due() is None
        clock.advance(days=1)

    assert sorted(folder.iterdir()) == made[2:]
    assert all(texts_in(file) == ["Courage."] for file in folder.iterdir())


@pytest.mark.usefixtures("kept")
def test_after_a_restart_the_backup_of_the_day_counts(database: Path, tmp_path: Path) -> None:
    now = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
    first = DailyBackups(database, tmp_path, keep=7, now=lambda: now).back_up_if_due()

    assert first == tmp_path / "encourage-daily-2026-01-31.db"
    assert DailyBackups(database, tmp_path, keep=7, now=lambda: now).back_up_if_due() is None


@pytest.mark.usefixtures("kept")
def test_files_of_others_are_left_alone(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    others = {"encourage-2020-01-01.db", "encourage-daily-2020-01-01.db.gz", "other-daily-2020-01-01.db", "a.txt"}
    for name in {*others, "encourage-daily-2020-01-01.db"}:
        (folder / name).touch()

    DailyBackups(database, folder, keep=1).back_up_if_due()

    left = {file.name for file in folder.iterdir()}
    assert left > others
    assert len(left - others) == 1
    assert "encourage-daily-2020-01-01.db" not in left


@pytest.mark.usefixtures("kept")
async def test_what_fails_is_logged_in_a_line_and_shown_to_monitors_and_tried_again(
    database: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "kept"
    folder.touch()
    failing: list[str] = []

    async def sleep(_seconds: float) -> None:
        failing.extend(background.failing)
        folder.unlink()

    background = Background(sleep=sleep)
    daily = DailyBackups(database, folder, keep=7)
    with caplog.at_level("INFO"):
        async with background.running(daily.keep_backing_up, name="backup"), asyncio.timeout(10):
            while "database backed up to" not in caplog.text:
                await asyncio.sleep(0.01)

    assert failing == ["backup"]
    failed = caplog.records[0]
    assert failed.getMessage().startswith("backup has failed (")
    assert "and begins again in 5 s" in failed.getMessage()
    assert failed.exc_info is None
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("backups", [0, 2])
async def test_the_running_bot_makes_them_unless_told_not_to(
    settings: Settings, languages: Mapping[str, Language], backups: int
) -> None:
    async with open_services(replace(settings, backups=backups), languages, now=Clock().now) as services:
        await services.encouragements.add(HERE, author=Author(1, "Camille"), text="Courage.")
        folder = settings.folder_of_backups
        if backups:
            async with asyncio.timeout(10):
                while not list(folder.glob("encourage-daily-*.db")):
                    await asyncio.sleep(0.01)
        else:
            await asyncio.sleep(0.1)

    assert len(list(folder.glob("*"))) == (1 if backups else 0)
