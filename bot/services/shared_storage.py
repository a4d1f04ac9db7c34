"""Keeps what is in memory true when several processes share one storage."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import StorageUnavailableError
from bot.services.opt_outs import OptOuts
from bot.services.settings.preferences import Preferences
from bot.storage.base import Changes, Storage

SECONDS_BEFORE_RETRY = 1.0

log = logging.getLogger(__name__)


class SharedStorage:
    """Follows what the other processes write: somebody who opts out on one shard is not read on any."""

    def __init__(
        self,
        storage: Storage,
        opt_outs: OptOuts,
        preferences: Preferences,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._opt_outs = opt_outs
        self._preferences = preferences
        self._sleep = sleep
        # Something may have changed that was not read: this storage was failing, or the work itself.
        self._behind = False

    async def follow(self) -> None:
        """Take in what changes, for ever; run it beside the bot."""
        while True:
            try:
                changes = Changes(anything=True) if self._behind else await self._storage.changed_elsewhere()
                self._behind = True
                await self._take_in(changes)
                self._behind = False
            except StorageUnavailableError:
                log.debug("what other processes have written could not be read")
                self._behind = True
                await self._sleep(SECONDS_BEFORE_RETRY)

    async def _take_in(self, changes: Changes) -> None:
        if changes.anything:
            # First what needs no storage: what is out of date is never said, even while nothing can be read.
            await self._preferences.drop_all()
            await self._opt_outs.load()
            return
        for scope in changes.scopes:
            await self._preferences.drop(scope)
        for person in changes.people:
            await self._opt_outs.refresh(person)
