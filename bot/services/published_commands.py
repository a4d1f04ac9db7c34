"""Remembers which slash commands the platform knows, so that they are sent again only when they change."""

from bot.storage.base import Storage


class PublishedCommands:
    """The digest of what was last published."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def is_current(self, digest: str) -> bool:
        """Tell whether what was last published has this digest."""
        return await self._storage.load_published_commands() == digest

    async def record(self, digest: str) -> None:
        """Keep the digest of what has just been published."""
        await self._storage.save_published_commands(digest)
