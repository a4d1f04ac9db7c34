"""How the bot speaks on Telegram: in which language, and in Telegram's own words where there are some."""

from telegram import Chat, User
from telegram.constants import ChatType

from bot.models import Platform, Scope
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import ScopePreferences
from bot.text.sentences import Texts, Voice


class TelegramVoice(Voice):
    """Says a sentence in Telegram's own words where there are some, under the same key below `telegram`."""

    def text(self, key: str, /, **params: object) -> str:
        """Return a sentence; `{prefix}` is always known."""
        own = f"telegram.{key}"
        return super().text(own if self.texts.has(self.locale, own) else key, **params)


class Voices:
    """Gives every chat its voice; `locale` is for those that have chosen no other."""

    def __init__(self, texts: Texts, locale: str, preferences: Preferences) -> None:
        self.texts = texts
        self.locale = locale
        self._preferences = preferences

    def own_voice(self, locale: str | None = None) -> Voice:
        """Return how to speak in a language, or in the bot's own."""
        return TelegramVoice(self.texts, locale or self.locale, prefix="/")

    def voice(self, chat: Chat, preferences: ScopePreferences, person: User | None) -> Voice:
        """Return how to speak in a chat: as it has chosen, or alone with somebody as that person's Telegram does."""
        own = person.language_code if person is not None and is_private(chat) else None
        return self.own_voice(preferences.language or (self.texts.match(own) if own else None))

    async def voice_in(self, chat: Chat, person: User | None) -> Voice:
        """Return how to speak in a chat whose preferences are yet to be read."""
        return self.voice(chat, await self._preferences.get_or_default(scope_of(chat)), person)


def scope_of(chat: Chat) -> Scope:
    """Return the scope of a chat; that of a private one has the person's id."""
    return Scope(Platform.TELEGRAM, chat.id)


def is_private(chat: Chat) -> bool:
    """Tell whether somebody is alone with the bot here."""
    return chat.type == ChatType.PRIVATE
