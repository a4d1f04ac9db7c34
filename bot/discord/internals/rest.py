"""What the bot adds to discord.py's REST client: an answer is sent until it has arrived, and no request hangs.

discord.py tries 500, 502, 504 and 524 again for some seconds, and neither 503, nor what else the edge answers, nor a
connection that breaks. Here all of it is tried again for half a minute, helplines for five minutes. A message is not
said twice: discord.py gives it a nonce, by which Discord knows it again
(https://discord.com/developers/docs/resources/message#create-message).
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import aiohttp
import discord
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

ANSWER_SECONDS = 15.0
PATIENCE_SECONDS = 30.0
PATIENCE_IN_DANGER_SECONDS = 300.0
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 8.0
# An interaction that has been answered: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
ALREADY_ANSWERED = 40060

TOO_MANY_REQUESTS = 429

OUTAGE = (discord.DiscordServerError, OSError, TimeoutError, aiohttp.ClientError)

_in_danger: ContextVar[bool] = ContextVar("_in_danger", default=False)

log = logging.getLogger(__name__)


@contextmanager
def patiently() -> Iterator[None]:
    """Try for five minutes to send what this block sends: somebody in danger may wait for it."""
    token = _in_danger.set(True)
    try:
        yield
    finally:
        _in_danger.reset(token)


def insist(client: discord.Client) -> None:
    """Have what the client sends sent until it has arrived, and let none of its requests hang for minutes.

    Call it in the task that connects the client: what answers clicks and slash commands belongs to the context.
    """
    request = client.http.request

    async def insistent(route: Route, **options: Any) -> Any:
        # Only the wait for an answer is bounded: discord.py must not be interrupted while it waits for a rate limit.
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)

        async def send() -> Any:
            return await request(route, timeout=timeout, **options)

        # Whoever logs in or publishes the commands tries again at leisure.
        if route.method == "GET" or route.path.endswith("/commands"):
            return await _twice(send)
        return await _until_it_arrives(send, route, options.get("files") or ())

    client.http.request = insistent  # type: ignore[method-assign]
    async_context.set(_Adapter())  # type: ignore[no-untyped-call]


async def _twice(send: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await send()
    except TimeoutError:
        return await send()


async def _until_it_arrives(send: Callable[[], Awaitable[Any]], route: Route, files: Sequence[discord.File]) -> Any:
    """Send it again and again while Discord or the network fails, within the bounds of patience."""
    begin = time.monotonic()
    end = begin + (PATIENCE_IN_DANGER_SECONDS if _in_danger.get() else PATIENCE_SECONDS)
    pause, tries = FIRST_PAUSE_SECONDS, 0
    while True:
        tries += 1
        wait = pause
        try:
            answer = await send()
        except aiohttp.InvalidURL:
            raise
        except OUTAGE:
            if time.monotonic() + wait >= end:
                raise
        except discord.HTTPException as error:
            if _was_done(route, error) and tries > 1:
                return {"interaction": {"id": route.webhook_id}}
            wait = _seconds_asked_to_wait(error, wait)
            if error.status != TOO_MANY_REQUESTS or time.monotonic() + wait >= end:
                if tries > 1:
                    log.warning("Discord refuses an answer at the %d. try: status %d", tries, error.status)
                raise
        else:
            if tries > 1:
                log.info("Discord has taken an answer at the %d. try, after %.1f s", tries, time.monotonic() - begin)
            return answer
        await asyncio.sleep(wait)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        for file in files:
            file.reset(seek=True)


def _seconds_asked_to_wait(error: discord.HTTPException, at_least: float) -> float:
    """Return how long to wait for the edge of Discord, to which discord.py does not listen."""
    try:
        return max(float(error.response.headers.get("Retry-After", 0)), at_least)
    except ValueError:
        return max(LONGEST_PAUSE_SECONDS, at_least)


def _was_done(route: Route, error: discord.HTTPException) -> bool:
    """Tell whether Discord refuses a second try because the first one has arrived."""
    return error.code == ALREADY_ANSWERED or (route.method == "DELETE" and isinstance(error, discord.NotFound))


class _Adapter(AsyncWebhookAdapter):
    """Sends the answers to clicks and slash commands, which Discord takes for three seconds at first."""

    async def request(self, route: Route, session: aiohttp.ClientSession, **options: Any) -> Any:
        bounded: Any = _Session(session)
        request = super().request

        async def send() -> Any:
            return await request(route, bounded, **options)

        if route.method == "GET":
            return await _twice(send)
        return await _until_it_arrives(send, route, options.get("files") or ())


class _Session:
    """A session whose requests neither hang nor are tried again by anybody else."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @asynccontextmanager
    async def request(self, *args: Any, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with self._session.request(*args, timeout=timeout, **options) as response:
            if response.status >= 500:
                raise discord.DiscordServerError(response, await response.text())
            yield response
