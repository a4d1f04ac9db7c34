"""All commands: which there are, who may give them where, and what the bot says of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from telegram import InlineKeyboardMarkup

from bot.errors import UserError
from bot.models import Written
from bot.services.settings.table import Place
from bot.services.settings.vocabulary import Vocabulary
from bot.telegram.admins import Administrators
from bot.telegram.command import Command
from bot.telegram.links import followed, in_private, link_to
from bot.telegram.reader import MENTION, UNKNOWN, IncomingMessage
from bot.telegram.replies import Replies
from bot.telegram.voices import place_of

# The setting whose command is easily taken for the one that shows the helplines.
HELPLINES = "helplines"
HELPLINE = "helpline"
HELP = "help"
LONGEST_NAME = 32


class Commands:
    """All commands, by name, in the order of the menu: those of each feature, and what explains them."""

    def __init__(
        self,
        replies: Replies,
        administrators: Administrators,
        vocabulary: Vocabulary,
        *features: Mapping[str, Command],
    ) -> None:
        self._replies = replies
        self._administrators = administrators
        self._vocabulary = vocabulary
        self.by_name: dict[str, Command] = {"start": Command(self._start, listed=False)}
        for commands in features:
            self.by_name |= commands
        self.by_name |= {
            "cancel": Command(self._cancel),
            HELP: Command(self._help, opened=self._help),
        }

    def offered(self, place: Place, *, for_admins: bool) -> Iterator[str]:
        """Return the names of the commands that are on the menu at a place: for everybody, or for administrators."""
        for name, command in self.by_name.items():
            if command.listed and place in command.where and (command.for_admins == for_admins):
                yield name

    async def cites(self, message: IncomingMessage) -> bool:
        """Tell whether what follows the command is an example; of who may not give it, it is meant as it is said."""
        command = self.by_name.get(message.command or "")
        if command is None or not command.cites:
            return False
        try:
            return not command.for_admins or await self._administrators.wrote(message)
        except UserError:
            return False

    def is_always_answered(self, message: IncomingMessage) -> bool:
        """Tell whether nothing may stand in the way of the command, because it helps."""
        command = self.by_name.get(message.command or "")
        return message.is_urgent or (command is not None and command.always)

    async def run(self, message: IncomingMessage) -> None:
        """Carry out the command that was given.

        Raises:
            UserError: it is for groups, or their administrators, or not possible as it was given.
        """
        if message.command in (UNKNOWN, MENTION):
            await self._hint(message)
            return
        command = self.by_name[message.command or ""]
        if place_of(message.chat.id) not in command.where:
            raise UserError("telegram.groups_only")
        if command.for_admins and not await self._may_give(message):
            if not self._asks_for_helplines(message):
                raise UserError("telegram.admins_only")
            command = self.by_name[HELPLINE]
        await command.run(message)

    async def _may_give(self, message: IncomingMessage) -> bool:
        try:
            return await self._administrators.wrote(message)
        except UserError:
            if self._asks_for_helplines(message):
                return False
            raise

    def _asks_for_helplines(self, message: IncomingMessage) -> bool:
        """Tell whether somebody who may not choose a setting looks for help."""
        return message.command == HELPLINES and not self._vocabulary.is_switch(message.text)

    async def _start(self, message: IncomingMessage) -> None:
        name, argument = followed(message.text)
        command = self.by_name.get(name)
        if message.is_private and command is not None and command.opened is not None:
            await command.opened(replace(message, command=name, text=argument))
            return
        await self._replies.say(message, "telegram.starting")
        await self._replies.answer(message, "\n".join(map(message.voice.text, ("telegram.about", "telegram.more"))))

    async def _cancel(self, message: IncomingMessage) -> None:
        await self._replies.say(message, "transfer.cancelled")

    async def _hint(self, message: IncomingMessage) -> None:
        key = "telegram.unknown_command" if message.command == UNKNOWN else "telegram.mentioned"
        await self._replies.answer(message, message.voice.text(key), keyboard=self._more(message))

    async def _help(self, message: IncomingMessage) -> None:
        voice, place = message.voice, place_of(message.chat.id)
        if message.text and message.command == HELP:
            await self._explain(message)
            return
        lines = [f"**{voice.text('help.title')}**", voice.text("telegram.about"), ""]
        for for_admins in (False, True):
            if for_admins:
                lines += ["", voice.text("help.manage_guild")]
            lines += (
                f"/{voice.text(f'commands.{name}.usage')} — {voice.text(f'commands.{name}.summary')}"
                for name in self.offered(place, for_admins=for_admins)
                if name != HELP
            )
        if not message.is_private and not await self._sees_everything(message):
            lines += ["", voice.text("telegram.privacy_mode")]
        await self._replies.answer(message, "\n".join(lines), keyboard=self._more(message))

    async def _explain(self, message: IncomingMessage) -> None:
        """Explain one command, with an example."""
        voice = message.voice
        typed = message.text.casefold().split()[0]
        name = typed.lstrip("/").partition("@")[0]
        if name not in self.by_name or not self.by_name[name].listed:
            raise UserError("help.unknown", name=Written(typed[:LONGEST_NAME]))
        usage, summary, example = (voice.text(f"commands.{name}.{what}") for what in ("usage", "summary", "example"))
        entry = voice.text("help.entry", summary=summary, example=f"/{example}")
        await self._replies.answer(message, f"**/{usage}**\n{entry}")

    def _more(self, message: IncomingMessage) -> InlineKeyboardMarkup | None:
        """Return a button to the help in private, for a group."""
        if message.is_private:
            return None
        return in_private(message.voice, link_to(self._replies.bot.username, HELP))

    async def _sees_everything(self, message: IncomingMessage) -> bool:
        """Tell whether the bot is given all messages of the group: privacy mode is off, or it is administrator."""
        bot = self._replies.bot
        if bot.can_read_all_group_messages:
            return True
        try:
            return await self._administrators.has(message.chat.id, bot.id)
        except UserError:
            return False
