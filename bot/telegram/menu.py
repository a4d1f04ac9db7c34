"""What Telegram shows of the bot: its commands, to whom they are of use, and what it is for."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.ext import ExtBot

from bot.services.settings.table import Place
from bot.telegram.commands import Commands
from bot.telegram.voices import Voices


def publishing(bot: ExtBot[int], commands: Commands, voices: Voices) -> Iterator[Callable[[], Awaitable[object]]]:
    """Yield what is to be sent to Telegram, in each language and, for all others, in the bot's own."""
    for locale in (None, *voices.texts.locales):
        yield partial(_describe, bot, voices, locale)
        for place, for_admins, scope in _audiences():
            voice = voices.own_voice(locale, place=place)
            names = [*commands.offered(place, for_admins=False)]
            if for_admins:
                names += commands.offered(place, for_admins=True)
            menu = [BotCommand(name, voice.text(f"commands.{name}.summary")) for name in names]
            yield partial(bot.set_my_commands, menu, scope=scope, language_code=locale)


def _audiences() -> Iterator[tuple[Place, bool, BotCommandScope]]:
    yield Place.TELEGRAM_PRIVATE, True, BotCommandScopeAllPrivateChats()
    yield Place.TELEGRAM_GROUP, False, BotCommandScopeAllGroupChats()
    yield Place.TELEGRAM_GROUP, True, BotCommandScopeAllChatAdministrators()


async def _describe(bot: ExtBot[int], voices: Voices, locale: str | None) -> None:
    """Send what the bot is for where it has changed: Telegram allows that a few times a day alone."""
    voice = voices.own_voice(locale)
    long, short = voice.text("telegram.description"), voice.text("telegram.short_description")
    if (await bot.get_my_description(locale)).description != long:
        await bot.set_my_description(long, locale)
    if (await bot.get_my_short_description(locale)).short_description != short:
        await bot.set_my_short_description(short, locale)
