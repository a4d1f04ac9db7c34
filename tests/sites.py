"""Serves the bot's web pages on loopback, for tests that look at them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from bot.background import Background
from bot.discord.permissions import invite_url
from bot.health import Health
from bot.services import Services
from bot.text.sentences import Texts
from bot.web.metrics import Metrics
from bot.web.server import serve
from bot.web.site import Site
from bot.web.status_page import StatusPage


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    text: str
    headers: Mapping[str, str] = field(repr=False)


@asynccontextmanager
async def serving(
    health: Health,
    services: Services,
    texts: Texts,
    *,
    locale: str = "fr",
    metrics: bool = True,
    background: Background | None = None,
) -> AsyncIterator[int]:
    """Serve the pages; yields the port."""
    site = Site(
        health=health,
        services=services,
        background=background or Background(),
        metrics=Metrics(health, services) if metrics else None,
        texts=texts,
        locale=locale,
        page=StatusPage(texts, "1.2.3"),
        invite_url=invite_url,
    )
    async with serve(site.app(), host="127.0.0.1", port=0) as port:
        yield port


async def ask(url: str, method: str = "GET", **headers: str) -> Answer:
    """Send one request with just these headers; redirections are not followed."""
    async with (
        aiohttp.ClientSession(skip_auto_headers=("Accept",)) as session,
        session.request(method, url, headers=headers, allow_redirects=False) as response,
    ):
        return Answer(response.status, await response.text(), response.headers)
