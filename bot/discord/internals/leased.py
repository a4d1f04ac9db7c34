"""Keeps those shards connected that this process may run, as others come and go."""

import asyncio
import logging
from collections.abc import Collection
from typing import Any, Protocol

import discord

from bot.discord.internals.pace import Identifies
from bot.discord.internals.reconnection import Shard, ask_for_limit, stop_waiting_for_servers

log = logging.getLogger(__name__)


class ShardLeases(Protocol):
    """Tells which shards this process may run; those of other processes tell each of them something else."""

    @property
    def lost(self) -> bool:
        """Tell whether all of them are lost, until `forget` is called."""

    async def join(self, count: int, /) -> None:
        """Take part in running so many shards."""

    def allows(self, shard_id: int, /) -> bool:
        """Tell whether a shard may act at this moment."""

    def allowed(self) -> Collection[int]:
        """Return all that may."""

    def leaving(self) -> Collection[int]:
        """Return those that are to be given back once they are closed."""

    async def changed(self) -> None:
        """Wait until any of this has changed."""

    async def give_back(self, shard_id: int, /) -> None:
        """Let another process have a shard."""

    def forget(self) -> None:
        """Go on without those that were lost."""

    def may_send(self) -> bool:
        """Tell whether anything may be sent at this moment."""


class LeasedClient(Protocol):
    """What else a client does about shards that come and go."""

    async def gave_up(self, shard_id: int, /) -> None:
        """Forget a shard that is closed."""

    def fall_silent(self) -> None:
        """Give up every answer under way."""


class LeasedShards:
    """The shards of a client that is one of several, each in a process of its own."""

    def __init__(self, client: Any, identifies: Identifies, leases: ShardLeases) -> None:
        self._client = client
        self._identifies = identifies
        self._leases = leases
        self._running: dict[int, tuple[Shard, asyncio.Task[None]]] = {}

    async def stay_connected(self) -> None:
        """Keep connected what may be, until the client closes.

        Raises:
            ConnectionClosed: Discord has closed one for good.
        """
        client = self._client
        client.shard_ids = client._connection.shard_ids = []
        await ask_for_limit(client, self._identifies)
        client._connection.shard_count = client.shard_count
        await self._leases.join(client.shard_count)
        try:
            while not client.is_closed():
                if self._leases.lost:
                    await self._close_all()
                for id in self._leases.leaving():
                    await self._close(id)
                    await self._leases.give_back(id)
                self._open(sorted(set(self._leases.allowed()).difference(self._running)))
                await self._until_changed()
        finally:
            for _, task in self._running.values():
                task.cancel()
            await asyncio.gather(*(task for _, task in self._running.values()), return_exceptions=True)
            stop_waiting_for_servers(client)

    async def _until_changed(self) -> None:
        """Wait until something is to be opened or closed.

        Raises:
            ConnectionClosed: Discord has closed a shard for good.
        """
        changed = asyncio.create_task(self._leases.changed(), name="changes of shards")
        tasks = [task for _, task in self._running.values()]
        try:
            done, _ = await asyncio.wait({changed, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
        for task in done:
            task.result()

    def _open(self, ids: Collection[int]) -> None:
        for id in ids:
            shard = Shard(self._client, id, self._identifies, may_act=lambda id=id: self._leases.allows(id))  # type: ignore[misc]
            self._running[id] = shard, asyncio.create_task(shard.stay_connected(), name=f"shard {id}")
        if ids:
            log.info("this process runs %d of %d shards", len(self._running), self._client.shard_count)
            self._tell_client()

    async def _close(self, id: int) -> None:
        if id not in self._running:
            return
        shard, task = self._running.pop(id)
        shard.is_given_up = True
        task.cancel()
        await asyncio.wait({task})
        log.info("shard %d is left to other processes", id)
        self._client._AutoShardedClient__shards.pop(id, None)
        self._tell_client()
        _forget(self._client._connection, id)
        await self._client.gave_up(id)

    async def _close_all(self) -> None:
        """Close every shard at once, and say nothing more of what they had heard."""
        log.warning("this process has lost its shards: others may run them")
        self._client.fall_silent()
        await asyncio.gather(*map(self._close, [*self._running]))
        self._leases.forget()

    def _tell_client(self) -> None:
        self._client.shard_ids = self._client._connection.shard_ids = sorted(self._running)


def _forget(state: Any, shard_id: int) -> None:
    """Drop what is kept of a shard's servers, without a word to anybody: the bot is still in them."""
    ready = state._ready_tasks.pop(shard_id, None)
    if ready is not None:
        ready.cancel()
    state._ready_states.pop(shard_id, None)
    for guild in [guild for guild in state.guilds if guild.shard_id == shard_id]:
        state._remove_guild(guild)


def silence(client: discord.Client, leases: ShardLeases) -> None:
    """Have nothing sent while this process may not: not even what was about to be when it was stopped."""
    import aiohttp

    async def refuse(*_: Any) -> None:
        if not leases.may_send():
            raise ConnectionAbortedError("this process has lost its shards")

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(refuse)
    client.http.http_trace = trace
