"""What `python -m bot check` finds, without connecting and without changing anything."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import ExitCode
from bot.storage.sqlite import open_sqlite
from tests.conftest import with_plain_spaces
from tests.fake_discord import TOKEN, FakeDiscord
from tests.processes import environment, run_to_the_end, with_languages

ROOT = Path(__file__).parent.parent


def with_program(folder: Path) -> None:
    """Run in `folder` a copy of the program that a test may break."""
    ignored = shutil.ignore_patterns("*.pyc.*")
    shutil.copytree(ROOT / "bot", folder / "bot", ignore=ignored)
    shutil.copytree(ROOT / "cogs", folder / "cogs", ignore=ignored)


def marks(lines: list[str]) -> str:
    """The mark of each line but the last, which sums up."""
    return "".join(line[0] for line in lines[:-1])


async def test_all_that_is_sound_is_listed(discord_server: FakeDiscord, tmp_path: Path) -> None:
    code, lines = await run_to_the_end(environment(discord_server, tmp_path), tmp_path, "check", afresh=True)

    assert code == 0
    assert marks(lines) == "✓✓✓✓✓✓"
    assert lines[-1] == "Le bot peut démarrer."
    assert discord_server.requests == []
    assert list(tmp_path.iterdir()) == []


async def test_without_a_token_the_bot_can_not_start(tmp_path: Path) -> None:
    code, lines = await run_to_the_end(environment(None, tmp_path, TOKEN="", LOCALE="en"), tmp_path, "check")

    assert code == ExitCode.FAILED
    assert marks(lines) == "✓✗✓✓✓✓"
    assert "TOKEN=" in lines[1]
    assert lines[-1] == "To fix before starting: 1."


async def test_of_an_address_that_is_none_nobody_hears_that_a_file_will_be_made_instead(tmp_path: Path) -> None:
    chosen = environment(None, tmp_path, DATABASE="postgresql://bot:very-s3cret-w0rd@db", LOCALE="en")

    _, lines = await run_to_the_end(chosen, tmp_path, "check")

    assert "DATABASE=" in lines[0]
    assert marks(lines) == "✗✓✓✓✓"
    assert "s3cret" not in "\n".join(lines)


async def test_everything_that_is_wrong_is_listed(tmp_path: Path) -> None:
    with_program(tmp_path)
    (tmp_path / "cogs" / "inspire.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    (tmp_path / "cogs" / "help.py").write_text("setup = None\n", encoding="utf-8")
    texts = tmp_path / "bot" / "languages" / "en" / "text.toml"
    changed = texts.read_text(encoding="utf-8").replace('hello = "Hello!"', 'hello = "Hello {nobody}!"')
    texts.write_text(changed, encoding="utf-8")
    database = tmp_path / "bot.db"
    database.write_bytes(b"no database" * 100)
    wrong = {"PREFIX": "too long", "LOG_LEVEL": "LOUD", "TOKEN": TOKEN.replace(".", "-"), "HOST": "192.0.2.1"}

    code, lines = await run_to_the_end(environment(None, tmp_path, DATABASE=str(database), **wrong), tmp_path, "check")

    assert code == ExitCode.FAILED
    assert marks(lines) == "✗✗✗✗✗✗✗✗"
    named = ["PREFIX=too long", "LOG_LEVEL=LOUD", "TOKEN=", "greetings.hello", str(database), "192.0.2.1"]
    for words, line in zip([*named, "cogs.inspire", "cogs.help"], lines, strict=False):
        assert words in line
    assert with_plain_spaces(lines[-1]) == "À corriger avant de démarrer : 8."


@pytest.mark.parametrize("token", ["abc", "deux mots"])
async def test_a_token_that_has_not_the_form_of_one_is_the_same_mistake_everywhere(tmp_path: Path, token: str) -> None:
    said = {}
    for command in ("check", "invite", "run"):
        code, lines = await run_to_the_end(environment(None, tmp_path, TOKEN=token), tmp_path, command)
        said[command] = (code, [line.removeprefix("✗ ") for line in lines if line[0] not in "✓À"])

    (sentence,) = said["check"][1]
    assert "Ceci ne ressemble pas à un token" in sentence
    assert said == {
        "check": (ExitCode.FAILED, [sentence]),
        "invite": (ExitCode.REFUSED_TOKEN, [sentence]),
        "run": (ExitCode.REFUSED_TOKEN, [sentence]),
    }


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("sound", "saine"),
        ("damaged", "lisible"),
        ("newer", "plus récente"),
        ("folder", "écriture"),
    ],
)
async def test_a_database_is_looked_at_and_left_as_it_is(tmp_path: Path, state: str, words: str) -> None:
    database = tmp_path / "bot.db"
    if state == "folder":
        database.mkdir()
    else:
        async with open_sqlite(database):
            pass
    if state == "damaged":
        content = bytearray(database.read_bytes())
        content[4096:] = b"\x07" * (len(content) - 4096)
        database.write_bytes(content)
    elif state == "newer":
        with closing(sqlite3.connect(database)) as opened:
            opened.execute("PRAGMA user_version = 999")
    variables = environment(None, tmp_path, DATABASE=str(database))
    before = database.read_bytes() if database.is_file() else b""

    code, lines = await run_to_the_end(variables, tmp_path, "check")

    (line,) = [line for line in lines if str(database) in line]
    assert words in line
    assert code == (ExitCode.OK if words == "saine" else ExitCode.FAILED)
    assert (database.read_bytes() if database.is_file() else b"") == before
    assert [file.name for file in tmp_path.iterdir()] == ["bot.db"]


async def test_a_database_is_sound_while_the_bot_uses_it_too(tmp_path: Path) -> None:
    async with open_sqlite(tmp_path / "data" / "bot.db"):
        code, lines = await run_to_the_end(environment(None, tmp_path), tmp_path, "check")

    assert code == 0
    assert "bot.db est saine" in "\n".join(lines)


async def test_a_database_where_none_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    code, lines = await run_to_the_end(environment(None, tmp_path), tmp_path, "check")

    assert code == ExitCode.FAILED
    assert "Not a directory" in next(line for line in lines if line.startswith("✗"))


async def test_a_taken_port_may_be_the_running_bots(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    async with server:
        code, lines = await run_to_the_end(environment(None, tmp_path, PORT=port), tmp_path, "check")

    assert code == 0
    assert "occupée" in next(line for line in lines if line.startswith("–"))


async def test_an_env_file_that_can_not_be_read_does_not_end_the_list(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("LOCALE=en\n".encode("utf-16"))

    code, lines = await run_to_the_end(environment(None, tmp_path), tmp_path, "check")

    assert code == ExitCode.FAILED
    assert marks(lines) == "✗✓✓✓✓✓"
    assert ".env" in lines[0]


async def test_a_language_that_can_not_be_read_is_said_in_another(tmp_path: Path) -> None:
    folders, elsewhere = with_languages(tmp_path)
    (folders / "fr" / "quotes.toml").write_text("quotes = [\n", encoding="utf-8")
    given = environment(None, tmp_path, **elsewhere)

    code, lines = await run_to_the_end(given, tmp_path, "check")
    assert code == ExitCode.FAILED
    assert marks(lines) == "✗✓✓✓✓✓"
    assert "quotes.toml" in lines[0]
    assert "bot/languages/fr" in lines[0]
    assert lines[-1] == "To fix before starting: 1."

    code, started = await run_to_the_end(given, tmp_path)
    assert code == ExitCode.BROKEN_LANGUAGE
    assert started == [lines[0].removeprefix("✗ ")]


async def test_rules_that_can_not_be_read_are_a_sentence_too(tmp_path: Path) -> None:
    folders, elsewhere = with_languages(tmp_path)
    rules = folders / "fr" / "feelings.toml"
    given = environment(None, tmp_path, **elsewhere)
    rules.write_text(rules.read_text(encoding="utf-8").replace("[spellings]", "[misspellings]"), encoding="utf-8")

    code, lines = await run_to_the_end(given, tmp_path, "check")
    assert code == ExitCode.FAILED
    assert "spellings" in next(line for line in lines if line.startswith("✗"))

    code, lines = await run_to_the_end(given, tmp_path)
    assert code == ExitCode.BROKEN_LANGUAGE
    assert len(lines) == 1
