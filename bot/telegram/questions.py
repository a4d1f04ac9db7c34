"""A question before what can't be taken back, with two buttons that carry what it is about."""

import re
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.text.sentences import Voice

CLICK = re.compile(r"ask:(?P<name>[a-z]+):(?P<asker>-?[0-9]{1,20}):(?P<about>[0-9,]*):(?P<choice>yes|no)")

UNDO = re.compile(r"undel:(-?[0-9]{1,20}):([0-9]{1,19}(?:,[0-9]{1,19})*)")
# What a button can carry.
MOST_BYTES = 64


def undo(voice: Voice, asker_id: int, numbers: Sequence[int]) -> InlineKeyboardMarkup | None:
    """Return the button that takes a deletion back; None for more numbers than it can carry."""
    data = f"undel:{asker_id}:{','.join(map(str, numbers))}"
    if len(data) > MOST_BYTES:
        return None
    return InlineKeyboardMarkup.from_button(InlineKeyboardButton(voice.text("del.undo"), callback_data=data))


def keyboard(voice: Voice, name: str, asker_id: int, about: str = "", *, yes: str) -> InlineKeyboardMarkup:
    """Return both buttons; `yes` is the key of what the first says."""
    buttons = [
        InlineKeyboardButton(voice.text(key), callback_data=f"ask:{name}:{asker_id}:{about}:{choice}")
        for choice, key in (("yes", yes), ("no", "transfer.cancel"))
    ]
    return InlineKeyboardMarkup([buttons])
