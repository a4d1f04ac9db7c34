"""What an import does, in words."""

from collections.abc import Iterator

from bot.services.files.transfer import ImportPlan
from bot.services.settings.table import SETTINGS
from bot.services.settings.word_lists import WordLists
from bot.text.settings import SettingsText


def summary(text: SettingsText, plan: ImportPlan, *, title: str) -> str:
    """Return what the plan changes, a line each under the sentence `title`; of messages and words, only how many."""
    voice = text.voice
    lines = [voice.text(title)]
    if plan.new_messages or plan.known_messages:
        lines.append(voice.text("transfer.new_messages", count=plan.new_messages, known=plan.known_messages))
    if plan.messages_left_out:
        lines.append(voice.text("transfer.messages_left_out", count=plan.messages_left_out))
    if plan.new_words or plan.known_words:
        lines.append(voice.text("transfer.new_words", count=plan.new_words, known=plan.known_words))
    lines += _changes(text, plan)
    if plan.channels_left_out:
        lines.append(voice.text("transfer.channels_left_out", count=plan.channels_left_out))
    return "\n".join(lines)


def _changes(text: SettingsText, plan: ImportPlan) -> Iterator[str]:
    for name, setting in SETTINGS.items():
        before, after = getattr(plan.before, name), getattr(plan.after, name)
        if before != after and not isinstance(setting.kind, WordLists):
            yield text.voice.text(
                "transfer.change",
                name=text.title(setting),
                before=text.value(setting, before),
                after=text.value(setting, after),
            )
