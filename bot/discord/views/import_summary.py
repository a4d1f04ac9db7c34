"""What an import does, in words."""

from collections.abc import Iterator
from dataclasses import asdict

from bot.discord.views.settings_choices import label
from bot.services.files.transfer import ImportPlan
from bot.services.helplines import Helplines
from bot.text.markdown import escape
from bot.text.sentences import Voice

_COUNTED = ("sad_words", "ignored_words")
# What each setting is called.
_NAMES = {
    "responding": "settings.names.responding",
    "helplines": "settings.names.helplines",
    "country": "settings.names.country",
    "locale": "settings.names.language",
    "prefix": "settings.names.prefix",
    "trigger": "settings.names.triggers",
    "contributors": "settings.names.contributors",
    "quotes": "settings.names.quotes",
    "member_cooldown": "cooldown.member",
    "channel_cooldown": "cooldown.channel",
    "silenced": "settings.names.silence",
}
# The commands of those that are one value among a few.
_COMMANDS = {"trigger": "triggers", "contributors": "contributors", "quotes": "quotes"}


def summary(voice: Voice, plan: ImportPlan, helplines: Helplines, *, title: str) -> str:
    """Return what the plan changes, a line each under the sentence `title`; of messages and words, only how many."""
    lines = [voice.text(title)]
    if plan.new_messages or plan.known_messages:
        lines.append(voice.text("transfer.new_messages", count=plan.new_messages, known=plan.known_messages))
    if plan.new_words or plan.known_words:
        lines.append(voice.text("transfer.new_words", count=plan.new_words, known=plan.known_words))
    lines += _changes(voice, plan, helplines)
    if plan.channels_left_out:
        lines.append(voice.text("transfer.channels_left_out", count=plan.channels_left_out))
    return "\n".join(lines)


def _changes(voice: Voice, plan: ImportPlan, helplines: Helplines) -> Iterator[str]:
    before, after = asdict(plan.before), asdict(plan.after)
    for name in before:
        if before[name] != after[name] and name not in _COUNTED:
            yield voice.text(
                "transfer.change",
                name=voice.text(_NAMES[name]),
                before=_value(voice, helplines, name, before[name]),
                after=_value(voice, helplines, name, after[name]),
            )


def _value(voice: Voice, helplines: Helplines, name: str, value: object) -> str:
    """Return the value of a setting as a person would say it."""
    match name, value:
        case _, bool():
            return voice.text("transfer.value_on" if value else "transfer.value_off")
        case _, frozenset():
            return str(len(value))
        case _, int():
            return voice.text("transfer.value_number", number=value)
        case "country", None:
            return voice.text("country.none")
        case _, None:
            return voice.text("transfer.value_default")
        case "locale", str():
            return voice.texts.name(value)
        case "country", str():
            return next((one.name for one in helplines.countries(voice.locale, value) if one.code == value), value)
        case "prefix", str():
            return escape(value)
        case _:
            return label(voice, _COMMANDS[name], str(value))
