"""What the people of each scope have chosen."""

import asyncio
from dataclasses import replace
from typing import Any

from bot.models import Scope, ScopePreferences
from bot.services.recently_used import RecentlyUsed
from bot.storage.base import Storage

SCOPES_REMEMBERED = 10_000


class Preferences:
    """The preferences of every scope, kept in memory once read."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._known: RecentlyUsed[Scope, ScopePreferences] = RecentlyUsed(SCOPES_REMEMBERED)
        self._lock = asyncio.Lock()

    async def get(self, scope: Scope) -> ScopePreferences:
        """Return the scope's preferences."""
        known = self._known.get(scope)
        if known is not None:
            return known
        async with self._lock:
            return await self._read(scope)

    async def set_responding(self, scope: Scope, responding: bool) -> ScopePreferences:
        """Turn the answers to sad messages on or off."""
        return await self._change(scope, responding=responding)

    async def set_helplines(self, scope: Scope, helplines: bool) -> ScopePreferences:
        """Turn the helplines, for messages that speak of suicide, on or off."""
        return await self._change(scope, helplines=helplines)

    async def drop(self, scope: Scope) -> None:
        """Forget what was read of a scope that has just been deleted."""
        async with self._lock:
            self._known.drop(scope)

    async def _change(self, scope: Scope, **changes: Any) -> ScopePreferences:
        async with self._lock:
            changed = replace(await self._read(scope), **changes)
            await self._storage.save_preferences(scope, changed)
            self._known[scope] = changed
            return changed

    async def _read(self, scope: Scope) -> ScopePreferences:
        """Read through the memory; the lock must be held, or an old value could replace a newer one."""
        known = self._known.get(scope)
        if known is None:
            known = self._known[scope] = await self._storage.load_preferences(scope)
        return known
