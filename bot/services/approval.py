"""The messages that wait for a moderator: which one is next, and what becomes of it."""

from bot.models import Scope, Waiting
from bot.storage.base import Storage


class Approval:
    """The queue of every scope, oldest message first."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def next(self, scope: Scope, *, after: int = 0) -> Waiting | None:
        """Return the oldest message that waits with a number above `after`, else the oldest; None when none waits."""
        pending = await self._storage.list_pending(scope)
        if not pending:
            return None
        place = next((place for place, waiting in enumerate(pending) if waiting.number > after), 0)
        return Waiting(pending[place], place=place + 1, count=len(pending))

    async def approve(self, scope: Scope, number: int) -> bool:
        """Put the message on the scope's list; False when it no longer waits."""
        return await self._storage.approve_encouragement(scope, number)

    async def refuse(self, scope: Scope, number: int) -> bool:
        """Delete the message; False when it no longer waits."""
        return await self._storage.refuse_encouragement(scope, number)
