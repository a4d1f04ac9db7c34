"""Who must not be read: everybody who said so, known without asking the disk."""

import asyncio

from bot.errors import StorageUnavailableError, UnknownOutcomeError
from bot.models import Person, Platform
from bot.services.id_set import IdSet
from bot.storage.base import Storage


class OptOuts:
    """The people whose messages are not read for feelings, on any server of their platform."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._ids = {platform: IdSet() for platform in Platform}
        # Without it, two changes at once could leave the memory and the storage saying different things.
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Read everybody who has opted out, in the place of what was known."""
        async with self._lock:
            for platform in Platform:
                self._ids[platform] = IdSet(await self._storage.load_opt_outs(platform))

    async def refresh(self, person: Person) -> None:
        """Read again whether this person has opted out."""
        async with self._lock:
            if await self._storage.has_opted_out(person):
                self._ids[person.platform].add(person.id)
            else:
                self._ids[person.platform].discard(person.id)

    def has(self, platform: Platform, person_id: int) -> bool:
        """Tell whether this person has opted out."""
        return person_id in self._ids[platform]

    async def opt_out(self, person: Person) -> None:
        """Stop reading the person's messages, at once and for good; or not at all when it can't be kept."""
        known = self.has(person.platform, person.id)
        self._ids[person.platform].add(person.id)
        async with self._lock:
            try:
                await self._storage.add_opt_out(person)
            except UnknownOutcomeError:
                raise  # as long as it may be so, nothing is read
            except StorageUnavailableError:
                if not known:
                    self._ids[person.platform].discard(person.id)
                raise
            self._ids[person.platform].add(person.id)

    async def opt_in(self, person: Person) -> None:
        """Read the person's messages again."""
        async with self._lock:
            await self._storage.remove_opt_out(person)
            self._ids[person.platform].discard(person.id)
