"""Takes the updates that Telegram posts, and nobody else's."""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.telegram.dispatcher import Read
from bot.telegram.intake import HANDLING_SECONDS, Intake
from bot.telegram.updates import is_update
from bot.web.posts import Reply
from bot.web.server import trust

HEADER = "X-Telegram-Bot-Api-Secret-Token"
# For the handling, and for reading and answering before and after it.
CONNECTION_SECONDS = HANDLING_SECONDS + 10.0
CONNECTION_BYTES = 2 * 1024 * 1024
RETRY_AFTER = {"Retry-After": "5"}
OF_JSON = {"Content-Type": "application/json; charset=utf-8"}

log = logging.getLogger(__name__)


def _loads() -> Callable[[bytes], Any]:
    """Return what reads most JSON, fast where that is installed."""
    try:
        import orjson
    except ModuleNotFoundError:
        return json.loads
    return orjson.loads


class Webhook:
    """Answers `POST /telegram`.

    | answer | why | Telegram |
    | --- | --- | --- |
    | 403 | the secret is wrong | |
    | 200 | the update was handled, or never will be; the answer may be in the body | sends the chat's next one |
    | 503 | the bot can't handle it now | sends it again |
    """

    path = "/telegram"
    header = HEADER
    seconds = CONNECTION_SECONDS
    size = CONNECTION_BYTES

    def __init__(self, intake: Intake, secret: str) -> None:
        self._intake = intake
        self._secret = secret.encode()
        self._loads = _loads()
        self._done, self._later = Reply(), Reply(503, headers=RETRY_AFTER)

    def knows(self, secret: bytes) -> bool:
        """Tell whether this is what Telegram was told."""
        return hmac.compare_digest(secret, self._secret)

    def take(self, body: bytes) -> Reply | Awaitable[Reply]:
        """Handle an update before it is confirmed: a crash loses none, and a chat's updates come one by one.

        Of one that calls for nothing, that is known at once.
        """
        if not self._intake.ready:
            return self._later
        data = self._read(body)
        if not is_update(data):
            log.warning("Telegram has sent something that is no update")
            return self._done
        read = self._intake.look(data)
        return self._done if read is None else self._handle(data["update_id"], read)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Take an update that is in no plain request."""
        if not self.knows(request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")):
            return web.Response(status=403)
        trust(request, seconds=CONNECTION_SECONDS, size=CONNECTION_BYTES)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            body = b""
        reply = self.take(body)
        if not isinstance(reply, Reply):
            reply = await reply
        response = web.Response(status=reply.status, body=reply.body, headers=reply.headers)
        try:
            if request.transport is None:
                raise ConnectionResetError
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            if reply.unsent is not None:
                reply.unsent()
            return response
        if reply.sent is not None:
            await reply.sent()
        return response

    async def _handle(self, update_id: int, read: Read) -> Reply:
        outcome = await self._intake.handle(update_id, read, may_respond=True)
        if not outcome.done:
            return self._later
        if (answer := outcome.take_response()) is None:
            return self._done

        def keep_it() -> None:
            # The update comes again, and its answer goes with that one.
            outcome.response = answer

        return Reply(body=json.dumps(answer).encode(), headers=OF_JSON, sent=outcome.carried, unsent=keep_it)

    def _read(self, body: bytes) -> object:
        """Return what the JSON holds, or None; half a character, and numbers without end, are not for the fast one."""
        for loads in (self._loads, json.loads):
            with suppress(ValueError, RecursionError):
                return loads(body)
        return None
