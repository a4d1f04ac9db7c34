"""How the bot speaks on Discord: in which language, and with which prefix before a command."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.services.settings.table import ScopePreferences
from bot.text.sentences import Texts, Voice

SLASH = "/"
_NAMED = re.compile(r"`/([a-z]+(?: [a-z]+)?)`")


class SlashVoice(Voice):
    """Speaks to who gives commands with a slash: one that Discord knows is shown for a click to begin it.

    `mentions` are what shows a command so, by its name (https://discord.com/developers/docs/reference#message-formatting).
    """

    mentions: Mapping[str, str]

    def __init__(self, texts: Texts, locale: str, mentions: Mapping[str, str]) -> None:
        super().__init__(texts, locale, SLASH)
        object.__setattr__(self, "mentions", mentions)

    def text(self, key: str, /, **params: object) -> str:
        """Return a sentence; `{prefix}` is always known."""
        return _NAMED.sub(lambda named: self.mentions.get(named[1], named[0]), super().text(key, **params))


def in_a_menu(text: str) -> str:
    """Return a sentence for where Discord shows neither mentions nor code."""
    return re.sub(r"</([a-z ]+):[0-9]+>", r"/\1", text).replace("`", "")


@dataclass(frozen=True, slots=True)
class Voices:
    """Gives every scope its voice; `locale` and `prefix` are for those that have chosen no other.

    Without `message_content`, the bot sees only what is written to it. `mentions` show the commands that Discord knows.
    """

    texts: Texts
    locale: str
    prefix: str
    message_content: bool = True
    mentions: dict[str, str] = field(default_factory=dict)

    def prefix_in(self, preferences: ScopePreferences) -> str:
        """Return what typed commands begin with in a scope."""
        return preferences.prefix or self.prefix

    def locale_in(self, preferences: ScopePreferences) -> str:
        """Return the language spoken to everybody in a scope."""
        return preferences.language or self.locale

    def voice(self, preferences: ScopePreferences, client_locale: str | None = None, *, slash: bool = False) -> Voice:
        """Return how to speak in a scope: its language, or that of one person's Discord, `client_locale`.

        Who has just given a command with a slash is told of others so.
        """
        own = None if client_locale is None else self.texts.match(client_locale)
        locale = own or self.locale_in(preferences)
        # Without the message content, what works wherever it is read is the slash.
        if slash or not self.message_content:
            return SlashVoice(self.texts, locale, self.mentions)
        return Voice(self.texts, locale, self.prefix_in(preferences))
