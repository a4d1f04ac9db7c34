"""What must hold when things go wrong, seen from outside the real process; `benchmarks/faults.py` has full sizes."""

import asyncio
import resource
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.discord.in_flight import MOST_IN_CHANNEL
from bot.errors import ExitCode
from bot.storage.sqlite import open_sqlite
from tests import faults, floods, outages
from tests.fake_rest import Failure
from tests.faults import assert_clean, discord_and_bot, said
from tests.processes import DEAF_SOON, NO_TURNS, environment, in_less_time, page_of, run_to_the_end

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the process is stopped by POSIX signals here")
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of another process, and /proc")


async def test_cut_connections_cost_no_answer_and_no_session(tmp_path: Path) -> None:
    await faults.cut_while_commands_arrive(tmp_path, commands=80, cuts=5)


async def test_heartbeats_without_an_answer_are_noticed_and_resumed_from(tmp_path: Path) -> None:
    """`/` stays green: what lasts beyond the grace is in test_process.py."""
    shorter = in_less_time(tmp_path, {})
    with (tmp_path / "sitecustomize.py").open("a", encoding="utf-8") as file:
        file.write("\nimport discord.state\nof = discord.state.ConnectionState\ninit = of.__init__\n")
        file.write("def sooner(self, **options): init(self, **options | {'heartbeat_timeout': 0.5})\n")
        file.write("of.__init__ = sooner\n")
    async with discord_and_bot(tmp_path, **shorter) as (fake, started):
        fake.heartbeat_interval = 0.2
        await fake.cut()
        await fake.connected.wait()
        fake.answers_heartbeats = False
        resumed = fake.resumed
        async with asyncio.timeout(15):
            while fake.resumed < resumed + 2:
                assert (await page_of(started))[0] == 200
                await asyncio.sleep(0.05)
        fake.answers_heartbeats = True
        await fake.member_says("$hello")
        await fake.wait_for_posts(1)
        code, _ = await started.stop()

    assert fake.identified == 1
    assert_clean(started, code)


async def test_a_deaf_connection_is_found_and_healed(tmp_path: Path) -> None:
    shorter = in_less_time(tmp_path, DEAF_SOON)
    async with discord_and_bot(tmp_path, DEAF_AFTER_SECONDS="1", **shorter) as (fake, started):
        fake.deafen()
        for number in range(1, 21):
            await fake.member_says(f"$del {number}")
        await fake.wait_for_posts(20)
        code, _ = await started.stop()

    assert sorted(said(post) for post in fake.posts) == sorted({said(post) for post in fake.posts})
    assert (fake.identified, fake.resumed) == (1, 1)
    assert_clean(started, code)


async def test_a_bad_answer_of_discord_costs_a_retry_and_nothing_else(tmp_path: Path) -> None:
    failing: list[list[Failure]] = [
        [Failure(429, retry_after=0.5)],
        [Failure(429, retry_after=0.5, is_global=True)],
        [Failure(500), Failure(502)],
        [Failure(502, kept=True)],
        [Failure(seconds=60)],
        [Failure(seconds=60, kept=True)],
    ]
    async with discord_and_bot(tmp_path, **in_less_time(tmp_path, {"discord.internals.rest.ANSWER_SECONDS": 1})) as (
        fake,
        started,
    ):
        for turn, failures in enumerate(failing, start=1):
            before = len(fake.requests)
            fake.failures.extend(failures)
            for number in range(10):
                await fake.member_says(f"$del {turn}{number}")
            await fake.wait_for_posts(10 * turn)
            # Those that were under way when a limit was told are refused, once each, and come again.
            assert len(fake.requests) - before <= 10 + len(failures) + 9, failures
        code, _ = await started.stop()

    assert len({said(post) for post in fake.posts}) == len(fake.posts) == 60
    assert fake.refused <= 2 * 9
    assert_clean(started, code)


async def test_an_answer_is_sent_until_it_has_arrived_and_once(tmp_path: Path) -> None:
    """What was done is never denied, and nothing is said of what went well in the end."""
    failing = [
        *([Failure(status)] for status in (503, *range(520, 528))),
        [Failure(reset=True)],
        [Failure(reset=True, kept=True)],
        [Failure(503, kept=True), Failure(reset=True)],
        [Failure(429, of_edge=True)],
    ]
    sooner = in_less_time(tmp_path, {"discord.internals.rest.FIRST_PAUSE_SECONDS": 0.01})
    async with discord_and_bot(tmp_path, **sooner) as (fake, started):
        for number, failures in enumerate(failing, start=1):
            fake.failures.extend(failures)
            await fake.member_says(f"$new Courage {number}.")
            await fake.wait_for_posts(number)
            fake.failures.extend(failures)
            id = await fake.member_asks("new", message=f"Force {number}.")
            async with asyncio.timeout(10):
                while id not in fake.callbacks:
                    await asyncio.sleep(0.01)
        fake.failures.append(Failure(503))
        await fake.member_says("$privacy export", None)
        await fake.wait_for_posts(len(failing) + 1)
        # Whatever would come twice has time to.
        await asyncio.sleep(0.3)
        code, _ = await started.stop()

    (size,) = fake.posts.pop()["files"]
    assert size > 100, "a file is sent whole when it is sent again"
    told = [said(post) for post in fake.posts] + [said(body["data"]) for body in fake.callbacks.values()]
    assert len(told) == 2 * len(failing)
    assert all("ajouté" in text for text in told)
    assert fake.followups == []
    assert [line for line in started.lines if "WARNING" in line or "ERROR" in line] == []
    assert_clean(started, code)


async def test_helplines_are_sent_longer_than_anything_else(tmp_path: Path) -> None:
    shorter = {
        "discord.internals.rest.PATIENCE_SECONDS": 0.8,
        "discord.internals.rest.PATIENCE_IN_DANGER_SECONDS": 30.0,
    }
    async with discord_and_bot(tmp_path, **in_less_time(tmp_path, shorter)) as (fake, started):
        fake.outage = Failure(503)
        for text in ("$new Courage.", "je veux mourir", "$helpline"):
            await fake.member_says(text)
        click = await fake.member_clicks("helplines:FR")
        await started.line_with("could not be reached with an answer: status 503")
        fake.outage = None
        await fake.wait_for_posts(2)
        async with asyncio.timeout(10):
            while click not in fake.callbacks:
                await asyncio.sleep(0.01)
        await fake.member_says("$list")
        await fake.wait_for_posts(3)
        code, _ = await started.stop()

    told = [said(post) for post in fake.posts]
    assert all("3114" in text for text in told[:2])
    assert "Désolé" not in "".join(told)
    assert len([line for line in started.lines if "WARNING" in line]) == 1
    assert "Courage." in str(fake.posts[2])
    assert_clean(started, code)


async def test_a_kill_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    await faults.kill_while_messages_change(tmp_path, kills=3)


@linux
async def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    database = tmp_path / "data" / "bot.db"
    async with discord_and_bot(tmp_path) as (fake, started):
        await fake.member_says("$new Courage.")
        await fake.wait_for_posts(1)
        # What one more message needs does not fit any more: the write stops in the middle.
        room = database.with_name("bot.db-wal").stat().st_size + 1_000
        resource.prlimit(started.process.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        await fake.member_says("$new Tu vas y arriver.")
        await fake.wait_for_posts(2)
        await fake.member_says("je veux mourir")
        await fake.wait_for_posts(3)
        resource.prlimit(started.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        await fake.member_says("$new Encore un pas.")
        await fake.wait_for_posts(4)
        code, _ = await started.stop()

    assert "rien n'a été changé" in said(fake.posts[1])
    assert "3114" in said(fake.posts[2])
    assert len([line for line in started.lines if "database can't be used" in line]) == 1
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert opened.execute("SELECT number, text FROM encouragements").fetchall() == [
            (1, "Courage."),
            (2, "Encore un pas."),
        ]
    assert_clean(started, code)


async def test_a_database_that_another_process_holds_is_told(tmp_path: Path) -> None:
    async with discord_and_bot(tmp_path) as (fake, started):
        await fake.member_says("$new Courage.")
        await fake.wait_for_posts(1)
        with closing(sqlite3.connect(tmp_path / "data" / "bot.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await fake.member_says("$del 1")
            await fake.wait_for_posts(2)
        await fake.member_says("$del 1")
        await fake.wait_for_posts(3)
        code, _ = await started.stop()

    assert "rien n'a été changé" in said(fake.posts[1])
    assert "supprimé" in said(fake.posts[2])
    assert [line for line in started.lines if "database is locked" in line]
    assert_clean(started, code)


async def test_of_commands_that_wait_for_a_slow_discord_few_are_under_way_and_helplines_pass_them(
    tmp_path: Path,
) -> None:
    soon = in_less_time(tmp_path, {"discord.context.LONGEST_WAIT_SECONDS": 2})
    async with discord_and_bot(tmp_path, **soon) as (fake, started):
        fake.rest_delay = 1.0
        before, begin = len(fake.requests), time.monotonic()
        for number in range(1, 121):
            await fake.member_says(f"$del {number}")
        await fake.member_says("je veux mourir")
        async with asyncio.timeout(15):
            while not any("3114" in said(post) for post in fake.posts):
                await asyncio.sleep(0.05)
        # Until nobody waits any more, however late the last one was heard.
        await asyncio.sleep(3.5)
        fake.rest_delay = 0.0
        seconds = time.monotonic() - begin
        await fake.member_says("$hello")
        async with asyncio.timeout(15):
            while not any("Bonjour" in said(post) for post in fake.posts):
                await asyncio.sleep(0.05)
        requests = len(fake.requests) - before
        code, _ = await started.stop()

    # Loose, since a busy machine is late: all that waited would be twice as many.
    assert requests <= 2 * MOST_IN_CHANNEL * (seconds + 1) + 10, "what nobody waits for any more is not said"
    assert seconds < 12
    assert_clean(started, code)


async def test_a_database_that_is_deleted_takes_no_change_and_is_told_of(tmp_path: Path) -> None:
    soon = in_less_time(tmp_path, {"services.storage_check.SECONDS_BETWEEN_LOOKS": 0.1})
    async with discord_and_bot(tmp_path, **soon) as (fake, started):
        (tmp_path / "data" / "bot.db").unlink()
        await started.line_with("was deleted or replaced")
        for count, command in enumerate(("$new Courage.", "$optout", "je veux mourir"), start=1):
            await fake.member_says(command)
            await fake.wait_for_posts(count)
        status, _ = await page_of(started, "readyz")
        code, _ = await started.stop()

    assert status == 503
    assert ["rien n'a été changé" in said(post) for post in fake.posts] == [True, True, False]
    # Once, and once more where something was being written at that moment, which says that it could be.
    assert sum("was deleted or replaced" in line for line in started.lines) in (1, 2)
    assert code == ExitCode.OK


async def test_a_second_process_on_the_same_servers_is_refused(tmp_path: Path) -> None:
    async with discord_and_bot(tmp_path) as (fake, started):
        settings = environment(fake, tmp_path)
        code, lines = await run_to_the_end(settings, tmp_path)
        shards = settings | {"SHARDS": "2", "SHARD_IDS": "1"}
        code_of_a_shard, _ = await run_to_the_end(shards, tmp_path)
        identified = fake.identified
        await started.stop()

    assert (code, len(lines)) == (ExitCode.ALREADY_RUNNING, 1)
    assert "deux réponses" in lines[0]
    assert code_of_a_shard == ExitCode.ALREADY_RUNNING
    assert identified == 1
    async with discord_and_bot(tmp_path) as (fake, started):
        code, _ = await started.stop()
    assert_clean(started, code)


@pytest.mark.parametrize("newer", [False, True], ids=["damaged", "newer"])
async def test_a_database_that_can_not_be_read_is_left_as_it_is(tmp_path: Path, newer: bool) -> None:
    database = tmp_path / "data" / "bot.db"
    async with open_sqlite(database):
        pass
    if newer:
        with closing(sqlite3.connect(database)) as opened:
            opened.execute("PRAGMA user_version = 999")
    else:
        content = database.read_bytes()
        database.write_bytes(b"\xff" * 100 + content[100:])
    before = database.read_bytes()

    code, lines = await run_to_the_end(environment(None, tmp_path), tmp_path)

    assert code == ExitCode.DATABASE
    assert len(lines) == 1
    assert ("plus récente" if newer else "sauvegarde") in lines[0]
    assert database.read_bytes() == before


@pytest.mark.parametrize("answer", ["hangs", "lies"])
async def test_a_source_of_quotes_never_slows_inspire_down(tmp_path: Path, answer: str) -> None:
    async def zenquotes(_request: web.Request) -> web.Response:
        if answer == "hangs":
            await asyncio.sleep(60)
        return web.Response(
            text='[{"q": 7, "a": "x"}, null, {"q": "' + "x" * 1_000_000, content_type="application/json"
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", zenquotes)
    async with TestServer(app) as server:
        more = {"QUOTES": "zenquotes", "ZENQUOTES_URL": str(server.make_url("")).rstrip("/")}
        async with discord_and_bot(tmp_path, **more) as (fake, started):
            begin = time.monotonic()
            for number in range(1, 21):
                await fake.member_says("$inspire")
                await fake.wait_for_posts(number)
            seconds = time.monotonic() - begin
            code, needed = await started.stop()

    assert seconds < 2
    assert all(said(post) for post in fake.posts)
    assert needed < 5
    assert_clean(started, code)


async def test_a_stop_under_load_is_quick_and_keeps_what_was_confirmed(tmp_path: Path) -> None:
    await faults.stop_under_load(tmp_path, seconds=1)


async def test_an_invalid_session_is_replaced_once(tmp_path: Path) -> None:
    async with discord_and_bot(tmp_path, **in_less_time(tmp_path, NO_TURNS)) as (fake, started):
        await fake.invalidate_sessions()
        async with asyncio.timeout(10):
            while fake.identified < 2:
                await asyncio.sleep(0.01)
        await fake.connected.wait()
        await fake.member_says("$hello")
        await fake.wait_for_posts(1)
        code, _ = await started.stop()

    assert (fake.identified, fake.resumed) == (2, 0)
    assert_clean(started, code)


@pytest.mark.parametrize(
    ("close_code", "exit_code", "words"),
    [(4004, ExitCode.REFUSED_TOKEN, "Reset Token"), (4014, ExitCode.MISSING_INTENT, "MESSAGE_CONTENT=false")],
)
async def test_a_token_or_an_intent_withdrawn_while_it_runs_ends_it_with_a_sentence(
    tmp_path: Path, close_code: int, exit_code: ExitCode, words: str
) -> None:
    async with discord_and_bot(tmp_path) as (fake, started):
        fake.close_on_identify = close_code
        await fake.cut(close_code)
        assert await asyncio.wait_for(started.process.wait(), 10) == exit_code

    assert words in started.lines[-1]
    assert (fake.identified, fake.resumed) == (1, 0)
    assert "Traceback" not in "\n".join(started.lines)


@linux
async def test_random_events_and_commands_leave_it_as_it_was(tmp_path: Path) -> None:
    figures = await faults.flood_with_events(tmp_path, events=600, warm_up=400)

    assert figures["MiB after"] < figures["MiB before"] + 20


@linux
async def test_events_that_discord_would_never_send_are_dropped(tmp_path: Path) -> None:
    figures = await faults.send_hostile_events(tmp_path, events=600, warm_up=400)

    assert figures["MiB after"] < figures["MiB before"] + 20


@linux
async def test_a_flood_of_full_lists_takes_no_memory_and_the_page_stays_well(tmp_path: Path) -> None:
    figures = await floods.flood_with_lists(tmp_path, rate=40, seconds=0.5)

    assert figures["MiB at most"] < figures["MiB before"] + 20


async def test_it_is_back_soon_after_an_outage_and_answers_what_it_missed(tmp_path: Path) -> None:
    await outages.come_back(tmp_path, outage=10, speed=10, slack=1.5)


async def test_the_page_says_in_time_that_nothing_comes_and_until_something_does(tmp_path: Path) -> None:
    await outages.go_deaf(tmp_path, deaf_after=1)


@linux
async def test_talk_for_a_while_is_answered_throughout(tmp_path: Path) -> None:
    figures = await outages.soak(tmp_path, minutes=2, minute=0.5)

    assert figures["MiB at the end"] < figures["MiB after a minute"] + 10
