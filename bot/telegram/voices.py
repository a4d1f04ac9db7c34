"""How the bot speaks on Telegram: in which language, and in Telegram's own words where there are some."""

from typing import ClassVar

from telegram import Chat, User
from telegram.constants import ChatType

from bot.models import Platform, Scope
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import Place, ScopePreferences
from bot.text.sentences import Texts, Voice

# Below which Telegram's own sentences are.
OWN = "telegram"


class TelegramVoice(Voice):
    """Says a sentence in Telegram's own words where there are some, under the same key below one of `rooms`."""

    rooms: ClassVar[tuple[str, ...]] = (OWN,)

    def text(self, key: str, /, **params: object) -> str:
        """Return a sentence; `{prefix}` is always known."""
        own = (f"{room}.{key}" for room in self.rooms)
        return super().text(next((found for found in own if self.texts.has(self.locale, found)), key), **params)


class PrivateVoice(TelegramVoice):
    """Speaks to somebody who is alone with the bot."""

    rooms = (f"{OWN}.private", OWN)


class Voices:
    """Gives every chat its voice; `locale` is for those that have chosen no other."""

    def __init__(self, texts: Texts, locale: str, preferences: Preferences) -> None:
        self.texts = texts
        self.locale = locale
        self._preferences = preferences

    def own_voice(self, locale: str | None = None, *, place: Place = Place.TELEGRAM_GROUP) -> Voice:
        """Return how to speak at a place in a language, or in the bot's own."""
        kind = PrivateVoice if place is Place.TELEGRAM_PRIVATE else TelegramVoice
        return kind(self.texts, locale or self.locale, prefix="/")

    def voice(self, chat: Chat, preferences: ScopePreferences, person: User | None) -> Voice:
        """Return how to speak in a chat: as it has chosen, or alone with somebody as that person's Telegram does."""
        own = person.language_code if person is not None and is_private(chat) else None
        return self.own_voice(preferences.language or self.spoken(own), place=place_of(chat.id))

    def spoken(self, tag: str | None) -> str | None:
        """Return the language of that tag; None where the bot does not speak it."""
        return self.texts.match(tag) if tag else None

    async def voice_in(self, chat: Chat, person: User | None) -> Voice:
        """Return how to speak in a chat whose preferences are yet to be read."""
        return self.voice(chat, await self._preferences.get_or_default(scope_of(chat)), person)

    async def voice_alone(self, person: User) -> Voice:
        """Return how to speak to somebody alone, wherever he or she is writing now."""
        return await self.voice_in(Chat(person.id, ChatType.PRIVATE), person)


def scope_of(chat: Chat) -> Scope:
    """Return the scope of a chat; that of a private one has the person's id."""
    return Scope(Platform.TELEGRAM, chat.id)


def place_of(chat_id: int) -> Place:
    """Return what kind of place a chat is: only those of groups have ids below zero."""
    return Place.TELEGRAM_GROUP if chat_id < 0 else Place.TELEGRAM_PRIVATE


def is_private(chat: Chat) -> bool:
    """Tell whether somebody is alone with the bot here."""
    return chat.type == ChatType.PRIVATE
