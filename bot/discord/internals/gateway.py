"""What discord.py knows of its gateway connections and does not offer; all that touches its internals for that is here.

Discord numbers the events of a session, and a heartbeat has no number
(https://discord.com/developers/docs/events/gateway-events#payload-structure). So a number that moves is a connection
that hears, and looking at it now and then costs the events nothing, where a listener costs a task for each of them.
"""

import time
from collections.abc import Iterable

import discord

from bot.discord.internals.websocket import Websocket
from bot.health import Heartbeat

# After this close code, a session can be resumed; discord.py's own choice when heartbeats go unanswered.
RESUMABLE = 4000


class Connection:
    """The open websocket of one shard."""

    def __init__(self, shard_id: int, websocket: Websocket) -> None:
        self.shard_id = shard_id
        self._websocket = websocket

    def is_same_as(self, other: "Connection | None") -> bool:
        """Tell whether both are one websocket: after a reconnection they are not."""
        return other is not None and self._websocket is other._websocket

    @property
    def session(self) -> str | None:
        """Return the id of the session, which survives a resumption."""
        return self._websocket.session_id

    @property
    def sequence(self) -> int:
        """Return how many events the session has brought."""
        return self._websocket.sequence or 0

    @property
    def proofs(self) -> int:
        """Return how many events this connection has brought that prove that it hears."""
        return self._websocket.proofs

    def is_unanswered(self) -> bool:
        """Tell whether the heartbeat has not been answered for two intervals, whatever else comes."""
        keep_alive = self._websocket._keep_alive
        if keep_alive is None or keep_alive.interval is None:
            return False
        return time.perf_counter() - keep_alive._last_ack >= 2 * keep_alive.interval

    def heartbeat(self) -> Heartbeat | None:
        """Return how the heartbeat goes, None before the first answer; an answer that is overdue counts as slow."""
        keep_alive = self._websocket._keep_alive
        if keep_alive is None or keep_alive.latency == float("inf"):
            return None
        now = time.perf_counter()
        awaited = now - keep_alive._last_send if keep_alive._last_send > keep_alive._last_ack else 0.0
        return Heartbeat(max(keep_alive.latency, awaited), now - keep_alive._last_ack)

    async def ask_for_member(self, guild_id: int, user_id: int) -> None:
        """Ask who a member is; one whose id is given needs no privileged intent, and the answer is an event.

        https://discord.com/developers/docs/events/gateway-events#request-guild-members
        """
        await self._websocket.request_chunks(guild_id, limit=1, user_ids=[user_id])

    async def close(self, *, resume: bool) -> None:
        """Close it, for another one that goes on with the session or, if one may be begun now, has a new one."""
        if not resume:
            self._websocket.is_unwanted = True
        await self._websocket.close(RESUMABLE)


def shard_ids(client: discord.Client) -> Iterable[int]:
    """Return the shards that the client runs or is about to; a single connection is shard 0."""
    if isinstance(client, discord.AutoShardedClient):
        return range(client.shard_count or 1) if client.shard_ids is None else client.shard_ids
    return (client.shard_id or 0,)


def open_connections(client: discord.Client) -> list[Connection]:
    """Return the client's open websockets."""
    if isinstance(client, discord.AutoShardedClient):
        websockets = {id: shard._parent.ws for id, shard in client.shards.items()}
    else:
        websockets = {client.shard_id or 0: client.ws}
    # Client.ws is None until the first connection is made.
    return [
        Connection(id, websocket)
        for id, websocket in websockets.items()
        if isinstance(websocket, Websocket) and websocket.open
    ]
