"""Looks after the gateway connection from beside the bot, and finds one that is open but deaf.

Discord sometimes goes on answering heartbeats and sends no event any more. Silence alone proves nothing, as a small
server sleeps at night: so after a while something is asked for whose answer is an event.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import inf

import discord

from bot.discord.internals import gateway
from bot.discord.internals.gateway import Connection
from bot.health import Health

LOOK_SECONDS = 1.0
ANSWER_SECONDS = 30.0
# Without a server there is nothing to ask, but Discord answers a resumption with an event.
RENEW_SECONDS = 3_600.0
# For a question or a close to leave: a dead connection takes neither.
SEND_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    """What was last seen of one shard."""

    connection: Connection | None = None
    session: str | None = None
    sequence: int = 0
    proofs: int = 0
    heard_at: float = 0.0
    asked_at: float | None = None
    is_deaf: bool = False
    died_at: float = -inf


class Watchdog:
    """Reports to `health`, and reconnects a shard that has been deaf for `deaf_after` seconds.

    The last of these seconds, half of them at most, are left for an answer.
    """

    def __init__(
        self,
        client: discord.Client,
        health: Health,
        *,
        deaf_after: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._health = health
        self._deaf_after = deaf_after
        self._answer_after = min(ANSWER_SECONDS, deaf_after / 2)
        self._clock = clock
        self._shards: dict[int, _Watched] = {}

    async def keep_watch(self) -> None:
        """Look every second, for ever; run it beside the bot, where what fails is told of and begun again."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Report how every shard does, and do what its silence calls for."""
        self._health.application_id = self._client.application_id
        self._health.servers = len(self._client.guilds)
        self._health.expect(gateway.shard_ids(self._client))
        for connection in gateway.open_connections(self._client):
            watched = self._shards.setdefault(connection.shard_id, _Watched())
            self._listen(connection, watched)
            silent = self._clock() - watched.heard_at
            if connection.is_unanswered():
                log.warning("shard %d: heartbeats are not answered, resuming the session", connection.shard_id)
                await self._close(connection, watched, resume=True)
            elif watched.asked_at is not None:
                if self._clock() - watched.asked_at >= self._answer_after:
                    await self._declare_deaf(connection, watched)
            elif silent >= self._deaf_after - self._answer_after or watched.is_deaf:
                await self._doubt(connection, watched)

    def _listen(self, connection: Connection, watched: _Watched) -> None:
        """Report what has come since the last look."""
        same_session = connection.session == watched.session
        same_connection = connection.is_same_as(watched.connection)
        events = connection.sequence - watched.sequence if same_session else connection.sequence
        if events:
            self._health.heard(connection.shard_id, events)
        if connection.proofs != (watched.proofs if same_connection else 0):
            watched.is_deaf = False
            self._health.hears(connection.shard_id)
        heartbeat = connection.heartbeat()
        if heartbeat is not None:
            self._health.heartbeat_answered(connection.shard_id, heartbeat)
        if not same_connection or (events and not watched.is_deaf):
            watched.heard_at = self._clock()
            watched.asked_at = None
        watched.connection = connection
        watched.session, watched.sequence, watched.proofs = connection.session, connection.sequence, connection.proofs

    async def _doubt(self, connection: Connection, watched: _Watched) -> None:
        """Ask a silent connection for an event, where it can be asked."""
        user = self._client.user
        servers = [guild for guild in self._client.guilds if guild.shard_id == connection.shard_id]
        guild = next((guild for guild in servers if not guild.unavailable), None)
        silent = self._clock() - watched.heard_at
        if not self._health.is_connected(connection.shard_id):
            # Whoever connects is owed an event; until then, there is nobody to ask.
            if silent >= self._deaf_after:
                await self._declare_deaf(connection, watched)
        elif guild is not None and user is not None:
            watched.asked_at = self._clock()
            with suppress(OSError, TimeoutError, discord.ConnectionClosed):
                async with asyncio.timeout(SEND_SECONDS):
                    await connection.ask_for_member(guild.id, user.id)
        elif watched.is_deaf and not servers:
            # In no server any more, it misses nothing.
            watched.is_deaf = False
            self._health.hears(connection.shard_id)
        elif watched.is_deaf and silent >= self._deaf_after:
            # It was told of no server in all that time.
            await self._declare_deaf(connection, watched)
        elif silent >= RENEW_SECONDS:
            log.info("shard %d is in no server: renewing its connection after an hour's silence", connection.shard_id)
            await self._close(connection, watched, resume=True)

    async def _declare_deaf(self, connection: Connection, watched: _Watched) -> None:
        """Say that the connection is deaf, and have it made anew: with a new session when resuming has not helped."""
        now = self._clock()
        resume = not watched.is_deaf and now - watched.died_at > 2 * self._deaf_after
        log.warning(
            "shard %d has heard nothing for %d s, though its connection is open: %s",
            connection.shard_id,
            now - watched.heard_at,
            "resuming the session" if resume else "resuming did not help, starting a new session",
        )
        watched.died_at = now
        watched.is_deaf = True
        self._health.deaf(connection.shard_id)
        await self._close(connection, watched, resume=resume)

    async def _close(self, connection: Connection, watched: _Watched, *, resume: bool) -> None:
        self._health.disconnected(connection.shard_id)
        watched.heard_at = self._clock()
        watched.asked_at = None
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await connection.close(resume=resume)
