"""The running process: everything beside and around the bot, from the first signal handler to the last close."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import __version__
from bot.background import Background, Backoff
from bot.config import Settings
from bot.discord import slash
from bot.discord.client import EncourageBot
from bot.discord.internals.endpoints import point_at
from bot.discord.internals.gateway import drop_odd_events
from bot.discord.internals.rest import give_up_on_silence
from bot.discord.internals.watchdog import Watchdog
from bot.discord.permissions import invite_url
from bot.discord.replies import UNREACHABLE
from bot.errors import ExitCode, StartError, StorageUnavailableError
from bot.health import Health
from bot.languages import Language
from bot.models import Shards
from bot.services import Services
from bot.storage.shard_lock import ShardTakenError, holding_shards
from bot.text.sentences import Texts
from bot.web.metrics import Metrics
from bot.web.server import serve
from bot.web.site import Site
from bot.web.status_page import StatusPage
from bot.wiring import make_bot, open_services, open_telegram

if TYPE_CHECKING:
    from bot.telegram.connection import Connection

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0
FIRST_PUBLISH_RETRY_SECONDS = 60.0
LONGEST_PUBLISH_RETRY_SECONDS = 3_600.0
TOO_MANY_REQUESTS = 429
AUTHENTICATION_FAILED = 4004
SHARDING_REQUIRED = 4011
DISALLOWED_INTENTS = 4014

log = logging.getLogger(__name__)


async def run(settings: Settings, languages: Mapping[str, Language]) -> None:
    """Run the bot and its web server until SIGTERM, SIGINT, or an error that ends it.

    Raises:
        StartError: a setting, a token, an intent, the port, the database or a cog stops the bot.
    """
    if settings.token is None:
        raise StartError("start.no_token", ExitCode.NO_TOKEN)
    point_at(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    texts = Texts(languages)
    health = Health()
    background = Background()
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        services = await stack.enter_async_context(open_services(settings, languages, background=background))
        _hold_shards(stack, settings)
        telegram = None
        if not settings.missing_for_telegram:
            telegram = await stack.enter_async_context(open_telegram(settings, services, texts))
        elif settings.telegram_token is not None:
            log.warning("Telegram stays off: %s missing", " and ".join(settings.missing_for_telegram))

        def new_bot() -> EncourageBot:
            return make_bot(settings, services, texts, health)

        await stack.enter_async_context(_serve_site(settings, services, texts, background, health, telegram))
        connections = [_stay_connected(new_bot, settings, health, background)]
        await _run_until(stop, *connections, *([] if telegram is None else [telegram.run_webhook()]))
    log.info("stopped")


def _hold_shards(stack: AsyncExitStack, settings: Settings) -> None:
    try:
        stack.enter_context(holding_shards(settings.database, settings.shard_ids))
    except ShardTakenError as error:
        raise StartError("start.already_running", ExitCode.ALREADY_RUNNING, path=settings.database) from error


async def run_telegram(settings: Settings, languages: Mapping[str, Language], *, poll: bool) -> None:
    """Run on Telegram alone: sent the updates, or asking for them with `poll`.

    Raises:
        StartError: a setting, the token, the port or the database stops the bot.
    """
    missing = settings.missing_for_telegram
    if missing and not (poll and settings.telegram_token is not None):
        raise StartError("start.missing_for_telegram", ExitCode.NO_TOKEN, names=", ".join(missing))
    texts = Texts(languages)
    background = Background()
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        services = await stack.enter_async_context(open_services(settings, languages, background=background))
        # This process runs no shard, and so knows nothing of Discord's servers; purges need not wait for them.
        await services.privacy.present([], Shards(frozenset()))
        telegram = await stack.enter_async_context(open_telegram(settings, services, texts))
        await stack.enter_async_context(_serve_site(settings, services, texts, background, telegram.health, telegram))
        await _run_until(stop, telegram.run_polling() if poll else telegram.run_webhook())
    log.info("stopped")


async def delete_webhook(settings: Settings, languages: Mapping[str, Language]) -> None:
    """Have Telegram keep its updates.

    Raises:
        StartError: a setting, the token or the database stops it, or Telegram can't be reached.
    """
    if settings.telegram_token is None:
        raise StartError("start.missing_for_telegram", ExitCode.NO_TOKEN, names="TELEGRAM_TOKEN")
    async with (
        open_services(settings, languages) as services,
        open_telegram(settings, services, Texts(languages)) as telegram,
    ):
        await telegram.delete_webhook()


@asynccontextmanager
async def _serve_site(
    settings: Settings,
    services: Services,
    texts: Texts,
    background: Background,
    health: Health,
    telegram: "Connection | None",
) -> AsyncIterator[None]:
    site = Site(
        health=health,
        services=services,
        background=background,
        metrics=Metrics(health if telegram is None or health is not telegram.health else Health(), services)
        if settings.metrics
        else None,
        texts=texts,
        locale=settings.locale,
        page=StatusPage(texts, __version__),
        invite_url=invite_url,
        telegram=None if telegram is None else telegram.health,
        webhook=None if telegram is None else telegram.receive,
    )
    async with serve(site.app(), host=settings.host, port=settings.port) as port:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        log.info("status page on http://%s:%d/", host, port)
        yield


async def _run_until(stop: asyncio.Event, *connections: Coroutine[Any, Any, None]) -> None:
    """Run the connections until one ends by itself or `stop` is set; either way, the bot has left all of them then."""
    running = [asyncio.create_task(connection, name="connection") for connection in connections]
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Also when this task itself is cancelled, as Ctrl-C does on Windows: the bot leaves before the database.
        stopping.cancel()
        if not any(task.done() for task in running):
            log.info("stopping")
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        for task in running:
            with suppress(asyncio.CancelledError):
                task.result()


@asynccontextmanager
async def stop_on_signal() -> AsyncIterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set: without a handler, SIGTERM would skip every clean-up."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    try:
        for number in signals:
            loop.add_signal_handler(number, stop.set)
    except NotImplementedError:  # Windows: asyncio.run turns Ctrl-C into a cancellation
        yield stop
        return
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def _stay_connected(
    new_bot: Callable[[], EncourageBot], settings: Settings, health: Health, background: Background
) -> None:
    """Log in, again and again while Discord can't be reached, then stay connected."""
    backoff = Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
    while True:
        async with new_bot() as bot:
            drop_odd_events(bot)
            give_up_on_silence(bot)
            watchdog = Watchdog(bot, health, deaf_after=settings.deaf_after_seconds)
            try:
                await _log_in(bot, settings)
                async with (
                    background.running(watchdog.keep_watch, name="watchdog"),
                    background.running(partial(publish_commands, bot), name="publishing of slash commands"),
                ):
                    await _connect(bot)
                return
            except (*UNREACHABLE, discord.DiscordServerError, discord.GatewayNotFound) as error:
                pause = backoff.next()
                log.warning("Discord can't be reached (%s); the next try is in %d s", _short(error), pause)
            except discord.RateLimited as error:
                pause = backoff.next(at_least=error.retry_after)
                log.warning("Discord asks to wait; the next try is in %d s", pause)
        await asyncio.sleep(pause)


async def _log_in(bot: EncourageBot, settings: Settings) -> None:
    try:
        await bot.login(settings.token or "")
    except discord.LoginFailure as error:
        raise StartError("start.refused_token", ExitCode.REFUSED_TOKEN) from error
    except discord.DiscordServerError:
        raise
    except discord.HTTPException as error:
        if error.status == TOO_MANY_REQUESTS:
            raise discord.RateLimited(LONGEST_RETRY_SECONDS) from error
        raise StartError("start.refused_login", ExitCode.FAILED, reason=_short(error)) from error
    except (TypeError, KeyError, ValueError) as error:
        if settings.discord_api_url is None:
            raise
        raise StartError(
            "start.not_discord", ExitCode.BAD_SETTING, name="DISCORD_API_URL", value=settings.discord_api_url
        ) from error


async def _connect(bot: EncourageBot) -> None:
    try:
        await bot.connect()
    except discord.PrivilegedIntentsRequired as error:
        raise _missing_intent(bot) from error
    except discord.ConnectionClosed as error:
        raise _closed_for_good(bot, error) from error
    except AttributeError as error:
        # discord.py 2.7.1 resumes a single connection after any failure, even of the first one: Client.ws is None then.
        if isinstance(bot, discord.AutoShardedClient) or getattr(bot, "ws", None) is not None:
            raise
        raise ConnectionError("the gateway does not answer") from error


async def publish_commands(bot: EncourageBot, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Send the slash commands to Discord if they have changed, again and again until it works.

    Run it beside the bot, once it is logged in: however long it takes, the bot answers meanwhile.
    """
    backoff = Backoff(FIRST_PUBLISH_RETRY_SECONDS, LONGEST_PUBLISH_RETRY_SECONDS)
    while True:
        try:
            await slash.publish(bot.tree, bot.texts, bot.services.published_commands)
            return
        except Exception as error:
            # A connection that ends for good closes the bot, and what it was sending with it.
            if bot.is_closed():
                return
            mistaken = isinstance(error, app_commands.CommandSyncFailure)
            pause = backoff.next(at_least=LONGEST_PUBLISH_RETRY_SECONDS if mistaken else 0.0)
            _log_unpublished(error, pause)
        await sleep(pause)


def _log_unpublished(error: Exception, pause: float) -> None:
    if isinstance(error, app_commands.CommandSyncFailure):
        reason = " ".join(str(error).split())
        log.error("Discord finds a mistake in the slash commands (%s); the next try is in %d s", reason, pause)
    elif isinstance(error, (*UNREACHABLE, discord.HTTPException, StorageUnavailableError)):
        log.warning("the slash commands could not be sent (%s); the next try is in %d s", _short(error), pause)
    else:
        log.error("the slash commands could not be sent; the next try is in %d s", pause, exc_info=error)


def _short(error: Exception) -> str:
    """Return an error in a few words: what a proxy or Discord's edge sends along may be a whole page."""
    if isinstance(error, discord.HTTPException):
        return f"status {error.status}, code {error.code}"
    return str(error) or type(error).__name__


def _missing_intent(bot: EncourageBot) -> StartError:
    return StartError("start.missing_intent", ExitCode.MISSING_INTENT, application_id=bot.application_id)


def _closed_for_good(bot: EncourageBot, error: discord.ConnectionClosed) -> StartError:
    if error.code == AUTHENTICATION_FAILED:
        return StartError("start.refused_token", ExitCode.REFUSED_TOKEN)
    if error.code == DISALLOWED_INTENTS:
        return _missing_intent(bot)
    if error.code == SHARDING_REQUIRED:
        return StartError("start.more_shards", ExitCode.BAD_SETTING)
    return StartError("start.closed", ExitCode.FAILED, close_code=error.code)
