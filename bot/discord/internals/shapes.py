"""What the fields that the bot uses look like in what Discord sends; each function takes anything at all.

https://discord.com/developers/docs/events/gateway-events
"""

import re
import time
from collections.abc import Callable
from typing import Any

# Kinds of interactions.
SLASH_COMMAND, CLICK, COMPLETION, FORM = 2, 3, 4, 5
# Kinds of commands: typed after `/`, and in the menus of a member and of a message.
TYPED, OF_MEMBER, OF_MESSAGE = 1, 2, 3
# What is given to a command, but for a command below it and a group of these:
# https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-type
GROUPS = (1, 2)

ID_DIGITS = 19
MOST_ID = 2**63
# How Discord counts time in ids: milliseconds since 2015, in all but the last 22 bits.
EPOCH_SECONDS = 1_420_070_400
DAY = 86_400
# It becomes part of an address.
_TOKEN = re.compile(r"[A-Za-z0-9._~=+-]{1,1000}")


def is_id(value: Any) -> bool:
    """Tell whether this is an id, which a database can hold too."""
    if type(value) is not str or not value.isdecimal() or not value.isascii():
        return False
    return len(value) < ID_DIGITS or (len(value) == ID_DIGITS and int(value) < MOST_ID)


def has_id(data: Any) -> bool:
    """Tell whether this has an id, and perhaps that of a server."""
    return type(data) is dict and is_id(data.get("id")) and _maybe(is_id, data, "guild_id")


def is_of_guild(data: Any) -> bool:
    """Tell whether this belongs to a server."""
    return type(data) is dict and is_id(data.get("guild_id"))


def is_guild(data: Any) -> bool:
    """Tell whether this is a server, made in the past."""
    if not has_id(data) or (int(data["id"]) >> 22) / 1_000 + EPOCH_SECONDS > time.time() + DAY:
        return False
    channels = [*(data.get("channels") or ()), *(data.get("threads") or ())]
    return all(map(_is_inner_channel, channels)) and all(map(has_id, data.get("roles") or ()))


def is_role(data: Any) -> bool:
    """Tell whether this brings a role of a server."""
    return is_of_guild(data) and has_id(data.get("role"))


def is_channel(data: Any) -> bool:
    """Tell whether this is a channel or a thread of a server."""
    return is_of_guild(data) and _is_inner_channel(data)


def _is_inner_channel(data: Any) -> bool:
    return has_id(data) and _is_int(data.get("type")) and _maybe(is_id, data, "parent_id")


def is_message(data: Any) -> bool:
    """Tell whether this is a message whose author and place are known."""
    if type(data) is not dict or not (is_id(data.get("id")) and is_id(data.get("channel_id"))):
        return False
    if type(data.get("content")) is not str or not _is_int(data.get("type")) or not _is_user(data.get("author")):
        return False
    if not _maybe(is_id, data, "guild_id") or not _maybe(is_id, data, "webhook_id"):
        return False
    # discord.py looks for the server of a member, and stumbles where there is none.
    return "member" not in data or (data.get("guild_id") is not None and _is_member(data["member"]))


def is_interaction(data: Any) -> bool:
    """Tell whether this is a command, a click or a form of somebody who is known, in a place that is known."""
    if not has_id(data) or not is_id(data.get("application_id")) or not _is_int(data.get("type")):
        return False
    token, locale, kind = data.get("token"), data.get("locale"), _KINDS.get(data["type"])
    if type(token) is not str or not _TOKEN.fullmatch(token) or type(locale) is not str or kind is None:
        return False
    if not _is_inner_channel(data.get("channel")) or not _maybe(is_id, data, "channel_id"):
        return False
    if not _maybe(_is_text, data, "guild_locale") or not _maybe(is_message_of_click, data, "message"):
        return False
    return _is_somebody(data) and type(data.get("data")) is dict and kind(data["data"])


def is_message_of_click(data: Any) -> bool:
    """Tell whether this is a message that may hold buttons."""
    return is_message(data) and type(data.get("components", [])) is list


def _is_somebody(data: dict[str, Any]) -> bool:
    """Tell whether a member of the server, or a user in private, is behind an interaction."""
    if data.get("guild_id") is None:
        return "member" not in data and _is_user(data.get("user"))
    member: Any = data.get("member")
    return _is_member(member) and _is_user(member.get("user")) and _maybe(_is_number, member, "permissions")


def _is_user(data: Any) -> bool:
    if type(data) is not dict or not is_id(data.get("id")) or type(data.get("username")) is not str:
        return False
    # discord.py looks for these two, and takes a message without them for one that nobody wrote.
    if type(data.get("discriminator")) is not str or "avatar" not in data or not _maybe(_is_text, data, "avatar"):
        return False
    return _maybe(_is_text, data, "global_name") and _maybe(_is_switch, data, "bot")


def _is_member(data: Any) -> bool:
    if type(data) is not dict or type(data.get("roles")) is not list or not _maybe(_is_text, data, "nick"):
        return False
    return all(map(is_id, data["roles"]))


def _is_command(data: dict[str, Any]) -> bool:
    if not is_id(data.get("id")) or type(data.get("name")) is not str:
        return False
    if not _maybe(_is_resolved, data, "resolved") or not _has_target(data):
        return False
    return _are_options(data.get("options", []), _is_value)


def _has_target(data: dict[str, Any]) -> bool:
    """Tell whether a command from a menu comes with what the menu was opened on."""
    kind, target = data.get("type"), data.get("target_id")
    if not _is_int(kind) or kind not in (TYPED, OF_MEMBER, OF_MESSAGE):
        return False
    found = (data.get("resolved") or {}).get({OF_MEMBER: "users", OF_MESSAGE: "messages"}.get(kind, "")) or {}
    return (kind == TYPED) == (target is None) and (kind == TYPED or (is_id(target) and target in found))


def _is_resolved(data: Any) -> bool:
    """Tell whether this describes what a command is given by ids."""
    if type(data) is not dict:
        return False
    return all(data.get(name) is None or _are_by_id(fits, data[name]) for name, fits in _RESOLVED.items())


def _are_by_id(fits: Callable[[Any], bool], values: Any) -> bool:
    return type(values) is dict and all(map(is_id, values)) and all(map(fits, values.values()))


def _is_resolved_channel(data: Any) -> bool:
    return _is_inner_channel(data) and type(data.get("name")) is str and _is_number(data.get("permissions"))


def _is_attachment(data: Any) -> bool:
    if not has_id(data) or not _is_int(data.get("size")):
        return False
    return all(type(data.get(name)) is str for name in ("filename", "url", "proxy_url"))


def _is_completion(data: dict[str, Any]) -> bool:
    # What is being typed is text, whatever will be made of it.
    if data.get("type") != TYPED or type(data.get("name")) is not str:
        return False
    return _are_options(data.get("options", []), lambda *_: True)


def _are_options(data: Any, fits: Callable[[int, Any], bool]) -> bool:
    if type(data) is not list:
        return False
    for option in data:
        if type(option) is not dict or type(option.get("name")) is not str or not _is_int(option.get("type")):
            return False
        if option["type"] in GROUPS:
            if not _are_options(option.get("options", []), fits):
                return False
        elif "value" not in option or not fits(option["type"], option["value"]):
            return False
    return True


def _is_value(kind: int, value: Any) -> bool:
    match kind:
        case 3:  # a text
            return type(value) is str
        case 4:  # a whole number
            return _is_int(value) and abs(value) < MOST_ID
        case 5:
            return type(value) is bool
        case 10:
            return type(value) in (int, float)
        case _:
            return is_id(value)


def _is_click(data: dict[str, Any]) -> bool:
    values = data.get("values", [])
    texts = type(values) is list and all(map(_is_text, values))
    return type(data.get("custom_id")) is str and _is_int(data.get("component_type")) and texts


def _is_form(data: dict[str, Any]) -> bool:
    return type(data.get("custom_id")) is str and _are_components(data.get("components"))


def _are_components(data: Any) -> bool:
    if type(data) is not list:
        return False
    for component in data:
        if type(component) is not dict or not _is_int(component.get("type")):
            return False
        if not _are_components(component.get("components", [])) or not _maybe(_is_text, component, "value"):
            return False
    return True


def _maybe(fits: Callable[[Any], bool], data: dict[str, Any], name: str) -> bool:
    """Tell whether a field is absent, or null, or as it should be."""
    value = data.get(name)
    return value is None or fits(value)


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and type(value) is not bool


def _is_switch(value: Any) -> bool:
    return type(value) is bool


def _is_number(value: Any) -> bool:
    return type(value) is str and value.isascii() and value.isdigit() and len(value) < 30


_RESOLVED: dict[str, Callable[[Any], bool]] = {
    "messages": is_message,
    "channels": _is_resolved_channel,
    "attachments": _is_attachment,
    "users": _is_user,
    "members": _is_member,
    "roles": has_id,
}
_KINDS: dict[int, Callable[[dict[str, Any]], bool]] = {
    SLASH_COMMAND: _is_command,
    CLICK: _is_click,
    COMPLETION: _is_completion,
    FORM: _is_form,
}
