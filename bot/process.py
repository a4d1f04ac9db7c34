"""The running process on Discord, with Telegram beside it: logged in, connected, and told which commands there are."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial

import discord
from discord import app_commands

from bot import garbage
from bot.background import Background, Backoff
from bot.config import Settings
from bot.discord import slash
from bot.discord.client import EncourageBot
from bot.discord.daily import say_daily
from bot.discord.internals.endpoints import point_at
from bot.discord.internals.leased import silence
from bot.discord.internals.pace import Identifies
from bot.discord.internals.rest import insist
from bot.discord.internals.watchdog import Watchdog
from bot.discord.permissions import invite_url
from bot.discord.replies import UNREACHABLE
from bot.errors import ExitCode, OtherShardCountError, StartError, StorageUnavailableError
from bot.health import Health
from bot.languages import Language
from bot.models import Platform
from bot.serving import run_until, serve_site, stop_on_signal
from bot.sharing import Part, taking_part
from bot.text.sentences import Texts
from bot.wiring import make_bot, open_services, open_telegram

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0
FIRST_PUBLISH_RETRY_SECONDS = 60.0
LONGEST_PUBLISH_RETRY_SECONDS = 3_600.0
# Until another process has sent the commands, or it is for this one to do.
SECONDS_BETWEEN_LOOKS_AT_OTHERS = 5.0
TOO_MANY_REQUESTS = 429
log = logging.getLogger(__name__)


async def run(settings: Settings, languages: Mapping[str, Language]) -> None:
    """Run the bot and its web server until SIGTERM, SIGINT, or an error that ends it.

    Raises:
        StartError: a setting, a token, an intent, the port, the database or a cog stops the bot.
    """
    settings.application_id()
    point_at(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    texts = Texts(languages)
    health = Health()
    background = Background()
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        part = stack.enter_context(taking_part(settings))
        services = await stack.enter_async_context(
            open_services(settings, languages, background=background, leads=part.leads)
        )
        part.hold_shards()
        await stack.enter_async_context(part.taking(background))
        telegram = None
        if not settings.missing_for_telegram:
            telegram = await stack.enter_async_context(
                open_telegram(settings, services, texts, background=background, alone=False, leads=part.leads)
            )
        elif settings.telegram_token is not None:
            log.warning("Telegram stays off: %s missing", " and ".join(settings.missing_for_telegram))

        identifies = Identifies(turns=part.leases)
        health.sessions = identifies

        servers = garbage.Servers()

        def new_bot() -> EncourageBot:
            bot = make_bot(settings, services, texts, health, identifies, part.leases)
            bot.add_listener(servers.known, "on_ready")
            return bot

        await stack.enter_async_context(
            serve_site(settings, services, texts, background, health=health, telegram=telegram, invite_url=invite_url)
        )
        garbage.keep()
        connections = [_stay_connected(new_bot, settings, health, background, part)]
        await run_until(stop, *connections, *([] if telegram is None else [telegram.run_webhook()]))
    log.info("stopped")


async def _stay_connected(
    new_bot: Callable[[], EncourageBot], settings: Settings, health: Health, background: Background, part: Part
) -> None:
    """Log in, again and again while Discord can't be reached, then stay connected."""
    backoff = Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
    while True:
        async with new_bot() as bot:
            insist(bot)
            if part.leases is not None:
                silence(bot, part.leases)
            watchdog = Watchdog(bot, health, deaf_after=settings.deaf_after_seconds)
            try:
                await _log_in(bot, settings)
                async with (
                    background.running(watchdog.keep_watch, name="watchdog"),
                    background.running(partial(_say_daily, bot, settings), name="daily word"),
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


async def _say_daily(bot: EncourageBot, settings: Settings) -> None:
    await bot.services.daily.keep_saying(Platform.DISCORD, settings.locale, partial(say_daily, bot))


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
    except discord.ConnectionClosed as error:
        raise _closed_for_good(bot, error) from error
    except OtherShardCountError as error:
        raise StartError("start.other_shards", ExitCode.OTHER_SHARDS, count=error.count) from error


async def publish_commands(bot: EncourageBot, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Send the slash commands to Discord if they have changed, again and again until it works.

    Run it beside the bot, once it is logged in: however long it takes, the bot answers meanwhile.
    """
    backoff = Backoff(FIRST_PUBLISH_RETRY_SECONDS, LONGEST_PUBLISH_RETRY_SECONDS)
    while True:
        try:
            if await slash.publish(bot.tree, bot.texts, bot.services.published_commands):
                return
            pause = SECONDS_BETWEEN_LOOKS_AT_OTHERS
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


def _closed_for_good(bot: EncourageBot, error: discord.ConnectionClosed) -> StartError:
    """Return what to tell the operator of a close code after which Discord will not take the bot again.

    https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
    """
    match error.code:
        case 4004:
            return StartError("start.refused_token", ExitCode.REFUSED_TOKEN)
        case 4010:
            return StartError("start.unknown_shard", ExitCode.BAD_SETTING)
        case 4011:
            return StartError("start.more_shards", ExitCode.BAD_SETTING)
        case 4012:
            return StartError("start.old_api", ExitCode.OUTDATED)
        case 4013:
            return StartError("start.old_intents", ExitCode.OUTDATED)
        case 4014:
            return StartError("start.missing_intent", ExitCode.MISSING_INTENT, application_id=bot.application_id)
        case code:
            return StartError("start.closed", ExitCode.FAILED, close_code=code)
