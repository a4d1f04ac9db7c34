"""A small Discord on loopback: enough of the gateway and the REST API to run the real process against it.

It speaks what discord.py asks for: HELLO, IDENTIFY, RESUME with replay, heartbeats, zlib-stream and, where zstandard is
installed, zstd-stream compression (https://discord.com/developers/docs/events/gateway), and JSON over REST without a
charset in the content type.
"""

import asyncio
import json
import time
import zlib
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fake_payloads import (
    APPLICATION_ID,
    GUILD_ID,
    TOKEN,
    bot_user,
    click_on,
    guild,
    message_of_the_member,
    slash_command,
)
from tests.fake_rest import FakeRest

__all__ = ["APPLICATION_ID", "GUILD_ID", "TOKEN", "FakeDiscord"]

SESSION = "5e5510"

Compress = Callable[[bytes], bytes]

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 8, 9, 10, 11


def _uncompressed() -> None:
    return None


def _zlib_stream() -> Compress:
    context = zlib.compressobj()
    return lambda data: context.compress(data) + context.flush(zlib.Z_SYNC_FLUSH)


COMPRESSIONS: dict[str | None, Callable[[], Compress | None]] = {None: _uncompressed, "zlib-stream": _zlib_stream}
try:
    import zstandard
except ImportError:
    pass
else:

    def _zstd_stream() -> Compress:
        context = zstandard.ZstdCompressor().compressobj()
        return lambda data: context.compress(data) + context.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    COMPRESSIONS["zstd-stream"] = _zstd_stream


@dataclass
class _Session:
    """The events of one shard: how many there were, and those that can be replayed, by their number."""

    sequence: int = 0
    kept: dict[int, str] = field(default_factory=dict)


class FakeDiscord(FakeRest):
    """One application in `guild_ids`, each as `describe` has it, on a gateway whose connections can be made to fail.

    `doubled` are the shards for which a session began while another one was open. `close_codes` tell how each
    connection ended; `opened_at` and `identified_at` when each connection and each session began. `hello` is what a
    connection begins with, `close_on_resume` how each session that goes on ends at once;
    `nonsense_on_resume` brings it a frame that is none. It is `mute_from` "hello" or "session" on when nothing comes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.guild_ids = [GUILD_ID]
        self.describe = guild
        self.identified = 0
        self.identify: dict[str, Any] = {}
        self.identified_shards: list[list[int]] = []
        self.resumed = 0
        self.asked: list[dict[str, Any]] = []
        self.close_codes: list[int | None] = []
        self.opened_at: list[float] = []
        self.identified_at: list[float] = []
        self.heartbeat_interval = 41.25
        self.hello: str | None = None
        self.mute_from: str | None = None
        self.answers_heartbeats = True
        self.close_on_identify: int | None = None
        self.close_on_resume: int | None = None
        self.nonsense_on_resume = False
        self.stormy_shard: int | None = None
        self.resumed_data: Any = {}
        self.every_session_is_deaf = False
        self.refuse_websockets = False
        self.forget_sessions = False
        self.connected = asyncio.Event()
        self.doubled: list[int] = []
        self._sessions: defaultdict[int, _Session] = defaultdict(_Session)
        self._sockets: list[_Socket] = []
        self._session_is_deaf = False
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/gateway", self._gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self.rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self.cut(1001)
            await self._runner.cleanup()

    async def member_says(self, content: str, guild_id: int | None = GUILD_ID) -> None:
        """Deliver a message of the one member in a guild's channel, or in private."""
        message = message_of_the_member(content, guild_id)
        await self.dispatch("MESSAGE_CREATE", message, shard_id=self._shard_of(guild_id or 0))

    async def member_asks(self, command: str, guild_id: int = GUILD_ID, **options: str) -> str:
        """Deliver a slash command of the one member; return its id."""
        asked = slash_command(command, guild_id, **options)
        await self.dispatch("INTERACTION_CREATE", asked, shard_id=self._shard_of(guild_id))
        return str(asked["id"])

    async def member_clicks(self, custom_id: str) -> str:
        """Deliver a click of the one member on a button of the bot's; return its id."""
        clicked = click_on(custom_id, GUILD_ID)
        await self.dispatch("INTERACTION_CREATE", clicked, shard_id=self._shard_of(GUILD_ID))
        return str(clicked["id"])

    async def dispatch(self, event: str, data: Any, *, shard_id: int = 0, kept: bool = True) -> None:
        """Send an event to the connections of a shard; if it is `kept`, those that resume get it too."""
        session = self._sessions[shard_id]
        session.sequence += 1
        text = json.dumps({"op": DISPATCH, "t": event, "s": session.sequence, "d": data})
        if kept:
            session.kept[session.sequence] = text
        for socket in [each for each in self._sockets if each.shard_id == shard_id and not each.deaf]:
            await socket.send_text(text)

    def deafen(self, *, the_session_too: bool = False) -> None:
        """Keep every event from the connections there are, heartbeats answered; or from all that resume the session."""
        self.connected.clear()
        self._session_is_deaf = the_session_too
        for socket in self._sockets:
            socket.deaf = True

    async def cut(self, code: int | None = 4000) -> int:
        """End every connection with this close code, or without a word; return how many there were."""
        self.connected.clear()
        sockets, self._sockets = self._sockets, []
        for socket in sockets:
            await socket.close(code)
        return len(sockets)

    async def send_text(self, text: str) -> None:
        """Send a frame with this text over every connection."""
        for socket in list(self._sockets):
            await socket.send_text(text)

    async def invalidate_sessions(self) -> None:
        """Tell every connection that its session is over."""
        for socket in self._sockets:
            await socket.send({"op": INVALID_SESSION, "d": False})

    def _shard_of(self, guild_id: int) -> int:
        return (guild_id >> 22) % self.shards

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        self.opened_at.append(time.monotonic())
        if self.refuse_websockets:
            return web.Response(status=503)
        if (compression := request.query.get("compress")) not in COMPRESSIONS:
            return web.Response(status=400, text="this fake can't compress like that")
        websocket = web.WebSocketResponse(max_msg_size=0)
        await websocket.prepare(request)
        socket = _Socket(websocket, request.transport, COMPRESSIONS[compression]())
        hello = {"op": HELLO, "d": {"heartbeat_interval": int(self.heartbeat_interval * 1000)}}
        if self.mute_from != "hello":
            await socket.send_text(json.dumps(hello) if self.hello is None else self.hello)
        async for frame in websocket:
            if frame.type is WSMsgType.TEXT:
                await self._receive(socket, json.loads(frame.data))
        self.close_codes.append(websocket.close_code)
        if socket in self._sockets:
            self._sockets.remove(socket)
        return websocket

    async def _receive(self, socket: "_Socket", payload: dict[str, Any]) -> None:
        match payload["op"], payload["d"]:
            case op, _ if op == HEARTBEAT:
                if self.answers_heartbeats:
                    await socket.send({"op": HEARTBEAT_ACK})
            case op, _ if op in (IDENTIFY, RESUME) and self.mute_from == "session":
                pass
            case op, data if op == IDENTIFY:
                await self._begin_session(socket, data)
            case op, data if op == REQUEST_MEMBERS:
                self.asked.append(data)
                members = {"guild_id": data["guild_id"], "members": [], "chunk_index": 0, "chunk_count": 1}
                await self.dispatch("GUILD_MEMBERS_CHUNK", members, shard_id=socket.shard_id)
            case op, data if op == RESUME:
                prefix, _, shard_id = data["session_id"].partition("-")
                if self.forget_sessions or prefix != SESSION:
                    await socket.send({"op": INVALID_SESSION, "d": False})
                else:
                    await self._resume(socket, int(shard_id), data["seq"])

    async def _begin_session(self, socket: "_Socket", identify: dict[str, Any]) -> None:
        self.identified += 1
        self.identified_at.append(time.monotonic())
        self.identify = identify
        if self.close_on_identify is not None:
            await socket.close(self.close_on_identify)
            return
        shard_id, self.shards = identify.get("shard", (0, 1))
        socket.shard_id = shard_id
        self.identified_shards.append([shard_id, self.shards])
        self.doubled += [shard_id for other in self._sockets if other.shard_id == shard_id]
        self._sessions[shard_id] = _Session()
        self._session_is_deaf = False
        self._sockets.append(socket)
        guild_ids = [id for id in self.guild_ids if self._shard_of(id) == shard_id]
        await self.dispatch("READY", self._ready(shard_id, guild_ids), shard_id=shard_id)
        for guild_id in guild_ids:
            await self.dispatch("GUILD_CREATE", self.describe(guild_id), shard_id=shard_id)
        socket.deaf = self.every_session_is_deaf
        self.connected.set()

    async def _resume(self, socket: "_Socket", shard_id: int, sequence: int) -> None:
        self.resumed += 1
        if self.nonsense_on_resume:
            await socket.send_text("[]")
            return
        socket.shard_id = shard_id
        session = self._sessions[shard_id]
        # What is dispatched meanwhile is sent here too, and from the end of the loop on by `dispatch`.
        while sequence < session.sequence:
            sequence += 1
            if sequence in session.kept:
                await socket.send_text(session.kept[sequence])
        self._sockets.append(socket)
        await self.dispatch("RESUMED", self.resumed_data, shard_id=shard_id)
        socket.deaf = self._session_is_deaf or self.every_session_is_deaf
        self.connected.set()
        if self.close_on_resume is not None and self.stormy_shard in (None, shard_id):
            self._sockets.remove(socket)
            await socket.close(self.close_on_resume)

    def _ready(self, shard_id: int, guild_ids: list[int]) -> dict[str, Any]:
        return {
            "v": 10,
            "user": bot_user(),
            "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in guild_ids],
            "shard": [shard_id, self.shards],
            "session_id": f"{SESSION}-{shard_id}",
            "resume_gateway_url": self.gateway_url,
            "application": {"id": str(APPLICATION_ID), "flags": 0},
        }


class _Socket:
    """One connection, with a compression context of its own."""

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        compress: Compress | None,
    ) -> None:
        self.shard_id = 0
        self.deaf = False
        self._websocket = websocket
        self._transport = transport
        self._compress = compress

    async def send(self, payload: dict[str, Any]) -> None:
        await self.send_text(json.dumps(payload))

    async def send_text(self, text: str) -> None:
        """Send it; whoever has gone gets it when the session is resumed."""
        with suppress(ConnectionError):
            if self._compress is None:
                await self._websocket.send_str(text)
            else:
                await self._websocket.send_bytes(self._compress(text.encode()))

    async def close(self, code: int | None) -> None:
        """Close it with this code, or drop it as a network does."""
        if code is not None:
            await self._websocket.close(code=code)
        elif self._transport is not None:
            self._transport.abort()
