"""Decides which messages call for an answer, by plain values, before anything is made of what Discord sends.

Most messages are nobody's business here; what they cost is what is done before that is known.
"""

from collections.abc import Callable, Container, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from bot.discord.in_flight import InFlight
from bot.discord.internals.typed import read_command
from bot.discord.voices import Voices
from bot.models import Platform, Scope
from bot.services.care import Care
from bot.services.feelings.reader import Feeling, Reading
from bot.services.settings.preferences import DEFAULTS, Preferences
from bot.services.settings.table import ScopePreferences

# Written by people: an ordinary message, and a reply.
# https://discord.com/developers/docs/resources/message#message-object-message-types
WRITTEN_BY_PEOPLE = (0, 19)


@dataclass(frozen=True, slots=True)
class Call:
    """What was learnt of a message that calls for an answer.

    `prefix` is what stands before a command, if there may be one; `reading` is what is to be answered, None where that
    depends on who gives the command.
    """

    scope: Scope
    preferences: ScopePreferences
    prefix: str | None
    reading: Reading | None


# What was learnt of the message that discord.py is told of, and so of the one that a task begins with; a scope: what
# it has chosen must be read first.
CALL: ContextVar[Call | Scope | None] = ContextVar("CALL", default=None)


class Gate:
    """Tells what calls for an answer.

    `commands` holds the names of all commands there are; `report` is told of what fails in the reading.
    """

    def __init__(
        self,
        care: Care,
        preferences: Preferences,
        voices: Voices,
        in_flight: InFlight,
        *,
        commands: Container[str],
        report: Callable[[Exception], object],
    ) -> None:
        self._care = care
        self._preferences = preferences
        self._voices = voices
        self._in_flight = in_flight
        self._commands = commands
        self._report = report
        self._mentions: tuple[str, ...] = ()

    def answer_to(self, user_id: int) -> None:
        """Take a message that begins by mentioning this user for one that may hold a command."""
        self._mentions = (f"<@{user_id}> ", f"<@!{user_id}> ")

    def lets_go(self, guild_id: int, author_id: int, content: str) -> bool:
        """Tell whether what a message says calls for nothing; whatever is raised, that is not known."""
        scope = Scope(Platform.DISCORD, guild_id)
        preferences = self._preferences.known(scope)
        if preferences is None or content.startswith((self._voices.prefix_in(preferences), *self._mentions)):
            return False
        return self._care.read(content, scope, preferences, author_id=author_id).feeling is Feeling.NONE

    def call_in(self, message: Mapping[str, Any]) -> Call | Scope | None:
        """Return what a message calls for, as Discord describes it, or the scope that it is from; None: nothing.

        Whatever is raised, the message makes no sense.
        """
        author = message["author"]
        if author.get("bot") or message["type"] not in WRITTEN_BY_PEOPLE or self._in_flight.stopping:
            return None
        if (webhook := message.get("webhook_id")) is not None and int(webhook):
            return None
        guild_id = message.get("guild_id")
        scope = Scope(Platform.DISCORD, int(message["channel_id"] if guild_id is None else guild_id))
        preferences = self._preferences.known(scope)
        # Where so much waits that nothing may join it, only who needs help is answered, and at once.
        crowded = self._in_flight.is_full
        if preferences is None and not crowded:
            return scope
        author_id = int(author["id"])
        return self.call_of(message["content"], scope, preferences or DEFAULTS, author_id=author_id, crowded=crowded)

    def call_of(
        self, content: str, scope: Scope, preferences: ScopePreferences, *, author_id: int, crowded: bool = False
    ) -> Call | None:
        """Return what a person's words call for in a scope of which all is known, perhaps while it is `crowded`."""
        prefix = self._voices.prefix_in(preferences)
        if not content.startswith((prefix, *self._mentions)):
            reading = self.read(content, scope, preferences, author_id=author_id, helplines_only=crowded)
            return None if reading.feeling is Feeling.NONE else Call(scope, preferences, None, reading)
        prefix = next((mention for mention in self._mentions if content.startswith(mention)), prefix)
        _, name = read_command(content, prefix)
        if name in self._commands:
            return Call(scope, preferences, prefix, None)
        # A prefix that ends in a letter may be how an ordinary word begins.
        only = crowded or (prefix not in self._mentions and not prefix[-1].isalnum())
        reading = self.read(content, scope, preferences, author_id=author_id, helplines_only=only)
        return None if reading.feeling is Feeling.NONE else Call(scope, preferences, prefix, reading)

    def read(
        self, content: str, scope: Scope, preferences: ScopePreferences, *, author_id: int, helplines_only: bool
    ) -> Reading:
        """Read a person's words as `Care.read` does; where a scope's choices make that fail, for danger."""
        try:
            return self._care.read(content, scope, preferences, author_id=author_id, helplines_only=helplines_only)
        except Exception as error:
            self._report(error)
            return self._care.read(content, scope, DEFAULTS, author_id=author_id, helplines_only=True)
