"""The words of the command line, explained and refused in the operator's language."""

import argparse
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from bot import __version__
from bot.config import is_port
from bot.errors import ExitCode, StartError

PROGRAM = "python -m bot"
COMMANDS = ("run", "telegram", "try", "invite", "check", "backup", "copy")


def read(arguments: Sequence[str], text: Callable[[str], str]) -> argparse.Namespace:
    """Return the command and its options; `text` gives the sentences of the command line, by name.

    Raises:
        StartError: there is a word that does not exist, or a value that does not work.
        SystemExit: all that was asked for is the help or the version.
    """
    try:
        return _parser(text).parse_args(arguments)
    except _RefusedError as refusal:
        raise StartError(
            "start.bad_command_line", ExitCode.USAGE, given=" ".join([PROGRAM, *arguments]), usage=refusal.usage
        ) from None


class _RefusedError(Exception):
    """A line was not understood; `usage` is what would have been."""

    def __init__(self, usage: str) -> None:
        super().__init__(usage)
        self.usage = usage


class _Parser(argparse.ArgumentParser):
    """Says nothing by itself, as it would do so in English; its headings are in groups of ours for the same reason."""

    def error(self, message: str) -> NoReturn:
        raise _RefusedError(self.format_usage().rstrip())


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str, *, usage: str, **more: int) -> None:
        super().__init__(prog, **more)
        self._usage = usage

    def add_usage(self, usage, actions, groups, prefix=None) -> None:  # type: ignore[no-untyped-def]
        super().add_usage(usage, actions, groups, self._usage if prefix is None else prefix)


def _parser(text: Callable[[str], str]) -> _Parser:
    formatter = partial(_Formatter, usage=text("usage"))
    parser = _Parser(prog=PROGRAM, description=text("description"), add_help=False, formatter_class=formatter)
    commands = parser.add_subparsers(dest="command", metavar=" | ".join(COMMANDS), title=_title(text("commands")))
    options = _options(parser, text)
    options.add_argument("--version", action="version", version=f"Encourage Bot {__version__}", help=text("version"))

    def command(name: str) -> _Parser:
        return commands.add_parser(
            name, help=text(name), description=text(name), add_help=False, formatter_class=formatter
        )

    _options(command("run"), text)
    instead = _options(command("telegram"), text).add_mutually_exclusive_group()
    instead.add_argument("--poll", action="store_true", help=text("telegram_poll"))
    instead.add_argument("--delete-webhook", action="store_true", help=text("telegram_delete_webhook"))
    attempt = _options(command("try"), text)
    attempt.add_argument("--port", type=_port, default=0, metavar="PORT", help=text("try_port"))
    invite = command("invite")
    given = invite.add_argument_group(_title(text("arguments")))
    given.add_argument(
        "application",
        type=_application_id,
        nargs="?",
        metavar=text("invite_metavar"),
        help=text("invite_application"),
    )
    _options(invite, text)
    _options(command("check"), text)
    backup = command("backup")
    given = backup.add_argument_group(_title(text("arguments")))
    given.add_argument("file", type=Path, metavar=text("backup_metavar"), help=text("backup_file"))
    _options(backup, text)
    copying = command("copy")
    given = copying.add_argument_group(_title(text("arguments")))
    given.add_argument("target", metavar=text("copy_metavar"), help=text("copy_target"))
    _options(copying, text)
    return parser


def _options(parser: _Parser, text: Callable[[str], str]) -> argparse._ArgumentGroup:
    group = parser.add_argument_group(_title(text("options")))
    group.add_argument("-h", "--help", action="help", help=text("help"))
    return group


def _title(heading: str) -> str:
    """Return it without the colon that is put there anyway, but with the space that a language has before it."""
    return heading.removesuffix(":")


def _port(value: str) -> int:
    if not is_port(value):
        raise _bad_argument(value, "port")
    return int(value)


def _application_id(value: str) -> int:
    # As long as Discord's ids are, and will be: a shorter one makes a link that leads nowhere.
    if not re.fullmatch(r"[0-9]{15,20}", value):
        raise _bad_argument(value, "application")
    return int(value)


def _bad_argument(value: str, expected: str) -> StartError:
    return StartError("start.bad_argument", ExitCode.USAGE, value=value, expected=f"expected.{expected}")
