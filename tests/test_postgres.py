"""What a storage in PostgreSQL must survive: others who change the same, and all that befalls a server."""

import asyncio
import logging
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from bot.errors import StorageUnavailableError, UnknownOutcomeError
from bot.models import Author, Delivery, Person, Platform, Progress, Scope
from bot.postgres_url import PostgresURL
from bot.services.opt_outs import OptOuts
from bot.storage import postgres as engine
from bot.storage import postgres_schema
from bot.storage.advisory_locks import FAILURES, holding_locks
from bot.storage.base import AlreadyClaimedError, DuplicateEncouragementError, ScopeFullError
from bot.storage.engine import (
    DamagedDatabaseError,
    ForeignDatabaseError,
    MissingRightsError,
    NewerDatabaseError,
    OutdatedServerError,
    ReadOnlyDatabaseError,
    UnreachableDatabaseError,
    UnusableDatabaseError,
)
from bot.storage.postgres import check, open_postgres
from bot.storage.postgres_driver import reason_of
from bot.storage.sql import SQLStorage
from tests import postgres
from tests.engines import empty_postgres
from tests.postgres import PostgresServer
from tests.postgres_proxy import Proxy
from tests.test_storage import CAMILLE, HERE, NOW, THERE, add, import_into

NUMBERS = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server for the tests of this module, which may do to it what they like as long as it runs afterwards."""
    with postgres.own_server() as own:
        yield own


@pytest.fixture
def url(server: PostgresServer) -> PostgresURL:
    """A new database there."""
    name = f"kind{next(NUMBERS)}"
    server.start()
    server.sql(f"CREATE DATABASE {name}")
    return PostgresURL.read(server.url(name))


@pytest.fixture
async def shared_url() -> PostgresURL:
    """A database on the server of all tests, for those that do nothing to it."""
    return await empty_postgres()


@pytest.fixture
async def both(shared_url: PostgresURL) -> AsyncIterator[tuple[SQLStorage, SQLStorage]]:
    """Two storages in one database, as two processes have them."""
    async with open_postgres(shared_url) as one, open_postgres(shared_url) as other:
        yield one, other


def name_of(url: PostgresURL) -> str:
    return url.shown.partition("?")[0].rpartition("/")[2]


def test_a_server_keeps_what_it_has_when_it_is_killed_and_a_standby_follows_it(server: PostgresServer) -> None:
    server.sql("CREATE TABLE kept (n int)")
    server.sql("INSERT INTO kept VALUES (1)")
    server.kill()
    server.start()
    with postgres.standby_of(server) as standby:
        assert standby.sql("SELECT n, pg_is_in_recovery() FROM kept") == "1|t"

    assert server.sql("SELECT n, pg_is_in_recovery() FROM kept") == "1|f"


async def test_of_two_processes_one_adds_what_both_add_and_no_scope_overflows(
    both: tuple[SQLStorage, SQLStorage],
) -> None:
    same = await asyncio.gather(*(add(one, "pareil") for one in both * 5), return_exceptions=True)
    numbers = await asyncio.gather(
        *(add(one, f"{turn} {place}", limit=20) for turn in range(15) for place, one in enumerate(both)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, int) for result in same) == 1
    assert all(isinstance(result, int | DuplicateEncouragementError) for result in same)
    assert sorted(result for result in numbers if isinstance(result, int)) == list(range(2, 21))
    assert all(isinstance(result, int | ScopeFullError) for result in numbers)


async def test_a_deletion_an_approval_and_a_claim_are_one_processes(both: tuple[SQLStorage, SQLStorage]) -> None:
    one, _ = both
    for _ in range(5):
        await add(one, f"{next(NUMBERS)}")
    pending = await add(one, "deux", pending_limit=5)

    deleted = await asyncio.gather(*(each.delete_encouragements(HERE, [2, 4]) for each in both))
    approved = await asyncio.gather(*(each.approve_encouragement(HERE, pending) for each in both))

    async def change(storage: SQLStorage) -> bool:
        with storage.claiming(Delivery(Platform.TELEGRAM, 1), now=NOW):
            try:
                await storage.save_settings(HERE, {"responding": False})
            except AlreadyClaimedError:
                return False
        return True

    assert sorted(len(kept) for kept in deleted) == [0, 2]
    assert sorted(approved) == [False, True]
    assert sorted(await asyncio.gather(*map(change, both))) == [False, True]


async def test_whatever_two_processes_do_at_once_nobody_waits_for_ever_and_all_stays_whole(
    both: tuple[SQLStorage, SQLStorage],
) -> None:
    chance = random.Random(1)
    scopes = [HERE, THERE, Scope(Platform.DISCORD, 9)]
    authors = [Author(1, "Un"), Author(2, "Deux")]

    async def change(storage: SQLStorage, turn: int) -> None:
        scope, other = chance.sample(scopes, 2)
        author = chance.choice(authors)
        numbers = chance.sample(range(1, 30), 8)
        with suppress(ScopeFullError, DuplicateEncouragementError):
            match turn % 8:
                case 0 | 1:
                    await add(storage, f"t{turn % 60}", scope=scope, author=author, limit=30)
                case 2:
                    kept = await storage.delete_encouragements(scope, numbers)
                    await storage.restore_encouragements(scope, {each.text: each for each in kept}, limit=30)
                case 3:
                    texts = {f"i{number}": f"i{number}" for number in numbers}
                    await storage.import_scope(
                        scope, author=author, texts=texts, created_at=NOW, limit=30, settings={"prefix": "!"}
                    )
                case 4:
                    await storage.forget_person(Person(Platform.DISCORD, author.id), other)
                case 5:
                    await storage.move_scope(scope, other)
                case 6:
                    await storage.edit_encouragement(scope, numbers[0], text=f"e{turn}", key=f"e{turn}", now=NOW)
                    await storage.report_encouragement(scope, numbers[1], now=NOW)
                    await storage.delete_pending_before(NOW + timedelta(days=1))
                case _:
                    for each in (scope, other):
                        await storage.record_departure(each, now=NOW)
                    await storage.delete_servers_left_before(NOW + timedelta(days=1))

    await asyncio.gather(*(change(chance.choice(both), turn) for turn in range(200)))

    for scope in scopes:
        kept = [*await both[0].list_encouragements(scope), *await both[0].list_pending(scope)]
        assert len({each.text for each in kept}) == len({each.number for each in kept}) == len(kept) <= 60
        assert await add(both[1], "après", scope=scope) > max((each.number for each in kept), default=0)


@asynccontextmanager
async def held(url: PostgresURL, sql: str) -> AsyncIterator[asyncpg.Connection]:
    """Another connection, which keeps for itself the rows that it has found until the end of the block."""
    connection = await asyncpg.connect(url.whole)
    async with connection.transaction():
        await connection.execute(sql)
        yield connection
    await connection.close()


@pytest.mark.parametrize("first", ["forget", "purge"])
async def test_who_forgets_somebody_and_who_purges_wait_for_each_other_and_never_in_a_ring(
    both: tuple[SQLStorage, SQLStorage], shared_url: PostgresURL, first: str
) -> None:
    one, other = both
    for scope in (HERE, THERE):
        await add(one, "un", scope=scope)
        await add(one, "attend", scope=scope, pending_limit=5)
        await one.record_departure(scope, now=NOW)
    later = NOW + timedelta(days=1)
    changes: dict[str, Callable[[], Awaitable[object]]] = {
        "forget": lambda: one.forget_person(Person(Platform.DISCORD, CAMILLE.id), THERE),
        "purge": lambda: asyncio.gather(other.delete_servers_left_before(later), other.delete_pending_before(later)),
    }
    async with held(shared_url, "SELECT 1 FROM encouragements WHERE scope_id <> 7 FOR UPDATE"):
        # The first one is in the middle of it when the second begins.
        begun = [asyncio.ensure_future(changes.pop(first)())]
        await asyncio.sleep(0.3)
        begun += [asyncio.ensure_future(change()) for change in changes.values()]
        await asyncio.sleep(0.3)
    await asyncio.gather(*begun)

    for scope in (HERE, THERE):
        assert not await one.list_encouragements(scope)
        assert not await one.list_pending(scope)


async def test_who_forgets_old_deliveries_holds_them_in_the_order_in_which_all_do(
    both: tuple[SQLStorage, SQLStorage], shared_url: PostgresURL
) -> None:
    one, _ = both
    for number, hour in ((2, 0), (1, 1)):
        moment = NOW + timedelta(hours=hour)
        await one.finish_delivery(Delivery(Platform.TELEGRAM, number), now=moment, forget_before=NOW)
    later = NOW + timedelta(days=3)
    async with held(shared_url, "SELECT 1 FROM deliveries WHERE id = 1 FOR UPDATE") as connection:
        finishing = asyncio.create_task(
            one.finish_delivery(Delivery(Platform.TELEGRAM, 3), now=later, forget_before=later)
        )
        await asyncio.sleep(0.3)
        await connection.execute("SELECT 1 FROM deliveries WHERE id = 2 FOR UPDATE NOWAIT")
    await finishing

    for number, progress in ((1, Progress.NEW), (2, Progress.NEW), (3, Progress.ANSWERED)):
        assert await one.progress_of(Delivery(Platform.TELEGRAM, number)) is progress


async def test_what_is_too_long_for_an_index_or_has_no_place_in_a_text_is_kept(shared_url: PostgresURL) -> None:
    async with open_postgres(shared_url) as storage:
        long = "".join(map(chr, random.Random(1).sample(range(0x4E00, 0x9FFF), 6_000)))
        await add(storage, long)
        with pytest.raises(DuplicateEncouragementError):
            await add(storage, long)
        await add(storage, "a\0b")
        await storage.save_settings(HERE, {"prefix": "\0"})

        assert [each.text for each in await storage.list_encouragements(HERE)] == [long, "a\ufffdb"]
        assert await storage.load_settings(HERE) == {"prefix": "\0"}


@pytest.mark.parametrize("arrives", [True, False])
async def test_of_a_commit_whose_answer_is_lost_the_truth_is_told(
    shared_url: PostgresURL, tmp_path: Path, arrives: bool
) -> None:
    async with Proxy(shared_url) as proxy, open_postgres(proxy.url) as storage:
        await add(storage, "avant")
        proxy.cut_at_commit = "after" if arrives else "before"
        if arrives:
            assert await add(storage, "pendant") == 2
        else:
            with pytest.raises(StorageUnavailableError):
                await add(storage, "pendant")

        assert proxy.has_cut.is_set()
        assert await storage.list_keys(HERE) == ({"avant", "pendant"} if arrives else {"avant"})
        assert await add(storage, "après") == (3 if arrives else 2)


async def test_where_nobody_can_tell_what_became_of_a_commit_that_is_said(
    shared_url: PostgresURL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SETTLE_SECONDS", 0.2)
    person = Person(Platform.DISCORD, 1)
    async with Proxy(shared_url) as proxy, open_postgres(proxy.url) as storage:
        opt_outs = OptOuts(storage)
        for change in (lambda: add(storage, "peut-être"), lambda: opt_outs.opt_out(person)):
            proxy.has_cut.clear()
            proxy.cut_at_commit, proxy.refuses = "after", True
            with pytest.raises(UnknownOutcomeError):
                await change()
            proxy.refuses = False

        assert await storage.list_keys(HERE) == {"peut-être"}
        assert await storage.has_opted_out(person)
        assert opt_outs.has(person.platform, person.id), "whoever may have opted out is not read"


async def test_of_a_commit_lost_with_the_server_the_truth_is_told_once_it_is_back(
    server: PostgresServer, url: PostgresURL
) -> None:
    async with Proxy(url) as proxy, open_postgres(proxy.url) as storage:
        await add(storage, "avant")
        proxy.cut_at_commit = "after"
        proxy.refuses = True
        adding = asyncio.create_task(add(storage, "pendant"))
        await proxy.has_cut.wait()
        await asyncio.to_thread(server.kill)
        assert not adding.done()
        await asyncio.to_thread(server.start)
        proxy.refuses = False
        told = await asyncio.gather(adding, return_exceptions=True)
        kept = await storage.list_keys(HERE)

    assert isinstance(told[0], UnknownOutcomeError) or (told[0] == 2) == ("pendant" in kept)


async def test_a_lock_that_is_held_is_not_waited_for_and_is_told_once(
    shared_url: PostgresURL, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_postgres(shared_url) as storage:
        await add(storage, "un")
        holder = await asyncpg.connect(shared_url.whole)
        async with holder.transaction():
            await holder.execute("SELECT 1 FROM scopes FOR UPDATE")
            begin = time.monotonic()
            results = await asyncio.gather(*(add(storage, f"{n}") for n in range(5)), return_exceptions=True)
            seconds = time.monotonic() - begin
            assert [each.text for each in await storage.list_encouragements(HERE)] == ["un"]
        await holder.close()

        assert all(isinstance(result, StorageUnavailableError) for result in results)
        assert 1 < seconds < 5
        assert await add(storage, "deux") == 2
    told = [record.message for record in caplog.records if record.name == "bot.storage.engine"]
    assert told == [
        "the database can't be used: canceling statement due to lock timeout",
        "the database can be used again",
    ]


async def test_who_finds_no_free_connection_is_told_in_time(
    shared_url: PostgresURL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_CONNECTIONS", 2)
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.3)
    async with open_postgres(shared_url) as storage, AsyncExitStack() as busy:
        for _ in range(2):
            await busy.enter_async_context(storage._database.reading())
        with pytest.raises(StorageUnavailableError, match="in time"):
            await add(storage, "un")
        await busy.aclose()

        assert await add(storage, "un") == 1


@pytest.mark.parametrize("what", ["cut off", "restarted", "killed"])
async def test_when_connections_are_lost_at_most_what_was_under_way_fails(
    server: PostgresServer, url: PostgresURL, what: str
) -> None:
    async with open_postgres(url) as storage:
        confirmed, unknown, under_way = {"0"}, set[str](), set[str]()
        await add(storage, "0")

        async def keep_adding(names: Iterator[int]) -> None:
            while True:
                text = str(next(names))
                under_way.add(text)
                try:
                    await add(storage, text, limit=10**6)
                    confirmed.add(text)
                except UnknownOutcomeError:
                    unknown.add(text)
                except StorageUnavailableError:
                    pass
                under_way.discard(text)
                await asyncio.sleep(0.001)

        names = count(1)
        tasks = [asyncio.create_task(keep_adding(names)) for _ in range(5)]
        for _ in range(2):
            await asyncio.sleep(0.1)
            if what == "cut off":
                cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(url)}'"
                await asyncio.to_thread(server.sql, cut)
            else:
                await asyncio.to_thread(server.restart if what == "restarted" else server.kill)
                if what == "killed":
                    await asyncio.to_thread(server.start)
        before = len(confirmed)
        async with asyncio.timeout(20):
            while len(confirmed) < before + 20:
                await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        kept = await storage.list_encouragements(HERE)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
    # What was being added when its task was cancelled may be there or not.
    assert {each.text for each in kept} - confirmed <= unknown | under_way
    if what == "cut off":
        assert not unknown, "a server that goes on can tell"
    assert confirmed <= {each.text for each in kept}
    assert len({each.number for each in kept}) == len(kept)


async def test_a_server_that_is_away_is_told_of_and_is_used_again_when_it_is_back(
    server: PostgresServer, url: PostgresURL
) -> None:
    async with open_postgres(url) as storage:
        await add(storage, "un")
        await asyncio.to_thread(server.stop)
        for ask in (storage.look, storage.check_write, lambda: storage.list_keys(HERE), lambda: add(storage, "deux")):
            begin = time.monotonic()
            with pytest.raises(StorageUnavailableError):
                await ask()
            assert time.monotonic() - begin < 6
        await asyncio.to_thread(server.start)

        assert await add(storage, "deux") == 2


async def test_a_server_with_no_place_left_for_connections_is_one_that_fails(
    server: PostgresServer, url: PostgresURL
) -> None:
    async with open_postgres(url) as storage:
        server.sql(f"ALTER DATABASE {name_of(url)} CONNECTION LIMIT 0")
        server.sql("CREATE ROLE visitor LOGIN")
        server.sql(f"GRANT ALL ON DATABASE {name_of(url)} TO visitor")
        visitor = PostgresURL.read(server.url(name_of(url), user="visitor"))
        with pytest.raises(UnreachableDatabaseError, match="too many connections"):
            async with open_postgres(visitor):
                pass

        assert await add(storage, "un") == 1


async def test_a_server_that_takes_no_changes_any_more_is_told_of_until_it_does(
    server: PostgresServer, url: PostgresURL
) -> None:
    async with open_postgres(url) as storage:
        await add(storage, "un")
        for state in ("on", "off"):
            server.sql(f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = {state}")
            cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(url)}'"
            server.sql(cut)
            with suppress(StorageUnavailableError):
                await storage.list_keys(HERE)
            if state == "on":
                with pytest.raises(StorageUnavailableError, match="read-only"):
                    await add(storage, "deux")
                assert await storage.list_keys(HERE) == {"un"}
                with pytest.raises(ReadOnlyDatabaseError):
                    await check(url)

        assert await add(storage, "deux") == 2


async def test_when_a_standby_takes_over_the_bot_follows_it_and_has_lost_nothing(
    server: PostgresServer, url: PostgresURL
) -> None:
    """The first server is gone for good; both addresses stand in DATABASE."""
    with postgres.standby_of(server) as standby:
        server.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        server.sql("SELECT pg_reload_conf()")
        hosts = f"host={server.folder},{standby.folder}&target_session_attrs=read-write"
        either = PostgresURL.read(f"postgresql://bot@/{name_of(url)}?{hosts}")
        async with open_postgres(either) as storage:
            numbers = [await add(storage, str(n)) for n in range(5)]
            with pytest.raises(FAILURES, match="primary"):
                # A lock there would be none for who asks the first server.
                await holding_locks(PostgresURL.read(standby.url(name_of(url)))).__aenter__()
            await asyncio.to_thread(server.kill)
            with pytest.raises(StorageUnavailableError):
                await add(storage, "perdu")
            await asyncio.to_thread(standby.sql, "SELECT pg_promote()")
            async with asyncio.timeout(10):
                while True:
                    with suppress(StorageUnavailableError):
                        await add(storage, "repris")
                        break

            kept = await storage.list_encouragements(HERE)
    server.start()
    server.sql("ALTER SYSTEM RESET synchronous_standby_names")
    server.sql("SELECT pg_reload_conf()")
    assert [each.number for each in kept] == [*numbers, 6]
    assert kept[-1].text == "repris"


async def test_a_commit_is_on_the_disk_even_where_the_server_is_set_to_be_quicker(
    server: PostgresServer, url: PostgresURL
) -> None:
    server.sql(f"ALTER DATABASE {name_of(url)} SET synchronous_commit = off")
    async with open_postgres(url) as storage, storage._database.transaction() as db:
        ((setting,),) = await db.fetch("SHOW synchronous_commit")

    assert setting == "on"


async def test_processes_that_start_at_once_make_the_tables_once(url: PostgresURL) -> None:
    async with AsyncExitStack() as stack:
        opened = await asyncio.gather(*(stack.enter_async_context(open_postgres(url)) for _ in range(4)))

        assert [await add(storage, f"{n}") for n, storage in enumerate(opened)] == [1, 2, 3, 4]
    assert await check(url) == len(postgres_schema.known_migrations())


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (f"UPDATE {postgres_schema.VERSION_TABLE} SET version = 99 WHERE version = 1", NewerDatabaseError),
        (f"DROP TABLE {postgres_schema.VERSION_TABLE}", ForeignDatabaseError),
        ("DROP TABLE settings", DamagedDatabaseError),
        ("ALTER TABLE opt_outs OWNER TO somebody", MissingRightsError),
        (f"ALTER TABLE {postgres_schema.VERSION_TABLE} OWNER TO somebody", MissingRightsError),
    ],
)
async def test_a_database_that_is_not_as_it_was_left_is_left_alone(
    server: PostgresServer, url: PostgresURL, made: str, kind: type[UnusableDatabaseError]
) -> None:
    owner = f"owner{next(NUMBERS)}"
    server.sql("DO $$ BEGIN CREATE ROLE somebody; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    server.sql(f"CREATE ROLE {owner} LOGIN")
    server.sql(f"ALTER DATABASE {name_of(url)} OWNER TO {owner}")
    own = PostgresURL.read(server.url(name_of(url), user=owner))
    async with open_postgres(own):
        pass
    server.sql(made, name_of(url))

    for look in (check(own), open_postgres(own).__aenter__()):
        with pytest.raises(UnusableDatabaseError) as refusal:
            await look
        assert type(refusal.value) is kind


def test_what_the_driver_says_of_its_inner_state_is_put_so_that_somebody_understands_it() -> None:
    error = asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")

    assert reason_of(error) == "the connection was cut"


async def test_a_file_that_the_connection_needs_and_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreachableDatabaseError, match=re.escape(f"{tmp_path}/.s.PGSQL.5433")):
        await check(PostgresURL.read(f"postgresql:///kind?host={tmp_path}&port=5433"))
    for name in ("sslrootcert", "sslcert", "sslcrl"):
        missing = tmp_path / f"{name}.pem"
        with pytest.raises(UnreachableDatabaseError, match=re.escape(str(missing))):
            await check(PostgresURL.read(f"postgresql://localhost:9/kind?sslmode=require&{name}={missing}"))


async def test_a_database_where_the_bot_may_do_nothing_or_of_another_program_is_told(
    server: PostgresServer, url: PostgresURL, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.sql("CREATE ROLE guest LOGIN")
    with pytest.raises(MissingRightsError, match="CREATE: public"):
        await check(PostgresURL.read(server.url(name_of(url), user="guest")))
    with pytest.raises(UnreachableDatabaseError, match="does not exist"):
        await check(PostgresURL.read(server.url("nowhere")))
    assert await check(url) == 0
    server.sql("CREATE TABLE contacts (name text)", name_of(url))
    with pytest.raises(ForeignDatabaseError, match="contacts"):
        await check(url)
    monkeypatch.setattr(postgres_schema, "OLDEST_SERVER", 99)
    with pytest.raises(OutdatedServerError):
        await check(url)


async def test_what_one_process_changes_the_others_hear_at_once_and_itself_not(
    both: tuple[SQLStorage, SQLStorage],
) -> None:
    one, other = both
    person = Person(Platform.TELEGRAM, -5)

    async def heard() -> tuple[set[object], float]:
        begin = time.monotonic()
        async with asyncio.timeout(5):
            changes = await other.changed_elsewhere()
        assert not changes.anything
        return {*changes.scopes, *changes.people}, time.monotonic() - begin

    seconds = []
    cases: list[tuple[Awaitable[object], set[object]]] = [
        (one.save_settings(HERE, {"prefix": "!"}), {HERE}),
        (one.add_opt_out(person), {person}),
        (one.remove_opt_out(person), {person}),
        (one.forget_person(person, THERE), {THERE}),
        (one.move_scope(HERE, THERE), {HERE, THERE}),
        (import_into(one, ["un"]), {HERE}),
    ]
    for change, expected in cases:
        await change
        what, took = await heard()
        seconds.append(took)

        assert what == expected
    assert sorted(seconds)[len(seconds) // 2] < 0.1
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(one.changed_elsewhere(), 0.05)
    with pytest.raises(ScopeFullError):
        await one.import_scope(HERE, author=CAMILLE, texts={"2": "2"}, created_at=NOW, limit=1, settings={"a": 1})
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(other.changed_elsewhere(), 0.05)


async def test_when_the_connection_that_listens_is_lost_anything_may_have_changed(
    shared_url: PostgresURL, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_postgres(shared_url) as storage, open_postgres(shared_url) as other:
        async with storage._database.transaction() as db:
            lost = await db.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        assert len(lost) == 2
        async with asyncio.timeout(10):
            assert (await other.changed_elsewhere()).anything
            assert (await other.changed_elsewhere()).anything
            await storage.save_settings(HERE, {"prefix": "!"})
            changes = await other.changed_elsewhere()

        assert changes.scopes == {HERE}
