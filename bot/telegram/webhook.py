"""Takes the updates that Telegram posts, and nobody else's."""

import hmac
import json
import logging
from typing import Any

from aiohttp import web

from bot.telegram.dispatcher import HANDLING_SECONDS, Dispatcher, is_update
from bot.web.server import trust

HEADER = "X-Telegram-Bot-Api-Secret-Token"
# For the handling, and for reading and answering before and after it.
CONNECTION_SECONDS = HANDLING_SECONDS + 10.0
CONNECTION_BYTES = 2 * 1024 * 1024
RETRY_AFTER = {"Retry-After": "5"}

log = logging.getLogger(__name__)


class Webhook:
    """Answers `POST /telegram`.

    | answer | why | Telegram |
    | --- | --- | --- |
    | 403 | the secret is wrong | |
    | 200 | the update was handled, or never will be | sends the chat's next one |
    | 503 | the bot can't handle it now | sends it again |
    """

    def __init__(self, dispatcher: Dispatcher, secret: str) -> None:
        self._dispatcher = dispatcher
        self._secret = secret.encode()

    async def receive(self, request: web.Request) -> web.Response:
        """Handle an update before it is confirmed: a crash loses none, and a chat's updates come one by one."""
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        trust(request, seconds=CONNECTION_SECONDS, size=CONNECTION_BYTES)
        if not self._dispatcher.ready:
            return web.Response(status=503, headers=RETRY_AFTER)
        data = await _read(request)
        if data is None:
            log.warning("Telegram has sent something that is no update")
        elif not await self._dispatcher.take(data):
            return web.Response(status=503, headers=RETRY_AFTER)
        return web.Response()


async def _read(request: web.Request) -> dict[str, Any] | None:
    """Return the update in a request, or None."""
    try:
        data = json.loads(await request.read())
    except (ValueError, RecursionError, web.HTTPRequestEntityTooLarge):
        return None
    return data if is_update(data) else None
