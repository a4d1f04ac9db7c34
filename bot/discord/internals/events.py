"""The one place that looks at what the gateway sends before anything else does, and drops what makes no sense.

discord.py believes whatever comes: an id that is none, or a text that is none, surfaces much later, in the middle of
whatever uses it. Discord adds and changes fields at any time
(https://discord.com/developers/docs/reference#api-versioning), so only what is used here is looked at.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import discord
from discord import app_commands
from discord.app_commands.namespace import Namespace

from bot.discord.gate import CALL, Gate
from bot.discord.internals import servers, shapes
from bot.discord.internals.glance import glance
from bot.errors import place_of

HOUR = 3_600.0
# What Discord allows a server: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
MOST_CHANNELS = 500
MOST_THREADS = 1_000
MOST_ROLES = 250

MESSAGE = "MESSAGE_CREATE"
# Nothing here uses any other.
USED: Mapping[str, Callable[[Any], bool]] = {
    MESSAGE: shapes.is_message,
    "INTERACTION_CREATE": shapes.is_interaction,
    "GUILD_CREATE": shapes.is_guild,
    "GUILD_UPDATE": shapes.is_guild,
    "GUILD_DELETE": shapes.has_id,
    "GUILD_ROLE_CREATE": shapes.is_role,
    "GUILD_ROLE_UPDATE": shapes.is_role,
    "GUILD_ROLE_DELETE": shapes.is_of_guild,
    "GUILD_MEMBER_UPDATE": shapes.is_of_guild,
    "CHANNEL_CREATE": shapes.is_channel,
    "CHANNEL_UPDATE": shapes.is_channel,
    "CHANNEL_DELETE": shapes.has_id,
    "THREAD_CREATE": shapes.is_channel,
    "THREAD_UPDATE": shapes.is_channel,
    "THREAD_DELETE": shapes.has_id,
    "THREAD_LIST_SYNC": shapes.is_of_guild,
}

Parse = Callable[[Any], None]

log = logging.getLogger(__name__)


class Messages:
    """Parses the messages in which the gate finds a call, or all of them where it `hears_all`.

    `parse` is discord.py's way, and `tell` is told of what can't be read.
    """

    def __init__(self, gate: Gate, parse: Parse, tell: Callable[[str, Exception], None]) -> None:
        self._gate = gate
        self._parse = parse
        self._tell = tell
        self.hears_all = False

    def __call__(self, data: Any) -> None:
        """Have a message parsed, unless it calls for nothing."""
        try:
            call = self._gate.call_in(data)
        except Exception as error:
            self._tell(MESSAGE, error)
            return
        if call is None and not self.hears_all:
            return
        before = CALL.set(call)
        try:
            self._parse(data)
        finally:
            CALL.reset(before)

    def lets_go(self, text: str) -> bool:
        """Tell whether the text of a frame already shows that the message in it calls for nothing."""
        if self.hears_all:
            return False
        try:
            glimpse = glance(text)
            return glimpse is not None and self._gate.lets_go(*glimpse)
        except Exception:
            # What is wrong with it shows when it is read.
            return False


class Looker:
    """Lets through what the bot uses and can read; says so once an hour for each kind of what is dropped.

    Of messages, these are the ones in which the gate finds a call. `clock` gives monotonic seconds.
    """

    def __init__(self, client: discord.Client, gate: Gate, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._told: dict[str, float] = {}
        parsers = client._connection.parsers
        # Without READY and RESUMED, sessions do not begin or go on: they are left as they are.
        self._dropped = {name: parsers.pop(name) for name in [*parsers] if name not in (*USED, "READY", "RESUMED")}
        for name, fits in USED.items():
            parse = self._sparing(parsers[name]) if name in ("GUILD_CREATE", "GUILD_UPDATE") else parsers[name]
            parsers[name] = self._careful(name, fits, parse)
        self._messages = parsers[MESSAGE] = Messages(gate, parsers[MESSAGE], self._tell_of_error)

    def let_through(self, name: str) -> None:
        """Let through all events of this name from now on.

        Raises:
            ValueError: the gateway has no event of this name.
        """
        if name == MESSAGE:
            self._messages.hears_all = True
        elif (parse := self._dropped.pop(name, None)) is not None:
            self._client._connection.parsers[name] = self._careful(name, lambda _: True, parse)
        elif name not in self._client._connection.parsers:
            raise ValueError(name)

    def _sparing(self, parse: Parse) -> Parse:
        def parse_what_counts(data: Any) -> None:
            parse(servers.only_what_counts(data, self._client._connection.self_id))
            guild = self._client.get_guild(int(data["id"]))
            if guild is not None:
                servers.share(guild)

        return parse_what_counts

    def _careful(self, name: str, fits: Callable[[Any], bool], parse: Parse) -> Parse:
        def parse_or_drop(data: Any) -> None:
            try:
                if fits(data) and self._has_room(name, data) and self._is_known(name, data):
                    parse(data)
                else:
                    self._tell(name, "its shape")
            except Exception as error:
                self._tell_of_error(name, error)

        return parse_or_drop

    def _tell_of_error(self, name: str, error: Exception) -> None:
        # The message of the error may hold what somebody wrote.
        self._tell(name, f"{type(error).__name__} in {place_of(error)}")

    def _tell(self, name: str, reason: str) -> None:
        now = self._clock()
        if now - self._told.get(name, -HOUR) >= HOUR:
            self._told[name] = now
            log.warning("an event %s can't be read (%s): dropped, as are others like it", name, reason)

    def _has_room(self, name: str, data: Any) -> bool:
        """Tell whether a server can have one more of what the event brings."""
        if name not in ("CHANNEL_CREATE", "THREAD_CREATE", "GUILD_ROLE_CREATE"):
            return True
        guild = self._client.get_guild(int(data["guild_id"]))
        if guild is None:
            return True
        match name:
            case "CHANNEL_CREATE":
                return len(guild._channels) < MOST_CHANNELS
            case "THREAD_CREATE":
                return len(guild._threads) < MOST_THREADS
            case _:
                return len(guild._roles) < MOST_ROLES

    def _is_known(self, name: str, data: Any) -> bool:
        """Tell whether all that an interaction comes with can be made into objects, and is what its command takes.

        discord.py does so later, in tasks of its own, where what fails is nobody's.
        """
        if name != "INTERACTION_CREATE":
            return True
        given = data["data"]
        interaction: Any = discord.Interaction(data=data, state=self._client._connection)
        if given.get("resolved"):
            Namespace._get_resolved_items(interaction, given["resolved"])
        # What discord.py can't read of a message, it leaves out.
        if interaction.message is not None and not hasattr(interaction.message, "components"):
            return False
        tree: Any = self._client._connection._command_tree
        if data["type"] != shapes.SLASH_COMMAND or tree is None:
            return True
        return _takes(tree.get_command(given["name"]), given.get("options") or ())


def _takes(command: object, options: Iterable[Mapping[str, Any]]) -> bool:
    for option in options:
        if isinstance(command, app_commands.Group):
            if not _takes(command.get_command(option["name"]), option.get("options") or ()):
                return False
        elif isinstance(command, app_commands.Command):
            kinds = {parameter.display_name: parameter.type.value for parameter in command.parameters}
            if kinds.get(option["name"], option["type"]) != option["type"]:
                return False
    return True
