"""What everyone asks for alone: whom to call, what is read and why, and what is kept."""

from dataclasses import replace

from telegram import CallbackQuery

from bot.errors import UserError
from bot.models import Person, Platform, Scope
from bot.services import Services
from bot.services.files.personal_file import personal_file
from bot.telegram import questions
from bot.telegram.alone import Alone
from bot.telegram.command import Command
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.text.helplines import requested_lines
from bot.text.privacy import forgotten_text, kept_text
from bot.text.readings import explanation
from bot.text.sentences import Voice

FILENAME = "encourage-bot.json"
EXPORT = "export"
FORGET = "forget"


class Personal:
    """Lets everyone see, and decide about, what is read and kept."""

    def __init__(self, services: Services, replies: Replies, alone: Alone, *, privacy_url: str | None) -> None:
        self._services = services
        self._replies = replies
        self._alone = alone
        self._privacy_url = privacy_url
        self.commands = {
            "helpline": Command(self._helpline, opened=self._helpline, always=True),
            "test": Command(self._test, cites=True, opened=self._test),
            "optout": Command(self._opt_out, opened=self._tell_whether_read, always=True),
            "optin": Command(self._opt_in, opened=self._tell_whether_read, always=True),
            "privacy": Command(self._privacy, opened=self._open_privacy, always=True),
        }

    async def _helpline(self, message: IncomingMessage) -> None:
        helplines, country = self._services.helplines, message.preferences.country

        def said(voice: Voice) -> str:
            return requested_lines(voice, helplines, self._services.care, message.text, country)

        # Whoever needs them must not have to open anything first.
        code = helplines.find(message.text) or country
        link = f"helpline-{code}" if code else "helpline"
        await self._alone.answer(message, said, link=link, public=said(message.voice))

    async def _test(self, message: IncomingMessage) -> None:
        if not message.text:
            raise UserError("test.missing")
        reading = self._services.care.explain(message.text, message.scope, message.preferences)
        await self._alone.answer(message, lambda voice: explanation(voice, reading), link="test")

    async def _opt_out(self, message: IncomingMessage) -> None:
        await self._services.opt_outs.opt_out(message.person)
        await self._confirm(message, "optout")

    async def _opt_in(self, message: IncomingMessage) -> None:
        await self._services.opt_outs.opt_in(message.person)
        await self._confirm(message, "optin")

    async def _confirm(self, message: IncomingMessage, name: str) -> None:
        public = message.voice.text("telegram.noted")
        await self._alone.answer(message, lambda voice: voice.text(f"{name}.done"), link=name, public=public)

    async def _tell_whether_read(self, message: IncomingMessage) -> None:
        """Confirm what was done in a group; the link alone does nothing."""
        opted_out = self._services.opt_outs.has(message.person.platform, message.person.id)
        if opted_out == (message.command == "optout"):
            await self._replies.say(message, f"{message.command}.done")
        else:
            await self._open_privacy(message)

    async def _privacy(self, message: IncomingMessage) -> None:
        match message.text.casefold():
            case "" | "export" | "forget" as word:
                await self._open_privacy(replace(message, text=word))
            case _:
                raise UserError("privacy.usage")

    async def _ask_to_forget(self, message: IncomingMessage) -> None:
        """Ask whether to forget a message's author, or the chat in whose name it was written, there."""
        person_id, voice = message.person.id, await self._alone.voice(message)
        said, keyboard = voice.text("privacy.ask"), questions.keyboard(voice, FORGET, person_id, yes="privacy.forget")
        if message.is_private or message.is_anonymous:
            await self._replies.answer(message, said, keyboard=keyboard)
            return
        await self._alone.give(
            message, lambda: self._replies.tell(person_id, said, keyboard=keyboard), link=f"privacy-{FORGET}"
        )

    async def forget(self, query: CallbackQuery, voice: Voice, person_id: int) -> None:
        """Forget whoever was asked, but for what keeps his or her messages from being read, and say so."""
        person = Person(Platform.TELEGRAM, person_id)
        private = Scope(Platform.TELEGRAM, person_id) if person_id > 0 else None
        opted_out = await self._services.privacy.forget(person, private=private)
        await self._replies.show(query, forgotten_text(voice, opted_out=opted_out))

    async def _open_privacy(self, message: IncomingMessage) -> None:
        if message.text == EXPORT:
            await self._export(message)
            return
        if message.text == FORGET:
            await self._ask_to_forget(message)
            return
        await self._alone.answer(message, lambda voice: kept_text(voice, self._privacy_url), link="privacy")

    async def _export(self, message: IncomingMessage) -> None:
        voice = await self._alone.voice(message)

        async def give() -> None:
            content = personal_file(await self._services.privacy.export(message.person, private=_private(message)))
            await self._replies.give_file(message.author.id, voice, "privacy.exported", content, filename=FILENAME)

        await self._alone.give(message, give, link=f"privacy-{EXPORT}", given="private_file.sent")


def _private(message: IncomingMessage) -> Scope | None:
    """Return the scope of the author's private chat, whose id is the person's; None for who writes as a chat."""
    return None if message.is_anonymous else Scope(message.scope.platform, message.person.id)
