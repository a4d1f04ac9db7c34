"""What the people of each scope have chosen."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bot.errors import StorageUnavailableError, UserError
from bot.models import Scope
from bot.services.recently_used import RecentlyUsed
from bot.services.settings.kinds import FullError
from bot.services.settings.table import SETTINGS, ScopePreferences, Setting
from bot.services.settings.vocabulary import Vocabulary
from bot.storage.base import Storage

SCOPES_REMEMBERED = 10_000
# Most scopes have chosen nothing, and share these.
DEFAULTS = ScopePreferences()

log = logging.getLogger(__name__)


class Preferences:
    """The preferences of every scope, kept in memory once read; `vocabulary` is what may be typed for them."""

    def __init__(self, storage: Storage, vocabulary: Vocabulary) -> None:
        self._storage = storage
        self.vocabulary = vocabulary
        self._known: RecentlyUsed[Scope, ScopePreferences] = RecentlyUsed(SCOPES_REMEMBERED)
        self._lock = asyncio.Lock()
        self._unreadable = False

    def known(self, scope: Scope) -> ScopePreferences | None:
        """Return the scope's preferences if they have been read already."""
        return self._known.get(scope)

    async def get(self, scope: Scope) -> ScopePreferences:
        """Return the scope's preferences."""
        known = self._known.get(scope)
        if known is not None:
            return known
        async with self._lock:
            return await self._read(scope)

    async def get_or_default(self, scope: Scope) -> ScopePreferences:
        """Return the scope's preferences, or the defaults while the storage fails: for what must be said even then."""
        try:
            preferences = await self.get(scope)
        except StorageUnavailableError:
            return DEFAULTS
        except Exception:
            if not self._unreadable:
                log.exception("the settings of a scope can't be read; the defaults serve until they can")
            self._unreadable = True
            return DEFAULTS
        self._unreadable = False
        return preferences

    async def change(self, scope: Scope, **values: Any) -> ScopePreferences:
        """Change some preferences, each by its name, and return them all.

        Raises:
            UserError: a value that can't be; nothing has changed.
        """
        return await self.update(scope, lambda chosen: replace(chosen, **values))

    async def choose(self, scope: Scope, name: str, *typed: str) -> ScopePreferences:
        """Change one preference to what somebody typed, clicked or chose for it, and return them all.

        Raises:
            UserError: a value that can't be; nothing has changed.
        """
        setting = SETTINGS[name]
        try:
            value = setting.kind.typed(typed, self.vocabulary)
        except ValueError:
            raise self._usage(setting) from None
        if value in self.vocabulary.unavailable:
            raise UserError(f"settings.{name}.unavailable")

        def chosen(before: ScopePreferences) -> ScopePreferences:
            return replace(before, **{name: setting.kind.completed(getattr(before, name), value)})

        return await self.update(scope, chosen)

    async def put(self, scope: Scope, name: str, channel_id: int, state: str) -> ScopePreferences:
        """Put one channel into a setting that holds channels, or take it out, as `state` means on or off.

        Raises:
            UserError: it means neither, or there are too many channels; nothing has changed.
        """
        try:
            wanted = self.vocabulary.switch(state)
        except ValueError:
            raise self._usage(SETTINGS[name]) from None

        def changed(before: ScopePreferences) -> ScopePreferences:
            channels: Any = getattr(before, name)
            return replace(before, **{name: channels | {channel_id} if wanted else channels - {channel_id}})

        return await self.update(scope, changed)

    async def forget(self, scope: Scope, gone: int) -> None:
        """Forget a channel or a role of a scope that is gone: nobody could name it any more."""

        def without(chosen: ScopePreferences) -> ScopePreferences:
            return replace(chosen, **{n: row.kind.without(getattr(chosen, n), gone) for n, row in SETTINGS.items()})

        chosen = await self.get(scope)
        if without(chosen) != chosen:
            await self.update(scope, without)

    @asynccontextmanager
    async def held(self, scope: Scope) -> AsyncIterator[ScopePreferences]:
        """Let nobody else change the scope's preferences during the block, which may write them to the storage."""
        async with self._lock:
            try:
                yield await self._read(scope)
            finally:
                self._known.drop(scope)

    async def update(self, scope: Scope, changed: Callable[[ScopePreferences], ScopePreferences]) -> ScopePreferences:
        """Replace the scope's preferences by what `changed` makes of them, in one step, and return them.

        Raises:
            UserError: a value that can't be; nothing has changed.
        """
        async with self.held(scope) as before:
            preferences = changed(before)
            self._check(preferences)
            if preferences != before:
                await self._storage.save_settings(scope, changes(before, preferences))
            return preferences

    def _check(self, preferences: ScopePreferences) -> None:
        for name, setting in SETTINGS.items():
            self.check_value(setting, getattr(preferences, name))

    def check_value(self, setting: Setting, value: object) -> None:
        """Tell whether a setting may have this value.

        Raises:
            UserError: it may not; the sentence says how to write it, or how much it may hold.
        """
        try:
            setting.kind.check(value, self.vocabulary)
        except FullError as full:
            raise UserError(f"settings.{setting.name}.full", limit=full.limit) from None
        except ValueError:
            raise self._usage(setting) from None

    def _usage(self, setting: Setting) -> UserError:
        return UserError(f"settings.{setting.name}.usage", languages=self.vocabulary.choice_of_languages())

    async def drop(self, scope: Scope) -> None:
        """Forget what was read of a scope whose row was just changed or deleted."""
        async with self._lock:
            self._known.drop(scope)

    async def drop_all(self) -> None:
        """Forget all that was read: somebody else has written."""
        async with self._lock:
            self._known = RecentlyUsed(SCOPES_REMEMBERED)

    async def _read(self, scope: Scope) -> ScopePreferences:
        """Read through the memory; the lock must be held, or an old value could replace a newer one."""
        known = self._known.get(scope)
        if known is None:
            known = self._known[scope] = self._loaded(await self._storage.load_settings(scope))
        return known

    def _loaded(self, kept: Mapping[str, object]) -> ScopePreferences:
        """Return the preferences that were kept; what can no longer be, such as a country that has gone, is not."""
        values: dict[str, Any] = {}
        for name in kept.keys() & SETTINGS:
            kind = SETTINGS[name].kind
            try:
                value = kind.load(kept[name])
                kind.check(value, self.vocabulary)
            except (ValueError, TypeError):
                continue
            values[name] = value
        return ScopePreferences(**values) if values else DEFAULTS


def changes(before: ScopePreferences, after: ScopePreferences) -> dict[str, object]:
    """Return what differs as it is kept, by name; None for what is as it is by default."""
    return {
        name: None if new == row.default else row.kind.plain(new)
        for name, row in SETTINGS.items()
        if (new := getattr(after, name)) != getattr(before, name)
    }


def is_silenced(preferences: ScopePreferences, channel_ids: Iterable[int]) -> bool:
    """Tell whether one of these, a channel and what it is in, is where the bot says nothing by itself."""
    return not preferences.silence.isdisjoint(channel_ids)
