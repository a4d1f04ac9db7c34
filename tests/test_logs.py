"""What an operator, and a program that collects logs, reads of the running process."""

import asyncio
import json
import logging
import re
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import ExitCode
from bot.logs import JsonFormatter, LineFormatter
from tests import PATIENCE_SECONDS
from tests.fake_discord import TOKEN, FakeDiscord
from tests.processes import environment, run_to_the_end, running

ROOT = Path(__file__).parent.parent
EVENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ (DEBUG  |INFO   |WARNING|ERROR  |CRITICAL) [\w.]+: .+")
posix = pytest.mark.skipif(sys.platform == "win32", reason="the process is stopped by POSIX signals here")

# A cog that writes the token down in every way a mistake could.
CARELESS = """
import asyncio, logging, threading

from discord.ext import commands

class Careless(commands.Cog):
    def __init__(self, bot):
        self.bot = bot

    @commands.Cog.listener()
    async def on_ready(self):
        log = logging.getLogger("careless")
        log.warning("first\\n2026-01-01T00:00:00Z INFO    bot: forged by %s", self.bot.http.token)
        log.warning("%d", self.bot.http.token)
        threading.Thread(target=self.fail).start()
        self.forgotten = asyncio.get_running_loop().create_task(self.fail_later())
        del self.forgotten
        self.bot.loop.call_soon(self.fail)
        self.fail()

    def fail(self):
        try:
            raise KeyError(self.bot.http.token)
        except KeyError as error:
            raise RuntimeError(f"two\\nlines of {self.bot.http.token}") from error

    async def fail_later(self):
        self.fail()

async def setup(bot):
    await bot.add_cog(Careless(bot))
"""


def with_cog(folder: Path, code: str) -> None:
    """Run in `folder` the project's cogs, with this one in the place of the quotes."""
    shutil.copytree(ROOT / "cogs", folder / "cogs")
    (folder / "cogs" / "inspire.py").write_text(code, encoding="utf-8")


def record(message: str, *, error: BaseException | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("bot.test", logging.WARNING, __file__, 1, message, (), exc_info)


@posix
@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_the_token_is_not_logged_even_in_a_traceback(
    discord_server: FakeDiscord, tmp_path: Path, log_format: str
) -> None:
    with_cog(tmp_path, CARELESS)
    async with running(environment(discord_server, tmp_path, LOG_FORMAT=log_format), tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await started.line_with("incident")
        await started.line_with("a thread ended")
        await started.stop()

    output = "\n".join(started.lines)
    assert output.count("lines of [token]") >= 3
    assert output.count("KeyError: '[token]'") >= 3
    assert TOKEN not in output


@posix
async def test_an_event_is_one_line_and_only_tracebacks_follow_indented(
    discord_server: FakeDiscord, tmp_path: Path
) -> None:
    with_cog(tmp_path, CARELESS)
    async with running(environment(discord_server, tmp_path), tmp_path) as started:
        await started.line_with("incident")
        await started.stop()

    assert [line for line in started.lines if not EVENT.fullmatch(line) and not line.startswith("    ")] == []
    assert not any("INFO    bot: forged" in line and line.startswith("2026-01-01") for line in started.lines)
    assert r"first\n2026-01-01T00:00:00Z INFO    bot: forged by [token]" in await started.line_with("forged")


@posix
async def test_json_has_one_object_a_line(discord_server: FakeDiscord, tmp_path: Path) -> None:
    with_cog(tmp_path, CARELESS)
    async with running(environment(discord_server, tmp_path, LOG_FORMAT="json"), tmp_path) as started:
        await started.line_with("incident")
        await started.stop()

    events = [json.loads(line) for line in started.lines]
    incident = next(event for event in events if event["message"].startswith("incident"))
    assert {"time", "level", "logger", "message", "exception"} == set(incident)
    assert (incident["level"], incident["logger"]) == ("ERROR", "bot.discord.client")
    assert incident["exception"].startswith("Traceback (most recent call last):\n")
    assert all(datetime.fromisoformat(event["time"]).utcoffset() == timedelta(0) for event in events)


async def test_the_token_is_not_in_the_sentence_that_ends_the_start(
    discord_server: FakeDiscord, tmp_path: Path
) -> None:
    with_cog(tmp_path, "async def setup(bot):\n    raise RuntimeError(bot.http.token)\n")

    code, lines = await run_to_the_end(environment(discord_server, tmp_path), tmp_path)

    assert code == ExitCode.BROKEN_COG
    assert "[token]" in lines[-1]
    assert TOKEN not in "\n".join(lines)


async def test_what_nothing_caught_is_logged_and_ends_with_one(discord_server: FakeDiscord, tmp_path: Path) -> None:
    """Python's own traceback goes to standard error as it is: the log's hook comes before it."""
    with_cog(tmp_path, f"import asyncio\n{UNFORESEEN}")

    code, lines = await run_to_the_end(environment(discord_server, tmp_path), tmp_path)

    assert code == ExitCode.FAILED
    assert EVENT.fullmatch(lines[0])
    assert "the process ends" in lines[0]
    assert lines[-1] == "    LookupError: [token]"


UNFORESEEN = """
async def setup(bot):
    async def connect():
        raise LookupError(bot.http.token)
    bot.connect = connect
"""


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x0c", "\x1b[2K", "\x85", "\u2028", "\u2029"])
def test_nothing_in_a_message_ends_its_line_or_steers_a_terminal(end: str) -> None:
    line = LineFormatter(()).format(record(f"before{end}after"))

    assert len(line.splitlines()) == 1
    assert end[0] not in line


def test_what_an_error_says_can_not_look_like_an_event() -> None:
    error = ValueError("no\n2026-01-01T00:00:00Z INFO    bot: forged\r2026")
    first, *rest = LineFormatter(()).format(record("it failed", error=error)).splitlines()

    assert EVENT.fullmatch(first)
    assert rest
    assert all(line.startswith("    ") for line in rest)


def test_every_secret_is_left_out() -> None:
    event = record("one and two", error=ValueError("two and one"))

    for text in (LineFormatter(["one", "two"]).format(event), JsonFormatter(["one", "two"]).format(event)):
        assert text.count("[token]") == 4
        assert not re.search("one|two", text)
