"""The running process on Telegram alone, which loads nothing of Discord's."""

import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack

from bot import garbage
from bot.background import Background
from bot.config import Settings
from bot.errors import ExitCode, StartError
from bot.languages import Language
from bot.models import Shards
from bot.serving import run_until, serve_site, stop_on_signal
from bot.sharing import taking_part
from bot.text.sentences import Texts
from bot.wiring import open_services, open_telegram

log = logging.getLogger(__name__)


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
        part = stack.enter_context(taking_part(settings))
        services = await stack.enter_async_context(
            open_services(settings, languages, background=background, leads=part.leads)
        )
        part.hold_telegram()
        await stack.enter_async_context(part.taking(background))
        # This process runs no shard, and so knows nothing of Discord's servers; purges need not wait for them.
        await services.privacy.present([], Shards(frozenset()))
        telegram = await stack.enter_async_context(
            open_telegram(settings, services, texts, background=background, leads=part.leads)
        )
        await stack.enter_async_context(
            serve_site(settings, services, texts, background, health=None, telegram=telegram)
        )
        garbage.keep()
        await run_until(stop, telegram.run_polling() if poll else telegram.run_webhook())
    log.info("stopped")


async def delete_webhook(settings: Settings, languages: Mapping[str, Language]) -> None:
    """Have Telegram keep its updates.

    Raises:
        StartError: a setting, the token or the database stops it, or Telegram can't be reached.
    """
    if settings.telegram_token is None:
        raise StartError("start.no_telegram_token", ExitCode.NO_TOKEN)
    async with (
        open_services(settings, languages) as services,
        open_telegram(settings, services, Texts(languages)) as telegram,
    ):
        await telegram.delete_webhook()
