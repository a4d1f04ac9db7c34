"""One connection to the gateway, by discord.py's means; what it can't make sense of ends it, and not the process.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import discord
from discord import utils
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import INTERNAL_API_VERSION
from yarl import URL

from bot.discord.internals import shortcut
from bot.discord.internals.events import MESSAGE, Messages

CLOSE_SECONDS = 1.0
# Discord's is 41.25 seconds; a heartbeat every few milliseconds would be a flood.
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.1, 600.0

# After so much work at a stretch, whoever else has something to do gets a turn.
STRETCH_SECONDS = 0.004
# What a frame begins with that brings an event: its name and its number, before what may be long. First as Discord
# writes it, which is found in a third of the time that any order takes.
PLAIN_HEADER = re.compile(
    r'\{"t": ?"(?P<name>\w+)", ?"s": ?(?P<sequence>\d{1,15}), ?"op": ?(?P<operation>0), ?"d":', re.ASCII
)
HEADER = re.compile(
    r'\{\s*(?:(?:"t"\s*:\s*"(?P<name>\w+)"|"s"\s*:\s*(?P<sequence>\d{1,15})|"op"\s*:\s*(?P<operation>0))\s*,\s*){3}'
    r'"d"\s*:',
    re.ASCII,
)
# With less than this between two pieces of work, nobody else had a turn.
PAUSE_SECONDS = 0.0002

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Session:
    """What it takes to go on with a session on another connection."""

    id: str
    sequence: int
    gateway: URL


class NonsenseError(ReconnectWebSocket):
    """What has come is not what the gateway's protocol allows."""


class NotAllowedError(ConnectionError):
    """Another process may have taken over this shard."""


class Websocket(DiscordWebSocket):
    """A connection that looks at each frame before discord.py does.

    `events` are those that have come; `proofs` those of them that are news, and not what comes with every connection or
    was missed before: they prove that what happens is told. Whoever wants another session calls it `is_unwanted`.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.events = 0
        self.proofs = 0
        self.is_unwanted = False
        self._is_settled = False
        self._busy = 0.0
        self._busy_since = self._busy_until = 0.0
        self._is_waiting = False
        self._may_act: Callable[[], bool] | None = None

    @classmethod
    async def connect(
        cls,
        client: discord.Client,
        shard_id: int,
        session: Session | None,
        *,
        identifying: Callable[[], None],
        may_act: Callable[[], bool] | None = None,
    ) -> Self:
        """Connect, and ask to go on with the session; or, after calling `identifying`, for a new one.

        What comes at a moment when the shard may not act, where `may_act` is given, is not looked at.

        Raises:
            NotAllowedError: it may not.
            ReconnectWebSocket: Discord, or whoever answers, wants none of it now.
            ConnectionClosed: Discord will never want it.
        """
        gateway = cls.DEFAULT_GATEWAY if session is None else session.gateway
        compression = utils._ActiveDecompressionContext.COMPRESSION_TYPE
        url = gateway.with_query(v=INTERNAL_API_VERSION, encoding="json", compress=compression)
        shortcut.prepare()
        socket = await client.http.ws_connect(str(url))
        # discord.py would wait for half a minute until the other side, which may not be there any more, closes it too.
        socket._timeout = aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS)
        websocket = cls(socket, loop=client.loop)
        websocket._belong_to(client, shard_id, gateway)
        websocket._may_act = may_act
        shortcut.lead(socket, websocket._take_at_once)
        try:
            await websocket.poll_event()
            if websocket._keep_alive is None:
                raise NonsenseError(shard_id)
            if may_act is not None and not may_act():
                raise NotAllowedError("it may not be run here now")
            if session is None:
                identifying()
                await websocket.identify()
            else:
                websocket.session_id, websocket.sequence = session.id, session.sequence
                await websocket.resume()
        except BaseException:
            await websocket.close()
            raise
        return websocket

    @property
    def session(self) -> Session | None:
        """Return what it takes to go on elsewhere, None without a session."""
        if self.session_id is None or self.sequence is None:
            return None
        return Session(self.session_id, self.sequence, self.gateway)

    async def poll_event(self) -> None:
        """Wait for a frame, however long that takes, and do what it says.

        discord.py would start a timer for each frame, and leave nobody else a turn while there are more of them.

        Raises:
            ReconnectWebSocket: the connection has ended, and another one may go on.
            ConnectionClosed: it has ended for good.
        """
        self._is_waiting = True
        try:
            message = await self.socket.receive()
        finally:
            self._is_waiting = False
        if message.type not in shortcut.DATA:
            # It has ended, and says so whenever it is asked.
            await super().poll_event()
            return
        begin = time.perf_counter()
        await self.received_message(message.data)
        self._busy += time.perf_counter() - begin
        if self._busy >= STRETCH_SECONDS:
            self._busy = 0.0
            await asyncio.sleep(0)

    async def received_message(self, msg: Any, /) -> None:
        """Do what a frame says.

        Raises:
            NonsenseError: it is none; the next connection may bring better ones.
        """
        try:
            text = self._decompressor.decompress(msg) if type(msg) is bytes else msg
            if text is None or self._passes_over(text):
                return
            frame = _read(text)
            operation = frame["op"]
            if operation == self.DISPATCH:
                self._take_event(frame["t"], frame["s"], frame["d"])
                return
            unwanted = operation == self.HELLO and not self._may_begin(frame["d"])
        except Exception as error:
            raise self._nonsense(type(error).__name__) from None
        if operation in self._KNOWN and not unwanted:
            await super().received_message(text)

    def _take_at_once(self, data: Any) -> Any:
        """Do what a frame says in the middle of its reading; return what is left to do once it is its turn, or None."""
        begin = time.perf_counter()
        if begin - self._busy_until > PAUSE_SECONDS:
            self._busy_since = begin
        if not self._is_waiting or begin - self._busy_since >= STRETCH_SECONDS:
            return data
        left = data
        try:
            left = text = self._decompressor.decompress(data) if type(data) is bytes else data
            if text is not None and not self._passes_over(text):
                header = _header(text)
                if header is None or header["name"] != MESSAGE:
                    return text
                frame = _read(text)
                self._take_event(frame["t"], frame["s"], frame["d"])
        except Exception:
            # Whoever gets it in its turn finds out what is wrong with it.
            return left
        self._busy_until = time.perf_counter()
        return None

    def _passes_over(self, text: str) -> bool:
        """Tell whether a frame brings an event that nobody uses: it is counted, and no more of it is read."""
        header = _header(text)
        if header is None:
            return False
        name, sequence, operation = header.groups()
        if name is None or sequence is None or operation is None:
            return False
        if name in self._discord_parsers and not (name == MESSAGE and self._lets_go(text)):
            return False
        self._count(name, int(sequence))
        return True

    def _lets_go(self, text: str) -> bool:
        parse = self._discord_parsers[MESSAGE]
        return isinstance(parse, Messages) and (self._may_act is None or self._may_act()) and parse.lets_go(text)

    # discord.py would write down any other, whatever it is.
    _KNOWN = (
        *(DiscordWebSocket.HEARTBEAT, DiscordWebSocket.RECONNECT, DiscordWebSocket.INVALIDATE_SESSION),
        *(DiscordWebSocket.HELLO, DiscordWebSocket.HEARTBEAT_ACK),
    )

    def _belong_to(self, client: discord.Client, shard_id: int, gateway: URL) -> None:
        """Take over what discord.py's own `from_client` sets."""
        state = client._connection
        self.token = client.http.token
        self.gateway = gateway
        self.shard_id = shard_id if state.shard_count is not None else None
        self.shard_count = state.shard_count
        self.call_hooks = state.call_hooks
        # discord.py would wait for five seconds here: the turn to identify has been waited for already.
        self._initial_identify = True
        self._connection = state
        self._discord_parsers = state.parsers
        self._dispatch = client.dispatch
        self._rate_limiter.shard_id = shard_id
        self._max_heartbeat_timeout = state.heartbeat_timeout

    def _may_begin(self, hello: Any) -> bool:
        """Tell whether a HELLO begins the connection; another one would begin a second heartbeat."""
        if not SHORTEST_INTERVAL * 1_000 <= hello["heartbeat_interval"] <= LONGEST_INTERVAL * 1_000:
            raise ValueError(self.HELLO)
        return self._keep_alive is None

    def _take_event(self, name: str, sequence: int, data: Any) -> None:
        """Hand an event over to who parses it, as discord.py does, but for the listeners to raw events."""
        if type(sequence) is not int or type(name) is not str:
            raise TypeError(name)
        if self._may_act is not None and not self._may_act():
            return
        if name == "RESUMED":
            data = {"__shard_id__": self.shard_id}
        self._count(name, sequence)
        parse = self._discord_parsers.get(name)
        if parse is not None:
            parse(data)
        if name == "READY":
            self.session_id, self.gateway = str(data["session_id"]), URL(data["resume_gateway_url"])
            log.info("shard %d has begun a session", self.shard_id or 0)
        elif name == "RESUMED":
            log.info("shard %d has resumed its session", self.shard_id or 0)

    def _count(self, name: str, sequence: int) -> None:
        self.sequence = sequence
        self.events += 1
        if self._keep_alive:
            self._keep_alive.tick()
        if name in ("READY", "RESUMED"):
            self._is_settled = True
        elif self._is_settled and name != "GUILD_CREATE":
            self.proofs += 1

    def _nonsense(self, reason: str) -> NonsenseError:
        log.warning("shard %d: something came that the gateway never sends (%s)", self.shard_id or 0, reason)
        return NonsenseError(self.shard_id)


def _header(text: str) -> re.Match[str] | None:
    return PLAIN_HEADER.match(text) or HEADER.match(text)


def _read(text: str) -> Any:
    """Read JSON with what discord.py reads it with; what is too lenient for that, such as half of an emoji, without."""
    try:
        return utils._from_json(text)
    except ValueError:
        return json.loads(text)
