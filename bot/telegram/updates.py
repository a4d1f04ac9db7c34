"""Takes out of an update what the bot looks at: nothing else in it can stand in the way then.

https://core.telegram.org/bots/api#update
"""

from collections.abc import Mapping
from typing import Any, TypeGuard

from telegram import Bot, Message, Update

# Everything else, Telegram keeps to itself.
ALLOWED_UPDATES = (
    *(Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER),
    Update.INLINE_QUERY,
)
OF_A_MESSAGE = (
    *("message_id", "date", "edit_date", "chat", "from", "sender_chat", "message_thread_id", "is_topic_message"),
    *("text", "entities", "caption", "caption_entities", "document"),
    *("is_automatic_forward", "migrate_to_chat_id", "migrate_from_chat_id", "forum_topic_created"),
)
MIGRATING = ("migrate_to_chat_id", "migrate_from_chat_id")
# Telegram tells them when a chat is left, or ends.
NOT_SPOKEN = ("left_chat_member", *MIGRATING)
# The date of a message of which Telegram shows nothing any more, such as an old one.
INACCESSIBLE = 0
# That something was forwarded is all that counts.
FORWARDED = {"type": "hidden_user", "sender_user_name": "", "date": 0}

Json = dict[str, Any]


def is_update(data: object) -> TypeGuard[Json]:
    """Tell whether this is an update: what makes one is its number."""
    return isinstance(data, dict) and type(data.get("update_id")) is int and 0 <= data["update_id"] < 2**63


def kind_of(data: Mapping[str, Any]) -> str | None:
    """Return which kind of update this is, or None for one that nobody asked for."""
    return next((kind for kind in ALLOWED_UPDATES if kind in data), None)


def chat_of(data: Mapping[str, Any]) -> int | None:
    """Return the id of the chat that an update is about, or None, of whatever shape it is.

    What somebody types in another chat, which is not told, is about the private one.
    """
    kind = kind_of(data)
    content = data[kind] if kind is not None else None
    if kind == Update.CALLBACK_QUERY and isinstance(content, dict):
        content = content.get("message")
    place = "from" if kind == Update.INLINE_QUERY else "chat"
    chat = content.get(place) if isinstance(content, dict) else None
    chat_id = chat.get("id") if isinstance(chat, dict) else None
    return chat_id if isinstance(chat_id, int) else None


def speaking_chat(content: Json, kind: str) -> int | None:
    """Return the id of the chat in which somebody has just said or clicked something; None for anything else."""
    if kind == Update.CALLBACK_QUERY:
        content = content.get("message") or {}
    elif kind not in (Update.MESSAGE, Update.EDITED_MESSAGE) or any(name in content for name in NOT_SPOKEN):
        return None
    return int(content["chat"]["id"]) if "chat" in content else None


def message_in(raw: Json, bot: Bot) -> Message:
    """Return a message with what the bot looks at.

    Raises:
        Exception: that has a shape of which the library knows nothing.
    """
    try:
        return Message.de_json(_kept(raw, with_answered=True), bot)
    except Exception:  # whatever is wrong with the message that it answers, this one is to be read
        return Message.de_json(_kept(raw), bot)


def update_in(data: Mapping[str, Any], kind: str, bot: Bot) -> Update:
    """Return an update of another kind than a message, with what the bot looks at.

    Raises:
        Exception: that has a shape of which the library knows nothing.
    """
    id, content = data["update_id"], data[kind]
    message = content.get("message")
    if not isinstance(message, dict):
        return Update.de_json({"update_id": id, kind: content}, bot)
    try:
        kept = _kept(message, with_answered=True)
        return Update.de_json({"update_id": id, kind: content | {"message": kept}}, bot)
    except Exception:
        return Update.de_json({"update_id": id, kind: content | {"message": _kept(message)}}, bot)


def is_clicked_button(click: Json) -> bool:
    """Tell whether the message of a click has such a button, as far as the message is shown to the bot.

    Telegram hands on whatever a client says was clicked: https://core.telegram.org/bots/api#callbackquery
    """
    message = click.get("message") or {}
    if message.get("date") == INACCESSIBLE:
        return True
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or ()
    return any(button.get("callback_data") == click.get("data") for row in rows for button in row)


def _kept(raw: Json, *, with_answered: bool = False) -> Json:
    kept = {name: raw[name] for name in OF_A_MESSAGE if name in raw}
    if "forward_origin" in raw:
        kept["forward_origin"] = FORWARDED
    if "via_bot" in raw:
        kept["via_bot"] = raw["via_bot"]
    answered = raw.get("reply_to_message")
    if with_answered and isinstance(answered, dict):
        kept["reply_to_message"] = _kept(answered)
    return kept
