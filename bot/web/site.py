"""What the web server answers: to uptime monitors, to browsers, to Prometheus, and to who wants to invite the bot."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web

from bot.background import Background
from bot.health import Health, Trouble, Verdict
from bot.services import Services
from bot.text.sentences import Texts, with_ordinary_spaces
from bot.web import negotiation
from bot.web.status_page import Status, StatusPage

# https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
OF_NUMBERS = "text/plain; version=0.0.4; charset=utf-8"


class Numbers(Protocol):
    """The numbers for Prometheus."""

    async def render(self) -> bytes:
        """Return them in its text format."""


@dataclass(frozen=True, slots=True)
class Site:
    """Answers each path from what the process knows.

    `locale` is the bot's own, `invite_url` makes the invite link of Discord for an application id; without `metrics`,
    there is no `/metrics`. `telegram` is how Telegram does, and so is `health` when there is no Discord; `webhook`
    takes what Telegram posts.
    """

    health: Health
    services: Services
    background: Background
    metrics: Numbers | None
    texts: Texts
    locale: str
    page: StatusPage
    invite_url: Callable[[int], str] | None = None
    telegram: Health | None = None
    webhook: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    def app(self) -> web.Application:
        """Return the application to serve; every path takes GET and HEAD, but the webhook's."""
        app = web.Application()
        app.router.add_get("/", self._root)
        app.router.add_get("/livez", self._live)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/invite", self._invite)
        if self.metrics is not None:
            app.router.add_get("/metrics", self._numbers)
        if self.webhook is not None:
            app.router.add_post("/telegram", self.webhook)
        return app

    async def _root(self, request: web.Request) -> web.Response:
        """Say whether the bot is alive: 200 or 503, in plain text for monitors and as a page for browsers."""
        verdict, trouble = self._worst()
        locale = self._locale_of(request)
        response = web.Response(status=200 if verdict.alive else 503, headers={"Vary": "Accept, Accept-Language"})
        response.headers["Content-Language"] = locale
        if not negotiation.prefers_html(_header(request, "Accept")):
            response.text = self._said(locale, verdict, trouble)
            return response
        status = Status(
            now=datetime.now(UTC),
            verdict=verdict,
            heartbeat=self.health.heartbeat(),
            since_last_event=self.health.seconds_since_last_event(),
            servers=self.health.servers,
            sessions=self.health.sessions,
            shards=self.health.shard_ids,
            telegram=None if self.telegram is None else self.telegram.verdict(),
            trouble=None if self.telegram is None else self.telegram.trouble,
            pending=None if self.telegram is None else self.telegram.pending,
            database_write=await self.services.storage_check.write_seconds(),
            quotes=self.services.quotes.state,
            on_telegram_alone=self.telegram is self.health,
            may_invite=self._invite_link() is not None,
            said=self._said(self.locale, verdict, trouble),
        )
        response.content_type = "text/html"
        response.headers["Content-Security-Policy"] = self.page.policy
        response.text = self.page.render(locale, status)
        return response

    async def _live(self, _request: web.Request) -> web.Response:
        """Say that the process still answers, whatever Discord does: a restart would mend nothing there."""
        return web.Response(text="ok")

    async def _ready(self, _request: web.Request) -> web.Response:
        """Say whether the bot can do its work at this moment, part by part."""
        checks = {"database": await self.services.storage_check.write_seconds() is not None}
        # Whoever waits for a shard is ready to take one over.
        if self.health is not self.telegram and not self.health.is_waiting:
            checks["gateway"] = self.health.verdict().connected
        if self.telegram is not None:
            checks["telegram"] = self.telegram.verdict().connected
        failing = [*self.background.failing]
        checks["background"] = not failing
        ready = all(checks.values())
        told: dict[str, object] = {"ready": ready, "checks": checks} | ({"failing": failing} if failing else {})
        reasons: dict[str, str] = {}
        if self.health.is_waiting:
            reasons["gateway"] = self.texts.text(self.locale, self.health.verdict().key)
        if self.telegram is not None and (trouble := self.telegram.trouble) is not None:
            reasons["telegram"] = self.texts.text(self.locale, trouble.key, **trouble.params)
        if reasons:
            told["reasons"] = {name: with_ordinary_spaces(reason) for name, reason in reasons.items()}
        return web.json_response(told, status=200 if ready else 503)

    async def _invite(self, request: web.Request) -> web.Response:
        """Lead to where the bot can be added: to a server on Discord or, without Discord, to a chat on Telegram."""
        link = self._invite_link()
        if link is None:
            platform = self.health.verdict().platform
            return web.Response(
                text=self.texts.text(self._locale_of(request), "status.invite_unknown", platform=platform), status=503
            )
        raise web.HTTPFound(link)

    def _locale_of(self, request: web.Request) -> str:
        """Return the language to answer in: the one that whoever asks prefers, or the bot's own."""
        return negotiation.language(_header(request, "Accept-Language"), self.texts.locales, self.locale)

    def _said(self, locale: str, verdict: Verdict, trouble: Trouble | None) -> str:
        """Return the answer in plain text; the bot's own language is in it whenever all is well.

        A monitor looks for the words that somebody has typed, whatever language it asks for.
        """
        params = {"count": verdict.seconds, "platform": verdict.platform}
        lines = [self.texts.text(locale, verdict.key, **params)]
        if verdict.alive and locale != self.locale:
            lines.append(self.texts.text(self.locale, verdict.key, **params))
        if trouble is not None and not verdict.alive:
            lines.append(self.texts.text(locale, trouble.key, **trouble.params))
        return with_ordinary_spaces("\n".join(lines))

    def _invite_link(self) -> str | None:
        if self.telegram is self.health:
            return self.health.invite
        id = self.health.application_id
        return None if id is None or self.invite_url is None else self.invite_url(id)

    def _worst(self) -> tuple[Verdict, Trouble | None]:
        """Return the verdict on Discord or, where that is well, on Telegram, and why Telegram can't be served."""
        verdict = self.health.verdict()
        if self.telegram is None:
            return verdict, None
        of_telegram = self.telegram.verdict()
        if self.telegram is self.health or (verdict.alive and not of_telegram.alive):
            return of_telegram, self.telegram.trouble
        return verdict, None

    async def _numbers(self, _request: web.Request) -> web.Response:
        """Give Prometheus its numbers."""
        assert self.metrics is not None
        return web.Response(body=await self.metrics.render(), headers={"Content-Type": OF_NUMBERS})


def _header(request: web.Request, name: str) -> str:
    return ",".join(request.headers.getall(name, ()))
