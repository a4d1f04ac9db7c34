"""The file that holds what a server has: its messages, its words and its settings, and nobody's name."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from bot.errors import UserError
from bot.models import Contributors, Encouragement, QuoteSource, ScopePreferences, Trigger
from bot.services.encouragements import MAX_PER_SCOPE, Encouragements, sameness_key
from bot.services.files import located_json
from bot.services.files.located_json import Located
from bot.services.settings.preferences import MOST_SILENCED, Choices
from bot.services.settings.words import MOST_WORDS, Words

FORMAT = "encourage-bot"
VERSION = 1
LARGEST_ID = 2**63 - 1

_SECTIONS = ("format", "version", "exported_at", "messages", "words", "settings")
_WORDS = {"sad": "sad_words", "ignored": "ignored_words"}
# What each refusal of a rule is called when it is about a line of a file.
_ON_A_LINE = {
    "new.missing": "transfer.message_empty",
    "new.too_long": "transfer.message_too_long",
    "new.dangerous": "transfer.message_dangerous",
    "prefix.usage": "transfer.bad_prefix",
    "language.usage": "transfer.bad_locale",
    "country.usage": "transfer.bad_country",
    "cooldown.usage": "transfer.bad_cooldown",
    "words.unreadable": "transfer.word_empty",
    "words.too_long": "transfer.word_too_long",
}


@dataclass(frozen=True, slots=True)
class ServerFile:
    """What a file brings: messages and words under what makes two of them the same, and the settings that it names."""

    messages: Mapping[str, str]
    sad_words: Mapping[str, str]
    ignored_words: Mapping[str, str]
    settings: Choices


def write(messages: Iterable[Encouragement], preferences: ScopePreferences, *, now: datetime) -> bytes:
    """Return the file, in UTF-8, with a line for each value."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now.isoformat(timespec="seconds"),
        "messages": [{"text": message.text} for message in messages],
        **plain(preferences),
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def plain(preferences: ScopePreferences) -> dict[str, Any]:
    """Return preferences as the file has them: words and settings."""
    settings = {name: value for name, value in asdict(preferences).items() if name in _SETTINGS}
    return {
        "words": {name: getattr(preferences, field) for name, field in _WORDS.items()},
        # As texts: a program that reads every JSON number as a float would spoil them.
        "settings": settings | {"silenced": [str(id) for id in sorted(preferences.silenced)]},
    }


def read(
    data: bytes, check: Callable[[ScopePreferences], None], words: Words, encouragements: Encouragements
) -> ServerFile:
    """Return what a file brings; `check` raises UserError for preferences that can't be.

    Raises:
        UserError: the file is wrong; `line` says where.
    """
    root = located_json.read(data)
    _check_header(root)
    sections = _members(root, _SECTIONS)
    if "exported_at" in sections:
        _text(sections["exported_at"])
    messages = _messages(sections.get("messages"), encouragements)
    found = _words(sections.get("words"), words)
    return ServerFile(
        messages=messages,
        sad_words=found["sad"],
        ignored_words=found["ignored"],
        settings=_settings(sections.get("settings"), check),
    )


def _check_header(root: Located) -> None:
    """Refuse what is no file of this bot, or not one of this version."""
    header = root.value if isinstance(root.value, dict) else {}
    name = header.get("format", root)
    if name.value != FORMAT:
        raise UserError("transfer.not_ours", line=name.line)
    version = header.get("version", root)
    if type(version.value) is not int or version.value != VERSION:
        raise UserError("transfer.other_version", line=version.line, version=VERSION)


def _messages(found: Located | None, encouragements: Encouragements) -> dict[str, str]:
    messages: dict[str, str] = {}
    for item in _items(found):
        members = _members(item, ("text",))
        if "text" not in members:
            raise UserError("transfer.message_without_text", line=item.line)
        with _at(members["text"].line):
            text = encouragements.trimmed(_text(members["text"]))
        messages.setdefault(sameness_key(text), text)
        if len(messages) > MAX_PER_SCOPE:
            raise UserError("transfer.too_many_messages", line=item.line, limit=MAX_PER_SCOPE)
    return messages


def _words(found: Located | None, words: Words) -> dict[str, dict[str, str]]:
    """Return the words of each list by their form; one in both, or twice in one, counts where it is first."""
    lists = {} if found is None else _members(found, tuple(_WORDS))
    by_list: dict[str, dict[str, str]] = {name: {} for name in _WORDS}
    for name, kept in by_list.items():
        for item in _items(lists.get(name)):
            with _at(item.line):
                word = words.trimmed(_text(item))
            form = words.form(word)
            if any(form in known for known in by_list.values()):
                continue
            kept[form] = word
            if sum(map(len, by_list.values())) > MOST_WORDS:
                raise UserError("transfer.too_many_words", line=item.line, limit=MOST_WORDS)
    return by_list


def _settings(found: Located | None, check: Callable[[ScopePreferences], None]) -> Choices:
    members = {} if found is None else _members(found, _SETTINGS)
    settings: dict[str, object] = {}
    for name, member in members.items():
        settings[name] = _SETTINGS[name](member)
        with _at(member.line):
            check(replace(ScopePreferences(), **cast(Choices, {name: settings[name]})))
    return cast(Choices, settings)


def _switch(found: Located) -> bool:
    if not isinstance(found.value, bool):
        raise UserError("transfer.not_a_switch", line=found.line)
    return found.value


def _seconds(found: Located) -> int:
    if not isinstance(found.value, int) or isinstance(found.value, bool):
        raise UserError("transfer.not_a_number", line=found.line)
    return found.value


def _text_or_null(found: Located) -> str | None:
    if found.value is not None and not isinstance(found.value, str):
        raise UserError("transfer.not_a_text_or_null", line=found.line)
    return found.value


def _trigger(found: Located) -> StrEnum | None:
    return _one_of(found, *Trigger)


def _contributors(found: Located) -> StrEnum | None:
    return _one_of(found, *Contributors)


def _quotes(found: Located) -> StrEnum | None:
    return _one_of(found, *QuoteSource, None)


def _one_of(found: Located, *choices: StrEnum | None) -> StrEnum | None:
    for choice in choices:
        if found.value == choice:
            return choice
    raise UserError("transfer.not_a_choice", line=found.line, choices=_listed(map(json.dumps, choices)))


def _channels(found: Located) -> frozenset[int]:
    channels: set[int] = set()
    for item in _items(found):
        text = _text(item)
        if not re.fullmatch("[1-9][0-9]{0,18}", text) or int(text) > LARGEST_ID:
            raise UserError("transfer.not_a_channel", line=item.line)
        channels.add(int(text))
        if len(channels) > MOST_SILENCED:
            raise UserError("transfer.too_many_channels", line=item.line, limit=MOST_SILENCED)
    return frozenset(channels)


def _members(found: Located, known: Collection[str]) -> Mapping[str, Located]:
    """Return the members of an object, all of them known: a misspelt one would do nothing, and nobody would see."""
    if not isinstance(found.value, dict):
        raise UserError("transfer.not_an_object", line=found.line)
    for name, member in found.value.items():
        if name not in known:
            raise UserError("transfer.unknown_name", line=member.name_line, known=_listed(known))
    return found.value


def _items(found: Located | None) -> list[Located]:
    if found is None:
        return []
    if not isinstance(found.value, list):
        raise UserError("transfer.not_a_list", line=found.line)
    return found.value


def _text(found: Located) -> str:
    if not isinstance(found.value, str):
        raise UserError("transfer.not_a_text", line=found.line)
    return found.value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


@contextmanager
def _at(line: int) -> Iterator[None]:
    """Give the refusal of a rule the line that breaks it."""
    try:
        yield
    except UserError as error:
        if (key := _ON_A_LINE.get(error.key)) is None:
            raise
        raise UserError(key, line=line, **error.params) from None


_SETTINGS: Mapping[str, Callable[[Located], object]] = {
    "responding": _switch,
    "helplines": _switch,
    "country": _text_or_null,
    "locale": _text_or_null,
    "prefix": _text_or_null,
    "trigger": _trigger,
    "contributors": _contributors,
    "quotes": _quotes,
    "member_cooldown": _seconds,
    "channel_cooldown": _seconds,
    "silenced": _channels,
}
