"""The chat's own words: what counts as sad there, and what never does."""

from collections.abc import Awaitable, Callable

from bot.errors import UserError
from bot.models import Scope, Written
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import ScopePreferences
from bot.services.settings.words import WordEditor
from bot.telegram.command import Command
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.text.words import word_lines

Edit = Callable[[Scope, str], Awaitable[ScopePreferences]]

LIST = "list"


class ChatWords:
    """Adds, ignores, removes and shows words."""

    def __init__(self, words: WordEditor, preferences: Preferences, replies: Replies) -> None:
        self._preferences = preferences
        self._replies = replies
        self._edits: dict[str, tuple[Edit, str]] = {
            "add": (words.add, "words.added"),
            "ignore": (words.ignore, "words.ignored"),
            "remove": (words.remove, "words.removed"),
        }
        self.commands = {"words": Command(self._words, cites=True, for_admins=True)}

    async def _words(self, message: IncomingMessage) -> None:
        what, _, word = message.text.partition(" ")
        what, word = what.casefold(), word.strip()
        if what in ("", LIST):
            await self._show(message)
            return
        if what not in self._edits or not word:
            raise UserError("words.usage")
        edit, key = self._edits[what]
        await edit(message.scope, word)
        await self._replies.say(message, key, word=Written(word))

    async def _show(self, message: IncomingMessage) -> None:
        words, voice = (await self._preferences.get(message.scope)).words, message.voice
        lines = word_lines(voice, words)
        title = f"**{voice.text('words.title')}**"
        await self._replies.answer(message, "\n".join((title, *lines)) if lines else voice.text("words.none"))
