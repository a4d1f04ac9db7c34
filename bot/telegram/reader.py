"""Reads messages: who wrote what, where, and what that calls for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telegram import Bot, Chat, Message, MessageEntity
from telegram.constants import ChatType

from bot.models import Author, Person, Platform, Scope
from bot.services import Services
from bot.services.care import Incoming
from bot.services.feelings.reader import Feeling, Reading
from bot.services.feelings.readings import NOTHING
from bot.services.settings.table import ScopePreferences
from bot.telegram.links import followed
from bot.telegram.prompts import Prompts
from bot.telegram.updates import Json, message_in
from bot.telegram.voices import Voices, is_private
from bot.text.sentences import Voice

# What nobody can type as a command: that the one typed is unknown, and that the bot was mentioned.
UNKNOWN = "?"
MENTION = "@"
ASKING_FOR_HELPLINES = ("helpline", "helplines")
# Shown apart from what the author says, or said by somebody else: what Discord's marks are taken out for, too.
NOT_OWN_WORDS = (
    MessageEntity.BLOCKQUOTE,
    MessageEntity.EXPANDABLE_BLOCKQUOTE,
    MessageEntity.CODE,
    MessageEntity.PRE,
    MessageEntity.SPOILER,
)


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A person's message that calls for something, as Telegram has sent it (`original`) and with what was read in it.

    `command` is the one to carry out, `text` what follows it; a feeling that was read is to be answered first.
    """

    original: Message
    author: Author
    incoming: Incoming
    voice: Voice
    command: str | None
    text: str

    @property
    def chat(self) -> Chat:
        """Return where it was written."""
        return self.original.chat

    @property
    def scope(self) -> Scope:
        """Return the scope of the chat."""
        return self.incoming.scope

    @property
    def preferences(self) -> ScopePreferences:
        """Return what the chat has chosen."""
        return self.incoming.preferences

    @property
    def person(self) -> Person:
        """Return who wrote it."""
        return Person(Platform.TELEGRAM, self.author.id)

    @property
    def is_urgent(self) -> bool:
        """Tell whether its answer says who listens, and so must wait behind nothing else."""
        asked = followed(self.text)[0] if self.command == "start" else self.command
        return asked in ASKING_FOR_HELPLINES or self.incoming.feeling.calls_for_helplines

    @property
    def is_private(self) -> bool:
        """Tell whether nobody but the author and the bot is there."""
        return is_private(self.chat)

    @property
    def is_anonymous(self) -> bool:
        """Tell whether it was written in the name of the group or of a channel, which hides whose it is."""
        return self.original.sender_chat is not None


@dataclass(frozen=True, slots=True)
class Call:
    """What was learnt of a message that calls for something, before anything is made of it."""

    scope: Scope
    preferences: ScopePreferences
    reading: Reading
    command: str | None
    text: str


class MessageReader:
    """Reads messages; `commands` tells of each command whether what follows it is cited, and so no call for help."""

    def __init__(self, services: Services, voices: Voices, commands: Mapping[str, bool]) -> None:
        self._care = services.care
        self._preferences = services.preferences
        self._voices = voices
        self._prompts = Prompts(voices)
        self._commands = commands

    def call_in(self, raw: Json, bot: Bot, *, edited: bool = False) -> Call | Scope | None:
        """Return what a message calls for, or the scope whose choices must be read first; None: nothing.

        Of one that was `edited`, only a call for help is read: the rest was answered before.

        Raises:
            Exception: it has a shape of which nobody knows.
        """
        chat, author_id = raw["chat"], _author_id(raw)
        if author_id is None:
            return None
        scope = Scope(Platform.TELEGRAM, chat["id"])
        preferences = self._preferences.known(scope)
        if preferences is None:
            return scope
        return self._call_of(raw, bot, scope, preferences, author_id=author_id, edited=edited)

    async def read(self, raw: Json, call: Call | Scope, bot: Bot, *, edited: bool = False) -> IncomingMessage | None:
        """Return the message in which `call_in` has found this; None, if it calls for nothing after all.

        Raises:
            Exception: it has a shape of which nobody knows.
        """
        if isinstance(call, Scope):
            preferences, author_id = await self._preferences.get_or_default(call), _author_id(raw)
            assert author_id is not None
            found = self._call_of(raw, bot, call, preferences, author_id=author_id, edited=edited)
            if found is None:
                return None
            call = found
        original = message_in(raw, bot)
        author = author_of(original)
        if author is None:
            return None
        voice = self._voices.voice(original.chat, call.preferences, original.from_user)
        incoming = Incoming(call.scope, author.id, (call.scope.id,), call.preferences, voice.locale, call.reading)
        return IncomingMessage(original, author, incoming, voice, call.command, call.text)

    def _call_of(
        self, raw: Json, bot: Bot, scope: Scope, preferences: ScopePreferences, *, author_id: int, edited: bool
    ) -> Call | None:
        name, text = self._asked(raw, bot)
        reading = NOTHING
        if not (name and self._commands.get(name)):
            in_command = edited or name not in (None, MENTION)
            reading = self._care.read(
                own_words(raw), scope, preferences, author_id=author_id, helplines_only=in_command
            )
        # Whoever says how he or she is calls the bot for that, and needs no hint.
        asked = name == UNKNOWN or (name == MENTION and reading.feeling is Feeling.NONE)
        command = name if (name in self._commands or asked) and not edited else None
        if command is None and reading.feeling is Feeling.NONE:
            return None
        return Call(scope, preferences, reading, command, text)

    def _asked(self, raw: Json, bot: Bot) -> tuple[str | None, str]:
        """Return what a message asks for: a command, the one whose question it answers, or nothing but attention."""
        name, text = _command(raw, bot.username)
        if name is None:
            if (answered := self._prompts.answered(raw, bot.id)) is not None:
                return answered
            return (MENTION if _mentions(raw, bot.username) else None), text
        # Alone with somebody, whatever looks like a command is meant for the bot.
        if name and name not in self._commands and raw["chat"]["type"] == ChatType.PRIVATE:
            return UNKNOWN, text
        return name, text


def author_of(message: Message) -> Author | None:
    """Return who wrote a message; None for a bot, a forward, and what a channel posts in its group by itself.

    Somebody who writes as the group or as a channel goes by that one's id and name.
    """
    if message.forward_origin or message.via_bot or message.is_automatic_forward:
        return None
    if message.sender_chat is not None:
        return Author(message.sender_chat.id, message.sender_chat.effective_name or "")
    if message.from_user is None or message.from_user.is_bot:
        return None
    return Author(message.from_user.id, message.from_user.full_name)


def _author_id(raw: Json) -> int | None:
    """Return the id of what `author_of` returns, before anything is made of the message."""
    if "forward_origin" in raw or "via_bot" in raw or raw.get("is_automatic_forward"):
        return None
    writer = raw.get("sender_chat") or raw.get("from")
    if writer is None or ("sender_chat" not in raw and writer["is_bot"]):
        return None
    return int(writer["id"])


def own_words(raw: Json) -> str:
    """Return what a message says in its author's own words: without quotes, code and what is hidden."""
    entities = [entity for entity in _entities(raw) if entity["type"] in NOT_OWN_WORDS]
    written = _written(raw)
    if not entities and written.isascii():
        return written
    text = written.encode("utf-16-le", "surrogatepass")
    kept, end = bytearray(), 0
    for entity in entities:
        if entity["offset"] * 2 >= end:
            kept += text[end : entity["offset"] * 2] + " ".encode("utf-16-le")
            end = (entity["offset"] + entity["length"]) * 2
    return (bytes(kept) + text[end:]).decode("utf-16-le", "replace")


def _written(raw: Json) -> str:
    return raw.get("text") or raw.get("caption") or ""


def _entities(raw: Json) -> Sequence[Json]:
    return raw.get("entities") or raw.get("caption_entities") or ()


def _command(raw: Json, username: str) -> tuple[str | None, str]:
    """Return the command that a message begins with, empty when it is another bot's, and what follows it."""
    text = _written(raw)
    first = next(iter(_entities(raw)), None)
    if first is None or first["type"] != MessageEntity.BOT_COMMAND or first["offset"] != 0:
        return None, text
    name, _, addressee = text[1 : first["length"]].partition("@")
    ours = not addressee or addressee.casefold() == username.casefold()
    return name.lower() if ours else "", text[first["length"] :].strip()


def _mentions(raw: Json, username: str) -> bool:
    """Tell whether a message names the bot; what stands in a quote is said to somebody else."""
    if not any(entity["type"] == MessageEntity.MENTION for entity in _entities(raw)):
        return False
    return re.search(rf"@{re.escape(username)}(?!\w)", own_words(raw), re.IGNORECASE) is not None
