"""The status page, for people: the same truth as for monitors, in words."""

import base64
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from importlib.resources import files
from string import Template

from bot.health import Heartbeat, SessionCount, Trouble, Verdict
from bot.services.quotes import QuotesState
from bot.text.durations import rough_duration
from bot.text.sentences import Texts, with_ordinary_spaces

REFRESH_SECONDS = 30
# There is a connection, and nothing comes through it.
DEAF = "alive.deaf"
# Other processes have all the shards.
WAITING = "alive.waiting"


@dataclass(frozen=True, slots=True)
class Status:
    """What the page shows; durations are in seconds, and None where nothing is known or works.

    `trouble` and `pending` are of Telegram, as is everything when the bot is `on_telegram_alone`; `said` is what a
    monitor is told in plain text.
    """

    now: datetime
    verdict: Verdict
    heartbeat: Heartbeat | None
    since_last_event: float | None
    servers: int
    telegram: Verdict | None
    database_write: float | None
    quotes: QuotesState
    may_invite: bool
    trouble: Trouble | None = None
    pending: int | None = None
    on_telegram_alone: bool = False
    sessions: SessionCount | None = None
    shards: Collection[int] = (0,)
    said: str = ""


class StatusPage:
    """Renders the page; `policy` is the Content-Security-Policy that lets its style in and nothing else."""

    def __init__(self, texts: Texts, version: str) -> None:
        self._texts = texts
        self._version = version
        html = files("bot.web").joinpath("status_page.html").read_text(encoding="utf-8")
        self._template = Template(html)
        style = html.partition("<style>")[2].partition("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;"
            " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def render(self, locale: str, status: Status) -> str:
        """Return the page as HTML."""
        words = _Words(self._texts, locale)
        verdict = status.verdict
        state = "connected" if verdict.connected else "connecting" if verdict.alive else "down"
        heading = self._texts.text(locale, _heading(verdict), count=verdict.seconds, platform=verdict.platform)
        lead = f"<p>{words.html(verdict.key)}</p>" if state == "connecting" and verdict.key != WAITING else ""
        rows = [*_rows(words, status), ("status.version", escape(self._version))]
        there = words.html("status.invite", platform="Telegram" if status.on_telegram_alone else "Discord")
        invite = f'<a href="/invite">{there}</a>' if status.may_invite else ""
        return self._template.substitute(
            locale=locale,
            refresh_seconds=REFRESH_SECONDS,
            name=words.html("help.title"),
            # Some monitors ask for a page as a browser does, and look for the sentence of the plain text in it.
            said=escape(status.said),
            state=state,
            heading=escape(with_ordinary_spaces(heading)),
            lead=lead,
            rows="\n".join(f"<div><dt>{words.html(key)}</dt><dd>{value}</dd></div>" for key, value in rows),
            invite=invite,
            note=words.html("status.refresh", seconds=REFRESH_SECONDS),
        )


def _heading(verdict: Verdict) -> str:
    """Return the key of what the page begins with."""
    if verdict.connected or verdict.key in (DEAF, WAITING):
        return verdict.key
    if verdict.alive:
        return "status.just_cut" if verdict.was_connected else "status.connecting"
    return "status.down"


class _Words:
    """Sentences of one language, ready to stand in HTML."""

    def __init__(self, texts: Texts, locale: str) -> None:
        self._texts = texts
        self._locale = locale

    def html(self, key: str, **params: object) -> str:
        """Return a sentence."""
        return escape(self._texts.text(self._locale, key, **params))

    def bad(self, key: str, **params: object) -> str:
        """Return a sentence about what does not work."""
        return f'<span class="bad">{self.html(key, **params)}</span>'

    def number(self, count: int) -> str:
        """Return a number."""
        return escape(self._texts.number(self._locale, count))

    def duration(self, seconds: float) -> str:
        """Return a duration in its largest unit, one second at least."""
        return rough_duration(self._texts, self._locale, seconds)

    def ago(self, seconds: float) -> str:
        return self._texts.text(self._locale, "status.ago", duration=self.duration(seconds))


def _rows(words: _Words, status: Status) -> Iterator[tuple[str, str]]:
    """Yield each label's key, and its value as HTML."""
    verdict, beat, event = status.verdict, status.heartbeat, status.since_last_event
    began = (status.now - timedelta(seconds=verdict.seconds)).replace(microsecond=0)
    duration = escape(words.duration(verdict.seconds))
    if verdict.key not in (DEAF, WAITING):
        yield (
            "status.connected_for" if verdict.connected else "status.cut_for",
            f'<time datetime="{began.isoformat()}">{duration}</time>',
        )
    if not status.on_telegram_alone:
        yield (
            "status.heartbeat",
            words.html("status.none")
            if beat is None
            else words.html("status.answered", milliseconds=_milliseconds(beat.round_trip), ago=words.ago(beat.age)),
        )
    yield "status.last_event", words.html("status.none") if event is None else escape(words.ago(event))
    if not status.on_telegram_alone:
        yield "status.servers", words.number(status.servers) if status.servers else words.html("status.none")
    if not status.on_telegram_alone and [*status.shards] != [0]:
        yield "status.shards", escape(", ".join(map(str, sorted(status.shards)))) or words.html("status.none")
    if status.sessions is not None:
        spent, limit = status.sessions.spent, status.sessions.limit
        yield "status.sessions", words.html("status.sessions_spent", spent=spent, limit=limit)
    if status.telegram is not None:
        yield "status.telegram", _telegram(words, status.telegram, status.trouble)
    if status.pending is not None:
        yield "status.pending", words.number(status.pending)
    yield (
        "status.database",
        words.bad("status.unwritable")
        if status.database_write is None
        else words.html("status.writable", milliseconds=_milliseconds(status.database_write)),
    )
    yield "status.quotes", _quotes(words, status.quotes)


def _telegram(words: _Words, verdict: Verdict, trouble: Trouble | None) -> str:
    if verdict.connected:
        return words.html("status.telegram_connected")
    if trouble is not None:
        return words.bad(trouble.key, **trouble.params)
    return words.html("status.telegram_cut") if verdict.alive else words.bad("status.telegram_cut")


def _quotes(words: _Words, quotes: QuotesState) -> str:
    if quotes.ready is None:
        return words.html("status.quotes_bundled")
    if quotes.failing:
        return words.html("status.quotes_failing")
    return words.html("status.quotes_ready", count=quotes.ready)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
