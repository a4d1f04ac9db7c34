"""A question before what can't be taken back, with two buttons that carry what it is about."""

import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.text.sentences import Voice

CLICK = re.compile(r"ask:(?P<name>[a-z]+):(?P<asker>-?[0-9]{1,20}):(?P<about>[0-9,]*):(?P<choice>yes|no)")


def keyboard(voice: Voice, name: str, asker_id: int, about: str = "", *, yes: str) -> InlineKeyboardMarkup:
    """Return both buttons; `yes` is the key of what the first says."""
    buttons = [
        InlineKeyboardButton(voice.text(key), callback_data=f"ask:{name}:{asker_id}:{about}:{choice}")
        for choice, key in (("yes", yes), ("no", "transfer.cancel"))
    ]
    return InlineKeyboardMarkup([buttons])
