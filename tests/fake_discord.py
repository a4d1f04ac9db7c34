"""A small Discord on loopback: enough of the gateway and the REST API to run the real process against it.

It speaks what discord.py asks for: HELLO, IDENTIFY, RESUME with replay, heartbeats, zlib-stream compression
(https://discord.com/developers/docs/events/gateway), and JSON over REST without a charset in the content type.
"""

import asyncio
import itertools
import json
import zlib
from collections import defaultdict
from typing import Any

import discord
from aiohttp import WSMsgType, web

APPLICATION_ID = 100_000_000_000_000_001
GUILD_ID = 100_000_000_000_000_002
PRIVATE_CHANNEL_ID = 100_000_000_000_000_003
MEMBER_ID = 100_000_000_000_000_004
SESSION = "5e5510"
TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAx.fake.token"

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 8, 9, 10, 11


class FakeDiscord:
    """One application in `guild_ids`, each with one channel.

    `posts` are the messages that the bot has sent, `commands` its slash commands, each time it sent them.
    """

    def __init__(self) -> None:
        self.guild_ids = [GUILD_ID]
        self.shards = 1
        self.posts: list[dict[str, Any]] = []
        self.commands: list[list[dict[str, Any]]] = []
        self.requests: list[str] = []
        self.identified = 0
        self.identify: dict[str, Any] = {}
        self.identified_shards: list[list[int]] = []
        self.resumed = 0
        self.asked: list[dict[str, Any]] = []
        self.close_codes: list[int | None] = []
        self.rest_delay = 0.0
        self.commands_delay = 0.0
        self.commands_wait: float | None = None
        self.close_on_identify: int | None = None
        self.refuse_websockets = False
        self.forget_sessions = False
        self.connected = asyncio.Event()
        self._ids = itertools.count(200_000_000_000_000_000)
        self._sent: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
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
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            for socket in list(self._sockets):
                await socket.close(1001)
            await self._runner.cleanup()

    async def member_says(self, content: str, guild_id: int | None = GUILD_ID) -> None:
        """Deliver a message of the one member in a guild's channel, or in private."""
        member = {"roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0}
        author = {"id": str(MEMBER_ID), "username": "camille", "discriminator": "0", "avatar": None}
        if guild_id is None:
            message = self._message(content, author) | {"channel_type": 1}
        else:
            message = self._message(content, author, channel_of(guild_id)) | {"guild_id": str(guild_id)}
            message["member"] = member
        await self.dispatch("MESSAGE_CREATE", message, shard_id=self._shard_of(guild_id or 0))

    async def dispatch(self, event: str, data: dict[str, Any], *, shard_id: int = 0) -> None:
        """Send an event to the connections of a shard, and keep it for those that resume."""
        sent = self._sent[shard_id]
        payload = {"op": DISPATCH, "t": event, "s": len(sent) + 1, "d": data}
        sent.append(payload)
        for socket in list(self._sockets):
            if socket.shard_id == shard_id and not socket.deaf:
                await socket.send(payload)

    def deafen(self, *, the_session_too: bool = False) -> None:
        """Keep every event from the connections there are, heartbeats answered; or from all that resume the session."""
        self.connected.clear()
        self._session_is_deaf = the_session_too
        for socket in self._sockets:
            socket.deaf = True

    def _shard_of(self, guild_id: int) -> int:
        return (guild_id >> 22) % self.shards

    async def cut(self) -> None:
        """Drop every connection without a word."""
        self.connected.clear()
        for socket in list(self._sockets):
            await socket.close(4000)

    async def wait_for_posts(self, count: int) -> None:
        """Wait until the bot has sent so many messages, for 10 s at most."""
        async with asyncio.timeout(10):
            while len(self.posts) < count:
                await asyncio.sleep(0.01)

    async def wait_for_commands(self) -> None:
        """Wait until the bot has sent its slash commands, for 10 s at most."""
        async with asyncio.timeout(10):
            while not self.commands:
                await asyncio.sleep(0.01)

    def _message(self, content: str, author: dict[str, Any], channel_id: int = PRIVATE_CHANNEL_ID) -> dict[str, Any]:
        return {
            "id": str(next(self._ids)),
            "channel_id": str(channel_id),
            "author": author,
            "content": content,
            "timestamp": "2026-01-01T00:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
        }

    async def _rest(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        self.requests.append(f"{request.method} {path}")
        if request.headers.get("Authorization") != f"Bot {TOKEN}":
            return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        match request.method, path:
            case "GET", "users/@me":
                return _json(_bot_user())
            case "GET", "oauth2/applications/@me":
                return _json({"id": str(APPLICATION_ID), "name": "Encourage Bot", "flags": 0} | _application())
            case "PUT", _ if path.endswith("/commands"):
                self.commands.append(await request.json())
                await asyncio.sleep(self.commands_delay)
                return _json([]) if self.commands_wait is None else _too_many_requests(self.commands_wait)
            case "GET", "gateway/bot":
                limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
                # Not this gateway: a process that was pointed at one has to stay with it.
                return _json({"url": "ws://127.0.0.1:9", "shards": self.shards, "session_start_limit": limit})
            case "POST", _ if path.startswith("channels/") and path.endswith("/messages"):
                body = await request.json()
                await asyncio.sleep(self.rest_delay)
                self.posts.append(body)
                return _json(self._message(body.get("content") or "", _bot_user(), int(path.split("/")[1])))
        return _json({"message": "404: Not Found", "code": 0}, status=404)

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        if self.refuse_websockets:
            return web.Response(status=503)
        if request.query.get("compress") not in (None, "zlib-stream"):
            return web.Response(status=400, text="this fake compresses with zlib-stream only")
        websocket = web.WebSocketResponse(max_msg_size=0)
        await websocket.prepare(request)
        socket = _Socket(websocket, compressed="compress" in request.query)
        await socket.send({"op": HELLO, "d": {"heartbeat_interval": 41_250}})
        async for frame in websocket:
            if frame.type is WSMsgType.TEXT:
                await self._receive(socket, json.loads(frame.data))
        self.close_codes.append(websocket.close_code)
        if socket in self._sockets:
            self._sockets.remove(socket)
        return websocket

    async def _receive(self, socket: "_Socket", payload: dict[str, Any]) -> None:
        match payload["op"]:
            case op if op == HEARTBEAT:
                await socket.send({"op": HEARTBEAT_ACK})
            case op if op == IDENTIFY:
                self.identified += 1
                self.identify = payload["d"]
                if self.close_on_identify is not None:
                    await socket.close(self.close_on_identify)
                    return
                socket.shard_id, self.shards = payload["d"].get("shard", (0, 1))
                self.identified_shards.append([socket.shard_id, self.shards])
                self._sent[socket.shard_id].clear()
                self._session_is_deaf = False
                self._sockets.append(socket)
                guild_ids = [id for id in self.guild_ids if self._shard_of(id) == socket.shard_id]
                await self.dispatch("READY", self._ready(socket.shard_id, guild_ids), shard_id=socket.shard_id)
                for guild_id in guild_ids:
                    await self.dispatch("GUILD_CREATE", _guild(guild_id), shard_id=socket.shard_id)
                self.connected.set()
            case op if op == REQUEST_MEMBERS:
                self.asked.append(payload["d"])
                members = {"guild_id": payload["d"]["guild_id"], "members": [], "chunk_index": 0, "chunk_count": 1}
                await self.dispatch("GUILD_MEMBERS_CHUNK", members, shard_id=socket.shard_id)
            case op if op == RESUME and (
                self.forget_sessions or not payload["d"]["session_id"].startswith(f"{SESSION}-")
            ):
                await socket.send({"op": INVALID_SESSION, "d": False})
            case op if op == RESUME:
                self.resumed += 1
                socket.shard_id = int(payload["d"]["session_id"].removeprefix(f"{SESSION}-"))
                for event in self._sent[socket.shard_id][payload["d"]["seq"] :]:
                    await socket.send(event)
                self._sockets.append(socket)
                await self.dispatch("RESUMED", {}, shard_id=socket.shard_id)
                socket.deaf = self._session_is_deaf
                self.connected.set()

    def _ready(self, shard_id: int, guild_ids: list[int]) -> dict[str, Any]:
        return {
            "v": 10,
            "user": _bot_user(),
            "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in guild_ids],
            "shard": [shard_id, self.shards],
            "session_id": f"{SESSION}-{shard_id}",
            "resume_gateway_url": self.gateway_url,
            "application": {"id": str(APPLICATION_ID), "flags": 0},
        }


class _Socket:
    """One connection, with a compression context of its own."""

    def __init__(self, websocket: web.WebSocketResponse, *, compressed: bool) -> None:
        self.shard_id = 0
        self.deaf = False
        self._websocket = websocket
        self._compressor = zlib.compressobj() if compressed else None

    async def send(self, payload: dict[str, Any]) -> None:
        text = json.dumps(payload)
        if self._compressor is None:
            await self._websocket.send_str(text)
        else:
            data = self._compressor.compress(text.encode()) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
            await self._websocket.send_bytes(data)

    async def close(self, code: int) -> None:
        await self._websocket.close(code=code)


def channel_of(guild_id: int) -> int:
    """Return the id of a guild's one channel."""
    return guild_id + 100


def _json(data: Any, status: int = 200, **headers: str) -> web.Response:
    # discord.py reads JSON only from exactly "application/json".
    headers["Content-Type"] = "application/json"
    return web.Response(body=json.dumps(data).encode(), status=status, headers=headers)


def _too_many_requests(seconds: float) -> web.Response:
    # Without Via, discord.py takes it for a ban by the edge, and does not wait.
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    return _json(body, status=429, Via="1.1 google")


def _bot_user() -> dict[str, Any]:
    return {"id": str(APPLICATION_ID), "username": "Encourage Bot", "discriminator": "0", "avatar": None, "bot": True}


def _application() -> dict[str, Any]:
    owner = {"id": "1", "username": "owner", "discriminator": "0", "avatar": None}
    return {
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "",
        "team": None,
        "owner": owner,
    }


def _guild(guild_id: int) -> dict[str, Any]:
    everyone = {
        "id": str(guild_id),
        "name": "@everyone",
        "permissions": str(discord.Permissions.all_channel().value),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    name = {"name": "general", "position": 0, "permission_overwrites": []}
    channel = {"id": str(channel_of(guild_id)), "type": 0} | name
    me = {
        "user": _bot_user(),
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    return {
        "id": str(guild_id),
        "name": "Le Jardin",
        "owner_id": "1",
        "icon": None,
        "roles": [everyone],
        "channels": [channel],
        "threads": [],
        "members": [me],
        "emojis": [],
        "stickers": [],
        "features": [],
        "member_count": 2,
        "preferred_locale": "fr",
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "premium_tier": 0,
        "system_channel_flags": 0,
        "nsfw_level": 0,
        "afk_timeout": 300,
        "unavailable": False,
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
    }
