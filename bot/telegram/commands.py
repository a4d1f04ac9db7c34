"""The commands: each turns a message into plain values, calls one service method, and sends the result."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from telegram.error import Forbidden

from bot.errors import UserError
from bot.models import Scope
from bot.services import Services
from bot.services.encouragements import MAX_NUMBER
from bot.services.files.personal_file import personal_file
from bot.telegram import lists
from bot.telegram.admins import Administrators
from bot.telegram.reader import LINES, IncomingMessage
from bot.telegram.replies import Replies
from bot.telegram.settings import ChatSettings
from bot.text.helplines import all_lines, requested_lines
from bot.text.privacy import forgotten_text, kept_text
from bot.text.quotes import quote_text
from bot.text.readings import explanation

FILENAME = "encourage-bot.json"


@dataclass(frozen=True, slots=True)
class Command:
    """What a command does; what follows one that `cites` is an example, and says nothing of the author."""

    run: Callable[[IncomingMessage], Awaitable[None]]
    cites: bool = False
    for_admins: bool = False


# The setting whose command is easily taken for the one that shows the helplines.
HELPLINES = "helplines"


class Commands:
    """All commands, by name, in the order of the menu."""

    def __init__(
        self,
        services: Services,
        replies: Replies,
        administrators: Administrators,
        settings: ChatSettings,
        *,
        privacy_url: str | None,
    ) -> None:
        self._services = services
        self._replies = replies
        self._administrators = administrators
        self._privacy_url = privacy_url
        self.by_name = {
            "start": Command(self._start),
            "hello": Command(self._hello),
            "inspire": Command(self._inspire),
            "new": Command(self._new),
            "list": Command(self._list),
            "del": Command(self._delete),
            "helpline": Command(self._helpline),
            "test": Command(self._test, cites=True),
            "optout": Command(self._opt_out),
            "optin": Command(self._opt_in),
            "privacy": Command(self._privacy),
            "help": Command(self._help),
            "settings": Command(settings.show, for_admins=True),
            **{
                name: Command(partial(settings.choose, setting=row), for_admins=True)
                for name, row in settings.by_name.items()
            },
        }

    async def run(self, message: IncomingMessage) -> None:
        """Carry out the command that was given.

        Raises:
            UserError: it is for the group's administrators, not possible as it was given, or none at all.
        """
        command = self.by_name.get(message.command or "")
        if command is None:
            raise UserError("telegram.unknown_command")
        if command.for_admins and not await self._administrators.wrote(message):
            if message.command == HELPLINES and not self._services.preferences.vocabulary.is_switch(message.text):
                await self._helpline(message)
                return
            raise UserError("telegram.admins_only")
        await command.run(message)

    async def _start(self, message: IncomingMessage) -> None:
        if message.text.startswith(LINES):
            code = self._services.helplines.find(message.text.removeprefix(LINES))
            await self._replies.answer(message, all_lines(message.voice, self._services.helplines, code))
            return
        await self._replies.say(message, "telegram.starting")
        await self._replies.say(message, "telegram.about")

    async def _hello(self, message: IncomingMessage) -> None:
        await self._replies.say(message, "greetings.hello")

    async def _inspire(self, message: IncomingMessage) -> None:
        quote = self._services.quotes.next(message.voice.locale, message.preferences.quotes)
        await self._replies.answer(message, quote_text(message.voice, quote))

    async def _new(self, message: IncomingMessage) -> None:
        added = await self._services.encouragements.add(
            message.scope, author=message.author, text=message.text, may_moderate=message.is_private
        )
        await self._replies.say(message, "new.added", number=added.number)

    async def _list(self, message: IncomingMessage) -> None:
        await lists.show(self._replies, message, await self._services.encouragements.list(message.scope))

    async def _delete(self, message: IncomingMessage) -> None:
        number = _number(message.text)
        await self._services.encouragements.delete(
            message.scope, number, member_id=message.author.id, may_moderate=await self._administrators.wrote(message)
        )
        remaining = await self._services.encouragements.list(message.scope)
        await lists.show(self._replies, message, remaining, above=message.voice.text("del.deleted", number=number))

    async def _helpline(self, message: IncomingMessage) -> None:
        country = message.preferences.country
        text = requested_lines(message.voice, self._services.helplines, self._services.care, message.text, country)
        await self._replies.answer(message, text)

    async def _test(self, message: IncomingMessage) -> None:
        if not message.text:
            raise UserError("test.missing")
        reading = self._services.care.explain(message.text, message.scope, message.preferences)
        await self._replies.answer(message, explanation(message.voice, reading))

    async def _opt_out(self, message: IncomingMessage) -> None:
        await self._services.opt_outs.opt_out(message.person)
        await self._replies.say(message, "optout.done")

    async def _opt_in(self, message: IncomingMessage) -> None:
        await self._services.opt_outs.opt_in(message.person)
        await self._replies.say(message, "optin.done")

    async def _privacy(self, message: IncomingMessage) -> None:
        match message.text.casefold():
            case "export":
                await self._export(message)
            case "forget":
                opted_out = await self._services.privacy.forget(message.person, private=_private(message))
                await self._replies.answer(message, forgotten_text(message.voice, opted_out=opted_out))
            case _:
                await self._replies.answer(message, kept_text(message.voice, self._privacy_url))

    async def _export(self, message: IncomingMessage) -> None:
        if message.is_anonymous:
            raise UserError("telegram.privacy.anonymous")
        content = personal_file(await self._services.privacy.export(message.person, private=_private(message)))
        try:
            await self._replies.give_file(message, "privacy.exported", content, filename=FILENAME)
        except Forbidden:
            if message.is_private:
                raise
            await self._replies.say(message, "private_file.closed", command="privacy export")
        else:
            if not message.is_private:
                await self._replies.say(message, "private_file.sent")

    async def _help(self, message: IncomingMessage) -> None:
        voice = message.voice
        lines = [f"**{voice.text('help.title')}**", voice.text("telegram.about"), ""]
        for name in self.by_name:
            summary = voice.text(f"commands.{name}.summary")
            lines.append(f"/{voice.text(f'commands.{name}.usage')} — {summary}")
        if not message.is_private and not await self._sees_everything(message):
            lines += ["", voice.text("telegram.privacy_mode")]
        await self._replies.answer(message, "\n".join(lines))

    async def _sees_everything(self, message: IncomingMessage) -> bool:
        """Tell whether the bot is given all messages of the group: privacy mode is off, or it is administrator."""
        bot = self._replies.bot
        return bool(bot.can_read_all_group_messages) or await self._administrators.has(message.chat, bot.id)


def _number(typed: str) -> int:
    number = typed.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(MAX_NUMBER))):
        raise UserError("del.bad_number")
    return int(number)


def _private(message: IncomingMessage) -> Scope | None:
    """Return the scope of the author's private chat, whose id is the person's; None for who writes as a chat."""
    return None if message.is_anonymous else Scope(message.scope.platform, message.person.id)
