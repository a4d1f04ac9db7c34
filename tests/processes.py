"""Runs `python -m bot` as its operator would, and reads what it prints."""

import asyncio
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.discord.internals import pace
from tests import PATIENCE_SECONDS
from tests.fake_discord import TOKEN, FakeDiscord
from tests.forks import Forked, fork
from tests.sites import ask

# The program under test: not whichever `bot` happens to be installed.
ROOT = Path(__file__).parent.parent
# Whether a process may be a fork of one that has imported the program: the same one, sooner.
FORKING = sys.platform == "linux"
# Set where what PYTHONPATH adds may come after these imports; without it, Python starts afresh.
AFTER_IMPORTS = "PYTHONPATH_AFTER_IMPORTS"
# Without it, a process there has no sockets.
NEEDED_ON_WINDOWS = {name: value for name, value in os.environ.items() if name == "SYSTEMROOT"}


# A watchdog that soon finds out that a connection is deaf.
DEAF_SOON = {
    "discord.internals.watchdog.LOOK_SECONDS": 0.05,
    "discord.internals.watchdog.ANSWER_SECONDS": 0.3,
}
# Sessions may be begun one right after the other.
NO_TURNS = {
    "discord.internals.pace.SECONDS_BETWEEN_IDENTIFIES": 0.0,
    "discord.internals.pace.SECONDS_BETWEEN_THOSE_OF_A_SHARD": 0.0,
}


def reconnecting(speed: float) -> dict[str, Any]:
    """The constants with which minutes pass so many times as fast for whoever connects again."""
    names = ("MINUTE", "SECONDS_BETWEEN_IDENTIFIES", "SECONDS_BETWEEN_THOSE_OF_A_SHARD")
    changed: dict[str, Any] = {f"discord.internals.pace.{name}": getattr(pace, name) / speed for name in names}
    return changed | {"discord.internals.pace.STEPS": tuple(step / speed for step in pace.STEPS)}


@dataclass
class Process:
    """A `python -m bot` under way, and the lines it has printed."""

    process: asyncio.subprocess.Process | Forked
    lines: list[str] = field(default_factory=list)

    async def line_with(self, words: str) -> str:
        """Wait for a line that holds these words."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for line in self.lines:
                    if words in line:
                        return line
                assert self.process.returncode is None, "\n".join(self.lines)
                await asyncio.sleep(0.01)

    async def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; return the exit code and the seconds it took."""
        begin = time.monotonic()
        self.process.send_signal(number)
        code = await asyncio.wait_for(self.process.wait(), PATIENCE_SECONDS)
        return code, time.monotonic() - begin


def environment(fake: FakeDiscord | None, folder: Path, **more: str) -> dict[str, str]:
    """The settings of a bot that lives in `folder` and talks to `fake`, or to nobody."""
    chosen = {"PATH": "/usr/bin", "PYTHONIOENCODING": "utf-8"} | NEEDED_ON_WINDOWS
    chosen |= {"DATABASE": str(folder / "data" / "bot.db"), "BACKUPS": "0", "QUOTES": "bundled"}
    chosen |= {"HOST": "127.0.0.1", "PORT": "0", "TOKEN": TOKEN}
    if fake is not None:
        chosen |= {"DISCORD_API_URL": fake.api_url, "DISCORD_GATEWAY_URL": fake.gateway_url}
    else:
        chosen |= {"DISCORD_API_URL": "http://127.0.0.1:9", "DISCORD_GATEWAY_URL": "ws://127.0.0.1:9"}
    return chosen | more


@asynccontextmanager
async def running(
    variables: dict[str, str], folder: Path, *arguments: str, afresh: bool = False
) -> AsyncIterator[Process]:
    """Run the bot in `folder`; the block must let it end, or has it killed.

    With `afresh`, Python starts and imports it, as it does for an operator, and as it does anyway for a copy of the
    program in `folder`.
    """
    process = await _start(variables, folder, *arguments, afresh=afresh)
    started = Process(process)

    async def read() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            started.lines.append(line.decode().rstrip("\r\n"))

    reader = asyncio.create_task(read())
    try:
        yield started
        await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)
        await reader
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reader


async def _start(
    variables: dict[str, str], folder: Path, *arguments: str, afresh: bool
) -> asyncio.subprocess.Process | Forked:
    changed = (folder / "bot").exists() or ("PYTHONPATH" in variables and AFTER_IMPORTS not in variables)
    if FORKING and not afresh and not changed:
        return await fork(variables, folder, arguments)
    paths = filter(None, (str(ROOT), variables.get("PYTHONPATH")))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env=variables | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def run_to_the_end(
    variables: dict[str, str], folder: Path, *arguments: str, afresh: bool = False
) -> tuple[int, list[str]]:
    """Run the bot until it ends by itself; return its exit code and what it printed, INFO lines left out."""
    async with running(variables, folder, *arguments, afresh=afresh) as started:
        pass
    assert started.process.returncode is not None
    return started.process.returncode, [line for line in started.lines if " INFO " not in line]


def in_less_time(folder: Path, seconds: Mapping[str, Any]) -> dict[str, str]:
    """Variables for a process in which these constants of the program, by `module.NAME`, are so many seconds.

    A member may also give any number of commands there.
    """
    lines = [f"import bot.{place.rpartition('.')[0]}" for place in seconds]
    lines += [f"bot.{place} = {value}" for place, value in seconds.items()]
    lines.append("import bot.services.rate_limits as limits")
    lines.append(
        "limits.PER_MEMBER = limits.CLICKS_PER_MEMBER = limits.PER_CHANNEL = limits.RateLimit(1_000_000, 10.0)"
    )
    return beginning_with("\n".join(lines), folder)


def beginning_with(changes: str, folder: Path) -> dict[str, str]:
    """Variables for a process that executes these lines before the program begins."""
    (folder / "sitecustomize.py").write_text(changes, encoding="utf-8")
    return {"PYTHONPATH": str(folder), AFTER_IMPORTS: "yes"}


def with_languages(folder: Path) -> tuple[Path, dict[str, str]]:
    """Copy the languages for a test to change; return their folder, and the variables for a process that reads it."""
    copied = folder / "changed" / "bot" / "languages"
    shutil.copytree(ROOT / "bot" / "languages", copied, ignore=shutil.ignore_patterns("*.py*"))
    changes = f"from pathlib import Path\nimport bot.languages\nbot.languages.files = lambda _: Path({str(copied)!r})\n"
    return copied, beginning_with(changes, folder)


async def page_of(started: Process, path: str = "", **headers: str) -> tuple[int, str]:
    """What the web server of the process answers."""
    line = await started.line_with("status page")
    port = re.findall(r":(\d+)/", line)[0]
    answer = await ask(f"http://127.0.0.1:{port}/{path}", **headers)
    return answer.status, answer.text


async def page_becomes(started: Process, status: int, path: str = "") -> str:
    """Wait until a page has this status; return what it says."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            now, text = await page_of(started, path)
            if now == status:
                return text
            await asyncio.sleep(0.02)


async def shards_of(process: Process) -> int:
    """Return how many shards a process runs."""
    _, numbers = await page_of(process, "metrics")
    found = [line.split()[-1] for line in numbers.splitlines() if line.startswith("encourage_discord_shards ")]
    return int(float(found[0]))
