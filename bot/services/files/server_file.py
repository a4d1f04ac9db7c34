"""The file that holds what a server has: its messages and its settings, and nobody's name."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.errors import UserError
from bot.models import Encouragement
from bot.services import located_json
from bot.services.encouragements import MAX_PER_SCOPE, NEVER_SAID, Encouragements, sameness_key
from bot.services.located_json import Located, expect_items, expect_members, expect_text
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import SETTINGS, Place, ScopePreferences, plain

FORMAT = "encourage-bot"
VERSION = 2
# Those that are read: the first had its words apart from the settings, and other names for some of these.
VERSIONS = (1, 2)

_SECTIONS = ("format", "version", "exported_at", "messages", "settings")
_SECTIONS_OF_1 = (*_SECTIONS, "words")
# What was one setting, and is a part of another.
_PARTS_OF_1 = {"member_cooldown": "member", "channel_cooldown": "channel"}
# What each refusal of a message is called when it is about a line of a file.
_ON_A_LINE = {
    "new.missing": "transfer.message_empty",
    "new.too_long": "transfer.message_too_long",
}


@dataclass(frozen=True, slots=True)
class ServerFile:
    """What a file brings: messages under what makes two of them the same, and the settings that it names.

    `messages_left_out` counts those that must not be said, which lists from before that rule may hold.
    """

    messages: Mapping[str, str]
    messages_left_out: int
    settings: Mapping[str, Any]

    def at(self, place: Place) -> "ServerFile":
        """Return it without the settings that there are not at a place."""
        return replace(
            self, settings={name: value for name, value in self.settings.items() if place in SETTINGS[name].where}
        )


def write(messages: Iterable[Encouragement], preferences: ScopePreferences, *, now: datetime) -> bytes:
    """Return the file, in UTF-8, with a line for each value."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now.isoformat(timespec="seconds"),
        "messages": [{"text": message.text} for message in messages],
        "settings": plain(preferences),
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def read(data: bytes, preferences: Preferences, encouragements: Encouragements, *, links: bool = False) -> ServerFile:
    """Return what a file brings, as far as these services let it; `links` lets its messages hold some, as it may do.

    Raises:
        UserError: the file is wrong; `line` says where.
    """
    root = located_json.read(data)
    is_old = _version(root) == 1
    sections = expect_members(root, _SECTIONS_OF_1 if is_old else _SECTIONS)
    if "exported_at" in sections:
        expect_text(sections["exported_at"])
    settings: Mapping[str, Located] = {}
    if "settings" in sections:
        settings = _with_their_names(sections["settings"]) if is_old else expect_members(sections["settings"], SETTINGS)
    if is_old and "words" in sections:
        settings = {**settings, "words": sections["words"]}
    chosen = {name: _setting(name, found, preferences) for name, found in settings.items()}
    links = links or bool(chosen.get("links"))
    messages, left_out = (
        _messages(sections["messages"], encouragements, links=links) if "messages" in sections else ({}, 0)
    )
    return ServerFile(messages=messages, messages_left_out=left_out, settings=chosen)


def _version(root: Located) -> int:
    """Return the file's version, and refuse what is no file of this bot or of a version that it does not know."""
    header = root.value if isinstance(root.value, dict) else {}
    name = header.get("format", root)
    if name.value != FORMAT:
        raise UserError("transfer.not_ours", line=name.line)
    version = header.get("version", root)
    if type(version.value) is not int or version.value not in VERSIONS:
        raise UserError("transfer.other_version", line=version.line, version=VERSION)
    return version.value


def _with_their_names(found: Located) -> dict[str, Located]:
    """Return the settings of a file of the first version by the names that they have now."""
    known = {former: name for name, row in SETTINGS.items() for former in row.formerly or (name,)}
    del known["cooldown"], known["words"]
    renamed: dict[str, Located] = {}
    pauses: dict[str, Located] = {}
    for name, member in expect_members(found, [*known, *_PARTS_OF_1]).items():
        if name in _PARTS_OF_1:
            pauses[_PARTS_OF_1[name]] = member
        else:
            renamed[known[name]] = member
    if pauses:
        line = min(member.line for member in pauses.values())
        renamed["cooldown"] = Located(pauses, line, line)
    return renamed


def _setting(name: str, found: Located, preferences: Preferences) -> Any:
    row = SETTINGS[name]
    value = row.kind.read(found, preferences.vocabulary)
    try:
        preferences.check_value(row, value)
    except UserError as error:
        raise UserError(f"settings.{name}.wrong", line=found.line, **error.params) from None
    return value


def _messages(found: Located, encouragements: Encouragements, *, links: bool) -> tuple[dict[str, str], int]:
    messages: dict[str, str] = {}
    left_out: set[str] = set()
    for item in expect_items(found):
        members = expect_members(item, ("text",))
        if "text" not in members:
            raise UserError("transfer.message_without_text", line=item.line)
        text = expect_text(members["text"])
        try:
            with _at(members["text"].line):
                text = encouragements.trimmed(text, links=links)
        except UserError as error:
            if error.key not in NEVER_SAID:
                raise
            left_out.add(sameness_key(text))
            continue
        messages.setdefault(sameness_key(text), text)
        if len(messages) > MAX_PER_SCOPE:
            raise UserError("transfer.too_many_messages", line=item.line, limit=MAX_PER_SCOPE)
    return messages, len(left_out)


@contextmanager
def _at(line: int) -> Iterator[None]:
    """Give the refusal of a message the line that breaks the rule."""
    try:
        yield
    except UserError as error:
        if (key := _ON_A_LINE.get(error.key)) is None:
            raise
        raise UserError(key, line=line, **error.params) from None
