"""The README and the other pages tell the truth: commands exist, tables match the code, links lead somewhere."""

import json
import logging
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot
from benchmarks.feelings import answered
from bot import health
from bot import languages as language_folders
from bot.__main__ import main
from bot.background import Background
from bot.config import WEBHOOK_PORTS, Settings
from bot.discord.permissions import invite_url
from bot.errors import ExitCode
from bot.health import Health, Heartbeat
from bot.languages import Language
from bot.logs import JsonFormatter
from bot.models import QuoteSource
from bot.services import Services, deliveries, encouragements, privacy
from bot.storage.backups import DailyBackups
from bot.storage.sqlite import open_sqlite
from bot.text.sentences import Texts
from bot.web.metrics import Metrics
from bot.web.site import Site
from bot.web.status_page import StatusPage
from bot.wiring import open_services
from tests.conftest import telegram_bot
from tests.fake_telegram import FakeTelegram

ROOT = Path(__file__).parent.parent
PAGES = {
    file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
    for file in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "benchmarks" / "README.md")
}
README = PAGES["README.md"]
CHANGELOG = PAGES["CHANGELOG.md"]
EVERYTHING = "\n".join(PAGES.values())
OTHER_PROGRAMS = ("docker", "sudo", "journalctl", "git", "gh", "kubectl", "pg_dump", "pg_restore")
TYPED = [
    line.split("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", EVERYTHING, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]


def table(page: str, heading: str) -> dict[str, str]:
    """The first two columns of the first table after a heading of a page."""
    section = PAGES[page][PAGES[page].index(f"{heading}\n") :]
    rows = re.search(r"(?:^\|.*\|\n)+", section, re.MULTILINE)
    assert rows is not None
    cells = [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows[0].splitlines()[2:]]
    return {row[0]: row[1] for row in cells}


def section(page: str, heading: str) -> str:
    """What is between a heading of a page and the next one of its kind."""
    return re.split(r"^## ", PAGES[page][PAGES[page].index(f"## {heading}\n") + 3 :], maxsplit=1, flags=re.MULTILINE)[0]


def usages(language: Language) -> set[str]:
    """How every command is typed."""
    return {
        f"${text}"
        for key, text in language.texts.items()
        if isinstance(text, str) and key.startswith("commands.") and key.endswith(".usage")
    }


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) <= 250


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for words in re.findall(r"make ((?:[a-z]+ ?)+)", "\n".join(TYPED)) for target in words.split()}
    named |= {
        target for words in re.findall(r"`(?:LOCALE=en )?make ([a-z ]+)`", EVERYTHING) for target in words.split()
    }

    assert {"try", "test", "run", "invite", "check", "lint", "types"} <= named <= targets


def test_every_typed_command_is_one_of_the_known_kinds() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for line in TYPED:
        if match := re.search(r'-e "\.\[([\w,]+)\]"', line):
            assert {*match[1].split(",")} <= {*extras}
        elif match := re.match(r"python (?:-m )?(benchmarks[\w/.]+)", line):
            assert (ROOT / match[1].removesuffix(".py").replace(".", "/")).with_suffix(".py").is_file(), line
        else:
            known = (
                r"(LOCALE=de )?make [\w ]+|python3 -m venv \.venv|source \.venv/bin/activate"
                r"|python -m bot .+|cp -r bot/languages/en bot/languages/de"
            )
            if line.split()[0] not in OTHER_PROGRAMS:
                assert re.fullmatch(known, line), line


@pytest.mark.parametrize("line", sorted(set(re.findall(r"python -m bot (\w+(?: --[\w-]+)*)", EVERYTHING))))
def test_the_program_has_every_command_and_option_that_is_named(
    line: str, languages: Mapping[str, Language], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language_folders, "load_readable", lambda: (languages, {}))
    command, *options = line.split()

    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert set(options) <= set(re.findall(r"--[\w-]+", capsys.readouterr().out))


def test_the_table_of_commands_is_the_bots(languages: Mapping[str, Language]) -> None:
    assert set(table("docs/commands.md", "# All the commands")) == usages(languages["en"])


def test_the_readme_names_every_command_and_no_other(languages: Mapping[str, Language]) -> None:
    named = [*re.findall(r"[`(]\$(\w+)", section("README.md", "Commands")), "settings"]

    assert set(named) == {usage.split()[0].removeprefix("$") for usage in usages(languages["en"])}


async def test_telegram_gets_the_commands_that_its_page_names(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> None:
    async with telegram_bot(telegram_server, settings, services, texts, published=True):
        menus = telegram_server.sent("setMyCommands")

    commands = {command["command"] for menu in menus for command in menu["commands"]}
    assert set(re.findall(r"`/(\w+)`", section("docs/telegram.md", "Commands"))) == commands


def test_the_table_of_settings_is_the_codes() -> None:
    settings = table("README.md", "## Settings")

    assert {name.lower() for name in settings} == Settings.__dataclass_fields__.keys() - {"postgres"}
    assert Settings.from_env(settings) == Settings()


@pytest.mark.parametrize("given", sorted(set(re.findall(r"`([A-Z_]{4,}=[^`\s]*)`", EVERYTHING))))
def test_a_setting_given_as_an_example_is_one_and_works(given: str) -> None:
    name, _, value = given.partition("=")

    assert name.lower() in Settings.__dataclass_fields__
    assert Settings.read({name: value})[1] == []


def test_the_table_of_exit_codes_is_complete() -> None:
    codes = table("docs/monitoring.md", "## Exit codes")

    assert {int(code) for code in codes} == {*map(int, ExitCode), 2}


async def test_the_tables_of_paths_and_numbers_are_what_the_web_server_gives(
    settings: Settings, languages: Mapping[str, Language], texts: Texts, unused_tcp_port: int
) -> None:
    nobody = f"http://127.0.0.1:{unused_tcp_port}"
    settings = replace(settings, quotes=QuoteSource.ZENQUOTES, zenquotes_url=nobody)
    heard = Health()
    heard.connected()
    heard.heartbeat_answered(0, Heartbeat(0.25, 0.0))
    async with open_services(settings, languages) as services:
        on_telegram = Health(platform="Telegram")
        on_telegram.pending = 1
        metrics = Metrics(heard, services, on_telegram)
        numbers = (await metrics.render()).decode()
        app = Site(heard, services, Background(), metrics, texts, "en", StatusPage(texts, "1"), invite_url).app()

    assert set(table("docs/monitoring.md", "# Monitoring")) == {
        route.resource.canonical for route in app.router.routes() if route.resource is not None
    }
    assert set(table("docs/monitoring.md", "## Numbers for Prometheus")) == {
        name for name in re.findall(r"^([a-z_]+)", numbers, re.MULTILINE) if not name.startswith("process_")
    }


def test_an_event_of_the_log_has_the_parts_that_its_page_names() -> None:
    record = logging.LogRecord("bot", logging.ERROR, "", 1, "an error", (), (OSError, OSError(), None))
    (sentence,) = re.findall(r"one JSON object.*?\.\n", PAGES["docs/logs.md"], re.DOTALL)

    assert re.findall(r"`(\w+)`", sentence) == list(json.loads(JsonFormatter([]).format(record)))


async def test_a_daily_backup_is_called_what_its_page_says(tmp_path: Path) -> None:
    database = tmp_path / Settings().database
    async with open_sqlite(database):
        daily = DailyBackups(
            database, database.parent / "backups", keep=1, now=lambda: datetime(2026, 1, 31, tzinfo=UTC)
        )
        made = daily.back_up_if_due()

    assert made is not None
    assert f"`{made.relative_to(tmp_path).as_posix()}`" in PAGES["docs/backups.md"]


@pytest.mark.parametrize(
    ("page", "words", "actual", "said"),
    [
        ("docs/backups.md", "keeps the\nseven most recent", Settings().backups, 7),
        ("docs/commands.md", "of up to 1,000 characters; the list holds 500", encouragements.MAX_LENGTH, 1_000),
        ("docs/commands.md", "of up to 1,000 characters; the list holds 500", encouragements.MAX_PER_SCOPE, 500),
        ("docs/commands.md", "Up to 100 messages can wait, for 30 days", encouragements.MAX_PENDING, 100),
        ("docs/commands.md", "Up to 100 messages can wait, for 30 days", privacy.DAYS_KEPT_PENDING, 30),
        ("README.md", "deleted 30 days after it has removed the bot", privacy.DAYS_KEPT_AFTER_LEAVING, 30),
        ("README.md", "180 days after the last command", privacy.DAYS_KEPT_UNUSED, 180),
        ("PRIVACY.md", "180 days after the last command", privacy.DAYS_KEPT_UNUSED, 180),
        ("PRIVACY.md", "180 jours après la dernière commande", privacy.DAYS_KEPT_UNUSED, 180),
        ("docs/monitoring.md", "cut off for two minutes", health.GRACE_SECONDS, 120),
        ("docs/monitoring.md", "After ten minutes without an event", Settings().deaf_after_seconds, 600),
        ("docs/telegram.md", "remembers for two days", deliveries.HOURS_KEPT, 48),
        ("README.md", "on port 443, 80, 88 or 8443", WEBHOOK_PORTS, (None, 443, 80, 88, 8443)),
    ],
)
def test_a_figure_that_is_given_is_the_codes(page: str, words: str, actual: object, said: object) -> None:
    assert words in PAGES[page]
    assert actual == said


def test_every_address_has_the_port_that_the_bot_listens_on() -> None:
    ports = re.findall(
        r"https?://[\w.-]+:(\d+)|reverse proxy in front of port (\d+)|on port (\d+) \(`PORT`\)", EVERYTHING
    )

    assert {int(port) for found in ports for port in found if port} == {Settings().port}


def test_the_sentences_given_as_sad_are_read_so() -> None:
    paragraph = README[README.index("When people say that they themselves are sad") :].split("\n\n")[0]
    given = re.findall(r"`(.+?)`", paragraph)[:3]

    assert len(given) == 3
    assert [text for text in given if not answered(text, "")] == []


def test_as_many_quotes_as_it_says(languages: Mapping[str, Language]) -> None:
    assert "120 bundled quotes" in PAGES["docs/tutorial.md"]
    assert sum(len(language.quotes) for language in languages.values()) >= 120


def headings(page: str) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    lines = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("name", PAGES)
def test_links_to_files_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\((?!https?://)(.+?)\)", PAGES[name]):
        file, _, heading = target.partition("#")
        path = ((ROOT / name).parent / file).resolve() if file else ROOT / name
        assert path.exists(), target
        assert not heading or heading in headings(path.read_text(encoding="utf-8")), target
    for path_named in re.findall(r"`((?:bot|cogs|docs|tests|benchmarks|deploy)/[\w/.-]*)`", PAGES[name]):
        assert (ROOT / path_named).exists() or "/de" in path_named, path_named


def test_every_page_and_picture_can_be_found_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(((?:docs/)?[\w.-]+\.md)\)", README))
    shown = {picture for page in PAGES.values() for picture in re.findall(r"!\[.+?\]\((?:docs/)?(.+?\.png)\)", page)}

    assert {name for name in PAGES if name.startswith("docs/")} | {"CONTRIBUTING.md", "CHANGELOG.md"} <= linked
    assert shown == {file.name for file in ROOT.glob("docs/*.png")}


def test_the_tests_that_contributing_names_exist() -> None:
    tests = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").glob("test_*.py"))
    named = re.findall(r"^   \| `(\w+)` \|", PAGES["CONTRIBUTING.md"], re.MULTILINE)

    assert named
    for words in named:
        assert re.search(rf"def test_\w*{words}", tests), words


def test_the_changelog_tells_of_this_version_and_keeps_to_its_form() -> None:
    """The form is that of https://keepachangelog.com."""
    versions = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    dated = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", version) for version in versions[1:]]

    assert versions[0] == "[Unreleased]"
    assert next(match[1] for match in dated if match) == bot.__version__
    assert all(dated)
    dates = [datetime.fromisoformat(match[2]) for match in dated if match]
    assert dates == sorted(dates, reverse=True)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= kinds
