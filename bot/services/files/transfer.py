"""Taking what a server has to another one, or to a backup and back."""

import asyncio
from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.errors import UserError
from bot.models import Author, Scope
from bot.services.encouragements import MAX_PER_SCOPE, Encouragements
from bot.services.files import server_file
from bot.services.files.server_file import ServerFile
from bot.services.settings.kinds import Channels, FullError, expect_room
from bot.services.settings.preferences import Preferences, changes
from bot.services.settings.table import SETTINGS, ScopePreferences
from bot.storage.base import ScopeFullError, Storage


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import does: how many messages and words are new or known here, and all the preferences it changes.

    `messages_left_out` counts those that must not be said, `channels_left_out` channels that are not of this server.
    """

    new_messages: int
    known_messages: int
    messages_left_out: int
    new_words: int
    known_words: int
    channels_left_out: int
    before: ScopePreferences
    after: ScopePreferences

    @property
    def changes_nothing(self) -> bool:
        """Tell whether all that the file brings is here already."""
        return not self.new_messages and self.before == self.after


class Transfer:
    """Writes the file of a scope and merges that of another into it; `now` gives aware UTC."""

    def __init__(
        self,
        storage: Storage,
        preferences: Preferences,
        encouragements: Encouragements,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._storage = storage
        self._preferences = preferences
        self._encouragements = encouragements
        self._now = now

    async def export(self, scope: Scope) -> bytes:
        """Return a file with the scope's messages, words and settings, and nobody's name."""
        kept = await self._storage.list_encouragements(scope)
        return server_file.write(kept, await self._preferences.get(scope), now=self._now())

    async def read(self, data: bytes, *, links: bool = False) -> ServerFile:
        """Return what a file brings; `links` lets its messages hold some.

        Raises:
            UserError: the file is wrong; `line` says where.
        """
        # A file of the largest size would keep everybody waiting.
        return await asyncio.to_thread(server_file.read, data, self._preferences, self._encouragements, links=links)

    async def plan(self, scope: Scope, file: ServerFile, *, channels: Set[int]) -> ImportPlan:
        """Return what importing this file would do now; `channels` are the ids of those of the server.

        Raises:
            UserError: there is no room for all of it.
        """
        return await self._plan(scope, file, await self._preferences.get(scope), channels)

    async def import_file(self, scope: Scope, file: ServerFile, *, author: Author, channels: Set[int]) -> ImportPlan:
        """Merge the file into the scope, all of it or nothing; the messages count as added by `author`, now.

        Return what was done.

        Raises:
            UserError: there is no room for all of it.
        """
        async with self._preferences.held(scope) as before:
            plan = await self._plan(scope, file, before, channels)
            try:
                added = await self._storage.import_scope(
                    scope,
                    author=author,
                    texts=file.messages,
                    created_at=self._now(),
                    limit=MAX_PER_SCOPE,
                    settings=changes(before, plan.after),
                )
            except ScopeFullError:
                raise UserError("new.full", limit=MAX_PER_SCOPE) from None
        return replace(plan, new_messages=added, known_messages=len(file.messages) - added)

    async def _plan(self, scope: Scope, file: ServerFile, before: ScopePreferences, channels: Set[int]) -> ImportPlan:
        held = await self._storage.list_keys(scope)
        new_messages = len(file.messages.keys() - held)
        after = self._merged(before, file, channels)
        expect_room("transfer.messages_full", len(held), len(held) + new_messages, MAX_PER_SCOPE)
        brought = replace(ScopePreferences(), **file.settings)
        new_words = after.words.count - before.words.count
        return ImportPlan(
            new_messages=new_messages,
            known_messages=len(file.messages) - new_messages,
            messages_left_out=file.messages_left_out,
            new_words=new_words,
            known_words=brought.words.count - new_words,
            channels_left_out=len(_channels(brought) - _channels(after)),
            before=before,
            after=after,
        )

    def _merged(self, before: ScopePreferences, file: ServerFile, channels: Set[int]) -> ScopePreferences:
        """Return the preferences with what the file brings.

        Raises:
            UserError: there is no room for all of it.
        """
        values = {}
        for name, brought in file.settings.items():
            kind, here = SETTINGS[name].kind, getattr(before, name)
            try:
                values[name] = kind.merged(here, brought, self._preferences.vocabulary, channels)
            except FullError as full:
                params = {"total": full.total, "limit": full.limit, "excess": full.total - full.limit}
                raise UserError(f"settings.{name}.no_room", **params) from None
        return replace(before, **values)


def _channels(preferences: ScopePreferences) -> set[int]:
    """Return the ids of the channels in all settings that hold some."""
    chosen = (getattr(preferences, name) for name, row in SETTINGS.items() if isinstance(row.kind, Channels))
    return set[int]().union(*chosen)
