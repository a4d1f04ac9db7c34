"""A simulated Discord to try the bot out on: its time goes on as it does outside, and each of its places has a page.

All that depends on how SimCord works inside is here.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import simcord
from discord import app_commands
from discord.ext import commands
from simcord.backend.access import can_access_message
from simcord.preview import Preview

from bot.discord.client import EncourageBot
from bot.errors import ExitCode, StartError, StorageUnavailableError, UserError

SECONDS_BETWEEN_STEPS = 0.1
# What the bot has a sentence for: a refusal is a good answer, and no failure of the page.
ANSWERED = (
    *(UserError, StorageUnavailableError, commands.UserInputError, commands.CheckFailure),
    *(app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
)


class Clock:
    """The one time of the try-out: that of cooldowns, sweeps, ages and messages; it starts some time ago.

    `time.monotonic` is the simulation's there, for the bot alone: whoever reads it beside the bot reads another time.
    """

    def __init__(self, *, seconds_ago: float = 0.0) -> None:
        self._start = time.perf_counter()
        self._began = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        self._ahead = 0.0

    def monotonic(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self._start + self._ahead

    def now(self) -> datetime:
        """Return the time in UTC."""
        return self._began + timedelta(seconds=self.monotonic())

    def move_on(self, seconds: float) -> None:
        """Let so much time have passed."""
        self._ahead += seconds


class SimulatedDiscord(simcord.Env):
    """SimCord's Discord, which has one page and whose time stands still, with several pages and the time of `clock`."""

    def __init__(self, bot: EncourageBot, clock: Clock) -> None:
        self._pages: list[Preview] = []
        self.shown: list[Newest] = []
        super().__init__(bot, check_errors=False)
        self._time = clock

    def catch_up(self) -> None:
        """Let it be as late as it is; what is due happens with what happens next."""
        self.backend.advance_clock(max(0.0, (self._time.now() - self.now()).total_seconds()))

    async def keep_time(self) -> None:
        """Go with the time, for ever, and show on each page what comes without an action there."""
        while True:
            self.catch_up()
            if not self._operation_depth:
                for newest in self.shown:
                    newest.follow()
            await asyncio.sleep(SECONDS_BETWEEN_STEPS)

    @property
    def _preview(self) -> Preview | None:
        """Return none, so that SimCord opens another one."""
        return None

    @_preview.setter
    def _preview(self, preview: Preview | None) -> None:
        if preview is not None:
            self._pages.append(preview)

    def _mark_mutation(self) -> None:
        for preview in self._pages:
            preview._mark_action_dispatched()

    def _record_error(self, error: BaseException) -> None:
        """Record what the bot has no answer for: a page whose action raised anything calls its outcome uncertain."""
        while isinstance(
            error, commands.CommandInvokeError | commands.HybridCommandError | app_commands.CommandInvokeError
        ):
            error = error.original
        if not isinstance(error, ANSWERED):
            super()._record_error(error)


@asynccontextmanager
async def simulated(bot: EncourageBot, clock: Clock) -> AsyncIterator[SimulatedDiscord]:
    """Run the bot on a Discord of its own while the block runs."""
    env = SimulatedDiscord(bot, clock)
    await env.start()
    env.catch_up()
    keeping = asyncio.create_task(env.keep_time(), name="keep the time")
    try:
        yield env
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await env.shutdown()


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or a private conversation, and who may be looking at it; `tag` is Discord's name for the language."""

    name: str
    channel: simcord.ChannelHandle
    viewers: Sequence[simcord.MemberActor | simcord.UserHandle]
    tag: str


@asynccontextmanager
async def page_of(env: SimulatedDiscord, place: Place, *, port: int) -> AsyncIterator[Preview]:
    """Serve the page of a place while the block runs.

    Raises:
        StartError: the port is taken.
    """
    preview = env.preview(
        place.channel, viewers=place.viewers, layout="channel", locale=place.tag, timezone=_timezone(), port=port
    )
    newest = Newest(preview)
    try:
        await preview.__aenter__()
    except simcord.SetupError as error:
        raise StartError("start.try_port_taken", ExitCode.PORT_TAKEN, port=port) from error
    env.shown.append(newest)
    try:
        yield preview
    finally:
        env.shown.remove(newest)
        await preview.close()


class Newest:
    """Shows the newest message on each tab of a page: by itself, SimCord stays where it was, above it."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._publish = preview._publish
        self._newest: dict[str, int | None] = {}
        preview._publish = self._publish_at_the_end  # type: ignore[method-assign]

    def follow(self) -> None:
        """Show what has come since without an action there: from another page, or unasked."""
        for tab in tuple(self._preview._pages.values()):
            if tab.id in self._newest and self._newest_of(tab) != self._newest[tab.id]:
                self._publish_at_the_end(tab)

    def _publish_at_the_end(self, page: Any, *, reason: Any = "action") -> None:
        # "In two minutes" is counted from here.
        self._preview.capture_time = self._preview.env.now()
        self._newest[page.id] = self._newest_of(page)
        if reason in ("initial", "action"):
            page.target_id, page.window_end_id = self._newest[page.id], None
        self._publish(page, reason=reason)

    def _newest_of(self, tab: Any) -> int | None:
        env = self._preview.env
        kept = env.backend.messages.get(tab.channel_id, {}).values()
        seen = (each.id for each in kept if can_access_message(env, tab.channel_id, each, tab.viewer, history=True))
        return max(seen, default=None)


def _timezone() -> str:
    """Return the time zone of this machine, where it is known by its name."""
    name = Path("/etc/localtime").resolve().as_posix().partition("zoneinfo/")[2]
    try:
        return ZoneInfo(name).key
    except (ValueError, ZoneInfoNotFoundError):
        return "UTC"
