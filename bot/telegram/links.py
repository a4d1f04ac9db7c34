"""Links that open the private chat with the bot, and have `/start` do there what they name.

https://core.telegram.org/bots/features#deep-linking
"""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.helpers import create_deep_linked_url

from bot.text.sentences import Voice

SEPARATOR = "-"


def link_to(username: str, name: str = "", argument: object = "") -> str:
    """Return the address that opens the private chat, where a command is carried out if one is named."""
    return create_deep_linked_url(username, SEPARATOR.join(map(str, filter(None, (name, argument)))))


def followed(payload: str) -> tuple[str, str]:
    """Return the command that a link names, and its argument."""
    name, _, argument = payload.partition(SEPARATOR)
    return name, argument


def argument_of(address: str) -> str:
    """Return the argument in an address that `link_to` gave."""
    return followed(address.partition("?start=")[2])[1]


def in_private(voice: Voice, address: str) -> InlineKeyboardMarkup:
    """Return a button that opens the private chat."""
    return InlineKeyboardMarkup.from_button(InlineKeyboardButton(voice.text("crisis.button"), url=address))
