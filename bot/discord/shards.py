"""The bot on several gateway connections, as Discord asks of one that is in thousands of servers."""

import logging
from collections.abc import Sequence
from typing import Any

import discord
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.internals.leased import LeasedShards, ShardLeases
from bot.models import Shards

log = logging.getLogger(__name__)


class ShardedEncourageBot(EncourageBot, commands.AutoShardedBot):
    """The bot with discord.py's own sharding; `options` are those of `EncourageBot`.

    `shard_count` is how many shards the bot has in all, None for as many as Discord says; `shard_ids` are those that
    this process runs, None for all. With `leases`, it runs those that these say, which come and go.
    """

    def __init__(
        self,
        *,
        shard_count: int | None,
        shard_ids: Sequence[int] | None = None,
        leases: ShardLeases | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options, shard_count=shard_count, shard_ids=shard_ids)
        self._leases = leases
        self._known_before: dict[int, list[discord.Guild]] = {}

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected to the gateway until the bot closes.

        Raises:
            ConnectionClosed: Discord has closed a connection for good.
        """
        if self._leases is None:
            await super().connect(reconnect=reconnect)
        else:
            await LeasedShards(self, self._identifies, self._leases).stay_connected()

    async def gave_up(self, shard_id: int) -> None:
        """Forget a shard that another process runs from now on."""
        self._known_before.pop(shard_id, None)
        self.health.expect(self.shard_ids or ())
        self.services.privacy.leave_to_others(Shards(frozenset({shard_id}), self.shard_count or 1))

    def fall_silent(self) -> None:
        """Say nothing more of what is under way: another process may be about to."""
        self.in_flight.give_up()

    async def on_connect(self) -> None:
        """Leave it to `on_shard_connect`, which says whose session it is."""

    async def on_resumed(self) -> None:
        """Leave it to `on_shard_resumed`."""

    async def on_disconnect(self) -> None:
        """Leave it to `on_shard_disconnect`."""

    async def on_shard_connect(self, shard_id: int) -> None:
        """Note that the gateway has accepted a new session, and drop the servers that it does not name any more.

        For each server that the session does name, discord.py has put a new object into its cache. Those it has not
        named stay there, unlike with a single connection: the bot was removed from them in the meantime.
        """
        self.health.expect(range(self.shard_count or 1) if self.shard_ids is None else self.shard_ids)
        self.health.connected(shard_id)
        for guild in self._known_before.pop(shard_id, []):
            if self.get_guild(guild.id) is guild:
                self._connection.parse_guild_delete({"id": guild.id, "unavailable": False})

    async def on_shard_ready(self, shard_id: int) -> None:
        """Say in the log that the servers of a shard are known."""
        log.info("shard %d of %d is ready", shard_id, self.shard_count)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Note that the gateway has taken the session up again."""
        self.health.connected(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Note that the connection is down, and which servers were on it."""
        self.health.disconnected(shard_id)
        self._known_before[shard_id] = [guild for guild in self.guilds if guild.shard_id == shard_id]
