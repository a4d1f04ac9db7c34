"""A folder in `bot/languages` is all that a language takes: the real program, with one more."""

import re
import shutil
import signal
import sys
from pathlib import Path

import discord
import pytest

from bot import languages
from tests.fake_discord import FakeDiscord
from tests.processes import environment, running, with_languages

# A language of Discord's clients that the bot does not speak, and a letter that any text may begin with.
CODE = next(each.value for each in discord.Locale if each.value not in languages.available() and "-" not in each.value)
MARK = "ß"
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the process is stopped by POSIX signals here"),
    pytest.mark.together,
]


@pytest.fixture(scope="module")
def one_more(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for the program with one more language: English, a mark before each sentence that is not typed.

    The first process leaves the reader of its feelings there for the others.
    """
    folders, elsewhere = with_languages(tmp_path_factory.mktemp("languages"))
    shutil.copytree(folders / "en", folders / CODE)
    file = folders / CODE / "text.toml"
    text = file.read_text(encoding="utf-8")
    typed = r"usage|example|plural|thousands|spaces_\w+"
    marked = re.sub(rf'^((?!{typed})[\w.]+ = "(?:"")?)', rf"\1{MARK}", text, flags=re.MULTILINE)
    file.write_text(marked, encoding="utf-8")
    return elsewhere


async def test_it_can_be_tried_out(one_more: dict[str, str], tmp_path: Path) -> None:
    async with running(environment(None, tmp_path, LOCALE=CODE, **one_more), tmp_path, "try") as started:
        await started.line_with("http://127.0.0.1:")
        await started.stop(signal.SIGINT)

    output = "\n".join(started.lines)
    assert f"| {MARK}Hello!" in output
    assert f"{MARK}Encouraging messages" in output
    assert "Traceback" not in output


async def test_discord_gets_the_commands_in_it_too(
    one_more: dict[str, str], discord_server: FakeDiscord, tmp_path: Path
) -> None:
    async with running(environment(discord_server, tmp_path, LOCALE=CODE, **one_more), tmp_path) as started:
        await started.line_with("slash commands sent")
        await started.stop()

    (commands,) = discord_server.commands
    for command in (command for command in commands if command["type"] == 1):
        said = command["description_localizations"]
        assert {"fr", "en-US", "en-GB", CODE} <= set(said)
        assert command["description"] == said[CODE] == f"{MARK}{said['en-US']}"
    (number,) = next(command["options"] for command in commands if command["name"] == "del")
    assert (number["name"], number["name_localizations"][CODE]) == ("number", f"{MARK}number")


async def test_without_being_chosen_it_is_one_more_for_slash_commands(
    one_more: dict[str, str], discord_server: FakeDiscord, tmp_path: Path
) -> None:
    async with running(environment(discord_server, tmp_path, **one_more), tmp_path) as started:
        await started.line_with("slash commands sent")
        await discord_server.member_says("$hello")
        await discord_server.wait_for_posts(1)
        await started.stop()

    (hello,) = [command for command in discord_server.commands[0] if command["name"] == "hello"]
    assert hello["description"] == hello["description_localizations"]["fr"]
    assert hello["description_localizations"][CODE].startswith(MARK)
    assert discord_server.posts[0]["content"] == "Bonjour !"
