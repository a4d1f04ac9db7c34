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
from bot.telegram.chats import Heard
from bot.telegram.outbox import Outbox
from bot.text.helplines import lines_text
from bot.text.markdown import escape
from bot.text.readings import explanation
from bot.text.sentences import Texts

FILENAME = "encourage-bot.json"


@dataclass(frozen=True, slots=True)
class Command:
    """What a command does; what follows one that `cites` is an example, and says nothing of the author."""

    run: Callable[[Heard], Awaitable[None]]
    cites: bool = False
    for_admins: bool = False


class Commands:
    """All commands, by name, in the order of the menu."""

    def __init__(self, services: Services, texts: Texts, outbox: Outbox, *, privacy_url: str | None) -> None:
        self._services = services
        self._texts = texts
        self._outbox = outbox
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

    async def run(self, heard: Heard) -> None:
        """Carry out the command that was given.

        Raises:
            UserError: it is for the group's administrators, or not possible as it was given.
        """
        command = self.by_name[heard.command or ""]
        if command.for_admins and not await self._is_admin(heard):
            raise UserError("telegram.admins_only")
        await command.run(heard)

    async def _start(self, heard: Heard) -> None:
        await self._outbox.say(heard, "telegram.starting")
        await self._outbox.say(heard, "telegram.about")

    async def _hello(self, heard: Heard) -> None:
        await self._outbox.say(heard, "greetings.hello")

    async def _inspire(self, heard: Heard) -> None:
        quote = self._services.quotes.next(heard.voice.locale, heard.preferences.quotes)
        lines = [heard.voice.text("inspire.quote", quote=escape(quote.text), author=escape(quote.author))]
        if quote.source is QuoteSource.ZENQUOTES:
            lines.append(heard.voice.text("inspire.credit"))
        await self._outbox.answer(heard, "\n".join(lines))

    async def _new(self, heard: Heard) -> None:
        added = await self._services.encouragements.add(
            heard.scope, author=heard.author, text=heard.text, may_moderate=heard.is_private
        )
        await self._outbox.say(heard, "new.added", number=added.number)

    async def _list(self, heard: Heard) -> None:
        await lists.show(self._outbox, heard, await self._services.encouragements.list(heard.scope))

    async def _delete(self, heard: Heard) -> None:
        number = _number(heard.text)
        remaining = await self._services.encouragements.delete(
            heard.scope, number, member_id=heard.author.id, may_moderate=await self._is_admin(heard)
        )
        await lists.show(self._outbox, heard, remaining, above=heard.voice.text("del.deleted", number=number))

    async def _responding(self, heard: Heard) -> None:
        preferences = heard.preferences
        if heard.text:
            preferences = await self._services.preferences.choose(heard.scope, "responding", heard.text)
        state = "on" if preferences.responding else "off"
        await self._outbox.say(heard, f"settings.responding.answer_{state}")

    async def _language(self, heard: Heard) -> None:
        locale = heard.voice.locale
        if heard.text:
            chosen = await self._services.preferences.choose(heard.scope, "language", heard.text)
            locale = chosen.language or locale
        voice = type(heard.voice)(self._texts, locale, heard.voice.prefix)
        effect = voice.text("settings.language.effect", language=self._texts.name(locale))
        await self._outbox.answer(heard, effect)

    async def _helpline(self, heard: Heard) -> None:
        helplines, locale, key = self._services.helplines, heard.voice.locale, "helpline.begin"
        code = helplines.find(heard.text)
        if code is not None:
            countries = helplines.countries(locale, code)
        elif heard.text:
            key, countries = "helpline.unknown", []
        else:
            countries = helplines.countries(locale, heard.preferences.country)
        lines = lines_text(heard.voice, countries, helplines.anywhere(locale))
        await self._outbox.answer(heard, f"{heard.voice.text(key)}\n{lines}")

    async def _test(self, heard: Heard) -> None:
        if not heard.text:
            raise UserError("test.missing")
        reading = self._services.care.explain(heard.text, heard.scope, heard.preferences)
        await self._outbox.answer(heard, explanation(heard.voice, reading))

    async def _opt_out(self, heard: Heard) -> None:
        await self._services.opt_outs.opt_out(heard.person)
        await self._outbox.say(heard, "optout.done")

    async def _opt_in(self, heard: Heard) -> None:
        await self._services.opt_outs.opt_in(heard.person)
        await self._outbox.say(heard, "optin.done")

    async def _privacy(self, heard: Heard) -> None:
        match heard.text.casefold():
            case "export":
                await self._export(heard)
            case "forget":
                opted_out = await self._services.privacy.forget(heard.person, private=_private(heard))
                key = "privacy.forgotten_but_opt_out" if opted_out else "privacy.forgotten"
                await self._outbox.say(heard, key)
            case _:
                days: dict[str, Any] = {"days": DAYS_KEPT_AFTER_LEAVING, "pending_days": DAYS_KEPT_PENDING}
                lines = [heard.voice.text("privacy.kept", **days)]
                if self._privacy_url:
                    lines.append(heard.voice.text("privacy.link", url=self._privacy_url))
                await self._outbox.answer(heard, "\n".join(lines))

    async def _export(self, heard: Heard) -> None:
        content = personal_file(await self._services.privacy.export(heard.person, private=_private(heard)))
        try:
            await self._outbox.give_file(heard.person.id, heard.voice, "privacy.exported", content, filename=FILENAME)
        except Forbidden:
            if heard.is_private:
                raise
            await self._outbox.say(heard, "private_file.closed", command="privacy export")
        else:
            if not heard.is_private:
                await self._outbox.say(heard, "private_file.sent")

    async def _help(self, heard: Heard) -> None:
        voice = heard.voice
        lines = [f"**{voice.text('help.title')}**", voice.text("telegram.about"), ""]
        for name in self.by_name:
            summary = voice.text(f"commands.{name}.summary")
            lines.append(f"/{voice.text(f'commands.{name}.usage')} — {summary}")
        if not heard.is_private and not await self._sees_everything(heard):
            lines += ["", voice.text("telegram.privacy_mode")]
        await self._outbox.answer(heard, "\n".join(lines))

    async def _is_admin(self, heard: Heard) -> bool:
        """Tell whether the author decides here: alone with the bot, or as an administrator of the group."""
        if heard.is_private:
            return True
        if heard.message.sender_chat is not None:
            return heard.message.sender_chat.id == heard.chat.id  # writes as the group itself
        return await self._administers(heard, heard.author.id)

    async def _sees_everything(self, heard: Heard) -> bool:
        """Tell whether the bot is given all messages of the group: privacy mode is off, or it is administrator."""
        bot = self._outbox.bot
        return bool(bot.can_read_all_group_messages) or await self._administers(heard, bot.id)

    async def _administers(self, heard: Heard, user_id: int) -> bool:
        member = await self._outbox.bot.get_chat_member(heard.chat.id, user_id)
        return isinstance(member, ChatMemberAdministrator | ChatMemberOwner)


def _number(typed: str) -> int:
    number = typed.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(MAX_NUMBER))):
        raise UserError("del.bad_number")
    return int(number)


def _private(heard: Heard) -> Scope | None:
    """Return the scope of the author's private chat, whose id is the person's; None for who writes as a chat."""
    return None if heard.message.sender_chat is not None else Scope(heard.scope.platform, heard.person.id)
