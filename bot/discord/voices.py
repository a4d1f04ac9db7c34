"""How the bot speaks on Discord: in which language, and with which prefix before a command."""

from dataclasses import dataclass

from bot.services.settings.table import ScopePreferences
from bot.text.sentences import Texts, Voice


@dataclass(frozen=True, slots=True)
class Voices:
    """Gives every scope its voice; `locale` and `prefix` are for those that have chosen no other.

    Without `message_content`, the bot sees only what is written to it.
    """

    texts: Texts
    locale: str
    prefix: str
    message_content: bool = True

    def prefix_in(self, preferences: ScopePreferences) -> str:
        """Return what typed commands begin with in a scope."""
        return preferences.prefix or self.prefix

    def locale_in(self, preferences: ScopePreferences) -> str:
        """Return the language spoken to everybody in a scope."""
        return preferences.language or self.locale

    def voice(self, preferences: ScopePreferences, client_locale: str | None = None) -> Voice:
        """Return how to speak in a scope: its language, or that of one person's Discord, `client_locale`."""
        own = None if client_locale is None else self.texts.match(client_locale)
        # Without the message content, what works wherever it is read is the slash.
        prefix = self.prefix_in(preferences) if self.message_content else "/"
        return Voice(self.texts, own or self.locale_in(preferences), prefix)
