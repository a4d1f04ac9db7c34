"""Opens what the bot stands on and hands it over as one value."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import aiohttp

from bot.config import Settings
from bot.errors import ExitCode, StartError
from bot.languages import Language
from bot.models import QuoteSource
from bot.services import Services
from bot.services.encouragements import Encouragements
from bot.services.feelings import Feelings
from bot.services.preferences import Preferences
from bot.services.published_commands import PublishedCommands
from bot.services.quotes import Quotes
from bot.storage.sqlite import (
    DamagedDatabaseError,
    NewerDatabaseError,
    SQLiteStorage,
    UnusableDatabaseError,
    open_sqlite,
)
from bot.zenquotes import ZenQuotes


@asynccontextmanager
async def open_services(settings: Settings, languages: Mapping[str, Language]) -> AsyncIterator[Services]:
    """Open the storage and the quote source, and keep the quotes filled while the block runs.

    Raises:
        StartError: the database can't be used.
    """
    rng = random.SystemRandom()
    async with AsyncExitStack() as stack:
        storage = await _open_storage(stack, settings)
        fetch = None
        if settings.quotes is QuoteSource.ZENQUOTES:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            fetch = ZenQuotes(session, settings.zenquotes_url).fetch
        quotes = Quotes({code: language.quotes for code, language in languages.items()}, rng=rng, fetch=fetch)
        await stack.enter_async_context(_beside(quotes))
        yield Services(
            encouragements=Encouragements(
                storage, {code: language.starters for code, language in languages.items()}, rng=rng
            ),
            feelings=Feelings({code: language.feelings for code, language in languages.items()}),
            preferences=Preferences(storage),
            published_commands=PublishedCommands(storage),
            quotes=quotes,
        )


async def _open_storage(stack: AsyncExitStack, settings: Settings) -> SQLiteStorage:
    try:
        return await stack.enter_async_context(open_sqlite(settings.database))
    except UnusableDatabaseError as error:
        key = {DamagedDatabaseError: "start.database_damaged", NewerDatabaseError: "start.database_newer"}.get(
            type(error), "start.database"
        )
        raise StartError(key, ExitCode.DATABASE, path=settings.database, reason=error) from error


@asynccontextmanager
async def _beside(quotes: Quotes) -> AsyncIterator[None]:
    refill = asyncio.create_task(quotes.keep_filled(), name="quote refill")
    try:
        yield
    finally:
        refill.cancel()
        with suppress(asyncio.CancelledError):
            await refill
