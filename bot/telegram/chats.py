"""What the bot hears in a chat: who wrote what, where, and what that calls for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from telegram import Chat, Message, MessageEntity, User
from telegram.constants import ChatType

from bot.models import Author, Person, Platform, Scope, ScopePreferences
from bot.services import Services
from bot.services.feelings.reader import Feeling
from bot.text.sentences import Texts, Voice

# Shown apart from what the author says, or said by somebody else: what Discord's marks are taken out for, too.
NOT_OWN_WORDS = (
    MessageEntity.BLOCKQUOTE,
    MessageEntity.EXPANDABLE_BLOCKQUOTE,
    MessageEntity.CODE,
    MessageEntity.PRE,
    MessageEntity.SPOILER,
)


class TelegramVoice(Voice):
    """Says a sentence in Telegram's own words where there are some, under the same key below `telegram`."""

    def text(self, key: str, /, **params: object) -> str:
        """Return a sentence; `{prefix}` is always known."""
        own = f"telegram.{key}"
        return super().text(own if self.texts.has(self.locale, own) else key, **params)


class Due(StrEnum):
    """What a message calls for."""

    NOTHING = "nothing"
    COMMAND = "command"
    KIND_WORD = "kind word"
    HELPLINES = "helplines"


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that a person wrote; `command` is the one given to this bot, and `text` what follows it, or all."""

    message: Message
    author: Author
    preferences: ScopePreferences
    voice: Voice
    command: str | None
    text: str
    due: Due

    @property
    def chat(self) -> Chat:
        """Return where it was written."""
        return self.message.chat

    @property
    def scope(self) -> Scope:
        """Return the scope of the chat."""
        return scope_of(self.chat)

    @property
    def person(self) -> Person:
        """Return who wrote it."""
        return Person(Platform.TELEGRAM, self.author.id)

    @property
    def is_private(self) -> bool:
        """Tell whether nobody but the author and the bot is there."""
        return is_private(self.chat)


class Ear:
    """Reads messages; `commands` tells of each command whether what follows it is cited, and so no call for help."""

    def __init__(self, services: Services, texts: Texts, locale: str, commands: Mapping[str, bool]) -> None:
        self._services = services
        self._texts = texts
        self._locale = locale
        self._commands = commands

    async def hear(self, message: Message, username: str) -> Heard | None:
        """Return what was heard; None when it is not a person who says it. No chatter touches the disk here."""
        author = author_of(message)
        if author is None:
            return None
        scope = scope_of(message.chat)
        preferences = self._services.preferences.known(scope)
        if preferences is None:
            preferences = await self._services.preferences.get_or_default(scope)
        name, text = _command(message, username)
        feeling = Feeling.NONE
        if not (name and self._commands.get(name)):
            feeling = self._services.care.feeling(own_words(message), scope, preferences, author_id=author.id)
        return Heard(
            message=message,
            author=author,
            preferences=preferences,
            voice=self.voice(message.chat, preferences, message.from_user),
            command=name,
            text=text,
            due=self._due(name, feeling),
        )

    def _due(self, name: str | None, feeling: Feeling) -> Due:
        # Whatever else it asks for, and of whomever, a message may be a call for help.
        if feeling.calls_for_helplines:
            return Due.HELPLINES
        if name is None:
            return Due.KIND_WORD if feeling is Feeling.SAD else Due.NOTHING
        return Due.COMMAND if name in self._commands else Due.NOTHING

    def voice(self, chat: Chat, preferences: ScopePreferences, person: User | None) -> Voice:
        """Return how to speak in a chat: as it has chosen, or alone with somebody as that person's Telegram does."""
        own = person.language_code if person is not None and is_private(chat) else None
        locale = preferences.locale or (self._texts.match(own) if own else None) or self._locale
        return TelegramVoice(self._texts, locale, prefix="/")

    async def voice_in(self, chat: Chat, person: User | None) -> Voice:
        """Return how to speak in a chat whose preferences are yet to be read."""
        return self.voice(chat, await self._services.preferences.get_or_default(scope_of(chat)), person)


def scope_of(chat: Chat) -> Scope:
    """Return the scope of a chat; that of a private one has the person's id."""
    return Scope(Platform.TELEGRAM, chat.id)


def is_private(chat: Chat) -> bool:
    """Tell whether somebody is alone with the bot here."""
    return chat.type == ChatType.PRIVATE


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


def own_words(message: Message) -> str:
    """Return what a message says in its author's own words: without quotes, code and what is hidden."""
    text = (message.text or message.caption or "").encode("utf-16-le")
    kept, end = bytearray(), 0
    for entity in (*message.entities, *message.caption_entities):
        if entity.type in NOT_OWN_WORDS and entity.offset * 2 >= end:
            kept += text[end : entity.offset * 2] + " ".encode("utf-16-le")
            end = (entity.offset + entity.length) * 2
    return (bytes(kept) + text[end:]).decode("utf-16-le", "replace")


def _command(message: Message, username: str) -> tuple[str | None, str]:
    """Return the command that a message begins with, empty when it is another bot's, and what follows it."""
    text = message.text or ""
    first = next(iter(message.entities), None)
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset != 0:
        return None, text
    name, _, addressee = text[1 : first.length].partition("@")
    ours = not addressee or addressee.casefold() == username.casefold()
    return name.lower() if ours else "", text[first.length :].strip()
