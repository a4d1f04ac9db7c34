"""What the services ask of any storage."""

from datetime import datetime
from typing import Protocol

from bot.models import Author, Encouragement, Scope, ScopePreferences


class DuplicateEncouragementError(Exception):
    """The scope already has an encouragement with this key."""


class ScopeFullError(Exception):
    """The scope has as many encouragements as the caller allows."""


class Storage(Protocol):
    """A storage in the words of its users; what a method has returned or confirmed survives a crash."""

    async def add_encouragement(
        self, scope: Scope, *, author: Author, text: str, key: str, created_at: datetime, limit: int
    ) -> Encouragement:
        """Keep a text under the scope's next number, in one step with the checks.

        `key` is what two texts share when they count as the same; `limit` is how many the scope may hold.

        Raises:
            DuplicateEncouragementError: `key` is there already.
            ScopeFullError: the scope holds `limit` encouragements.
        """
        ...

    async def list_encouragements(self, scope: Scope) -> list[Encouragement]:
        """Return the scope's encouragements in the order of their numbers."""
        ...

    async def find_encouragement(self, scope: Scope, number: int) -> Encouragement | None:
        """Return one encouragement, or None when the number was never given or its text is gone."""
        ...

    async def delete_encouragement(self, scope: Scope, number: int) -> bool:
        """Delete one encouragement; False when there was none."""
        ...

    async def load_preferences(self, scope: Scope) -> ScopePreferences:
        """Return what the scope has chosen, or the defaults."""
        ...

    async def save_preferences(self, scope: Scope, preferences: ScopePreferences) -> None:
        """Keep what the scope has chosen."""
        ...

    async def load_published_commands(self) -> str | None:
        """Return the digest of the slash commands last sent to the platform."""
        ...

    async def save_published_commands(self, digest: str) -> None:
        """Keep the digest of the slash commands just sent."""
        ...
