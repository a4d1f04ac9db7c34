"""Takes the updates that Telegram posts, and nobody else's."""

import hmac
import json
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.telegram.intake import HANDLING_SECONDS, Intake
from bot.telegram.outcome import Outcome
from bot.telegram.updates import is_update
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
    | 200 | the update was handled, or never will be; the answer may be in the body | sends the chat's next one |
    | 503 | the bot can't handle it now | sends it again |
    """

    def __init__(self, intake: Intake, secret: str) -> None:
        self._intake = intake
        self._secret = secret.encode()

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Handle an update before it is confirmed: a crash loses none, and a chat's updates come one by one."""
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        trust(request, seconds=CONNECTION_SECONDS, size=CONNECTION_BYTES)
        if not self._intake.ready:
            return web.Response(status=503, headers=RETRY_AFTER)
        data = await _read(request)
        if data is None:
            log.warning("Telegram has sent something that is no update")
            return web.Response()
        outcome = await self._intake.take(data, may_respond=True)
        if not outcome.done:
            return web.Response(status=503, headers=RETRY_AFTER)
        # Whoever has hung up takes no answer along: the update comes again, and its answer goes with that one.
        if request.transport is None or (answer := outcome.take_response()) is None:
            return web.Response()
        return await _respond(request, outcome, answer)


async def _respond(request: web.Request, outcome: Outcome, answer: Mapping[str, Any]) -> web.Response:
    """Send a call of the Bot API as the response, and see that it goes out."""
    response = web.json_response(answer)
    try:
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        outcome.response = answer
        return response
    if outcome.carried is not None:
        await outcome.carried()
    return response


async def _read(request: web.Request) -> dict[str, Any] | None:
    """Return the update in a request, or None."""
    try:
        data = json.loads(await request.read())
    except (ValueError, RecursionError, web.HTTPRequestEntityTooLarge):
        return None
    return data if is_update(data) else None
