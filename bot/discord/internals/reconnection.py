"""Keeps a client connected, each shard by itself; takes the place of discord.py's own loops.

Those pause for up to 17 minutes after an outage, and not at all while Discord accepts every connection and closes it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import discord
from discord.gateway import ReconnectWebSocket

from bot.discord.internals.gateway import RESUMABLE, shard_ids
from bot.discord.internals.pace import Identifies, Pace
from bot.discord.internals.websocket import NonsenseError, Session, Websocket

# Until a connection is open, and until the first event of its session comes.
OPEN_SECONDS = 10.0
FIRST_EVENT_SECONDS = 20.0
SILENT_SECONDS = 60.0
# After so many failures in a row, the address to resume at may be what is wrong; after so much nonsense, the session.
MOST_AT_ONE_ADDRESS = 3
MOST_NONSENSE = 2
LIMIT_SECONDS = 5.0

OUTAGE = (OSError, TimeoutError, aiohttp.ClientError)

log = logging.getLogger(__name__)


async def stay_connected(client: discord.Client, identifies: Identifies) -> None:
    """Keep every shard of the client connected until it closes.

    Raises:
        ConnectionClosed: Discord has closed one for good.
    """
    await ask_for_limit(client, identifies)
    if isinstance(client, discord.AutoShardedClient):
        client._connection.shard_count = client.shard_count
        client._connection.shard_ids = client.shard_ids or range(client.shard_count or 1)
    shards = [Shard(client, id, identifies) for id in shard_ids(client)]
    running = [asyncio.create_task(shard.stay_connected(), name=f"shard {shard.id}") for shard in shards]
    try:
        await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        stop_waiting_for_servers(client)


async def ask_for_limit(client: discord.Client, identifies: Identifies) -> None:
    """Ask Discord how many sessions may still be begun today, and for the number of shards that the client needs."""
    needed = isinstance(client, discord.AutoShardedClient) and client.shard_count is None
    try:
        async with asyncio.timeout(None if needed else LIMIT_SECONDS):
            count, _, limit = await client.http.get_bot_gateway()
        identifies.told(
            limit=limit["total"],
            remaining=limit["remaining"],
            reset_after=limit["reset_after"] / 1_000,
            at_once=limit["max_concurrency"],
        )
    except (*OUTAGE, discord.GatewayNotFound, KeyError, TypeError, ValueError):
        if needed:
            raise
        return
    if needed:
        client.shard_count = count


def stop_waiting_for_servers(client: discord.Client) -> None:
    """Cancel what waits until the servers of a session are known: a client that is closed can't be told of them."""
    state: Any = client._connection
    for task in (state._ready_task, *getattr(state, "_ready_tasks", {}).values()):
        if task is not None:
            task.cancel()


class Shard:
    """Keeps one shard connected; a sharded client takes it for one of discord.py's own.

    `clock` gives monotonic seconds. Where `may_act` is given, nothing is done while that says no.
    """

    def __init__(
        self,
        client: discord.Client,
        shard_id: int,
        identifies: Identifies,
        *,
        clock: Callable[[], float] = time.monotonic,
        may_act: Callable[[], bool] | None = None,
    ) -> None:
        self.id = shard_id
        self.is_given_up = False
        self._may_act = may_act
        self.ws: Websocket | None = None
        self._client = client
        self._identifies = identifies
        self._clock = clock
        self._pace = Pace(clock=clock)
        self._session: Session | None = None
        self._failures = 0
        self._nonsense = 0

    async def stay_connected(self) -> None:
        """Connect, and connect again whenever that has come to an end, until the client closes.

        Raises:
            ConnectionClosed: Discord will not take this shard any more.
        """
        while not self._client.is_closed():
            await asyncio.sleep(self._pace.pause())
            began: float | None = None
            try:
                await self._connect()
                began = self._clock()
                await self._listen()
            except ReconnectWebSocket as error:
                self._note_end(began, error)
            except OUTAGE as error:
                self._failures += 1
                self._note_end(began, error)
            except (discord.ConnectionClosed, RuntimeError):
                # Whoever closes the client takes what it connects with away.
                if not self._client.is_closed():
                    raise

    async def close(self) -> None:
        """Leave the gateway, as a client that closes asks each of its shards to."""
        if self.ws is not None:
            await self.ws.close(code=1000)

    async def _connect(self) -> None:
        """Open a connection, for the session there is, or for a new one once it is this shard's turn."""
        if self._session is not None:
            await self._open(self._session)
            return
        pause = self._identifies.pause(self.id)
        if pause > LIMIT_SECONDS:
            spent = f"{self._identifies.spent} of {self._identifies.limit}"
            log.warning("shard %d waits %d s for its turn to begin a session; %s in a day", self.id, pause, spent)
        async with self._identifies.turn(self.id):
            await self._open(None)

    async def _open(self, session: Session | None) -> None:
        if session is not None and self._failures >= MOST_AT_ONE_ADDRESS:
            session = Session(session.id, session.sequence, Websocket.DEFAULT_GATEWAY)
        self._pace.begin()
        async with asyncio.timeout(OPEN_SECONDS):
            self.ws = await Websocket.connect(
                self._client,
                self.id,
                session,
                identifying=lambda: self._identifies.begin(self.id),
                may_act=self._may_act,
            )
        self._failures = 0
        self._show()

    async def _listen(self) -> None:
        assert self.ws is not None
        try:
            async with asyncio.timeout(FIRST_EVENT_SECONDS):
                while not self.ws.events:
                    await self.ws.poll_event()
            await self._listen_until_silent(self.ws)
        finally:
            # What does not help may yet do so before the next turn to begin a session.
            is_over = self.ws.is_unwanted and not self._identifies.pause(self.id)
            self._session = None if is_over else self.ws.session
            if self.ws.open and not self._client.is_closed():
                with suppress(*OUTAGE):
                    # After 1000, the session is over: whoever takes this shard over begins another one.
                    await self.ws.close(1000 if self.is_given_up else RESUMABLE)

    async def _listen_until_silent(self, ws: Websocket) -> None:
        """Take what comes, until nothing has come for a while: not even heartbeats are answered then.

        Raises:
            TimeoutError: nothing has.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SILENT_SECONDS) as silence:
            moved_at = loop.time()
            while True:
                await ws.poll_event()
                if (now := loop.time()) - moved_at >= 1.0:
                    silence.reschedule(now + SILENT_SECONDS)
                    moved_at = now

    def _note_end(self, began: float | None, error: Exception) -> None:
        """Note that the connection has ended, say so, and decide when and how to go on."""
        if self._client.is_closed():
            return
        lasted = 0.0 if began is None else self._clock() - began
        self._client.dispatch("disconnect")
        self._client.dispatch("shard_disconnect", self.id)
        refused = isinstance(error, ReconnectWebSocket) and not error.resume
        self._nonsense = self._nonsense + 1 if isinstance(error, NonsenseError) else 0
        if refused or self._nonsense >= MOST_NONSENSE:
            self._session = None
        if refused and not self._identifies.pause(self.id):
            self._pace.answered()
        else:
            self._pace.ended(lasted=lasted)
        reason = str(error) or type(error).__name__
        if isinstance(error, ReconnectWebSocket):
            reason = "refused" if began is None or self.ws is None else f"code {self.ws.socket.close_code}"
        log.log(
            logging.WARNING if self._pace.pause() else logging.INFO,
            "shard %d is cut off (%s); the next try is in %.1f s",
            *(self.id, reason, self._pace.pause()),
        )

    def _show(self) -> None:
        """Let the client, and whoever asks it, know the connection."""
        if isinstance(self._client, discord.AutoShardedClient):
            self._client._AutoShardedClient__shards[self.id] = self  # type: ignore[attr-defined]
        else:
            self._client.ws = self.ws  # type: ignore[assignment]
