"""The commands: each turns a message into plain values, calls one service method, and sends the result."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from telegram import ChatMemberAdministrator, ChatMemberOwner
from telegram.error import Forbidden

from bot.errors import UserError
from bot.models import QuoteSource, Scope
from bot.services import Services
from bot.services.encouragements import MAX_NUMBER
from bot.services.files.personal_file import personal_file
from bot.services.privacy import DAYS_KEPT_AFTER_LEAVING, DAYS_KEPT_PENDING
from bot.telegram import lists
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.text.helplines import lines_text
from bot.text.markdown import escape
from bot.text.readings import explanation
from bot.text.sentences import Texts

FILENAME = "encourage-bot.json"


@dataclass(frozen=True, slots=True)
class Command:
    """What a command does; what follows one that `cites` is an example, and says nothing of the author."""

    run: Callable[[IncomingMessage], Awaitable[None]]
    cites: bool = False
    for_admins: bool = False


class Commands:
    """All commands, by name, in the order of the menu."""

    def __init__(self, services: Services, texts: Texts, replies: Replies, *, privacy_url: str | None) -> None:
        self._services = services
        self._texts = texts
        self._replies = replies
        self._privacy_url = privacy_url
        self.by_name = {
            "start": Command(self._start),
            "hello": Command(self._hello),
            "inspire": Command(self._inspire),
            "new": Command(self._new),
            "list": Command(self._list),
            "del": Command(self._delete),
            "responding": Command(self._responding, for_admins=True),
            "language": Command(self._language, for_admins=True),
            "helpline": Command(self._helpline),
            "test": Command(self._test, cites=True),
            "optout": Command(self._opt_out),
            "optin": Command(self._opt_in),
            "privacy": Command(self._privacy),
            "help": Command(self._help),
        }

    async def run(self, message: IncomingMessage) -> None:
        """Carry out the command that was given.

        Raises:
            UserError: it is for the group's administrators, or not possible as it was given.
        """
        command = self.by_name[message.command or ""]
        if command.for_admins and not await self._is_admin(message):
            raise UserError("telegram.admins_only")
        await command.run(message)

    async def _start(self, message: IncomingMessage) -> None:
        await self._replies.say(message, "telegram.starting")
        await self._replies.say(message, "telegram.about")

    async def _hello(self, message: IncomingMessage) -> None:
        await self._replies.say(message, "greetings.hello")

    async def _inspire(self, message: IncomingMessage) -> None:
        quote = self._services.quotes.next(message.voice.locale, message.preferences.quotes)
        lines = [message.voice.text("inspire.quote", quote=escape(quote.text), author=escape(quote.author))]
        if quote.source is QuoteSource.ZENQUOTES:
            lines.append(message.voice.text("inspire.credit"))
        await self._replies.answer(message, "\n".join(lines))

    async def _new(self, message: IncomingMessage) -> None:
        added = await self._services.encouragements.add(
            message.scope, author=message.author, text=message.text, may_moderate=message.is_private
        )
        await self._replies.say(message, "new.added", number=added.number)

    async def _list(self, message: IncomingMessage) -> None:
        await lists.show(self._replies, message, await self._services.encouragements.list(message.scope))

    async def _delete(self, message: IncomingMessage) -> None:
        number = _number(message.text)
        remaining = await self._services.encouragements.delete(
            message.scope, number, member_id=message.author.id, may_moderate=await self._is_admin(message)
        )
        await lists.show(self._replies, message, remaining, above=message.voice.text("del.deleted", number=number))

    async def _responding(self, message: IncomingMessage) -> None:
        preferences = message.preferences
        if message.text:
            wanted = self._texts.read_switch(message.text)
            if wanted is None:
                raise UserError("responding.usage")
            preferences = await self._services.preferences.change(message.scope, responding=wanted)
        await self._replies.say(message, "responding.on" if preferences.responding else "responding.off")

    async def _language(self, message: IncomingMessage) -> None:
        locale = message.voice.locale
        if message.text:
            found = self._texts.find(message.text)
            if found is None:
                raise UserError("language.usage", languages=self._texts.choice_of_languages())
            await self._services.preferences.change(message.scope, locale=found)
            locale = found
        voice = type(message.voice)(self._texts, locale, message.voice.prefix)
        effect = voice.text("settings.effects.language", language=self._texts.name(locale))
        await self._replies.answer(message, effect)

    async def _helpline(self, message: IncomingMessage) -> None:
        helplines, locale, key = self._services.helplines, message.voice.locale, "helpline.begin"
        code = helplines.find(message.text)
        if code is not None:
            countries = helplines.countries(locale, code)
        elif message.text:
            key, countries = "helpline.unknown", []
        else:
            countries = helplines.countries(locale, message.preferences.country)
        lines = lines_text(message.voice, countries, helplines.anywhere(locale))
        await self._replies.answer(message, f"{message.voice.text(key)}\n{lines}")

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
                key = "privacy.forgotten_but_opt_out" if opted_out else "privacy.forgotten"
                await self._replies.say(message, key)
            case _:
                days: dict[str, Any] = {"days": DAYS_KEPT_AFTER_LEAVING, "pending_days": DAYS_KEPT_PENDING}
                lines = [message.voice.text("privacy.kept", **days)]
                if self._privacy_url:
                    lines.append(message.voice.text("privacy.link", url=self._privacy_url))
                await self._replies.answer(message, "\n".join(lines))

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

    async def _is_admin(self, message: IncomingMessage) -> bool:
        """Tell whether the author decides here: alone with the bot, or as an administrator of the group."""
        if message.is_private:
            return True
        if message.original.sender_chat is not None:
            return message.original.sender_chat.id == message.chat.id  # writes as the group itself
        return await self._administers(message, message.author.id)

    async def _sees_everything(self, message: IncomingMessage) -> bool:
        """Tell whether the bot is given all messages of the group: privacy mode is off, or it is administrator."""
        bot = self._replies.bot
        return bool(bot.can_read_all_group_messages) or await self._administers(message, bot.id)

    async def _administers(self, message: IncomingMessage, user_id: int) -> bool:
        member = await self._replies.bot.get_chat_member(message.chat.id, user_id)
        return isinstance(member, ChatMemberAdministrator | ChatMemberOwner)


def _number(typed: str) -> int:
    number = typed.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(MAX_NUMBER))):
        raise UserError("del.bad_number")
    return int(number)


def _private(message: IncomingMessage) -> Scope | None:
    """Return the scope of the author's private chat, whose id is the person's; None for who writes as a chat."""
    return None if message.is_anonymous else Scope(message.scope.platform, message.person.id)
