"""The settings that are one value among a few: which there are, what each is called, and what choosing it changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.discord.views.settings_text import SettingsText
from bot.errors import UserError
from bot.models import Contributors, QuoteSource, Trigger
from bot.services import Services
from bot.services.settings.preferences import Choices
from bot.text.sentences import Texts, Voice

NO_COUNTRY = "none"
# What the option of a setting's slash command is called.
_OPTIONS = {"triggers": "trigger", "contributors": "who", "quotes": "source"}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a setting, as a menu offers it."""

    value: str
    label: str
    effect: str | None
    chosen: bool


def values(name: str, text: SettingsText) -> Sequence[Value]:
    """Return what the setting `name` may be."""
    chosen = text.preferences
    match name:
        case "triggers":
            return [_described(name, value, text, chosen.trigger) for value in Trigger]
        case "contributors":
            return [_described(name, value, text, chosen.contributors) for value in Contributors]
        case "quotes":
            sources = (QuoteSource.ZENQUOTES, QuoteSource.BUNDLED)
            return [_described(name, value, text, text.quotes) for value in sources]
        case "language":
            texts = text.voice.texts
            return [Value(code, texts.name(code), None, code == text.locale) for code in texts.locales]
        case _:
            countries = text.bot.services.helplines.suggest(text.voice.locale, "")
            anywhere = Value(NO_COUNTRY, text.voice.text("country.none"), None, chosen.country is None)
            return [anywhere, *(Value(each.code, each.name, None, each.code == chosen.country) for each in countries)]


def choice(name: str, value: str, services: Services, texts: Texts) -> Choices:
    """Return what choosing `value`, clicked or typed, changes.

    Raises:
        UserError: there is no such value.
    """
    value = value.strip().casefold()
    try:
        match name:
            case "triggers":
                return {"trigger": Trigger(value)}
            case "contributors":
                return {"contributors": Contributors(value)}
            case "quotes":
                source = QuoteSource(value)
            case "language":
                return {"locale": _language(value, texts)}
            case _:
                return {"country": None if value == NO_COUNTRY else _country(value, services)}
    except ValueError:
        raise UserError(f"{name}.usage") from None
    if source is QuoteSource.ZENQUOTES and not services.quotes.has_source:
        raise UserError("quotes.no_source")
    return {"quotes": source}


def label(voice: Voice, name: str, value: str) -> str:
    """Return what one value of the setting `name` is called: as in its slash command."""
    return voice.text(f"commands.{name}.choices.{_OPTIONS[name]}.{value}")


def _described(name: str, value: str, text: SettingsText, chosen: str) -> Value:
    effect = text.voice.text(f"settings.effects.{name}_{value}")
    return Value(value, label(text.voice, name, value), effect, value == chosen)


def _language(typed: str, texts: Texts) -> str:
    code = texts.find(typed)
    if code is None:
        raise UserError("language.usage", languages=texts.choice_of_languages())
    return code


def _country(typed: str, services: Services) -> str:
    code = services.helplines.find(typed)
    if code is None:
        raise UserError("country.usage")
    return code
