"""What is kept about people, and when it goes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, date, datetime, timedelta

from bot.errors import StorageUnavailableError
from bot.models import Person, Platform, Scope, Shards
from bot.services.deletions import Deletions
from bot.services.files.personal_file import PersonalData
from bot.services.opt_outs import OptOuts
from bot.services.recently_used import RecentlyUsed
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import ScopePreferences
from bot.storage.base import Storage

DAYS_KEPT_AFTER_LEAVING = 30
DAYS_KEPT_PENDING = 30
# Nobody says that a server takes away commands which it authorised without the bot: only that they are no longer used.
DAYS_KEPT_UNUSED = 180
SERVERS_REMEMBERED = 10_000
SECONDS_BETWEEN_PURGES = 3_600.0

log = logging.getLogger(__name__)


class Privacy:
    """Shows, forgets and deletes; `now` gives aware UTC, `leads` tells whether what only one has to do is done here."""

    def __init__(
        self,
        storage: Storage,
        opt_outs: OptOuts,
        preferences: Preferences,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        deletions: Deletions | None = None,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._leads = leads
        self._storage = storage
        self._deletions = deletions or Deletions()
        self._opt_outs = opt_outs
        self._preferences = preferences
        self._now = now
        self._sleep = sleep
        self._left: set[Scope] = set()
        self._used: RecentlyUsed[Scope, date] = RecentlyUsed(SERVERS_REMEMBERED)
        self._servers_known = asyncio.Event()
        self._shards_known: set[Shards] = set()

    async def export(self, person: Person, *, private: Scope | None) -> PersonalData:
        """Return all that is kept about a person; `private` is the person's own conversation with the bot, if known."""
        return PersonalData(
            person=person,
            opted_out=self._opt_outs.has(person.platform, person.id),
            encouragements=tuple(await self._storage.list_encouragements_of(person)),
            private=private,
            private_preferences=ScopePreferences() if private is None else await self._preferences.get(private),
        )

    async def forget(self, person: Person, *, private: Scope | None) -> bool:
        """Make the person's encouragements anonymous, delete what is pending or private, and tell if opted out.

        An opt-out stays: without it, the person's messages would be read again.
        """
        self._deletions.forget(person)
        if private is None:
            await self._storage.forget_person(person, None)
        else:
            async with self._preferences.held(private):
                await self._storage.forget_person(person, private)
        return self._opt_outs.has(person.platform, person.id)

    async def present(self, servers: Collection[int], shards: Shards) -> None:
        """Note all the servers of these shards that the bot is in: any other that it was in begins its last 30 days."""
        await self._storage.record_servers(Platform.DISCORD, servers, now=self._now(), among=shards.hold)
        self._used = RecentlyUsed(SERVERS_REMEMBERED)
        self._shards_known.add(shards)
        self._servers_known.set()

    def leave_to_others(self, shards: Shards) -> None:
        """Note that another process knows from now on which servers of these shards the bot is in."""
        self._shards_known.discard(shards)

    async def load(self) -> None:
        """Learn which servers count as left."""
        self._left = set(await self._storage.list_servers_left())

    def counts_as_left(self, server: Scope) -> bool:
        """Tell whether the bot was removed from this server, as far as is known: one that speaks was not."""
        return server in self._left

    async def joined(self, server: Scope) -> None:
        """Note that the bot is in this server, with all that is still kept of it."""
        await self._storage.record_arrival(server)
        self._left.discard(server)

    async def left(self, server: Scope) -> None:
        """Note that the bot was removed from this server: its last 30 days begin."""
        await self._storage.record_departure(server, now=self._now())
        self._used.drop(server)
        self._left.add(server)

    async def used(self, server: Scope) -> None:
        """Note that a server which the bot itself is not in uses its commands: all it has is kept, from today on.

        A server is kept for so many days after the last one on which it did; who did is not.
        """
        today = self._now().date()
        if self._used.get(server) != today:
            await self._storage.record_use(server, day=today)
            self._used[server] = today
            self._left.discard(server)

    async def purge(self) -> int:
        """Delete what servers left 30 days ago or unused for 180 had, and what has been pending for 30.

        Of several processes, each does so for the servers of its shards, and the one that leads for all else. Return
        how many servers those were.
        """
        now = self._now()
        if self._leads():
            await self._storage.delete_pending_before(now - timedelta(days=DAYS_KEPT_PENDING))
        left = now - timedelta(days=DAYS_KEPT_AFTER_LEAVING)
        gone = await self._storage.delete_servers_left_before(left, among=self._is_known)
        unused = (now - timedelta(days=DAYS_KEPT_UNUSED)).date()
        gone += await self._storage.delete_servers_unused_since(unused, among=self._is_known)
        for server in gone:
            await self._preferences.drop(server)
            self._left.discard(server)
            self._used.drop(server)
        return len(gone)

    def _is_known(self, server: Scope) -> bool:
        """Tell whether this process knows that the server has not taken the bot back: another may look after it."""
        if server.platform is not Platform.DISCORD:
            return self._leads()
        return any(shards.hold(server.id) for shards in self._shards_known)

    async def keep_purging(self) -> None:
        """Purge every hour, for ever; run it beside the bot.

        The first time waits until it is known which servers took the bot back while it was away.
        """
        await self._servers_known.wait()
        while True:
            try:
                purged = await self.purge()
            except StorageUnavailableError:
                log.warning("what is due could not be deleted; the next try is in an hour")
            else:
                if purged:
                    log.info("deleted all that %d servers had, left or not used for long enough", purged)
            await self._sleep(SECONDS_BETWEEN_PURGES)
