"""What moderators are told when something waits for them: at most once an hour, whatever restarts."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.errors import StorageUnavailableError
from bot.models import Platform, Scope
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import ScopePreferences
from bot.storage.base import Storage

SECONDS_BETWEEN_NOTICES = 3_600
SECONDS_BETWEEN_LOOKS = 20.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """That `count` messages wait in a scope, to be said in its channel `channel_id`; `told` is when one last was."""

    scope: Scope
    channel_id: int
    count: int
    told: datetime | None
    preferences: ScopePreferences


class Notices:
    """Finds out which moderators are to be told that something waits; who tells them is a front end."""

    def __init__(
        self,
        storage: Storage,
        preferences: Preferences,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._preferences = preferences
        self._now = now
        self._sleep = sleep

    async def keep_telling(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Have what is due told, for ever; run it beside the bot."""
        while True:
            try:
                await tell()
            except StorageUnavailableError:
                log.debug("it could not be read what waits for moderators")
            await self._sleep(SECONDS_BETWEEN_LOOKS)

    async def due(self, platform: Platform) -> Sequence[Notice]:
        """Return what moderators are to be told: that something has come to wait since they were, an hour ago or more.

        Nobody is told again of what they have left waiting.
        """
        since, notices = self._an_hour_ago(), list[Notice]()
        for backlog in await self._storage.list_backlogs(platform):
            if backlog.told is not None and not backlog.told <= min(since, backlog.newest):
                continue
            preferences = await self._preferences.get(backlog.scope)
            if preferences.notices is not None:
                notices.append(Notice(backlog.scope, preferences.notices, backlog.count, backlog.told, preferences))
        return notices

    async def claim(self, notice: Notice) -> bool:
        """Keep that moderators are told now; False when somebody else has told them meanwhile."""
        return await self._storage.claim_notice(notice.scope, now=self._now(), since=self._an_hour_ago())

    async def give_back(self, notice: Notice) -> None:
        """Undo a claim: they could not be told, and are to be at the next look."""
        await self._storage.return_notice(notice.scope, told=notice.told)

    def _an_hour_ago(self) -> datetime:
        return self._now() - timedelta(seconds=SECONDS_BETWEEN_NOTICES)
