"""The log: one readable line an event, in UTC, without anybody's messages."""

import logging
import sys
import time

OWN_LOGGERS = ("bot", "cogs")


def log_to_stdout(level: str) -> None:
    """Write the log to standard output from `level` (a name of the logging module) up."""
    handler = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter("%(asctime)sZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(_outage_on_one_line)
    handler.addFilter(_not_what_was_chosen)
    # At DEBUG, the libraries write down whole messages and SQL parameters: only our own loggers may go there.
    logging.basicConfig(level="INFO" if level == "DEBUG" else level, handlers=[handler])
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level)


def _outage_on_one_line(record: logging.LogRecord) -> bool:
    """Say a lost connection, which discord.py logs with its traceback, as the everyday event it is."""
    if record.name == "discord.client" and record.exc_info and record.msg == "Attempting a reconnect in %.2fs":
        reason = str(record.exc_info[1] or "").replace("%", "%%")
        record.msg = f"Connection lost ({reason}); {record.msg[0].lower()}{record.msg[1:]}"
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
    return True


def _not_what_was_chosen(record: logging.LogRecord) -> bool:
    """Leave out discord.py's warning about the message content intent: MESSAGE_CONTENT=false is a choice."""
    return not (
        record.name == "discord.ext.commands.bot" and record.msg.startswith("Privileged message content intent")
    )
