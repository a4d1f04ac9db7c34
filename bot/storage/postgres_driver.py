"""How the bot connects to PostgreSQL, and which of its failures are the database's and which a mistake of ours."""

import os
import ssl
from typing import Any

import asyncpg

from bot.postgres_url import PostgresURL

# A lock that somebody else holds is waited for so long, or twice, once to be the next; an answer, so long.
LOCK_MILLISECONDS = 1_500
STATEMENT_SECONDS = 10
CONNECT_SECONDS = 5.0
# Beyond the server's own limit: for a machine that no longer answers at all.
ANSWER_SECONDS = 12.0
# https://www.postgresql.org/docs/current/errcodes-appendix.html
FAILURES_BY_CLASS = ("08", "25", "28", "3D", "40", "53", "55", "57", "58", "F0", "XX")
NO_RIGHT, READ_ONLY = "42501", "25006"
# After these, no connection that is open is of use: a new one may lead to the machine that has taken over.
ELSEWHERE_NOW = (READ_ONLY, "57P01", "57P02", "57P03", "57P05")


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """One that is not reset each time it is given back, which takes as long as a statement: nothing is left in it."""

    def get_reset_query(self) -> str:
        return ""


def options_for(url: PostgresURL) -> dict[str, Any]:
    """Return what asyncpg is to be told for a connection."""
    return {
        "dsn": url.whole,
        "timeout": CONNECT_SECONDS,
        "command_timeout": ANSWER_SECONDS,
        "connection_class": _Connection,
        "server_settings": {
            **({} if "application_name=" in url.whole else {"application_name": "encourage-bot"}),
            "lock_timeout": f"{LOCK_MILLISECONDS}ms",
            "statement_timeout": f"{STATEMENT_SECONDS}s",
            "idle_in_transaction_session_timeout": "60s",
        },
    }


async def keep_what_is_confirmed(connection: Any) -> None:
    """See to it that a commit is on the disk when it is confirmed, even where the server is set to be quicker."""
    await connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )


async def connect_once(url: PostgresURL) -> Any:
    """Return a connection of its own, which whoever asked for it closes."""
    try:
        connection = await asyncpg.connect(**options_for(url))
    except OSError as error:
        raise _naming_its_file(url, error) from error
    try:
        await keep_what_is_confirmed(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection


def _naming_its_file(url: PostgresURL, error: OSError) -> OSError:
    """Return the same error with the file that can't be read: neither OpenSSL nor a socket tells which."""
    if isinstance(error, (FileNotFoundError, PermissionError)) and error.filename is None:
        for path in url.files:
            if not os.access(path, os.R_OK):
                return OSError(error.errno, error.strerror, path)
    return error


def is_failure(error: BaseException) -> bool:
    """Tell whether the database or the way to it fails; any other error is a mistake of ours."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate)[:2] in FAILURES_BY_CLASS or error.sqlstate == NO_RIGHT
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)
    return isinstance(error, (OSError, TimeoutError, ssl.SSLError, asyncpg.InternalClientError))


def is_lost(error: BaseException) -> bool:
    """Tell whether the connection is of no use any more, and what it was doing may be done or not."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate)[:2] in ("08", "57") or error.sqlstate in ELSEWHERE_NOW
    return is_failure(error)


def reason_of(error: BaseException) -> str:
    """Return in a few words why the database fails; there is never a password in it."""
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    # Not what is derived from it: "cannot switch to state 15; another operation (2) is in progress".
    if type(error) is asyncpg.InternalClientError:
        return "the connection was cut"
    return " ".join(str(error).split()) or type(error).__name__
