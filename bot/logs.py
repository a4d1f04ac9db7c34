"""The log: one readable line an event, in UTC, without the token or anybody's messages."""

import json
import logging
import re
import sys
import threading
from collections.abc import Collection
from datetime import UTC, datetime
from types import TracebackType

OWN_LOGGERS = ("bot", "cogs")
# What would end a line or steer a terminal: somebody's name or an error may hold it, and must not forge an event.
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")

log = logging.getLogger(__name__)


def log_to_stdout(level: str, *, as_json: bool = False, secrets: Collection[str] = ()) -> None:
    """Write the log to standard output from `level` (a name of the logging module) up, and no secret with it.

    What nothing caught is logged too, rather than left to Python, which would print it with its secrets.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(secrets) if as_json else LineFormatter(secrets))
    handler.addFilter(_not_what_was_chosen)
    # At DEBUG, the libraries write down whole messages and SQL parameters: only our own loggers may go there.
    logging.basicConfig(level="INFO" if level == "DEBUG" else level, handlers=[handler])
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    # A record that can't be formatted would be printed as it is, secrets and all.
    logging.raiseExceptions = False
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda thrown: log.critical("a thread ended", exc_info=thrown.exc_value)
    sys.unraisablehook = lambda thrown: log.error("%s", thrown.err_msg or "ignored", exc_info=thrown.exc_value)


def without_secrets(text: str, secrets: Collection[str]) -> str:
    """Return the text with `[token]` in the place of each secret."""
    for secret in secrets:
        text = text.replace(secret, "[token]")
    return text


class SecretiveFormatter(logging.Formatter):
    """A formatter that leaves the secrets out, wherever they stand."""

    def __init__(self, secrets: Collection[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def message_of(self, record: logging.LogRecord) -> str:
        """Return what happened."""
        return without_secrets(record.getMessage(), self._secrets)

    def traceback_of(self, record: logging.LogRecord) -> str:
        """Return where it happened, as Python prints it; empty when the record does not tell."""
        error = self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else None
        return without_secrets("\n".join(filter(None, (error, record.stack_info))), self._secrets)


class LineFormatter(SecretiveFormatter):
    """One line an event; a traceback follows it, each of its lines indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        time = f"{_time_of(record):%Y-%m-%dT%H:%M:%SZ}"
        lines = [f"{time} {record.levelname:<7} {record.name}: {self.message_of(record)}"]
        lines += [f"    {line}" for line in self.traceback_of(record).split("\n") if line]
        return "\n".join(CONTROL.sub(_escape, line) for line in lines)


class JsonFormatter(SecretiveFormatter):
    """One JSON object an event, on a line of its own, for a program that collects them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as `time` (ISO 8601, UTC), `level`, `logger`, `message` and, for an error, `exception`."""
        event = {
            "time": _time_of(record).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message_of(record),
        }
        if exception := self.traceback_of(record):
            event["exception"] = exception
        return json.dumps(event)


def _time_of(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    log.critical("the process ends", exc_info=(kind, error, traceback))


def _not_what_was_chosen(record: logging.LogRecord) -> bool:
    """Leave out discord.py's warning about the message content intent: MESSAGE_CONTENT=false is a choice."""
    return not (
        record.name == "discord.ext.commands.bot" and record.msg.startswith("Privileged message content intent")
    )
