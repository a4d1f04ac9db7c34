"""What the people of each scope have chosen."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypedDict, Unpack

from bot.errors import StorageUnavailableError, UserError
from bot.models import Contributors, QuoteSource, Scope, ScopePreferences, Trigger
from bot.services.feelings.plain_text import is_visible
from bot.services.recently_used import RecentlyUsed
from bot.storage.base import Storage

SCOPES_REMEMBERED = 10_000
LONGEST_PREFIX = 5
EMOJI_PARTS = "\ufe0f\u200d"
LONGEST_COOLDOWN = 86_400
# As many as a menu of Discord can hold (https://discord.com/developers/docs/components/reference#channel-select).
MOST_SILENCED = 25

log = logging.getLogger(__name__)


class Choices(TypedDict, total=False):
    """Some of the fields of `ScopePreferences`, to change."""

    responding: bool
    helplines: bool
    country: str | None
    locale: str | None
    prefix: str | None
    trigger: Trigger
    contributors: Contributors
    quotes: QuoteSource | None
    member_cooldown: int
    channel_cooldown: int
    silenced: frozenset[int]
    sad_words: tuple[str, ...]
    ignored_words: tuple[str, ...]


class Preferences:
    """The preferences of every scope, kept in memory once read; `locales` and `countries` are the codes there are."""

    def __init__(self, storage: Storage, *, locales: Collection[str], countries: Collection[str]) -> None:
        self._storage = storage
        self._locales = locales
        self._countries = countries
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
            return ScopePreferences()
        except Exception:
            if not self._unreadable:
                log.exception("the settings of a scope can't be read; the defaults serve until they can")
            self._unreadable = True
            return ScopePreferences()
        self._unreadable = False
        return preferences

    async def change(self, scope: Scope, **choices: Unpack[Choices]) -> ScopePreferences:
        """Change some preferences and return them all.

        Raises:
            UserError: a value that can't be; nothing has changed.
        """
        return await self.update(scope, lambda chosen: replace(chosen, **choices))

    @asynccontextmanager
    async def held(self, scope: Scope) -> AsyncIterator[ScopePreferences]:
        """Let nobody else change the scope's preferences during the block, which may write them to the storage."""
        async with self._lock:
            try:
                yield await self._read(scope)
            finally:
                self._known.drop(scope)

    async def silence(self, scope: Scope, channel_id: int, *, silenced: bool) -> ScopePreferences:
        """Say nothing but helplines in this channel any more, or speak there again."""
        channel = frozenset((channel_id,))
        return await self.update(
            scope, lambda chosen: replace(chosen, silenced=chosen.silenced - channel | (channel if silenced else set()))
        )

    async def update(self, scope: Scope, changed: Callable[[ScopePreferences], ScopePreferences]) -> ScopePreferences:
        """Replace the scope's preferences by what `changed` makes of them, in one step, and return them.

        Raises:
            UserError: a value that can't be; nothing has changed.
        """
        async with self.held(scope) as before:
            preferences = changed(before)
            self.check(preferences)
            if preferences != before:
                await self._storage.save_preferences(scope, preferences)
            return preferences

    def check(self, preferences: ScopePreferences) -> None:
        """Tell whether a scope may have these preferences.

        Raises:
            UserError: it may not; the sentence says how to write the first value that is wrong.
        """
        if preferences.prefix is not None and not is_prefix(preferences.prefix):
            raise UserError("prefix.usage")
        if preferences.locale is not None and preferences.locale not in self._locales:
            raise UserError("language.usage", languages=", ".join(sorted(self._locales)))
        if preferences.country is not None and preferences.country not in self._countries:
            raise UserError("country.usage")
        for seconds in (preferences.member_cooldown, preferences.channel_cooldown):
            if not 0 <= seconds <= LONGEST_COOLDOWN:
                raise UserError("cooldown.usage")
        if len(preferences.silenced) > MOST_SILENCED:
            raise UserError("silence.full", limit=MOST_SILENCED)

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
            loaded = await self._storage.load_preferences(scope)
            # A language folder, or a country in it, may have gone since it was chosen.
            known = self._known[scope] = replace(
                loaded,
                locale=loaded.locale if loaded.locale in self._locales else None,
                country=loaded.country if loaded.country in self._countries else None,
            )
        return known


def is_prefix(text: str) -> bool:
    """Tell whether typed commands may begin with this: 1 to 5 characters that can all be seen, and no backquote.

    A command is shown between backquotes.
    """
    # Some emoji are a character with a mark on it, or several that are joined.
    shown = [character for character in text if character not in EMOJI_PARTS]
    return bool(shown) and len(text) <= LONGEST_PREFIX and all(map(is_visible, shown)) and "`" not in text


def is_silenced(preferences: ScopePreferences, channel_ids: Iterable[int]) -> bool:
    """Tell whether one of these, a channel and what it is in, is where the bot says nothing by itself."""
    return not preferences.silenced.isdisjoint(channel_ids)
