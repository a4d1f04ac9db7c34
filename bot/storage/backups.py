"""A backup of the database every day, made while the bot runs."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.background import WorkError
from bot.storage.engine import UnusableDatabaseError
from bot.storage.offline import back_up

SECONDS_BETWEEN_LOOKS = 3_600.0

log = logging.getLogger(__name__)


class DailyBackups:
    """Keeps the newest `keep` backups of `database` in `folder`, one a day of UTC; `now` gives aware UTC.

    Of several processes, the one that `leads` makes them.
    """

    def __init__(
        self,
        database: Path,
        folder: Path,
        *,
        keep: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._leads = leads
        self._database = database
        self._folder = folder
        self._keep = keep
        self._now = now
        self._sleep = sleep
        self._own_name = re.compile(rf"{re.escape(database.stem)}-daily-\d{{4}}-\d\d-\d\d\.db")

    async def keep_backing_up(self) -> None:
        """Back up once a day, for ever; run it beside the bot.

        Raises:
            WorkError: no backup could be made.
        """
        while True:
            try:
                made = await asyncio.to_thread(self.back_up_if_due) if self._leads() else None
            except (OSError, UnusableDatabaseError) as error:
                raise WorkError(str(error)) from error
            if made is not None:
                log.info("database backed up to %s", made)
            await self._sleep(SECONDS_BETWEEN_LOOKS)

    def back_up_if_due(self) -> Path | None:
        """Make today's backup, then delete the oldest; return it, or None when it was there already.

        Raises:
            OSError: the folder can't be written.
            UnusableDatabaseError: the database can't be read.
        """
        today = self._folder / f"{self._database.stem}-daily-{self._now():%Y-%m-%d}.db"
        if today.exists():
            return None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        back_up(self._database, today)
        own = sorted(file for file in self._folder.iterdir() if self._own_name.fullmatch(file.name))
        for file in own[: -self._keep]:
            file.unlink(missing_ok=True)
        return today
