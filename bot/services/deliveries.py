"""What is exchanged with a platform: deliveries are carried out once, commands published when they have changed."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from bot.errors import StorageUnavailableError
from bot.models import Delivery, Progress, Scope
from bot.services.settings.preferences import Preferences
from bot.storage.base import AlreadyClaimedError, Storage

__all__ = ["AlreadyClaimedError", "Deliveries", "PublishedCommands", "StorageUnavailableError"]

# Telegram delivers an update for at most 24 hours (https://core.telegram.org/bots/api#getting-updates).
HOURS_KEPT = 48


class Deliveries:
    """Knows which deliveries were handled; `now` gives aware UTC."""

    def __init__(
        self, storage: Storage, preferences: Preferences, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._storage = storage
        self._preferences = preferences
        self._now = now

    @asynccontextmanager
    async def handling(self, delivery: Delivery) -> AsyncIterator[Progress]:
        """Tell how far a delivery has come, to handle what is left of it in the block.

        What the block changes is claimed in the same step, so that it is never changed again; the whole counts as
        answered when the block ends without an exception.

        Raises:
            StorageUnavailableError: nothing can be known or kept now.
        """
        progress = await self._storage.progress_of(delivery)
        if progress is Progress.ANSWERED:
            yield progress
            return
        with self._storage.claiming(delivery, now=self._now()):
            yield progress
        now = self._now()
        await self._storage.finish_delivery(delivery, now=now, forget_before=now - timedelta(hours=HOURS_KEPT))

    async def move(self, old: Scope, new: Scope) -> None:
        """Give all that a conversation had to the id that it has from now on; a second time changes nothing."""
        async with self._preferences.held(new):
            await self._storage.move_scope(old, new)
        await self._preferences.drop(old)


class PublishedCommands:
    """The digest of the slash commands that the platform knows, so that they are sent again only when they change."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def is_current(self, digest: str) -> bool:
        """Tell whether what was last published has this digest."""
        return await self._storage.load_published_commands() == digest

    async def record(self, digest: str) -> None:
        """Keep the digest of what has just been published."""
        await self._storage.save_published_commands(digest)
