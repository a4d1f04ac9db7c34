"""The settings of a scope in words: what each is called, what it may be, and what it does as it is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.models import Written
from bot.services.settings.daily import DailyTime, Zone
from bot.services.settings.ids import ChannelId, RoleId
from bot.services.settings.kinds import (
    NO_COUNTRY,
    Channels,
    CountryCode,
    LanguageCode,
    OneOf,
    Pauses,
    Prefix,
    Seconds,
    Switch,
    Text,
    TwoPauses,
)
from bot.services.settings.table import Place, ScopePreferences, Setting, shown_at
from bot.services.settings.vocabulary import Vocabulary
from bot.text.durations import exact_duration
from bot.text.sentences import Voice


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a setting, as a menu offers it."""

    value: str
    label: str
    effect: str | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class SettingsText:
    """The settings of a scope at a `place`, as one reader is told of them.

    `locale` is the language spoken in the scope, which may be another than the reader's, and `prefix` what typed
    commands begin with, where the bot `reads` messages; in the channels `unwritable`, it can write nothing.
    """

    voice: Voice
    locale: str
    prefix: str
    vocabulary: Vocabulary
    preferences: ScopePreferences
    place: Place
    reads: bool = True
    unwritable: frozenset[int] = frozenset()

    @property
    def shown(self) -> Sequence[Setting]:
        """Return the settings to show, in order."""
        return [*shown_at(self.place).values()]

    def heading(self) -> str:
        """Return what stands above the settings."""
        private = self.place in (Place.PRIVATE, Place.TELEGRAM_PRIVATE)
        return self.voice.text("settings.title_private" if private else "settings.title")

    def title(self, setting: Setting) -> str:
        """Return what a setting is called."""
        return self.voice.text(f"settings.{setting.name}.title")

    def effect(self, setting: Setting) -> str:
        """Return what a setting does now, in one sentence."""
        value = getattr(self.preferences, setting.name)
        params: dict[str, object] = {}
        match setting.kind:
            case Switch():
                key = "on" if value else "off"
            case OneOf() as kind:
                key = kind.in_force(value, self.vocabulary)
            case LanguageCode():
                key, params["language"] = "effect", self.voice.texts.name(self.locale)
            case Seconds():
                key, params["seconds"] = "effect", self._duration(value)
            case TwoPauses():
                key = _effect_of(value)
                params |= self._pauses(value)
            case Channels():
                key = "some" if value else "none"
                params["channels"] = ", ".join(f"<#{id}>" for id in sorted(value))
            case DailyTime() if value is not None:
                zone = self.preferences.timezone or self._home_zone()
                key = "blocked" if value.channel in self.unwritable else "some"
                params = {"channel": f"<#{value.channel}>", "time": value.time, "zone": zone}
            case Zone():
                key, params["zone"] = ("chosen", value) if value else ("none", self._home_zone())
            case RoleId() if value is not None:
                key, params["role"] = "some", f"<@&{value}>"
            case ChannelId() if value is not None:
                key, params["channel"] = "blocked" if value in self.unwritable else "some", f"<#{value}>"
            case CountryCode() if value is not None:
                key, params["country"] = "chosen", self._country(value)
            case Prefix():
                key = "effect" if self.reads else "without_content"
                params["own"] = self.prefix
            case Text() if value is not None:
                key, params["value"] = "chosen", Written(value)
            case _:
                key = "none"
        return self.voice.text(f"settings.{setting.name}.{key}", **params)

    def above_menu(self, setting: Setting) -> str:
        """Return what stands above a menu, which itself shows how the setting is: what it is called, and what for."""
        key = f"settings.{setting.name}.menu"
        lines = [f"**{self.title(setting)}**"]
        if self.voice.texts.has(self.voice.locale, key):
            lines.append(self.voice.text(key))
        return "\n".join(lines)

    def words(self) -> str:
        """Return how many words of its own a scope has."""
        count, voice = self.preferences.words.count, self.voice
        said = voice.text("settings.words.some", count=count) if count else voice.text("settings.words.none")
        return f"**{voice.text('settings.words.title')}**\n{said}"

    def answer(self, setting: Setting) -> str:
        """Return what its command answers: how the setting is, in a sentence that stands alone."""
        if isinstance(setting.kind, Switch):
            state = "on" if getattr(self.preferences, setting.name) else "off"
            return self.voice.text(f"settings.{setting.name}.answer_{state}")
        return self.effect(setting)

    def all(self) -> str:
        """Return every setting, with its effect below it."""
        return "\n".join(f"**{self.title(row)}** · `{row.name}`\n{self.effect(row)}" for row in self.shown)

    def options(self, setting: Setting) -> Sequence[Option]:
        """Return what a setting may be, for those that are one value among a few."""
        name, chosen = setting.name, getattr(self.preferences, setting.name)
        match setting.kind:
            case OneOf() as kind:
                now = kind.in_force(chosen, self.vocabulary)
                return [
                    Option(value, self._label(name, value), self.voice.text(f"settings.{name}.{value}"), value == now)
                    for value in kind.offered(self.vocabulary)
                ]
            case LanguageCode():
                texts = self.voice.texts
                return [Option(code, texts.name(code), None, code == self.locale) for code in texts.locales]
            case CountryCode():
                countries = self.vocabulary.helplines.suggest(self.voice.locale, "")
                anywhere = Option(NO_COUNTRY, self._nowhere(name), None, chosen is None)
                return [anywhere, *(Option(each.code, each.name, None, each.code == chosen) for each in countries)]
            case _:
                return []

    def value(self, setting: Setting, value: Any) -> str:
        """Return a value of a setting as a person would say it in a few words."""
        match setting.kind:
            case Switch():
                return self.voice.text("transfer.value_on" if value else "transfer.value_off")
            case Seconds():
                return self._duration(value)
            case TwoPauses():
                return " / ".join(self._pauses(value).values())
            case Channels():
                return str(len(value))
            case CountryCode():
                return self._nowhere(setting.name) if value is None else self._country(value)
            case _ if value is None:
                return self.voice.text("transfer.value_default")
            case OneOf():
                return self._label(setting.name, value)
            case RoleId():
                return f"<@&{value}>"
            case ChannelId():
                return f"<#{value}>"
            case DailyTime():
                return str(value.time)
            case Zone():
                return str(value)
            case LanguageCode():
                return self.voice.texts.name(value)
            case Text():
                return Written(value)
            case _:
                raise TypeError(setting.kind)

    def _home_zone(self) -> str:
        return self.vocabulary.helplines.home(self.locale, self.preferences.country).zone or "UTC"

    def _label(self, name: str, value: str) -> str:
        """Return what one value is called: as in its slash command."""
        return self.voice.text(f"commands.{name}.choices.value.{value}")

    def _nowhere(self, name: str) -> str:
        return self.voice.text(f"settings.{name}.anywhere")

    def _country(self, code: str) -> str:
        found = (one.name for one in self.vocabulary.helplines.countries(self.voice.locale, code) if one.code == code)
        return next(found, code)

    def _pauses(self, pauses: Pauses) -> dict[str, str]:
        return {name: self._duration(seconds) for name, seconds in asdict(pauses).items()}

    def _duration(self, seconds: int) -> str:
        return exact_duration(self.voice.texts, self.voice.locale, seconds)


def _effect_of(pauses: Pauses) -> str:
    """Return the key of what two pauses do: one of no length is none."""
    long = [name for name, seconds in asdict(pauses).items() if seconds]
    return "effect" if len(long) == len(asdict(pauses)) else f"effect_{'_'.join(long) or 'none'}"
