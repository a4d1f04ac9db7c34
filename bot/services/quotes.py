"""Quotes: a pool filled in the background, and bundled ones that are always there."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.background import Backoff
from bot.models import Quote, QuoteSource

POOL_LOW = 25
# ZenQuotes allows 5 requests in 30 s for an address (https://docs.zenquotes.io/zenquotes-documentation/).
SECONDS_BETWEEN_REQUESTS = 10.0
LONGEST_PAUSE_SECONDS = 900.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class QuotesState:
    """How many quotes from the outside source are ready, None when there is no such source, and whether it fails."""

    ready: int | None
    failing: bool


class QuotesUnavailableError(Exception):
    """The source gave no quotes this time; the message says why, for the log."""


class Quotes:
    """Gives a quote at once, whatever the source is doing.

    `fetch` returns a batch from outside or raises QuotesUnavailableError; without it, the bundled quotes are all.
    """

    def __init__(
        self,
        bundled: Mapping[str, Sequence[Quote]],
        *,
        rng: random.Random,
        fetch: Callable[[], Awaitable[Sequence[Quote]]] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bundled = bundled
        self._rng = rng
        self._fetch = fetch
        self._sleep = sleep
        self._pool: deque[Quote] = deque()
        self._running_low = asyncio.Event()
        self._running_low.set()
        self._shuffled: dict[str, list[Quote]] = {}
        self._failing = False

    @property
    def state(self) -> QuotesState:
        """Return how the outside source does."""
        return QuotesState(None if self._fetch is None else len(self._pool), failing=self._failing)

    @property
    def has_source(self) -> bool:
        """Tell whether quotes may come from outside at all."""
        return self._fetch is not None

    def next(self, locale: str, source: QuoteSource | None = None) -> Quote:
        """Return a quote from the pool, or a bundled one in `locale`; none comes back before the others were seen.

        With `source` BUNDLED, the pool is left alone.
        """
        if self._pool and source is not QuoteSource.BUNDLED:
            quote = self._pool.popleft()
            if len(self._pool) < POOL_LOW:
                self._running_low.set()
            return quote
        if not self._shuffled.get(locale):
            self._shuffled[locale] = self._rng.sample(self._bundled[locale], len(self._bundled[locale]))
        return self._shuffled[locale].pop()

    def bundled(self, locale: str) -> Sequence[Quote]:
        """Return the quotes that come with the bot in a language."""
        return self._bundled[locale]

    async def keep_filled(self) -> None:
        """Refill the pool whenever it runs low, for ever; run it beside the bot."""
        if self._fetch is None:
            return
        backoff = Backoff(2 * SECONDS_BETWEEN_REQUESTS, LONGEST_PAUSE_SECONDS)
        while True:
            await self._running_low.wait()
            try:
                self._pool.extend(await self._fetch())
            except QuotesUnavailableError as error:
                if not self._failing:
                    log.warning("no new quotes: %s; the bundled ones serve until it works again", error)
                self._failing = True
                pause = backoff.next()
            else:
                if self._failing:
                    log.info("new quotes again")
                self._failing = False
                backoff.reset()
                pause = SECONDS_BETWEEN_REQUESTS
                if len(self._pool) >= POOL_LOW:
                    self._running_low.clear()
            await self._sleep(pause)
