"""The REST API of the small Discord, with its rate limits and its bad days."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiohttp import web

from bot.text.sentences import with_ordinary_spaces
from tests import PATIENCE_SECONDS
from tests.fake_payloads import APPLICATION_ID, TOKEN, application, bot_user, message

# Their address is the proof that one may.
BY_TOKEN = ("interactions/", "webhooks/")


@dataclass(frozen=True)
class Failure:
    """What happens to one answer that the bot sends.

    It is answered with `status` after so many `seconds`, or its connection is `reset`; 429 asks to wait for
    `retry_after` seconds, everywhere if it `is_global`; what is `of_edge` comes from before Discord. An answer that is
    `kept` has arrived all the same, as when a proxy gives up too early.
    """

    status: int = 500
    seconds: float = 0.0
    retry_after: float = 0.0
    is_global: bool = False
    of_edge: bool = False
    kept: bool = False
    reset: bool = False


@dataclass
class _Window:
    """How many requests a bucket still takes, and until when."""

    left: int
    until: float


class FakeRest:
    """`posts` are the messages of the bot, with ordinary spaces, `commands` its slash commands, each time it sent them.

    `callbacks` are the answers to slash commands and clicks, and `failures` befall the next messages and the next of
    these, in this order; then `outage` befalls all. A channel takes `limit` messages in so many seconds; `refused`
    counts the requests that came although Discord had said to wait.
    """

    def __init__(self) -> None:
        self.shards = 1
        self.max_concurrency = 1
        self.posts: list[dict[str, Any]] = []
        self.commands: list[list[dict[str, Any]]] = []
        self.callbacks: dict[str, dict[str, Any]] = {}
        self.followups: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.failures: deque[Failure] = deque()
        self.outage: Failure | None = None
        self.limit = (1_000, 1.0)
        self.refused = 0
        self.rest_delay = 0.0
        self.commands_delay = 0.0
        self.commands_wait: float | None = None
        self._windows: dict[str, _Window] = {}
        self._closed_until = 0.0
        self._by_nonce: dict[str, dict[str, Any]] = {}

    async def wait_for_posts(self, count: int, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until the bot has sent so many messages."""
        async with asyncio.timeout(seconds):
            while len(self.posts) < count:
                await asyncio.sleep(0.01)

    async def wait_for_commands(self) -> None:
        """Wait until the bot has sent its slash commands."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.commands:
                await asyncio.sleep(0.01)

    def forget_posts(self) -> None:
        """Let go of what the bot has sent."""
        self.posts.clear()
        self.requests.clear()
        self._by_nonce.clear()

    async def rest(self, request: web.Request) -> web.Response:
        """Answer one request."""
        path = request.match_info["path"]
        self.requests.append(f"{request.method} {path}")
        if request.headers.get("Authorization") != f"Bot {TOKEN}" and not path.startswith(BY_TOKEN):
            return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        match request.method, path:
            case "GET", "users/@me":
                return _json(bot_user())
            case "GET", "oauth2/applications/@me":
                return _json({"id": str(APPLICATION_ID), "name": "Encourage Bot", "flags": 0} | application())
            case "PUT", _ if path.endswith("/commands"):
                self.commands.append(await request.json())
                await asyncio.sleep(self.commands_delay)
                return _json([]) if self.commands_wait is None else _too_many_requests(self.commands_wait)
            case "GET", "gateway/bot":
                limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": self.max_concurrency}
                # Not this gateway: a process that was pointed at one has to stay with it.
                return _json({"url": "ws://127.0.0.1:9", "shards": self.shards, "session_start_limit": limit})
            case "POST", _ if path.startswith("channels/") and path.endswith("/messages"):
                return await self._take_message(path.split("/")[1], await _body(request), request)
            case "POST", _ if path.endswith("/callback"):
                return await self._take_callback(path.split("/")[1], await request.json(), request)
            case "POST", _ if path.startswith("webhooks/"):
                failure = self._next_failure()
                if failure is not None:
                    return await self._fail(failure, "0", {}, {}, request)
                self.followups.append(await request.json())
                return _json(message("", bot_user()))
            case "GET", _ if path.endswith("/@original"):
                return _json(message("", bot_user()))
            case "PATCH", _ if path.startswith("channels/"):
                headers = self._limits(_Window(self.limit[0], time.monotonic() + self.limit[1]))
                return _json(message("", bot_user(), int(path.split("/")[1])), headers=headers)
        return _json({"message": "404: Not Found", "code": 0}, status=404)

    async def _take_callback(self, id: str, body: dict[str, Any], request: web.Request) -> web.Response:
        """Take the answer to an interaction once, without a header that says who sends it."""
        failure = self._next_failure()
        if failure is None or failure.kept:
            if id in self.callbacks:
                return _json({"message": "Interaction has already been acknowledged.", "code": 40060}, status=400)
            self.callbacks[id] = body
        if failure is not None:
            return await self._fail(failure, "0", {}, {}, request)
        sent = {"type": body["type"], "message": message("", bot_user())}
        return _json({"interaction": {"id": id, "type": 2}, "resource": sent})

    def _next_failure(self) -> Failure | None:
        return self.failures.popleft() if self.failures else self.outage

    async def _take_message(self, channel: str, body: dict[str, Any], request: web.Request) -> web.Response:
        now = time.monotonic()
        if now < self._closed_until:
            self.refused += 1
            return _too_many_requests(self._closed_until - now, is_global=True)
        window = self._windows.get(channel)
        if window is None or now >= window.until:
            window = self._windows[channel] = _Window(self.limit[0], now + self.limit[1])
        headers = self._limits(window)
        if window.left == 0:
            self.refused += 1
            return _too_many_requests(window.until - now, headers)
        window.left -= 1
        headers = self._limits(window)
        failure = self._next_failure()
        if failure is not None:
            return await self._fail(failure, channel, body, headers, request)
        await asyncio.sleep(self.rest_delay)
        return _json(self._keep(channel, body), headers=headers)

    async def _fail(
        self, failure: Failure, channel: str, body: dict[str, Any], headers: dict[str, str], request: web.Request
    ) -> web.Response:
        if failure.kept and body:
            self._keep(channel, body)
        if failure.reset and request.transport is not None:
            request.transport.abort()
        if failure.of_edge:
            headers = {"Retry-After": f"{failure.retry_after:.0f}"}
            return web.Response(text="error code: 1015", status=failure.status, headers=headers)
        if failure.status == 429:
            until = time.monotonic() + failure.retry_after
            if failure.is_global:
                self._closed_until = until
            else:
                self._windows[channel] = _Window(0, until)
            return _too_many_requests(failure.retry_after, headers, is_global=failure.is_global)
        await asyncio.sleep(failure.seconds)
        return _json({"message": "it went wrong", "code": 0}, status=failure.status, headers=headers)

    def _keep(self, channel: str, body: dict[str, Any]) -> dict[str, Any]:
        """Put a message into its channel, unless one with its nonce is there.

        https://discord.com/developers/docs/resources/message#create-message
        """
        nonce = str(body.get("nonce"))
        if body.get("enforce_nonce") and nonce in self._by_nonce:
            return self._by_nonce[nonce]
        self.posts.append(body | {"content": with_ordinary_spaces(body.get("content") or "")})
        kept = self._by_nonce[nonce] = message(body.get("content") or "", bot_user(), int(channel))
        return kept

    def _limits(self, window: _Window) -> dict[str, str]:
        """https://discord.com/developers/docs/topics/rate-limits#header-format."""
        seconds = max(window.until - time.monotonic(), 0.0)
        return {
            "X-RateLimit-Limit": str(self.limit[0]),
            "X-RateLimit-Remaining": str(window.left),
            "X-RateLimit-Reset": f"{time.time() + seconds:.3f}",
            "X-RateLimit-Reset-After": f"{seconds:.3f}",
            "X-RateLimit-Bucket": "messages",
        }


async def _body(request: web.Request) -> dict[str, Any]:
    """Return what a message says, with the size of each file that comes with it."""
    if request.content_type == "application/json":
        return dict(await request.json())
    parts = await request.post()
    sizes = [len(part.file.read()) for part in parts.values() if isinstance(part, web.FileField)]
    return dict(json.loads(str(parts["payload_json"]))) | {"files": sizes}


def _json(data: Any, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> web.Response:
    # discord.py reads JSON only from exactly "application/json".
    described = {**headers, "Content-Type": "application/json"}
    return web.Response(body=json.dumps(data).encode(), status=status, headers=described)


def _too_many_requests(
    seconds: float, headers: Mapping[str, str] = MappingProxyType({}), *, is_global: bool = False
) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": is_global}
    # Without Via, discord.py takes it for a ban by the edge, and does not wait.
    more = {"Via": "1.1 google", "Retry-After": f"{seconds:.3f}"}
    more["X-RateLimit-Scope"] = "global" if is_global else "user"
    return _json(body, status=429, headers={**headers, **more})
