"""The settings, and the only place that reads the environment."""

import base64
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot import languages
from bot.errors import ExitCode, StartError
from bot.models import QuoteSource
from bot.postgres_url import PostgresURL, is_url, secrets_of
from bot.services.settings.table import is_prefix

DEFAULT_LOCALE = "fr"
SWITCHES = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
SECONDS_PER_DAY = 86_400
SECRETS = ("TOKEN", "DISCORD_TOKEN", "TELEGRAM_TOKEN", "TELEGRAM_SECRET", "PGPASSWORD")
SHORTEST_SECRET = 10
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")
# Where Telegram sends updates to, and what it sends along: https://core.telegram.org/bots/api#setwebhook
WEBHOOK_PATH = "/telegram"
WEBHOOK_PORTS = (None, 443, 80, 88, 8443)
# With paid broadcasts: https://core.telegram.org/bots/faq#how-can-i-message-all-of-my-bot-39s-subscribers-at-once
MOST_PER_SECOND = 1_000


def read_environment(env_file: Path | None = Path(".env")) -> dict[str, str]:
    """Return the variables of `env_file`, if any, overridden by those of the process; empty ones count as absent.

    Raises:
        StartError: the file is there and can't be read.
    """
    try:
        from_file = dotenv_values(env_file, interpolate=False) if env_file else {}
    except (OSError, ValueError) as error:
        raise StartError("start.unreadable_env", ExitCode.BAD_SETTING, path=env_file, reason=error) from error
    return {
        name: value for source in (from_file, os.environ) for name, value in source.items() if value and value.strip()
    }


def secrets_in(environment: Mapping[str, str]) -> list[str]:
    """Return the values that nobody may ever see; what is too short for a token may be a part of any word."""
    given = (environment.get(name, "").strip() for name in SECRETS)
    of_database = secrets_of(environment.get("DATABASE", "").strip(), shortest=SHORTEST_SECRET)
    return [*(value for value in given if len(value) >= SHORTEST_SECRET), *of_database]


def is_port(value: str) -> bool:
    """Tell whether this is a port, or 0 for any that is free."""
    return value.isascii() and value.isdigit() and len(value) <= 5 and int(value) <= 65535


def locale_for_operator(environment: Mapping[str, str]) -> str:
    """Return the language to speak to the operator in, even when LOCALE itself is wrong."""
    return _language(environment.get("LOCALE", "")) or DEFAULT_LOCALE


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator chose; `.env.example` documents each variable. With `postgres`, `database` is not used."""

    token: str | None = field(default=None, repr=False)
    prefix: str = "$"
    locale: str = DEFAULT_LOCALE
    database: Path = Path("data/encourage.db")
    postgres: PostgresURL | None = None
    backups: int = 7
    backup_folder: Path | None = None
    message_content: bool = True
    privacy_url: str | None = None
    quotes: QuoteSource = QuoteSource.ZENQUOTES
    zenquotes_url: str = "https://zenquotes.io"
    host: str = "0.0.0.0"
    port: int = 8080
    metrics: bool = True
    deaf_after_seconds: int = 600
    shards: int | Literal["auto"] | None = None
    shard_ids: tuple[int, ...] = ()
    log_level: str = "INFO"
    log_format: str = "text"
    discord_api_url: str | None = None
    discord_gateway_url: str | None = None
    telegram_token: str | None = field(default=None, repr=False)
    telegram_webhook_url: str | None = None
    telegram_secret: str | None = field(default=None, repr=False)
    telegram_api_url: str = "https://api.telegram.org"
    telegram_messages_per_second: int = 30

    def application_id(self) -> int:
        """Return the id of the application on Discord, which a bot token begins with in base 64.

        https://discord.com/developers/docs/reference#authentication

        Raises:
            StartError: there is no token, or it has not the form of one; what needs none never asks.
        """
        if self.token is None:
            raise StartError("start.no_token", ExitCode.NO_TOKEN)
        parts = re.fullmatch(r"([\w-]+)\.[\w-]+\.[\w-]+", self.token, re.ASCII)
        with suppress(ValueError):  # binascii's is one too
            if parts and (id := base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))).isdigit():
                return int(id)
        raise StartError("start.malformed_token", ExitCode.REFUSED_TOKEN)

    @property
    def missing_for_telegram(self) -> list[str]:
        """Return the variables that Telegram by webhook still needs."""
        needed = ("telegram_token", "telegram_webhook_url", "telegram_secret")
        return [name.upper() for name in needed if getattr(self, name) is None]

    @property
    def folder_of_backups(self) -> Path:
        """Return where the daily backups go."""
        return self.backup_folder or self.database.parent / "backups"

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """Check the variables and return the settings; an empty variable counts as absent.

        Raises:
            StartError: a variable does not work; the error says which and what it takes.
        """
        settings, problems = cls.read(environment)
        if problems:
            raise problems[0]
        return settings

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> tuple[Self, list[StartError]]:
        """Return the settings, with the default of every variable that does not work, and what is wrong with each."""
        given = {name: value.strip() for name, value in environment.items() if value.strip()}
        good: dict[str, Any] = {"token": given.get("TOKEN") or given.get("DISCORD_TOKEN")}
        problems: list[StartError] = []
        for name, read in _READERS.items():
            try:
                if name in given:
                    good[name.lower()] = read(name, given[name])
            except StartError as problem:
                problems.append(problem)
        if isinstance(good.get("database"), PostgresURL):
            good["postgres"] = good.pop("database")
        try:
            _expect_within(good.get("shard_ids", ()), good.get("shards"), given)
        except StartError as problem:
            problems.append(problem)
            del good["shard_ids"]
        return cls(**good), problems


def _bad(name: str, value: str, expected: str, **params: object) -> StartError:
    return StartError(
        "start.bad_setting", ExitCode.BAD_SETTING, name=name, value=value, expected=f"expected.{expected}", **params
    )


def _prefix(name: str, value: str) -> str:
    if not is_prefix(value):
        raise _bad(name, value, "prefix")
    return value


def _locale(name: str, value: str) -> str:
    language = _language(value)
    if language is None:
        raise _bad(name, value, "locale", languages=" / ".join(languages.available()))
    return language


def _language(value: str) -> str | None:
    """Return the language of a tag such as `en`, `en-US` or `en_US.UTF-8`, if the bot speaks it."""
    code = re.split("[-_.]", value.strip().lower())[0]
    return code if code in languages.available() else None


def _database(name: str, value: str) -> Path | PostgresURL:
    if is_url(value):
        try:
            return PostgresURL.read(value)
        except ValueError:
            # It may hold a password, and one that does not stand where it should.
            raise _bad(name, "…", "database_url") from None
    if value.startswith(":") or value.endswith(("/", os.sep)):
        raise _bad(name, value, "database")
    return _path(name, value)


def _backups(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 3):
        raise _bad(name, value, "backups")
    return int(value)


def _path(name: str, value: str) -> Path:
    try:
        if "\0" not in value:
            return Path(value).expanduser()
    except RuntimeError:  # there is no such home
        pass
    raise _bad(name, value, name.lower())


def _quotes(name: str, value: str) -> QuoteSource:
    try:
        return QuoteSource(value.lower())
    except ValueError:
        raise _bad(name, value, "quotes") from None


def _switch(name: str, value: str) -> bool:
    if value.lower() not in SWITCHES:
        raise _bad(name, value, "switch")
    return SWITCHES[value.lower()]


def _port(name: str, value: str) -> int:
    if not is_port(value):
        raise _bad(name, value, "port")
    return int(value)


def _count(name: str, value: str, *, of: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(most)) and 1 <= int(value) <= most):
        raise _bad(name, value, of, most=most)
    return int(value)


def _shards(name: str, value: str) -> int | Literal["auto"]:
    if value.lower() == "auto":
        return "auto"
    if not re.fullmatch(r"[1-9][0-9]{0,4}", value):
        raise _bad(name, value, "shards")
    return int(value)


def _shard_ids(name: str, value: str) -> tuple[int, ...]:
    """Read numbers and ranges of them: `0-3,6`."""
    ids: set[int] = set()
    for part in value.split(","):
        if not (bounds := re.fullmatch(r"\s*([0-9]{1,5})(?:-([0-9]{1,5}))?\s*", part)):
            raise _bad(name, value, "shard_ids")
        first, last = int(bounds[1]), int(bounds[2] or bounds[1])
        if last < first:
            raise _bad(name, value, "shard_ids")
        ids.update(range(first, last + 1))
    return tuple(sorted(ids))


def _expect_within(shard_ids: tuple[int, ...], shards: int | str | None, given: Mapping[str, str]) -> None:
    if shard_ids and not (isinstance(shards, int) and shard_ids[-1] < shards):
        raise _bad("SHARD_IDS", given["SHARD_IDS"], "shard_ids_of_shards")


def _log_level(name: str, value: str) -> str:
    if value.upper() not in LOG_LEVELS:
        raise _bad(name, value, "log_level")
    return value.upper()


def _log_format(name: str, value: str) -> str:
    if value.lower() not in LOG_FORMATS:
        raise _bad(name, value, "log_format")
    return value.lower()


def _url(name: str, value: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise _bad(name, value, "url", schemes=" / ".join(f"{scheme}://" for scheme in schemes))
    return value.rstrip("/")


def _http_url(name: str, value: str) -> str:
    return _url(name, value, ("https", "http"))


def _websocket_url(name: str, value: str) -> str:
    return _url(name, value, ("wss", "ws"))


def _webhook_url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme == "https" and bool(parts.hostname) and parts.port in WEBHOOK_PORTS
    except ValueError:
        valid = False
    if not (valid and parts.path.endswith(WEBHOOK_PATH) and not parts.query and not parts.fragment):
        raise _bad(name, value, "webhook_url", path=WEBHOOK_PATH)
    return value


def _telegram_token(name: str, value: str) -> str:
    if not re.fullmatch(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}", value):
        raise _bad(name, "…", "telegram_token")
    return value


def _telegram_secret(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value):
        raise _bad(name, "…", "telegram_secret")
    return value


def _host(name: str, value: str) -> str:
    try:
        value.encode("idna")
    except UnicodeError:
        raise _bad(name, value, "host") from None
    return value


_READERS: dict[str, Callable[[str, str], object]] = {
    "PREFIX": _prefix,
    "LOCALE": _locale,
    "DATABASE": _database,
    "BACKUPS": _backups,
    "BACKUP_FOLDER": _path,
    "MESSAGE_CONTENT": _switch,
    "PRIVACY_URL": _http_url,
    "QUOTES": _quotes,
    "ZENQUOTES_URL": _http_url,
    "HOST": _host,
    "PORT": _port,
    "METRICS": _switch,
    "DEAF_AFTER_SECONDS": partial(_count, of="seconds", most=SECONDS_PER_DAY),
    "SHARDS": _shards,
    "SHARD_IDS": _shard_ids,
    "LOG_LEVEL": _log_level,
    "LOG_FORMAT": _log_format,
    "DISCORD_API_URL": _http_url,
    "DISCORD_GATEWAY_URL": _websocket_url,
    "TELEGRAM_TOKEN": _telegram_token,
    "TELEGRAM_WEBHOOK_URL": _webhook_url,
    "TELEGRAM_SECRET": _telegram_secret,
    "TELEGRAM_API_URL": _http_url,
    "TELEGRAM_MESSAGES_PER_SECOND": partial(_count, of="rate", most=MOST_PER_SECOND),
}
