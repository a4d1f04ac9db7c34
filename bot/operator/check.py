"""What can be known before the bot connects: whether everything it needs is there and sound."""

import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web
from discord.ext import commands

from bot.config import Settings
from bot.databases import postgres, unusable
from bot.discord.client import EXTENSIONS
from bot.errors import StartError
from bot.health import Health
from bot.languages import Language, differing_keys
from bot.models import QuoteSource
from bot.postgres_url import PostgresURL
from bot.storage.engine import UnusableDatabaseError
from bot.storage.offline import verify
from bot.text.sentences import Texts
from bot.web.server import serve
from bot.wiring import make_bot, open_services


class Mark(StrEnum):
    """What a finding means for the start."""

    GOOD = "✓"
    NOTE = "–"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list: `key` names its sentence."""

    mark: Mark
    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def bad(cls, error: StartError) -> "Finding":
        """Return what would stop the start."""
        return cls(Mark.BAD, error.key, error.params)


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was found; `on_telegram` is how to start a bot that is meant to be there alone."""

    findings: Sequence[Finding]
    on_telegram: str | None


async def examine(
    environment: Mapping[str, str], languages: Mapping[str, Language], problems: Sequence[StartError]
) -> Examination:
    """Return all that is found, changing nothing; `problems` are those of reading the environment and the languages."""
    settings, refused = Settings.read(environment)
    findings = [Finding.bad(problem) for problem in (*problems, *refused)]
    if not findings:
        findings.append(Finding(Mark.GOOD, "check.settings"))
    # With a token for Telegram and none for Discord, it is meant to be on Telegram alone.
    on_telegram_alone = settings.token is None and settings.telegram_token is not None
    if not on_telegram_alone:
        findings.append(_token(settings))
    if settings.telegram_token is not None:
        findings.append(_telegram(settings))
    findings.append(_languages(languages))
    # In the place of an address that is none, the file that would be used without any says nothing.
    if all(problem.params.get("name") != "DATABASE" for problem in refused):
        findings.append(await _server(settings.postgres) if settings.postgres else _database(settings.database))
    findings.append(await _port(settings))
    if on_telegram_alone:
        how = "python -m bot telegram"
        return Examination(findings, f"{how} --poll" if settings.missing_for_telegram else how)
    return Examination([*findings, *await _cogs(settings, languages)], None)


def _token(settings: Settings) -> Finding:
    try:
        settings.application_id()
    except StartError as error:
        return Finding.bad(error)
    return Finding(Mark.GOOD, "check.token")


def _telegram(settings: Settings) -> Finding:
    if find_spec("telegram") is None:
        return Finding(Mark.BAD, "start.missing_extra", {"extra": "telegram"})
    if settings.missing_for_telegram:
        return Finding(Mark.NOTE, "start.missing_for_telegram", {"names": ", ".join(settings.missing_for_telegram)})
    return Finding(Mark.GOOD, "check.telegram", {"url": settings.telegram_webhook_url})


def _languages(languages: Mapping[str, Language]) -> Finding:
    if differing := differing_keys(languages):
        return Finding(Mark.BAD, "check.languages_differ", {"keys": ", ".join(differing)})
    return Finding(Mark.GOOD, "check.languages", {"languages": " / ".join(languages)})


def _database(database: Path) -> Finding:
    try:
        if database.exists():
            verify(database)
            _expect_writable(database)
        # SQLite writes beside the database too.
        folder = next(above for above in database.absolute().parents if above.exists())
        if not folder.is_dir():
            raise UnusableDatabaseError(f"{os.strerror(errno.ENOTDIR)}: {folder}")
        _expect_writable(folder)
    except UnusableDatabaseError as error:
        return Finding.bad(unusable(database, error))
    return Finding(Mark.GOOD, "check.database" if database.exists() else "check.database_new", {"path": database})


async def _server(url: PostgresURL) -> Finding:
    """Ask the server itself: its version, and what the bot may do there."""
    try:
        version = await postgres().check(url)
    except StartError as error:
        return Finding.bad(error)
    except UnusableDatabaseError as error:
        return Finding.bad(unusable(url, error))
    return Finding(Mark.GOOD, "check.postgres" if version else "check.postgres_new", {"path": url})


def _expect_writable(path: Path) -> None:
    if not os.access(path, os.W_OK):
        raise UnusableDatabaseError(f"{os.strerror(errno.EACCES)}: {path}")


async def _port(settings: Settings) -> Finding:
    place = {"host": settings.host, "port": settings.port}
    try:
        async with serve(web.Application(), host=settings.host, port=settings.port):
            return Finding(Mark.GOOD, "check.port", place)
    except StartError as error:
        # By the bot itself, perhaps.
        return Finding(Mark.NOTE, "check.port_taken", place) if error.key == "start.port_taken" else Finding.bad(error)


async def _cogs(settings: Settings, languages: Mapping[str, Language]) -> list[Finding]:
    """Load every cog into a bot that never logs in, on a database of its own."""
    findings: list[Finding] = []
    with TemporaryDirectory() as folder:
        trial = replace(
            settings,
            database=Path(folder) / "encourage.db",
            postgres=None,
            locale=next(iter(languages)),
            backups=0,
            quotes=QuoteSource.BUNDLED,
        )
        try:
            async with (
                open_services(trial, languages) as services,
                make_bot(trial, services, Texts(languages), Health()) as bot,
            ):
                for name in EXTENSIONS:
                    try:
                        await bot.load_extension(name)
                    except commands.ExtensionError as error:
                        findings.append(Finding(Mark.BAD, "start.broken_cog", {"name": name, "reason": error}))
        except StartError as error:
            findings.append(Finding.bad(error))
    return findings or [Finding(Mark.GOOD, "check.cogs", {"count": len(EXTENSIONS)})]
