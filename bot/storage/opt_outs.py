"""The SQL of opt-outs: there may be a million, which are read in the least memory."""

from array import array

from bot.models import Person, Platform
from bot.storage.base import Changes
from bot.storage.parts import Part


class OptOutRows(Part):
    """The people who have opted out."""

    async def load_opt_outs(self, platform: Platform) -> "array[int]":
        """Return the ids of everybody who has opted out, as `Storage` says."""
        ids = array("q")
        after = -(2**63)
        while True:
            async with self._database.reading() as db:
                found = await db.fetch_ids(
                    "SELECT person_id AS id FROM opt_outs WHERE platform = ? AND person_id > ?"
                    " ORDER BY person_id LIMIT ?",
                    (platform, after, at_once := db.ids_at_once),
                )
            ids.extend(found)
            if len(found) < at_once:
                return ids
            after = ids[-1]

    async def has_opted_out(self, person: Person) -> bool:
        """Tell whether the person has opted out."""
        async with self._database.reading() as db:
            rows = await db.fetch(
                "SELECT 1 FROM opt_outs WHERE platform = ? AND person_id = ?", (person.platform, person.id)
            )
        return bool(rows)

    async def add_opt_out(self, person: Person) -> None:
        """Keep that the person has opted out."""
        async with self._transaction() as db:
            await db.execute(
                "INSERT INTO opt_outs (platform, person_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (person.platform, person.id),
            )
            await db.tell(Changes(people=frozenset((person,))))

    async def remove_opt_out(self, person: Person) -> None:
        """Forget that the person had opted out."""
        async with self._transaction() as db:
            await db.execute("DELETE FROM opt_outs WHERE platform = ? AND person_id = ?", (person.platform, person.id))
            await db.tell(Changes(people=frozenset((person,))))
