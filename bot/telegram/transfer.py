"""Taking a chat's messages, words and settings elsewhere, and back: files are given and taken in private alone."""

import re
from collections.abc import Callable

from telegram import CallbackQuery, Document, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.errors import UserError
from bot.models import Author, Platform, Scope, Written
from bot.services import Services
from bot.services.files.server_file import ServerFile
from bot.services.files.transfer import ImportPlan
from bot.services.settings.table import ScopePreferences
from bot.telegram.admins import Administrators
from bot.telegram.alone import Alone
from bot.telegram.command import Command
from bot.telegram.links import SEPARATOR, link_to
from bot.telegram.prompts import QUESTIONS
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.telegram.settings import ChatSettings
from bot.telegram.voices import Voices, place_of
from bot.text.import_summary import summary
from bot.text.sentences import Voice
from bot.text.settings import SettingsText

EXPORT = "export"
IMPORT = "import"
FILENAME = "encourage-bot-chat.json"
CLICK = re.compile(r"import:(yes|no):(-?[0-9]{1,20})")
MEGABYTES = 4


class ChatTransfer:
    """Gives what a chat has in a file, and merges such a file into it."""

    def __init__(
        self,
        services: Services,
        voices: Voices,
        replies: Replies,
        administrators: Administrators,
        alone: Alone,
        settings: ChatSettings,
    ) -> None:
        self._transfer = services.transfer
        self._voices = voices
        self._replies = replies
        self._administrators = administrators
        self._alone = alone
        self._text: Callable[[int, Voice, ScopePreferences], SettingsText] = settings.text
        self.commands = {
            EXPORT: Command(self._export, for_admins=True, opened=self._export),
            IMPORT: Command(self._import, for_admins=True, opened=self._import),
        }

    async def _export(self, message: IncomingMessage) -> None:
        """Give the chat's messages, words and settings to the asker alone."""
        chat_id, voice = await self._administrators.chat_meant(message), await self._alone.voice(message)

        async def give() -> None:
            content = await self._transfer.export(_scope(chat_id))
            await self._replies.give_file(message.author.id, voice, "transfer.exported", content, filename=FILENAME)

        await self._alone.give(message, give, link=f"{EXPORT}{SEPARATOR}{chat_id}", given="private_file.sent")

    async def _import(self, message: IncomingMessage) -> None:
        """Show what a file would change, and ask whether to change it; without one, ask for it."""
        if not message.is_private:
            link = f"{IMPORT}{SEPARATOR}{message.chat.id}"
            await self._alone.point(message, link, message.voice.text("telegram.import.privately"))
            return
        chat_id = await self._administrators.chat_meant(message)
        if message.original.document is None:
            await self._ask(message, chat_id)
            return
        file = await self._read(message.original.document, chat_id)
        plan = await self._transfer.plan(_scope(chat_id), file, channels=set())
        text = self._text(chat_id, message.voice, plan.before)
        if plan.changes_nothing:
            await self._replies.answer(message, summary(text, plan, title="transfer.nothing"))
            return
        buttons = [
            InlineKeyboardButton(message.voice.text(key), callback_data=f"import:{choice}:{chat_id}")
            for choice, key in (("yes", "transfer.import"), ("no", "transfer.cancel"))
        ]
        keyboard = InlineKeyboardMarkup([buttons])
        await self._replies.answer(message, summary(text, plan, title="transfer.summary"), keyboard=keyboard)

    async def _ask(self, message: IncomingMessage, chat_id: int) -> None:
        lines = [message.voice.text(QUESTIONS[IMPORT])]
        if chat_id != message.chat.id:
            # The answer to the question is told by this link which group it is about.
            url = link_to(self._replies.bot.username, IMPORT, chat_id)
            group = await self._replies.bot.get_chat(chat_id)
            lines.append(message.voice.text("telegram.import.into", group=Written(group.effective_name or ""), url=url))
        await self._replies.answer(message, "\n".join(lines), keyboard=ForceReply())

    async def click(self, query: CallbackQuery, match: re.Match[str]) -> None:
        """Import the file that the message with the button replies to, or don't.

        Raises:
            UserError: whoever clicked does not decide in that chat, or the file is gone.
        """
        voice, chat_id = await self._voices.voice_alone(query.from_user), int(match[2])
        if match[1] == "no":
            said = voice.text("transfer.cancelled")
        else:
            if not await self._administrators.has(chat_id, query.from_user.id):
                raise UserError("telegram.admins_only")
            said = await self._carry_out(query, voice, chat_id)
        await self._replies.show(query, said)

    async def _carry_out(self, query: CallbackQuery, voice: Voice, chat_id: int) -> str:
        """Import the file, as things are now, and return what that has changed."""
        asked = query.message.reply_to_message if isinstance(query.message, Message) else None
        if asked is None or asked.document is None:
            raise UserError("telegram.import.gone")
        file = await self._read(asked.document, chat_id)
        author = Author(query.from_user.id, query.from_user.full_name)
        plan: ImportPlan = await self._transfer.import_file(_scope(chat_id), file, author=author, channels=set())
        title = "transfer.nothing" if plan.changes_nothing else "transfer.done"
        return summary(self._text(chat_id, voice, plan.after), plan, title=title)

    async def _read(self, document: Document, chat_id: int) -> ServerFile:
        """Return what a file brings that there is in such a chat.

        Raises:
            UserError: it is too big, can't be reached, or is wrong.
        """
        if (document.file_size or 0) > MEGABYTES * 1_000_000:
            raise UserError("transfer.too_big", limit=MEGABYTES)
        try:
            content = bytes(await (await document.get_file()).download_as_bytearray())
        except TelegramError:
            raise UserError("transfer.unreachable") from None
        return (await self._transfer.read(content)).at(place_of(chat_id))


def _scope(chat_id: int) -> Scope:
    return Scope(Platform.TELEGRAM, chat_id)
