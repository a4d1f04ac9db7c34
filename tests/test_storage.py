"""What any storage promises, and what SQLite in particular must survive."""

import asyncio
import os
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import StorageUnavailableError
from bot.models import (
    Author,
    Delivery,
    Person,
    Platform,
    Progress,
    Scope,
)
from bot.storage import database
from bot.storage.base import (
    AlreadyClaimedError,
    DuplicateEncouragementError,
    ScopeFullError,
    Storage,
    TooManyPendingError,
)
from bot.storage.database import (
    DamagedDatabaseError,
    ForeignDatabaseError,
    NewerDatabaseError,
    UnusableDatabaseError,
)
from bot.storage.offline import verify
from bot.storage.sqlite import SQLiteStorage, open_sqlite

HERE = Scope(Platform.DISCORD, 2**62)
ELSEWHERE = Scope(Platform.TELEGRAM, -(2**62))
NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
THERE = Scope(Platform.DISCORD, 7)
PRIVATE = Scope(Platform.DISCORD, 8)
CAMILLE = Author(2**63 - 1, "Camille")
SACHA = Author(2, "Sacha")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "on the way" / "encourage.db"


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SQLiteStorage]:
    async with open_sqlite(path) as opened:
        yield opened


async def add(
    storage: Storage,
    text: str,
    *,
    scope: Scope = HERE,
    limit: int = 500,
    author: Author = CAMILLE,
    pending_limit: int | None = None,
    created_at: datetime = NOW,
) -> int:
    added = await storage.add_encouragement(
        scope,
        author=author,
        text=text,
        key=text,
        created_at=created_at,
        limit=limit,
        pending_limit=pending_limit,
    )
    assert added.pending == (pending_limit is not None)
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
    await storage.save_settings(HERE, {"responding": False})

    for scope in (ELSEWHERE, same_id_elsewhere):
        assert await storage.list_encouragements(scope) == []
        assert await storage.find_encouragement(scope, 1) is None
        assert not await storage.delete_encouragements(scope, [1])
        assert await storage.load_settings(scope) == {}
        assert await add(storage, "ici", scope=scope) == 1


async def test_numbers_are_never_given_twice(storage: Storage) -> None:
    assert [await add(storage, "un"), await add(storage, "deux")] == [1, 2]
    assert await storage.delete_encouragements(HERE, [2])
    assert not await storage.delete_encouragements(HERE, [2])

    assert await add(storage, "trois") == 3


async def test_a_duplicate_or_a_full_scope_changes_nothing(storage: Storage) -> None:
    await add(storage, "un", limit=1)

    with pytest.raises(DuplicateEncouragementError):
        await add(storage, "un", limit=1)
    with pytest.raises(ScopeFullError):
        await add(storage, "deux", limit=1)

    assert [kept.number for kept in await storage.list_encouragements(HERE)] == [1]
    assert await add(storage, "trois") == 2


async def test_what_is_pending_has_a_number_and_is_listed_apart(storage: Storage) -> None:
    await add(storage, "un")
    assert await add(storage, "deux", pending_limit=100) == 2
    assert await add(storage, "ailleurs", scope=THERE, pending_limit=100) == 1
    assert await add(storage, "trois") == 3

    assert [kept.number for kept in await storage.list_encouragements(HERE)] == [1, 3]
    (pending,) = await storage.list_pending(HERE)
    assert (pending.number, pending.text, pending.author, pending.created_at) == (2, "deux", CAMILLE, NOW)
    assert pending.pending
    assert await storage.find_encouragement(HERE, 2) == pending
    of_camille = await storage.list_encouragements_of(Person(Platform.DISCORD, CAMILLE.id))
    assert [kept.pending for scope, kept in of_camille if scope == HERE] == [False, True, False]


async def test_what_is_pending_counts_as_kept_and_as_a_duplicate(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux", pending_limit=1)

    with pytest.raises(TooManyPendingError):
        await add(storage, "trois", limit=3, pending_limit=1)
    with pytest.raises(ScopeFullError):
        await add(storage, "trois", limit=2, pending_limit=1)
    with pytest.raises(ScopeFullError):
        await add(storage, "trois", limit=2)
    for text, pending in (("un", False), ("deux", True)):
        for pending_limit in (None, 1):
            with pytest.raises(DuplicateEncouragementError) as refusal:
                await add(storage, text, limit=2, pending_limit=pending_limit)
            assert refusal.value.pending is pending
    assert await add(storage, "trois", limit=3) == 3


@pytest.mark.parametrize("decision", ["approve", "refuse"])
async def test_a_decision_is_made_once(storage: Storage, decision: str) -> None:
    approved = decision == "approve"
    decide = storage.approve_encouragement if approved else storage.refuse_encouragement
    await add(storage, "un", pending_limit=100)
    await add(storage, "un", scope=THERE, pending_limit=100)
    await add(storage, "deux")

    assert await decide(HERE, 1)

    for again in (storage.approve_encouragement, storage.refuse_encouragement):
        assert not await again(HERE, 1)
        assert not await again(HERE, 2)
        assert not await again(HERE, 3)
    assert [kept.text for kept in await storage.list_encouragements(HERE)] == (["un"] if approved else []) + ["deux"]
    assert await storage.list_pending(HERE) == []
    assert len(await storage.list_pending(THERE)) == 1
    assert await add(storage, "trois") == 3


async def test_what_is_pending_can_be_deleted_like_the_rest(storage: Storage) -> None:
    await add(storage, "un", pending_limit=100)

    assert await storage.delete_encouragements(HERE, [1])
    assert not await storage.approve_encouragement(HERE, 1)


async def test_what_hurt_somebody_waits_again_under_its_number_until_it_is_approved(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "un", scope=THERE)
    await add(storage, "deux", pending_limit=1)

    assert await storage.report_encouragement(HERE, 1, now=NOW)
    for number in (1, 2, 3):
        assert not await storage.report_encouragement(HERE, number, now=NOW)
    assert await storage.list_encouragements(HERE) == []
    waiting = await storage.list_pending(HERE)
    assert [(kept.number, kept.text, kept.reported) for kept in waiting] == [(1, "un", True), (2, "deux", False)]
    assert len(await storage.list_encouragements(THERE)) == 1
    assert await storage.approve_encouragement(HERE, 1)

    assert [kept.reported for kept in await storage.list_encouragements(HERE)] == [False]


async def test_what_hurt_somebody_has_been_pending_since_then(storage: Storage) -> None:
    later = NOW + timedelta(days=40)
    await add(storage, "un")
    await storage.report_encouragement(HERE, 1, now=later)

    assert await storage.delete_pending_before(later) == 0
    assert await storage.delete_pending_before(later + timedelta(seconds=1)) == 1


async def test_only_what_has_been_pending_too_long_is_deleted_beyond_recovery(path: Path, storage: Storage) -> None:
    later = NOW + timedelta(days=1)
    await add(storage, "une vieille attente", pending_limit=100)
    await add(storage, "une vieille attente", scope=ELSEWHERE, pending_limit=100)
    await add(storage, "listé")
    await add(storage, "attend depuis peu", pending_limit=100, created_at=later)

    assert await storage.delete_pending_before(NOW) == 0
    assert await storage.delete_pending_before(later) == 2
    assert await storage.delete_pending_before(later) == 0

    assert [kept.text for kept in await storage.list_pending(HERE)] == ["attend depuis peu"]
    assert [kept.text for kept in await storage.list_encouragements(HERE)] == ["listé"]
    for file in path.parent.iterdir():
        assert b"une vieille attente" not in file.read_bytes(), file.name


async def deleted(storage: SQLiteStorage, scope: Scope, number: int) -> object:
    return await storage.delete_encouragements(scope, [number])


class ForgetfulBuild(sqlite3.Connection):
    """SQLite as it may be built: what is deleted stays in the file until something else is written there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute("PRAGMA secure_delete = OFF")


@pytest.mark.parametrize("decided", [SQLiteStorage.refuse_encouragement, deleted])
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


async def test_a_hundred_decisions_at_once_are_one_each(storage: Storage) -> None:
    for number in range(20):
        await add(storage, f"message {number}", pending_limit=100)

    decided = await asyncio.gather(
        *(storage.approve_encouragement(HERE, n) for n in range(1, 21) for _ in range(2)),
        *(storage.refuse_encouragement(HERE, n) for n in range(1, 21) for _ in range(2)),
        *(storage.approve_encouragement(HERE, n) for n in range(1, 21)),
    )

    assert sum(decided) == 20
    assert await storage.list_pending(HERE) == []


async def test_preferences_do_not_disturb_the_numbers(storage: Storage) -> None:
    await add(storage, "un")
    await storage.save_settings(HERE, {"responding": False})
    await storage.save_settings(HERE, {"responding": None})
    await storage.save_settings(HERE, {"responding": False})

    assert await storage.load_settings(HERE) == {"responding": False}
    assert await add(storage, "deux") == 2


async def test_a_scope_with_a_message_and_no_choice_has_the_defaults(storage: Storage) -> None:
    await add(storage, "un")

    assert await storage.load_settings(HERE) == {}


async def test_a_setting_is_kept_by_its_name_whatever_it_holds(storage: Storage) -> None:
    chosen: dict[str, object] = {
        "on": True,
        "text": "!?🐧",
        "numbers": {"one": 0, "other": 86_400},
        "lists": {"sad": ["seum", "l'été"], "empty": []},
    }
    await storage.save_settings(HERE, chosen)
    assert await storage.load_settings(HERE) == chosen

    await storage.save_settings(HERE, {"text": "$", "on": None})

    del chosen["on"]
    assert await storage.load_settings(HERE) == {**chosen, "text": "$"}


async def import_into(storage: Storage, texts: Sequence[str], *, scope: Scope = HERE, limit: int = 500) -> int:
    return await storage.import_scope(
        scope,
        author=SACHA,
        texts={text: text for text in texts},
        created_at=NOW,
        limit=limit,
        settings={"prefix": "!"},
    )


async def test_an_import_adds_what_is_new_under_the_next_numbers_and_keeps_the_preferences(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux")
    await storage.delete_encouragements(HERE, [2])

    assert await import_into(storage, ["trois", "un", "quatre"]) == 2

    kept = [(one.number, one.text, one.author, one.created_at) for one in await storage.list_encouragements(HERE)]
    assert kept == [(1, "un", CAMILLE, NOW), (3, "trois", SACHA, NOW), (4, "quatre", SACHA, NOW)]
    assert await storage.load_settings(HERE) == {"prefix": "!"}
    assert await storage.list_keys(HERE) == {"un", "trois", "quatre"}
    assert await storage.list_keys(ELSEWHERE) == set()
    assert await add(storage, "cinq") == 5


async def test_an_import_of_preferences_alone_gives_no_number(storage: Storage) -> None:
    assert await import_into(storage, []) == 0

    assert await storage.load_settings(HERE) == {"prefix": "!"}
    assert await add(storage, "un") == 1


async def test_an_import_that_does_not_fit_changes_nothing(storage: Storage) -> None:
    await add(storage, "un")

    with pytest.raises(ScopeFullError):
        await import_into(storage, ["un", "deux", "trois"], limit=2)

    assert await storage.list_keys(HERE) == {"un"}
    assert await storage.load_settings(HERE) == {}
    assert await add(storage, "quatre") == 2
    assert await import_into(storage, ["un"], limit=1) == 0


async def test_an_import_that_fills_the_disk_changes_nothing(storage: SQLiteStorage) -> None:
    await add(storage, "un")
    (pages,) = await storage._database.connection.execute_fetchall("PRAGMA page_count")
    await storage._database.connection.execute_fetchall(f"PRAGMA max_page_count = {pages[0] + 20}")

    with pytest.raises(StorageUnavailableError, match="full"):
        await import_into(storage, [f"{number} {'x' * 1000}" for number in range(400)])

    assert await storage.list_keys(HERE) == {"un"}
    assert await storage.load_settings(HERE) == {}
    assert await add(storage, "deux") == 2


async def test_a_cancelled_import_is_there_whole_or_not_at_all(storage: Storage) -> None:
    seen = set()
    for turns in range(30):
        scope = Scope(Platform.DISCORD, 1000 + turns)
        task = asyncio.create_task(import_into(storage, [str(number) for number in range(50)], scope=scope))
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        state = (len(await storage.list_keys(scope)), (await storage.load_settings(scope)).get("prefix"))
        assert state in ((0, None), (50, "!"))
        seen.add(state)
        assert await add(storage, "après", scope=scope) == state[0] + 1
    assert (0, None) in seen


async def test_a_persons_encouragements_are_found_in_every_scope(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux", author=SACHA)
    await add(storage, "trois", scope=THERE)
    await add(storage, "ailleurs", scope=ELSEWHERE)

    found = await storage.list_encouragements_of(Person(Platform.DISCORD, CAMILLE.id))

    assert [(scope, kept.text, kept.author) for scope, kept in found] == [
        (THERE, "trois", CAMILLE),
        (HERE, "un", CAMILLE),
    ]


async def test_a_person_can_be_forgotten_without_losing_the_messages(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux", author=SACHA)
    await add(storage, "trois", scope=THERE)
    await add(storage, "ailleurs", scope=ELSEWHERE)
    camille = Person(Platform.DISCORD, CAMILLE.id)

    await storage.forget_person(camille, None)
    await storage.forget_person(camille, None)

    assert await storage.list_encouragements_of(camille) == []
    assert [(kept.text, kept.author) for kept in await storage.list_encouragements(HERE)] == [
        ("un", None),
        ("deux", SACHA),
    ]
    assert [kept.author for kept in await storage.list_encouragements(ELSEWHERE)] == [CAMILLE]
    with pytest.raises(DuplicateEncouragementError):
        await add(storage, "un")
    assert await storage.delete_encouragements(HERE, [1])


async def test_what_a_forgotten_person_had_pending_is_deleted(storage: Storage) -> None:
    await add(storage, "un", pending_limit=100)
    await add(storage, "deux", pending_limit=100, author=SACHA)
    await add(storage, "trois", scope=ELSEWHERE, pending_limit=100)

    await storage.forget_person(Person(Platform.DISCORD, CAMILLE.id), None)

    assert [kept.text for kept in await storage.list_pending(HERE)] == ["deux"]
    assert [kept.text for kept in await storage.list_pending(ELSEWHERE)] == ["trois"]
    assert await add(storage, "un") == 3


async def test_opt_outs_are_kept_once_each_and_by_platform(path: Path) -> None:
    one, two = Person(Platform.DISCORD, 2**63 - 1), Person(Platform.TELEGRAM, 2**63 - 1)
    async with open_sqlite(path) as storage:
        await storage.add_opt_out(one)
        await storage.add_opt_out(one)
        await storage.add_opt_out(two)
        await storage.remove_opt_out(two)
        await storage.remove_opt_out(two)

    async with open_sqlite(path) as storage:
        assert await storage.load_opt_outs() == [one]


async def test_only_servers_left_long_ago_are_deleted_with_all_they_had(storage: Storage) -> None:
    for scope in (HERE, THERE, PRIVATE):
        await add(storage, "un", scope=scope)
    await storage.record_servers(Platform.DISCORD, [HERE.id, THERE.id], now=NOW)
    await storage.record_departure(HERE, now=NOW)
    await storage.record_departure(HERE, now=NOW + timedelta(days=29))

    assert await storage.delete_servers_left_before(NOW) == []
    assert await storage.delete_servers_left_before(NOW + timedelta(seconds=1)) == [HERE]
    assert await storage.delete_servers_left_before(NOW + timedelta(days=999)) == []

    assert await storage.list_encouragements(HERE) == []
    assert len(await storage.list_encouragements(THERE)) == 1


async def test_servers_that_are_missing_were_left_and_those_present_were_not(storage: Storage) -> None:
    later = NOW + timedelta(days=1)
    await storage.record_servers(Platform.DISCORD, [HERE.id, THERE.id], now=NOW)
    await storage.record_servers(Platform.DISCORD, [THERE.id], now=NOW)
    await storage.record_servers(Platform.DISCORD, [], now=later)
    await storage.record_arrival(THERE)

    assert await storage.delete_servers_left_before(later + timedelta(days=1)) == [HERE]


async def test_a_server_that_only_uses_commands_is_not_missing_until_it_stops(storage: Storage) -> None:
    day = NOW.date()
    for scope in (HERE, THERE, PRIVATE):
        await add(storage, "un", scope=scope)
    await storage.record_departure(HERE, now=NOW)
    for _ in range(2):
        await storage.record_use(HERE, day=day)
    await storage.record_servers(Platform.DISCORD, [], now=NOW)

    assert await storage.list_servers_left() == []
    assert await storage.delete_servers_left_before(NOW + timedelta(days=999)) == []
    assert await storage.delete_servers_unused_since(day) == []
    tomorrow = day + timedelta(days=1)
    assert await storage.delete_servers_unused_since(tomorrow, among=lambda server: server != HERE) == []
    assert await storage.delete_servers_unused_since(tomorrow) == [HERE]
    assert await storage.list_keys(HERE) == set()
    assert len(await storage.list_keys(THERE)) == len(await storage.list_keys(PRIVATE)) == 1


async def test_a_server_that_takes_the_bot_in_again_counts_as_it_did_before(storage: Storage) -> None:
    for scope in (HERE, THERE):
        await storage.record_use(scope, day=NOW.date())
    await storage.record_servers(Platform.DISCORD, [HERE.id], now=NOW)
    await storage.record_arrival(THERE)
    assert await storage.delete_servers_unused_since(NOW.date() + timedelta(days=999)) == []

    await storage.record_servers(Platform.DISCORD, [], now=NOW)
    assert set(await storage.list_servers_left()) == {HERE, THERE}


async def test_what_is_said_of_some_servers_says_nothing_of_the_others(storage: Storage) -> None:
    await storage.record_servers(Platform.DISCORD, [HERE.id, THERE.id], now=NOW)
    await storage.record_servers(Platform.DISCORD, [], now=NOW, among=lambda id: id == HERE.id)
    later = NOW + timedelta(days=1)
    assert await storage.delete_servers_left_before(later, among=lambda server: server != HERE) == []

    assert await storage.delete_servers_left_before(later) == [HERE]


async def test_what_another_connection_writes_is_noticed_once(storage: SQLiteStorage, path: Path) -> None:
    await storage.changed_elsewhere()
    await add(storage, "one")
    assert not await storage.changed_elsewhere()

    async with open_sqlite(path) as other:
        await storage.changed_elsewhere()
        await add(other, "two")
        assert await storage.changed_elsewhere()
        assert not await storage.changed_elsewhere()


async def test_the_servers_of_another_platform_are_not_missing(storage: Storage) -> None:
    await storage.record_arrival(ELSEWHERE)
    await storage.record_servers(Platform.DISCORD, [], now=NOW)

    assert await storage.delete_servers_left_before(NOW + timedelta(days=1)) == []


async def test_a_server_that_was_never_seen_can_be_left(storage: Storage) -> None:
    await add(storage, "un")
    await storage.record_departure(HERE, now=NOW)

    assert await storage.delete_servers_left_before(NOW + timedelta(days=1)) == [HERE]


async def test_the_private_scope_of_who_is_forgotten_is_emptied_but_gives_no_number_twice(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "un", scope=THERE)
    await storage.save_settings(HERE, {"responding": False})

    await storage.forget_person(Person(Platform.DISCORD, SACHA.id), HERE)

    assert await storage.list_encouragements(HERE) == []
    assert await storage.load_settings(HERE) == {}
    assert len(await storage.list_encouragements(THERE)) == 1
    assert await add(storage, "deux") == 2


async def test_what_is_forgotten_can_be_read_in_no_file(path: Path, storage: SQLiteStorage) -> None:
    await add(storage, "un secret bien gardé")
    assert any(b"un secret bien" in file.read_bytes() for file in path.parent.iterdir())

    await storage.forget_person(Person(Platform.DISCORD, CAMILLE.id), HERE)

    for file in path.parent.iterdir():
        assert b"un secret bien" not in file.read_bytes(), file.name
        assert CAMILLE.name.encode() not in file.read_bytes(), file.name


async def test_the_digest_of_the_commands_is_kept(storage: Storage) -> None:
    assert await storage.load_published_commands() is None
    await storage.save_published_commands("a")
    await storage.save_published_commands("b")

    assert await storage.load_published_commands() == "b"


async def test_a_checked_write_is_a_write_that_changes_nothing(path: Path, storage: SQLiteStorage) -> None:
    await add(storage, "ici")
    before = await storage.list_encouragements(HERE)
    with closing(sqlite3.connect(path)) as other:
        (version,) = other.execute("PRAGMA data_version").fetchone()
        await storage.check_write()

        assert other.execute("PRAGMA data_version").fetchone() != (version,)
    assert await storage.list_encouragements(HERE) == before


async def test_a_write_that_would_be_lost_is_told(path: Path, storage: SQLiteStorage) -> None:
    await storage._database.connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailableError, match="locked"):
            await storage.check_write()
        other.execute("ROLLBACK")

    await storage.check_write()
    await storage._database.connection.execute("PRAGMA query_only = 1")
    with pytest.raises(StorageUnavailableError, match="readonly"):
        await storage.check_write()


async def test_two_hundred_tasks_at_once_lose_nothing(storage: Storage) -> None:
    numbers = await asyncio.gather(*(add(storage, f"message {i}") for i in range(200)))
    tries = (storage.delete_encouragements(HERE, [number]) for number in range(1, 101) for _ in range(2))
    deleted = await asyncio.gather(*tries)

    assert sorted(numbers) == list(range(1, 201))
    assert sum(map(len, deleted)) == 100
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
        await storage.delete_encouragements(HERE, [1])
        await add(storage, "deux")

    async with open_sqlite(path) as storage:
        assert [(kept.number, kept.text) for kept in await storage.list_encouragements(HERE)] == [(2, "deux")]


@given(st.lists(st.tuples(st.sampled_from(["add", "delete"]), st.integers(1, 8), st.text(min_size=1)), max_size=25))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_does_what_a_dictionary_would(tmp_path: Path, steps: list[tuple[str, int, str]]) -> None:
    async def run() -> None:
        async with open_sqlite(tmp_path / f"{os.urandom(8).hex()}.db") as storage:
            expected: dict[int, str] = {}
            given_out = 0
            for step, number, text in steps:
                if step == "delete":
                    deleted = await storage.delete_encouragements(HERE, [number])
                    assert bool(deleted) == (expected.pop(number, None) is not None)
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
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from bot.errors import StorageUnavailableError
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
    path: Path, storage: SQLiteStorage, caplog: pytest.LogCaptureFixture, lost: str, ending: str
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
    assert await storage.load_opt_outs() == []


async def test_what_is_damaged_while_it_runs_takes_no_change_until_it_is_whole(
    path: Path, storage: SQLiteStorage, caplog: pytest.LogCaptureFixture
) -> None:
    """Elsewhere in the file a change could be written, and the log would say by turns that it works and fails."""
    await add(storage, "un")
    await storage.add_opt_out(Person(Platform.DISCORD, 7))
    db = storage._database.connection
    await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    ((page,),) = await db.execute_fetchall("SELECT rootpage FROM sqlite_schema WHERE name = 'opt_outs'")
    whole = path.read_bytes()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    await db.execute("PRAGMA shrink_memory")

    for _ in range(3):
        with pytest.raises(StorageUnavailableError):
            await storage.load_opt_outs()
        with pytest.raises(StorageUnavailableError):
            await storage.check_write()
        with pytest.raises(StorageUnavailableError):
            await add(storage, "deux")

    assert [record.levelname for record in caplog.records] == ["ERROR"]
    path.write_bytes(whole)
    await db.execute("PRAGMA shrink_memory")
    await storage.check_write()
    assert await storage.load_opt_outs() == [Person(Platform.DISCORD, 7)]


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


async def test_the_settings_that_keep_data_safe_are_on(path: Path, storage: SQLiteStorage) -> None:
    async def pragma(name: str) -> object:
        (row,) = await storage._database.connection.execute_fetchall(f"PRAGMA {name}")
        return row[0]

    assert await pragma("journal_mode") == "wal"
    assert await pragma("synchronous") == 2
    assert await pragma("foreign_keys") == 1
    assert await pragma("busy_timeout") == 100
    assert await pragma("user_version") == len(database.known_migrations())


@pytest.mark.parametrize("failure", ["locked", "full", "damaged"])
async def test_a_file_that_fails_is_told_apart_from_a_mistake_and_logged_once(
    path: Path,
    storage: SQLiteStorage,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    failure: str,
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    await add(storage, "un")
    db = storage._database.connection
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


async def test_many_who_wait_for_a_held_file_wait_together(path: Path, storage: SQLiteStorage) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begin = time.monotonic()
        ended = await asyncio.gather(*(add(storage, f"message {i}") for i in range(10)), return_exceptions=True)

    assert all(isinstance(error, StorageUnavailableError) for error in ended)
    assert time.monotonic() - begin < 10, "one after the other would take 20 seconds"


UPDATE = Delivery(Platform.TELEGRAM, 4711)
LONG_AGO = NOW - timedelta(days=2)


async def test_a_delivery_is_claimed_with_the_first_change_and_with_nothing_else(storage: Storage) -> None:
    with storage.claiming(UPDATE, now=NOW):
        await storage.list_encouragements(HERE)
        await storage.check_write()
        assert await storage.progress_of(UPDATE) is Progress.NEW
        await add(storage, "un")
        await add(storage, "deux")
    await add(storage, "trois")

    assert await storage.progress_of(UPDATE) is Progress.CHANGED
    assert await storage.progress_of(Delivery(Platform.DISCORD, UPDATE.id)) is Progress.NEW


async def test_a_change_that_fails_claims_nothing(storage: Storage) -> None:
    await add(storage, "un")
    with storage.claiming(UPDATE, now=NOW):
        with pytest.raises(DuplicateEncouragementError):
            await add(storage, "un")

        assert await storage.progress_of(UPDATE) is Progress.NEW


async def test_what_is_claimed_is_not_changed_again(storage: Storage) -> None:
    async def once(text: str) -> bool:
        with storage.claiming(UPDATE, now=NOW):
            try:
                await add(storage, text)
            except AlreadyClaimedError:
                return False
            return True

    assert sum(await asyncio.gather(*(once(str(number)) for number in range(20)))) == 1
    assert len(await storage.list_encouragements(HERE)) == 1


async def test_what_is_answered_is_known_until_it_is_forgotten(storage: Storage) -> None:
    await storage.finish_delivery(UPDATE, now=NOW, forget_before=LONG_AGO)
    assert await storage.progress_of(UPDATE) is Progress.ANSWERED

    later = Delivery(Platform.TELEGRAM, 3)
    await storage.finish_delivery(later, now=NOW + timedelta(days=3), forget_before=NOW + timedelta(days=1))
    assert await storage.progress_of(UPDATE) is Progress.NEW
    assert await storage.progress_of(later) is Progress.ANSWERED


async def test_a_scope_moves_with_all_it_has(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux")
    await add(storage, "trois", pending_limit=9)
    await storage.delete_encouragements(HERE, [1])
    await storage.save_settings(HERE, {"language": "en"})
    await storage.record_arrival(HERE)

    for _ in range(2):
        await storage.move_scope(HERE, THERE)

        assert [(kept.number, kept.text, kept.author) for kept in await storage.list_encouragements(THERE)] == [
            (2, "deux", CAMILLE)
        ]
        assert [kept.number for kept in await storage.list_pending(THERE)] == [3]
        assert await storage.load_settings(THERE) == {"language": "en"}
    assert await storage.list_keys(HERE) == set()
    assert await storage.load_settings(HERE) == {}
    assert await add(storage, "quatre", scope=THERE) == 4
    assert await storage.delete_servers_left_before(NOW + timedelta(days=1)) == []


async def test_a_scope_that_has_something_already_makes_room(storage: Storage) -> None:
    for text in ("un", "deux"):
        await add(storage, text)
    for text in ("deux", "trois", "quatre"):
        await add(storage, text, scope=THERE)
    await storage.save_settings(THERE, {"responding": False})
    await storage.save_settings(HERE, {"language": "en"})

    await storage.move_scope(HERE, THERE)

    kept = {each.number: each.text for each in await storage.list_encouragements(THERE)}
    assert kept == {1: "un", 2: "deux", 4: "trois", 5: "quatre"}
    assert await storage.load_settings(THERE) == {"responding": False}
    assert await add(storage, "cinq", scope=THERE) == 6


async def test_a_scope_with_nothing_moves_nothing(storage: Storage) -> None:
    await add(storage, "un", scope=THERE)
    await storage.move_scope(HERE, THERE)

    assert [kept.number for kept in await storage.list_encouragements(THERE)] == [1]
