"""Keeps what is in memory true when several processes share one storage, each with shards of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import StorageUnavailableError
from bot.services.opt_outs import OptOuts
from bot.services.settings.preferences import Preferences
from bot.storage.base import Storage

SECONDS_BETWEEN_LOOKS = 1.0

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

    async def follow(self) -> None:
        """Look for changes every second, for ever; run it beside the bot."""
        # What was seen to have changed before a failure may not have been read.
        stale = True
        while True:
            try:
                stale = await self._storage.changed_elsewhere() or stale
                if stale:
                    await self._opt_outs.load()
                    await self._preferences.drop_all()
                    stale = False
            except StorageUnavailableError:
                log.debug("what other processes have written could not be read")
            await self._sleep(SECONDS_BETWEEN_LOOKS)
