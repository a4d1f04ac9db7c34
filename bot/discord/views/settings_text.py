"""The settings of a scope in words: what each is called, and what it does as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.discord.client import EncourageBot
from bot.models import QuoteSource, ScopePreferences
from bot.text.sentences import Voice

SETTINGS = (
    "responding",
    "triggers",
    "cooldown",
    "silence",
    "contributors",
    "quotes",
    "language",
    "prefix",
    "helplines",
    "country",
)
# What a private conversation has not: moderators, channels.
OF_SERVERS = ("contributors", "silence")


@dataclass(frozen=True, slots=True)
class SettingsText:
    """The settings of a server, or of a `private` conversation, as one reader is told of them."""

    bot: EncourageBot
    voice: Voice
    preferences: ScopePreferences
    private: bool

    @property
    def names(self) -> Sequence[str]:
        """Return which settings there are; each has the name of its command."""
        return [name for name in SETTINGS if not (self.private and name in OF_SERVERS)]

    @property
    def locale(self) -> str:
        """Return the language that the bot speaks in this scope."""
        return self.preferences.locale or self.bot.locale

    @property
    def quotes(self) -> QuoteSource:
        """Return where quotes come from here: nothing but the bundled ones if there is no other source."""
        chosen = self.preferences.quotes or QuoteSource.ZENQUOTES
        return chosen if self.bot.services.quotes.has_source else QuoteSource.BUNDLED

    def heading(self) -> str:
        """Return what stands above the settings."""
        return self.voice.text("settings.title_private" if self.private else "settings.title")

    def title(self, name: str) -> str:
        """Return what a setting is called."""
        return self.voice.text(f"settings.names.{name}")

    def effect(self, name: str) -> str:
        """Return what a setting does now, in one sentence."""
        chosen = self.preferences
        params: dict[str, object] = {}
        match name:
            case "responding" | "helplines":
                key = f"{name}_on" if getattr(chosen, name) else f"{name}_off"
            case "triggers":
                key = f"triggers_{chosen.trigger}"
            case "contributors":
                key = f"contributors_{chosen.contributors}"
            case "quotes":
                key = f"quotes_{self.quotes}"
            case "cooldown":
                key = "cooldown"
                params["member"] = self._duration(chosen.member_cooldown)
                params["channel"] = self._duration(chosen.channel_cooldown)
            case "silence":
                key = "silence_some" if chosen.silenced else "silence_none"
                params["channels"] = ", ".join(f"<#{id}>" for id in sorted(chosen.silenced))
            case "country" if chosen.country:
                key = "country_chosen"
                params["country"] = self.bot.services.helplines.countries(self.voice.locale, chosen.country)[0].name
            case "country":
                key = "country_none"
            case _:
                key = name
                params["language"] = self.voice.texts.name(self.locale)
        return self.voice.text(f"settings.effects.{key}", **params)

    def all(self) -> str:
        """Return every setting, with its effect below it."""
        return "\n".join(f"**{self.title(name)}** · `{name}`\n{self.effect(name)}" for name in self.names)

    def _duration(self, seconds: int) -> str:
        minutes, seconds_left = divmod(seconds, 60)
        hours, minutes_left = divmod(minutes, 60)
        units = (("hours", hours), ("minutes", minutes_left), ("seconds", seconds_left))
        said = [self.voice.text(f"settings.{unit}", count=count) for unit, count in units if count]
        return " ".join(said) or self.voice.text("settings.seconds", count=0)
