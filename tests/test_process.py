"""The real process, from outside: how it starts, what it says when it can't, and how it ends."""

import asyncio
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import ExitCode
from tests import PATIENCE_SECONDS
from tests.conftest import with_plain_spaces
from tests.fake_discord import APPLICATION_ID, GUILD_ID, TOKEN, FakeDiscord
from tests.processes import DEAF_SOON, environment, in_less_time, page_becomes, page_of, run_to_the_end, running

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the process is stopped by POSIX signals here")


async def test_it_connects_answers_and_keeps_the_page_alive(discord_server: FakeDiscord, tmp_path: Path) -> None:
    async with running(environment(discord_server, tmp_path), tmp_path, afresh=True) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await discord_server.member_says("$hello")
        await discord_server.member_says("je suis triste")
        await discord_server.wait_for_posts(2)
        await page_becomes(started, 200, "readyz")
        page = await page_of(started)
        for_people = await page_of(started, Accept="text/html")
        invitation = await page_of(started, "invite")
        numbers = await page_of(started, "metrics")
        code, seconds = await started.stop()

    assert page == (200, "Bonjour. Je suis en vie !")
    assert re.search(r">1 sur 1\s000 en un jour<", for_people[1]), "the sessions begun, of those that Discord allows"
    assert invitation[0] == 302
    assert "\nencourage_discord_connected 1.0\n" in numbers[1]
    assert '\nencourage_replies_total{kind="typed"} 1.0\n' in numbers[1]
    assert "Bonjour !" in [body["content"] for body in discord_server.posts]
    assert code == 0
    assert seconds < 5
    assert "Traceback" not in "\n".join(started.lines)


@pytest.mark.parametrize(("number", "text"), [(signal.SIGTERM, "$hello"), (signal.SIGINT, "je suis triste")])
async def test_a_signal_lets_replies_under_way_go_out_and_closes_the_database(
    discord_server: FakeDiscord, tmp_path: Path, number: int, text: str
) -> None:
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await discord_server.member_says("$new Tu vas y arriver.")
        await discord_server.wait_for_posts(1)
        discord_server.rest_delay = 1.0
        before = len(discord_server.requests)
        await discord_server.member_says(text)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(discord_server.requests) < before + 1:
                await asyncio.sleep(0.01)
        code, seconds = await started.stop(number)

    assert code == 0
    assert seconds < 5
    assert len(discord_server.posts) == 2
    database = tmp_path / "data" / "bot.db"
    files = {file.name for file in database.parent.iterdir()}
    assert files == {"bot.db", "bot.db.lock"}, "a clean close leaves no -wal file"
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("SELECT text FROM encouragements").fetchall() == [("Tu vas y arriver.",)]
    assert "Traceback" not in "\n".join(started.lines)
    assert "Unclosed" not in "\n".join(started.lines)


async def test_a_cut_connection_is_resumed(discord_server: FakeDiscord, tmp_path: Path) -> None:
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await discord_server.cut()
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await discord_server.member_says("$hello")
        await discord_server.wait_for_posts(1)
        await started.stop()

    assert (discord_server.identified, discord_server.resumed) == (1, 1)


async def test_a_connection_that_stays_cut_is_told_after_the_grace(discord_server: FakeDiscord, tmp_path: Path) -> None:
    shorter = in_less_time(tmp_path, {"health.GRACE_SECONDS": 1.5})
    async with running(environment(discord_server, tmp_path, **shorter), tmp_path) as started:
        await started.line_with("connected as")
        discord_server.refuse_websockets = True
        await discord_server.cut()
        begin = asyncio.get_running_loop().time()
        assert (await page_of(started))[0] == 200
        text = await page_becomes(started, 503)
        forgiven = asyncio.get_running_loop().time() - begin
        discord_server.refuse_websockets = False
        await page_becomes(started, 200)
        await started.stop()

    assert "coupée depuis 1 seconde" in text
    assert 1.4 < forgiven < 5
    assert discord_server.resumed == 1


async def test_a_deaf_connection_is_found_and_what_it_missed_is_answered(
    discord_server: FakeDiscord, tmp_path: Path
) -> None:
    shorter = in_less_time(tmp_path, DEAF_SOON)
    variables = environment(discord_server, tmp_path, DEAF_AFTER_SECONDS="1", **shorter)
    async with running(variables, tmp_path) as started:
        await started.line_with("connected as")
        discord_server.deafen()
        await discord_server.member_says("$hello")
        line = await started.line_with("has heard nothing")
        await discord_server.wait_for_posts(1)
        await page_becomes(started, 200)
        await started.stop()

    assert "WARNING" in line
    assert [body["content"] for body in discord_server.posts] == ["Bonjour !"]
    assert (discord_server.identified, discord_server.resumed) == (1, 1)
    assert discord_server.asked[0]["user_ids"] == [APPLICATION_ID]
    assert "Traceback" not in "\n".join(started.lines)


async def test_slash_commands_are_sent_at_the_first_start_only(discord_server: FakeDiscord, tmp_path: Path) -> None:
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await started.line_with("slash commands sent")
        await started.stop()
    discord_server.connected.clear()
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await discord_server.member_says("$hello")
        await discord_server.wait_for_posts(1)
        await started.stop()

    assert len(discord_server.commands) == 1


@pytest.mark.parametrize(("delay", "wait"), [(60.0, None), (0.0, 60.0)], ids=["hangs", "asks to wait"])
async def test_slash_commands_that_discord_does_not_take_hold_nothing_up(
    discord_server: FakeDiscord, tmp_path: Path, delay: float, wait: float | None
) -> None:
    discord_server.commands_delay, discord_server.commands_wait = delay, wait

    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await discord_server.wait_for_commands()
        await discord_server.member_says("$hello")
        await discord_server.wait_for_posts(1)
        code, seconds = await started.stop()

    assert len(discord_server.commands) == 1
    assert code == 0
    assert seconds < 5
    assert "Traceback" not in "\n".join(started.lines)


async def test_discord_out_of_reach_is_waited_for(tmp_path: Path, unused_tcp_port: int) -> None:
    fake = FakeDiscord()
    fake._port = unused_tcp_port
    async with running(environment(fake, tmp_path), tmp_path) as started:
        await started.line_with("can't be reached")
        assert (await page_of(started))[0] == 200
        await fake.start()
        await asyncio.wait_for(fake.connected.wait(), PATIENCE_SECONDS)
        code, _ = await started.stop()
    await fake.stop()

    assert code == 0
    assert "Traceback" not in "\n".join(started.lines)


async def test_a_gateway_out_of_reach_is_waited_for(discord_server: FakeDiscord, tmp_path: Path) -> None:
    discord_server.refuse_websockets = True
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await started.line_with("shard 0 is cut off")
        discord_server.refuse_websockets = False
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        code, _ = await started.stop()

    assert code == 0


async def test_neither_messages_nor_the_token_are_logged_even_at_debug(
    discord_server: FakeDiscord, tmp_path: Path
) -> None:
    async with running(environment(discord_server, tmp_path, LOG_LEVEL="DEBUG"), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await discord_server.member_says("je suis triste, secret 4711")
        await discord_server.member_says("$new secret 4711")
        await discord_server.member_says("$list")
        await discord_server.wait_for_posts(3)
        await discord_server.member_says("i want to kill myself, secret 4711")
        await discord_server.wait_for_posts(4)
        await started.stop()

    output = "\n".join(started.lines)
    assert "4711" not in output
    assert TOKEN not in output
    assert str(100_000_000_000_000_004) not in output, "who was sad"


async def test_without_the_message_content_intent_it_says_what_it_reads(
    discord_server: FakeDiscord, tmp_path: Path
) -> None:
    async with running(environment(discord_server, tmp_path, MESSAGE_CONTENT="false"), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await started.line_with("connected as")
        code, _ = await started.stop()

    asked = discord.Intents._from_value(discord_server.identify["intents"])
    assert not asked.message_content
    assert asked.guild_messages
    # discord.py 2.7.1 names it so: https://github.com/Rapptz/discord.py/blob/v2.7.1/discord/gateway.py
    activity = discord_server.identify["presence"]["game"]
    assert with_plain_spaces(activity["state"]) == "Je ne lis que ce qu'on m'adresse : /help"
    assert code == 0
    assert "WARNING" not in "\n".join(started.lines)


async def test_a_server_left_long_ago_is_purged_at_the_start(discord_server: FakeDiscord, tmp_path: Path) -> None:
    database = tmp_path / "data" / "bot.db"
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await discord_server.member_says("$new Tu vas y arriver.")
        await started.line_with("connected as")
        # What comes after waits for what the bot writes down when it is ready.
        await discord_server.member_says("$list")
        await discord_server.wait_for_posts(2)
        await started.stop()
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("SELECT id, left_at FROM servers").fetchall() == [(GUILD_ID, None)]
        opened.execute("UPDATE servers SET left_at = '2026-01-01T00:00:00+00:00'")
        opened.commit()

    # Back in the meantime: nothing is lost, though the thirty days are long over.
    discord_server.connected.clear()
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await started.line_with("connected as")
        await discord_server.member_says("$list")
        await discord_server.wait_for_posts(3)
        await started.stop()
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("SELECT count(*) FROM encouragements").fetchone() == (1,)
        opened.execute("INSERT INTO servers (platform, id, left_at) VALUES ('discord', 7, '2026-01-01T00:00:00+00:00')")
        opened.commit()

    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await started.line_with("deleted all that 1 servers had")
        await started.stop()
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("SELECT id, left_at FROM servers").fetchall() == [(GUILD_ID, None)]


async def test_no_token(tmp_path: Path) -> None:
    code, lines = await run_to_the_end(environment(None, tmp_path, TOKEN=""), tmp_path)

    assert code == ExitCode.NO_TOKEN
    assert len(lines) == 1
    assert "https://discord.com/developers/applications" in lines[0]


async def test_a_refused_token(discord_server: FakeDiscord, tmp_path: Path) -> None:
    code, lines = await run_to_the_end(environment(discord_server, tmp_path, TOKEN=f"{TOKEN}-revoked"), tmp_path)

    assert code == ExitCode.REFUSED_TOKEN
    assert len(lines) == 1
    assert "Reset Token" in lines[0]


@pytest.mark.parametrize(
    ("close_code", "exit_code", "words"),
    [
        (4004, ExitCode.REFUSED_TOKEN, "Reset Token"),
        (4014, ExitCode.MISSING_INTENT, f"https://discord.com/developers/applications/{APPLICATION_ID}/bot"),
        (4014, ExitCode.MISSING_INTENT, "MESSAGE_CONTENT=false"),
        (4011, ExitCode.BAD_SETTING, "SHARDS=auto"),
        (4010, ExitCode.BAD_SETTING, "SHARD_IDS="),
        (4012, ExitCode.OUTDATED, "version de son API"),
        (4013, ExitCode.OUTDATED, "intents"),
    ],
)
async def test_a_gateway_that_refuses_for_good(
    discord_server: FakeDiscord, tmp_path: Path, close_code: int, exit_code: ExitCode, words: str
) -> None:
    discord_server.close_on_identify = close_code

    code, lines = await run_to_the_end(environment(discord_server, tmp_path), tmp_path)

    assert code == exit_code
    assert len(lines) == 1
    assert words in lines[0]
    assert discord_server.identified == 1


async def test_a_busy_port(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        code, lines = await run_to_the_end(environment(None, tmp_path, PORT=str(port)), tmp_path)

    assert code == ExitCode.PORT_TAKEN
    assert len(lines) == 1
    assert f"127.0.0.1:{port}" in lines[0]


@pytest.mark.parametrize(
    ("content", "words"), [(None, "ouverte en écriture"), (b"no database", "sauvegarde"), (999, "plus récente")]
)
async def test_an_unusable_database(tmp_path: Path, content: bytes | int | None, words: str) -> None:
    database = tmp_path / "bot.db"
    if content is None:
        database.mkdir()
    elif isinstance(content, bytes):
        database.write_bytes(content * 200)
    else:
        with closing(sqlite3.connect(database)) as opened:
            opened.execute(f"PRAGMA user_version = {content}")

    code, lines = await run_to_the_end(environment(None, tmp_path, DATABASE=str(database)), tmp_path)

    assert code == ExitCode.DATABASE
    assert len(lines) == 1
    assert str(database) in lines[0]
    assert words in lines[0]


@pytest.mark.parametrize(("locale", "words"), [("fr", "ne convient pas"), ("en", "does not work")])
async def test_a_bad_setting_in_the_operators_language(tmp_path: Path, locale: str, words: str) -> None:
    (tmp_path / ".env").write_text(f"PORT=eighty\nLOCALE={locale}\n", encoding="utf-8")
    variables = environment(None, tmp_path)
    del variables["PORT"]

    code, lines = await run_to_the_end(variables, tmp_path)

    assert code == ExitCode.BAD_SETTING
    assert len(lines) == 1
    assert "PORT=eighty" in lines[0]
    assert words in lines[0]


async def test_a_broken_cog(discord_server: FakeDiscord, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cogs", tmp_path / "cogs")
    (tmp_path / "cogs" / "inspire.py").write_text("import a_module_that_is_not_there\n", encoding="utf-8")

    code, lines = await run_to_the_end(environment(discord_server, tmp_path), tmp_path)

    assert code == ExitCode.BROKEN_COG
    assert len(lines) == 1
    assert "cogs.inspire" in lines[0]
    assert "a_module_that_is_not_there" in lines[0]
    assert discord_server.identified == 0


@pytest.mark.parametrize("arguments", [["invite"], ["invite", "100000000000000001"]])
async def test_invite_prints_the_link(tmp_path: Path, arguments: list[str]) -> None:
    code, lines = await run_to_the_end(environment(None, tmp_path), tmp_path, *arguments)

    assert code == 0
    (link,) = lines
    assert link.startswith("https://discord.com/oauth2/authorize?client_id=100000000000000001&")
    assert "scope=bot+applications.commands" in link
    assert f"permissions={2**10 + 2**11 + 2**14 + 2**16 + 2**38}" in link


async def test_invite_without_the_intent_says_what_will_work(tmp_path: Path) -> None:
    _, lines = await run_to_the_end(environment(None, tmp_path, MESSAGE_CONTENT="false"), tmp_path, "invite")

    assert any(line.startswith("https://discord.com/oauth2/authorize?") for line in lines)
    assert any(line.startswith("MESSAGE_CONTENT=false") for line in lines)


async def test_invite_without_a_token_says_what_to_do(tmp_path: Path) -> None:
    code, lines = await run_to_the_end(environment(None, tmp_path, TOKEN=""), tmp_path, "invite")

    assert code == ExitCode.NO_TOKEN
    assert "python -m bot invite" in lines[0]


async def test_a_stop_while_another_process_holds_the_database_is_clean(
    discord_server: FakeDiscord, tmp_path: Path
) -> None:
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        with closing(sqlite3.connect(tmp_path / "data" / "bot.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for number in range(5):
                await discord_server.member_says(f"$new message {number}")
            await asyncio.sleep(0.2)
            code, seconds = await started.stop()

    output = "\n".join(started.lines)
    assert code == 0
    assert seconds < 5
    assert "closed database" not in output
    assert "never awaited" not in output
    assert "no active connection" not in output


async def test_a_stop_does_not_wait_for_an_answer_that_hangs(discord_server: FakeDiscord, tmp_path: Path) -> None:
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        discord_server.rest_delay = 30
        await discord_server.member_says("$hello")
        await asyncio.sleep(0.2)
        code, seconds = await started.stop()

    assert code == 0
    assert seconds < 5
    assert "Traceback" not in "\n".join(started.lines)


@pytest.mark.parametrize("status", [429, 403])
async def test_a_page_of_discords_edge_at_login_is_no_traceback(tmp_path: Path, status: int) -> None:
    async def edge(_request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html><body>go away</body></html>", content_type="text/html")

    async with TestServer(_anything(edge)) as server:
        variables = environment(None, tmp_path, DISCORD_API_URL=str(server.make_url("/api/v10")))
        async with running(variables, tmp_path) as started:
            line = await started.line_with("asks to wait" if status == 429 else "status 403")
            if status == 429:
                await started.stop()

    assert "html" not in line
    assert started.process.returncode == (0 if status == 429 else ExitCode.FAILED)
    assert "Traceback" not in "\n".join(started.lines)


@pytest.mark.parametrize("body", ["<html></html>", "[]", "{broken", "3"])
async def test_something_else_in_the_place_of_discord_is_named(tmp_path: Path, body: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body.encode(), headers={"Content-Type": "application/json"})

    async with TestServer(_anything(answer)) as server:
        url = str(server.make_url("/api/v10"))
        code, lines = await run_to_the_end(environment(None, tmp_path, DISCORD_API_URL=url), tmp_path)

    assert code == ExitCode.BAD_SETTING
    assert len(lines) == 1
    assert f"DISCORD_API_URL={url}" in lines[0]


async def test_a_try_out_on_a_busy_port_says_so(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    async with server:
        code, lines = await run_to_the_end(environment(None, tmp_path), tmp_path, "try", "--port", port)

    assert code == ExitCode.PORT_TAKEN
    (said,) = lines
    assert f"Le port {port}" in said
    assert "--port 8090" in said


def _anything(handler: Callable[[web.Request], Awaitable[web.Response]]) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    return app


async def test_the_program_of_this_checkout_is_the_one_that_is_tested(tmp_path: Path) -> None:
    """Another one that is installed does not stand in its way."""
    installed = tmp_path / "elsewhere" / "bot"
    installed.mkdir(parents=True)
    (installed / "__init__.py").touch()
    (installed / "__main__.py").write_text("print('another bot')", encoding="utf-8")
    nobody = environment(None, tmp_path, TOKEN="", PYTHONPATH=str(installed.parent))

    code, lines = await run_to_the_end(nobody, tmp_path, "invite")

    assert (code, len(lines)) == (ExitCode.NO_TOKEN, 1)
    assert "another bot" not in lines
