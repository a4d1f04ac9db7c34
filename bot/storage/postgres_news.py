"""What the processes that share a PostgreSQL tell each other: which settings and opt-outs have just changed."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from bot.models import Person, Platform, Scope
from bot.storage.base import Changes
from bot.storage.postgres_driver import is_failure

CHANNEL = "encourage_bot"
# The number means nothing.
IN_USE = 0x656E636F757262
# More than that are told at once as anything.
MOST_TOLD = 100
SECONDS_BETWEEN_QUESTIONS = 5.0
SECONDS_BEFORE_RETRY = 0.5
ANYTHING, SCOPE, PERSON = "anything", "scope", "person"

log = logging.getLogger(__name__)


class News:
    """Listens on a connection of its own; while that is lost, anything may have changed."""

    def __init__(self, connect: Callable[[], Awaitable[Any]]) -> None:
        self._connect = connect
        # Not what this process itself has written.
        self._name = secrets.token_hex(8)
        self._changes = Changes()
        self._some = asyncio.Event()

    def payloads(self, changes: Changes) -> list[str]:
        """Return what to send for these changes."""
        told = [f"{SCOPE} {scope.platform} {scope.id}" for scope in changes.scopes]
        told += [f"{PERSON} {person.platform} {person.id}" for person in changes.people]
        if changes.anything or len(told) > MOST_TOLD:
            told = [ANYTHING]
        return [f"{self._name} {each}" for each in told]

    async def wait(self) -> Changes:
        """Wait for changes of other processes; return all since the last time."""
        await self._some.wait()
        self._some.clear()
        changes, self._changes = self._changes, Changes()
        return changes

    async def begin(self) -> Any:
        """Return a connection that is listened on from now on."""
        connection = await self._connect()
        try:
            # Until the connection ends: who wants the database alone sees by it that a process uses it.
            await connection.execute(f"SELECT pg_advisory_lock_shared({IN_USE})")
            await connection.add_listener(CHANNEL, self._hear)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def keep_listening(self, connection: Any) -> None:
        """Listen for ever, on other connections once this one is lost."""
        while True:
            try:
                await _wait_for_its_end(connection)
            finally:
                connection.terminate()
            self._note(Changes(anything=True))
            connection = await self._begin_again()
            self._note(Changes(anything=True))

    async def _begin_again(self) -> Any:
        while True:
            await asyncio.sleep(SECONDS_BEFORE_RETRY)
            try:
                return await self.begin()
            except Exception as error:
                if not is_failure(error):
                    log.exception("the changes of other processes can't be listened for")

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        name, _, told = str(payload).partition(" ")
        if name == self._name:
            return
        what, *where = told.split()
        try:
            platform, id = Platform(where[0]), int(where[1])
        except (ValueError, IndexError):
            self._note(Changes(anything=True))
            return
        if what == SCOPE:
            self._note(Changes(scopes=frozenset((Scope(platform, id),))))
        elif what == PERSON:
            self._note(Changes(people=frozenset((Person(platform, id),))))
        else:
            self._note(Changes(anything=True))

    def _note(self, changes: Changes) -> None:
        before = self._changes
        self._changes = Changes(
            before.scopes | changes.scopes, before.people | changes.people, before.anything or changes.anything
        )
        self._some.set()


async def _wait_for_its_end(connection: Any) -> None:
    """Return once a connection is lost; a network may drop it without a word, so ask now and then."""
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _connection: ended.set())
    while not connection.is_closed():
        try:
            async with asyncio.timeout(SECONDS_BETWEEN_QUESTIONS):
                await ended.wait()
        except TimeoutError:
            try:
                await connection.execute("SELECT 1", timeout=SECONDS_BETWEEN_QUESTIONS)
            except Exception:
                return
