"""What every running process stands in, whatever platform it is on: signals, its web server, and how it ends."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from bot import __version__
from bot.background import Background
from bot.config import Settings
from bot.health import Health
from bot.services import Services
from bot.text.sentences import Texts
from bot.web.server import serve
from bot.web.site import Site
from bot.web.status_page import StatusPage
from bot.web.when_asked import MetricsWhenAsked

if TYPE_CHECKING:
    from bot.telegram.connection import Connection

log = logging.getLogger(__name__)


@asynccontextmanager
async def serve_site(
    settings: Settings,
    services: Services,
    texts: Texts,
    background: Background,
    *,
    health: Health | None,
    telegram: "Connection | None",
    invite_url: Callable[[int], str] | None = None,
) -> AsyncIterator[None]:
    """Serve the web pages and, for Telegram, the webhook while the block runs; `health` is Discord's, if it is there.

    Raises:
        StartError: the address can't be bound.
    """
    of_telegram = None if telegram is None else telegram.health
    shown = health or of_telegram
    assert shown is not None
    site = Site(
        health=shown,
        services=services,
        background=background,
        metrics=MetricsWhenAsked(health, services, of_telegram) if settings.metrics else None,
        texts=texts,
        locale=settings.locale,
        page=StatusPage(texts, __version__),
        invite_url=invite_url,
        telegram=of_telegram,
        webhook=None if telegram is None else telegram.webhook.receive,
    )
    posts = None if telegram is None else telegram.webhook
    async with serve(site.app(), host=settings.host, port=settings.port, posts=posts) as port:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        log.info("status page on http://%s:%d/", host, port)
        yield


async def run_until(stop: asyncio.Event, *connections: Coroutine[Any, Any, None]) -> None:
    """Run the connections until one ends by itself or `stop` is set; either way, the bot has left all of them then."""
    running = [asyncio.create_task(connection, name="connection") for connection in connections]
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Also when this task itself is cancelled, as Ctrl-C does on Windows: the bot leaves before the database.
        stopping.cancel()
        if not any(task.done() for task in running):
            log.info("stopping")
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        for task in running:
            with suppress(asyncio.CancelledError):
                task.result()


@asynccontextmanager
async def stop_on_signal() -> AsyncIterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set: without a handler, SIGTERM would skip every clean-up."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    try:
        for number in signals:
            loop.add_signal_handler(number, stop.set)
    except NotImplementedError:  # Windows: asyncio.run turns Ctrl-C into a cancellation
        yield stop
        return
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
