"""Opens what the bot stands on and hands it over as one value."""

import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from bot.background import Background
from bot.config import Settings
from bot.databases import opened, place_of, unusable
from bot.errors import ExitCode, StartError, StorageUnavailableError
from bot.health import Health
from bot.languages import Language
from bot.models import Quote, QuoteSource
from bot.postgres_url import PostgresURL
from bot.prepared import load_feelings
from bot.services import Services
from bot.services.care import Care
from bot.services.cooldowns import Cooldowns
from bot.services.daily import DailyWords
from bot.services.deletions import Deletions
from bot.services.deliveries import Deliveries, PublishedCommands
from bot.services.encouragements import Encouragements
from bot.services.feelings.reader import Feelings
from bot.services.files.transfer import Transfer
from bot.services.helplines import Helplines
from bot.services.notices import Notices
from bot.services.opt_outs import OptOuts
from bot.services.privacy import Privacy
from bot.services.quotes import Quotes
from bot.services.rate_limits import RateLimits
from bot.services.settings.preferences import Preferences
from bot.services.settings.vocabulary import Vocabulary
from bot.services.settings.words import WordEditor
from bot.services.shared_storage import SharedStorage
from bot.services.storage_check import StorageCheck
from bot.services.tally import Tally
from bot.storage.backups import DailyBackups
from bot.storage.base import Storage
from bot.storage.engine import UnusableDatabaseError
from bot.text.sentences import Texts
from bot.zenquotes import ZenQuotes

if TYPE_CHECKING:
    from bot.discord.client import EncourageBot
    from bot.discord.internals.pace import Identifies
    from bot.storage.leases import Leases
    from bot.telegram.connection import Connection
    from bot.telegram.dispatcher import Dispatcher

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_services(
    settings: Settings,
    languages: Mapping[str, Language],
    *,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    background: Background | None = None,
    leads: Callable[[], bool] = lambda: True,
) -> AsyncIterator[Services]:
    """Open the storage and the quote source; while the block runs, refill the quotes, delete what is due, and back up.

    `background` keeps that work going, `clock` gives the monotonic seconds of cooldowns, `now` the time in UTC;
    `leads` tells whether this process does what only one of several has to do.

    Raises:
        StartError: the database can't be used.
    """
    background = background or Background()
    async with AsyncExitStack() as stack:
        storage = await _open_storage(stack, settings)
        fetch = None
        if settings.quotes is QuoteSource.ZENQUOTES:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            fetch = ZenQuotes(session, settings.zenquotes_url).fetch
        cooldowns = Cooldowns(clock)
        services = _build(storage, languages, cooldowns, RateLimits(clock), fetch=fetch, now=now, leads=leads)
        await _load(services, place_of(settings))
        stack.push_async_callback(services.storage_check.close)
        work = {
            "storage check": services.storage_check.keep_looking,
            "quote refill": services.quotes.keep_filled,
            "purge": services.privacy.keep_purging,
            "forget cooldowns": cooldowns.keep_forgetting,
        }
        if _is_shared(settings):
            shared = SharedStorage(storage, services.opt_outs, services.preferences)
            work["follow other processes"] = shared.follow
        if (daily := _daily_backups(settings, now, leads)) is not None:
            work["backup"] = daily.keep_backing_up
        await stack.enter_async_context(background.running_all(work))
        yield services


def make_bot(
    settings: Settings,
    services: Services,
    texts: Texts,
    health: Health,
    identifies: "Identifies | None" = None,
    leases: "Leases | None" = None,
) -> "EncourageBot":
    """Return a bot as the settings want it, ready to log in."""
    # Not at the top: on Telegram alone, none of it is loaded.
    from bot.discord.client import EncourageBot
    from bot.discord.shards import ShardedEncourageBot

    new_bot: Callable[..., EncourageBot] = EncourageBot
    count = None if settings.shards == "auto" else settings.shards or 1
    if leases is not None:
        # Without SHARDS, there is one, for which others may wait.
        new_bot = partial(ShardedEncourageBot, shard_count=count, leases=leases)
    elif settings.shards is not None:
        new_bot = partial(ShardedEncourageBot, shard_count=count, shard_ids=settings.shard_ids or None)
    return new_bot(
        services=services,
        texts=texts,
        prefix=settings.prefix,
        locale=settings.locale,
        health=health,
        message_content=settings.message_content,
        privacy_url=settings.privacy_url,
        identifies=identifies,
    )


@asynccontextmanager
async def open_telegram(
    settings: Settings,
    services: Services,
    texts: Texts,
    *,
    background: Background | None = None,
    alone: bool = True,
    leads: Callable[[], bool] = lambda: True,
) -> AsyncIterator["Connection"]:
    """Make the Telegram front end, and let it leave Telegram after the block; `alone` tells that there is no other.

    `background` keeps the work going that its answers don't wait for. Of several processes, the one that `leads` tells
    Telegram where to send updates, or asks for them.

    Raises:
        StartError: the extra is not installed.
    """
    try:
        from bot.telegram.connection import Connection
        from bot.telegram.intake import Intake
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "telegram":
            raise
        raise StartError("start.missing_extra", ExitCode.MISSING_EXTRA, extra="telegram") from error
    health = Health(platform="Telegram")
    dispatcher = _dispatcher(settings, services, texts)
    intake = Intake(dispatcher, services, health, shared=_is_shared(settings))
    try:
        yield Connection(
            dispatcher,
            intake,
            health,
            background or Background(),
            webhook_url=settings.telegram_webhook_url or "",
            secret=settings.telegram_secret or "",
            alone=alone,
            leads=leads,
        )
    finally:
        await intake.close()


def _dispatcher(settings: Settings, services: Services, texts: Texts) -> "Dispatcher":
    from bot.telegram.dispatcher import Dispatcher

    return Dispatcher(
        services=services,
        texts=texts,
        locale=settings.locale,
        token=settings.telegram_token or "",
        api_url=settings.telegram_api_url,
        messages_per_second=settings.telegram_messages_per_second,
        privacy_url=settings.privacy_url,
    )


def _build(
    storage: Storage,
    languages: Mapping[str, Language],
    cooldowns: Cooldowns,
    rate_limits: RateLimits,
    *,
    fetch: Callable[[], Awaitable[Sequence[Quote]]] | None,
    now: Callable[[], datetime],
    leads: Callable[[], bool],
) -> Services:
    rng, opt_outs = random.SystemRandom(), OptOuts(storage)
    starters = {code: language.starters for code, language in languages.items()}
    feelings = _feelings(languages)
    helplines = Helplines({code: language.helplines for code, language in languages.items()}, now=now)
    unavailable = frozenset[str]() if fetch else frozenset((QuoteSource.ZENQUOTES,))
    vocabulary = Vocabulary(languages, helplines, feelings.normal_form, unavailable, feelings.speaks_of_danger)
    preferences = Preferences(storage, vocabulary)
    deletions = Deletions(cooldowns.clock)
    encouragements = Encouragements(storage, starters, preferences, feelings, rng=rng, now=now, deletions=deletions)
    quotes = Quotes({code: language.quotes for code, language in languages.items()}, rng=rng, fetch=fetch)
    return Services(
        care=Care(
            feelings=feelings,
            opt_outs=opt_outs,
            cooldowns=cooldowns,
            encouragements=encouragements,
            helplines=helplines,
        ),
        deliveries=Deliveries(storage, preferences, now=now),
        encouragements=encouragements,
        feelings=feelings,
        helplines=helplines,
        notices=Notices(storage, preferences, now=now),
        opt_outs=opt_outs,
        preferences=preferences,
        privacy=Privacy(storage, opt_outs, preferences, now=now, deletions=deletions, leads=leads),
        published_commands=PublishedCommands(storage, leads=leads),
        quotes=quotes,
        daily=DailyWords(storage, preferences, encouragements, quotes, feelings, helplines, rng=rng, now=now),
        transfer=Transfer(storage, preferences, encouragements, now=now),
        rate_limits=rate_limits,
        words=WordEditor(preferences),
        storage_check=StorageCheck(storage),
        tally=Tally(),
    )


def _feelings(languages: Mapping[str, Language]) -> Feelings:
    try:
        return load_feelings(languages)
    except Exception as error:  # whatever a mistake in a rule leads to
        reason = f"{type(error).__name__}: {error}"
        raise StartError("start.broken_rules", ExitCode.BROKEN_LANGUAGE, reason=reason) from error


async def _open_storage(stack: AsyncExitStack, settings: Settings) -> Storage:
    try:
        return await stack.enter_async_context(opened(place_of(settings)))
    except UnusableDatabaseError as error:
        raise unusable(place_of(settings), error) from error


def _is_shared(settings: Settings) -> bool:
    """Tell whether other processes use the same storage: a file, where they run other shards; a server, at any time."""
    return settings.postgres is not None or bool(settings.shard_ids)


def _daily_backups(settings: Settings, now: Callable[[], datetime], leads: Callable[[], bool]) -> DailyBackups | None:
    if not settings.backups:
        return None
    if settings.postgres is not None:
        log.info("no daily backups: pg_dump makes those of a PostgreSQL")
        return None
    return DailyBackups(settings.database, settings.folder_of_backups, keep=settings.backups, now=now, leads=leads)


async def _load(services: Services, database: Path | PostgresURL) -> None:
    """Read what is kept in memory."""
    try:
        await services.opt_outs.load()
        await services.privacy.load()
    except StorageUnavailableError as error:
        raise StartError("start.database_damaged", ExitCode.DATABASE, path=database, reason=error) from error
