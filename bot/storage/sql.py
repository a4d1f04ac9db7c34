"""The SQL of the storage, in words that every engine understands."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from bot.models import Author, Delivery, Encouragement, Person, Platform, Progress, Scope
from bot.storage import deliveries, servers
from bot.storage.base import Changes, DuplicateEncouragementError, ScopeFullError, TooManyPendingError
from bot.storage.daily import Daily
from bot.storage.edits import Edits
from bot.storage.engine import Connection, Engine
from bot.storage.opt_outs import OptOutRows
from bot.storage.rows import WHETHER_PENDING, encouragement_from
from bot.storage.scopes import hold_all, hold_scope, keep_scope, one
from bot.storage.settings import load_settings, save_settings

_THIS_ONE = "WHERE platform = ? AND scope_id = ? AND number = ?"
_WAITED_SINCE = "pending AND coalesce(reported_at, created_at) < ?"
_ADD_ENCOURAGEMENT = (
    "INSERT INTO encouragements (platform, scope_id, number, text, key, author_id, author_name, created_at, pending)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# What the task that is running has been told to claim with its next change.
_CLAIM: ContextVar[deliveries.Claim | None] = ContextVar("claim", default=None)


class SQLStorage(Edits, Daily, OptOutRows):
    """What the services ask for, in SQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    async def add_encouragement(
        self,
        scope: Scope,
        *,
        author: Author,
        text: str,
        key: str,
        created_at: datetime,
        limit: int,
        pending_limit: int | None = None,
    ) -> Encouragement:
        of_scope, pending = (scope.platform, scope.id), pending_limit is not None
        async with self._transaction() as db:
            await keep_scope(db, scope)
            (held, waiting, same) = await one(
                db,
                f"SELECT count(*), count(*) FILTER (WHERE pending), {WHETHER_PENDING} FILTER (WHERE key = ?)"
                " FROM encouragements WHERE platform = ? AND scope_id = ?",
                (key, *of_scope),
            )
            if same is not None:
                raise DuplicateEncouragementError(pending=bool(same))
            if held >= limit:
                raise ScopeFullError
            if pending_limit is not None and waiting >= pending_limit:
                raise TooManyPendingError
            (number,) = await one(
                db,
                "UPDATE scopes SET last_number = last_number + 1 WHERE platform = ? AND id = ? RETURNING last_number",
                of_scope,
            )
            await db.execute(
                _ADD_ENCOURAGEMENT,
                (*of_scope, number, text, key, author.id, author.name, created_at.isoformat(), pending),
            )
        return Encouragement(number, text, author, created_at, pending)

    async def list_encouragements(self, scope: Scope) -> list[Encouragement]:
        return await self._list(scope, pending=False)

    async def list_pending(self, scope: Scope) -> list[Encouragement]:
        return await self._list(scope, pending=True)

    async def _list(self, scope: Scope, *, pending: bool) -> list[Encouragement]:
        async with self._database.reading() as db:
            rows = await db.fetch(
                "SELECT * FROM encouragements WHERE platform = ? AND scope_id = ? AND pending = ? ORDER BY number",
                (scope.platform, scope.id, pending),
            )
        return [encouragement_from(row) for row in rows]

    async def find_encouragement(self, scope: Scope, number: int) -> Encouragement | None:
        async with self._database.reading() as db:
            rows = await db.fetch(f"SELECT * FROM encouragements {_THIS_ONE}", (scope.platform, scope.id, number))
        return next(map(encouragement_from, rows), None)

    async def approve_encouragement(self, scope: Scope, number: int) -> bool:
        return await self._change(
            f"UPDATE encouragements SET pending = FALSE, reported_at = NULL {_THIS_ONE} AND pending", scope, number
        )

    async def refuse_encouragement(self, scope: Scope, number: int) -> bool:
        return await self._change(f"DELETE FROM encouragements {_THIS_ONE} AND pending", scope, number)

    async def delete_encouragements(self, scope: Scope, numbers: Sequence[int]) -> list[Encouragement]:
        deleted: list[Encouragement] = []
        async with self._transaction() as db:
            if not await hold_scope(db, scope):
                return []
            for number in numbers:
                sql = f"DELETE FROM encouragements {_THIS_ONE} RETURNING *"
                rows = await db.fetch(sql, (scope.platform, scope.id, number))
                deleted += map(encouragement_from, rows)
        return deleted

    async def _change(self, sql: str, scope: Scope, number: int) -> bool:
        """Change one encouragement and tell whether it was there."""
        async with self._transaction() as db:
            changed = await db.execute(sql, (scope.platform, scope.id, number))
        return changed > 0

    async def report_encouragement(self, scope: Scope, number: int, *, now: datetime) -> bool:
        async with self._transaction() as db:
            changed = await db.execute(
                f"UPDATE encouragements SET pending = TRUE, reported_at = ? {_THIS_ONE} AND NOT pending",
                (now.isoformat(), scope.platform, scope.id, number),
            )
        return changed > 0

    async def delete_pending_before(self, moment: datetime) -> int:
        due = (moment.isoformat(),)
        async with self._database.reading() as db:
            sql = f"SELECT 1 FROM encouragements WHERE {_WAITED_SINCE} LIMIT 1"
            if not await db.fetch(sql, due):
                return 0
        async with self._transaction() as db:
            await hold_all(db)
            changed = await db.execute(f"DELETE FROM encouragements WHERE {_WAITED_SINCE}", due)
        await self._database.scrub()
        return changed

    async def list_keys(self, scope: Scope) -> set[str]:
        async with self._database.reading() as db:
            return await _keys(db, scope)

    async def import_scope(
        self,
        scope: Scope,
        *,
        author: Author,
        texts: Mapping[str, str],
        created_at: datetime,
        limit: int,
        settings: Mapping[str, object],
    ) -> int:
        of_scope = (scope.platform, scope.id)
        async with self._transaction() as db:
            await save_settings(db, scope, settings)
            held = await _keys(db, scope)
            new = [(text, key) for key, text in texts.items() if key not in held]
            if new and len(held) + len(new) > limit:
                raise ScopeFullError
            (last_number,) = await one(
                db,
                "UPDATE scopes SET last_number = last_number + ? WHERE platform = ? AND id = ? RETURNING last_number",
                (len(new), *of_scope),
            )
            added = (author.id, author.name, created_at.isoformat(), False)
            await db.executemany(
                _ADD_ENCOURAGEMENT,
                [(*of_scope, number, *one, *added) for number, one in enumerate(new, last_number - len(new) + 1)],
            )
        return len(new)

    async def list_encouragements_of(self, person: Person) -> list[tuple[Scope, Encouragement]]:
        async with self._database.reading() as db:
            rows = await db.fetch(
                "SELECT * FROM encouragements WHERE platform = ? AND author_id = ? ORDER BY scope_id, number",
                (person.platform, person.id),
            )
        return [(Scope(Platform(row["platform"]), row["scope_id"]), encouragement_from(row)) for row in rows]

    async def forget_person(self, person: Person, private: Scope | None) -> None:
        of_person = (person.platform, person.id)
        async with self._transaction() as db:
            await hold_all(db)
            if private is not None:
                # The row stays for its last_number: a number is never given twice, even to who was forgotten.
                of_scope = (private.platform, private.id)
                await db.execute("DELETE FROM encouragements WHERE platform = ? AND scope_id = ?", of_scope)
                await db.execute("DELETE FROM settings WHERE platform = ? AND scope_id = ?", of_scope)
                await db.tell(Changes(scopes=frozenset((private,))))
            await db.execute("DELETE FROM encouragements WHERE platform = ? AND author_id = ? AND pending", of_person)
            await db.execute(
                "UPDATE encouragements SET author_id = NULL, author_name = NULL WHERE platform = ? AND author_id = ?",
                of_person,
            )
        await self._database.scrub()

    async def load_settings(self, scope: Scope) -> dict[str, object]:
        async with self._database.reading() as db:
            return await load_settings(db, scope)

    async def save_settings(self, scope: Scope, settings: Mapping[str, object]) -> None:
        async with self._transaction() as db:
            await save_settings(db, scope, settings)

    async def load_published_commands(self) -> str | None:
        async with self._database.reading() as db:
            rows = await db.fetch("SELECT digest FROM published_commands")
        return next((row["digest"] for row in rows), None)

    async def save_published_commands(self, digest: str) -> None:
        async with self._transaction() as db:
            await db.execute(
                "INSERT INTO published_commands (id, digest) VALUES (1, ?)"
                " ON CONFLICT (id) DO UPDATE SET digest = excluded.digest",
                (digest,),
            )

    async def look(self) -> None:
        await self._database.look()

    async def check_write(self) -> None:
        await self._database.check_write()

    async def changed_elsewhere(self) -> Changes:
        return await self._database.changed_elsewhere()

    async def record_servers(
        self,
        platform: Platform,
        present: Collection[int],
        *,
        now: datetime,
        among: Callable[[int], bool] = lambda _id: True,
    ) -> None:
        async with self._transaction() as db:
            await servers.record_present(db, platform, present, now=now, among=among)

    async def record_arrival(self, server: Scope) -> None:
        async with self._transaction() as db:
            await servers.record_arrival(db, server)

    async def record_departure(self, server: Scope, *, now: datetime) -> None:
        async with self._transaction() as db:
            await servers.record_departure(db, server, now=now)

    async def record_use(self, server: Scope, *, day: date) -> None:
        async with self._transaction() as db:
            await servers.record_use(db, server, day=day)

    async def list_servers_left(self) -> list[Scope]:
        async with self._database.reading() as db:
            return await servers.left(db)

    async def delete_servers_left_before(
        self, moment: datetime, *, among: Callable[[Scope], bool] = lambda _server: True
    ) -> list[Scope]:
        return await self._delete_servers(servers.LEFT_BEFORE, moment.isoformat(), among)

    async def delete_servers_unused_since(
        self, day: date, *, among: Callable[[Scope], bool] = lambda _server: True
    ) -> list[Scope]:
        return await self._delete_servers(servers.UNUSED_SINCE, day.isoformat(), among)

    async def _delete_servers(self, due: str, moment: str, among: Callable[[Scope], bool]) -> list[Scope]:
        async with self._database.reading() as db:
            if not await servers.due(db, due, moment):
                return []
        async with self._transaction() as db:
            gone = [server for server in await servers.due(db, due, moment) if among(server)]
            await servers.delete(db, gone)
            await db.tell(Changes(scopes=frozenset(gone)))
        if gone:
            await self._database.scrub()
        return gone

    async def progress_of(self, delivery: Delivery) -> Progress:
        async with self._database.reading() as db:
            return await deliveries.progress_of(db, delivery)

    @contextmanager
    def claiming(self, delivery: Delivery, *, now: datetime) -> Iterator[deliveries.Claim]:
        claim = deliveries.Claim(delivery, now)
        token = _CLAIM.set(claim)
        try:
            yield claim
        finally:
            _CLAIM.reset(token)

    async def finish_delivery(self, delivery: Delivery, *, now: datetime, forget_before: datetime) -> None:
        async with self._database.transaction() as db:
            await deliveries.finish(db, delivery, now=now, forget_before=forget_before)

    async def move_scope(self, old: Scope, new: Scope) -> None:
        async with self._transaction() as db:
            await deliveries.move_scope(db, old, new)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        """Change something, and claim in the same step what the task is to claim."""
        claim = _CLAIM.get()
        async with self._database.transaction() as db:
            if claim is not None and not claim.made:
                await deliveries.claim(db, claim)
            yield db
        if claim is not None:
            claim.made = True


async def _keys(connection: Connection, scope: Scope) -> set[str]:
    rows = await connection.fetch(
        "SELECT key FROM encouragements WHERE platform = ? AND scope_id = ?", (scope.platform, scope.id)
    )
    return {row["key"] for row in rows}
