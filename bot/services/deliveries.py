"""What is exchanged with a platform: deliveries are carried out once, commands published when they have changed."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from bot.errors import StorageUnavailableError
from bot.models import Delivery, Progress, Scope
from bot.services.settings.preferences import Preferences
from bot.storage.base import AlreadyClaimedError, Claimed, Storage

__all__ = ["AlreadyClaimedError", "Deliveries", "PublishedCommands", "StorageUnavailableError"]

# Telegram delivers an update for at most 24 hours (https://core.telegram.org/bots/api#getting-updates).
HOURS_KEPT = 48
# Another process that has just changed something answers soon, or never.
PAUSES_FOR_OTHERS = (0.1, 0.4, 0.5)


class Deliveries:
    """Sees to it that no delivery changes anything twice; `now` gives aware UTC.

    Most change nothing, and cost the storage nothing: those are remembered by who handles them.
    """

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

    def claiming(self, delivery: Delivery) -> AbstractContextManager[Claimed]:
        """Claim the delivery in the same step as the first change that the block makes.

        The block raises AlreadyClaimedError when the delivery was claimed before: `progress` says what became of it.
        """
        return self._storage.claiming(delivery, now=self._now())

    async def progress(self, delivery: Delivery) -> Progress:
        """Return how far a delivery has come that was claimed before, by a process that may be answering it right now.

        Raises:
            StorageUnavailableError: that can't be known now.
        """
        for pause in PAUSES_FOR_OTHERS:
            if (progress := await self._storage.progress_of(delivery)) is not Progress.CHANGED:
                return progress
            await self._sleep(pause)
        return await self._storage.progress_of(delivery)

    async def was_answered(self, delivery: Delivery) -> bool:
        """Tell whether a delivery was answered, by whatever process.

        Raises:
            StorageUnavailableError: that can't be known now.
        """
        return await self._storage.progress_of(delivery) is Progress.ANSWERED

    async def answered(self, delivery: Delivery) -> None:
        """Keep that a delivery which has changed something was answered.

        Raises:
            StorageUnavailableError: that can't be kept now.
        """
        now = self._now()
        await self._storage.finish_delivery(delivery, now=now, forget_before=now - timedelta(hours=HOURS_KEPT))

    async def move(self, old: Scope, new: Scope) -> None:
        """Give all that a conversation had to the id that it has from now on; a second time changes nothing."""
        async with self._preferences.held(new):
            await self._storage.move_scope(old, new)
        await self._preferences.drop(old)


class PublishedCommands:
    """The slash commands that the platform knows: their digest, so that they are sent only when they change.

    With it goes what mentions each of them, by name.
    """

    def __init__(self, storage: Storage, *, leads: Callable[[], bool] = lambda: True) -> None:
        self._storage = storage
        # Whether it is this process, of several, that publishes them.
        self.leads = leads

    async def mentions(self, digest: str) -> Mapping[str, str] | None:
        """Return what mentions each command if what was last published has this digest; None if it has not."""
        kept = await self._storage.load_published_commands()
        if kept is None or kept[: len(digest)] != digest:
            return None
        mentions: dict[str, str] = json.loads(kept[len(digest) :] or "{}")
        return mentions

    async def record(self, digest: str, mentions: Mapping[str, str]) -> None:
        """Keep the digest of what has just been published, and what mentions each command."""
        await self._storage.save_published_commands(digest + json.dumps(mentions))
