"""The keep-alive server: what an uptime monitor sees."""

import errno
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.errors import ExitCode, StartError
from bot.health import Health
from bot.i18n import Texts


def create_app(*, health: Health, texts: Texts, locale: str) -> web.Application:
    """Return the web application; `/` answers GET and HEAD with 200, or 503 and the reason as plain text."""

    async def alive(_request: web.Request) -> web.Response:
        verdict = health.verdict()
        return web.Response(
            text=texts.text(locale, verdict.key, seconds=verdict.seconds),
            status=200 if verdict.alive else 503,
            headers={"Cache-Control": "no-store"},
        )

    app = web.Application()
    app.router.add_get("/", alive)
    return app


@asynccontextmanager
async def serve(app: web.Application, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` while the block runs; yields the port, which the system chooses when `port` is 0.

    Raises:
        StartError: the address can't be bound.
    """
    # Scanners send garbage all day: a request that is none is worth no line, and its bytes must not be in the log.
    quiet = logging.getLogger(f"{__name__}.requests")
    quiet.setLevel(logging.CRITICAL)
    runner = web.AppRunner(app, access_log=None, logger=quiet, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except (OSError, UnicodeError) as error:
            taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            raise StartError(
                "start.port_taken" if taken else "start.unusable_address",
                ExitCode.PORT_TAKEN,
                host=host,
                port=port,
                reason=getattr(error, "strerror", None) or error,
            ) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
