"""Reads a typed command as discord.py does, without asking for the prefixes again that led here."""

from discord.ext.commands.view import StringView


def read_command(content: str, prefix: str) -> tuple[StringView, str]:
    """Return what follows the command in a message that begins with `prefix`, and the command's name."""
    view = StringView(content)
    view.skip_string(prefix)
    view.skip_ws()
    return view, view.get_word()
