"""Who decides in a chat."""

from telegram import Chat, ChatMemberAdministrator, ChatMemberOwner
from telegram.ext import ExtBot

from bot.telegram.reader import IncomingMessage
from bot.telegram.voices import is_private


class Administrators:
    """Asks Telegram who administers a group; alone with the bot, everybody decides."""

    def __init__(self, bot: ExtBot[int]) -> None:
        self._bot = bot

    async def wrote(self, message: IncomingMessage) -> bool:
        """Tell whether a message is of somebody who decides there: also of who writes as the group itself."""
        if message.original.sender_chat is not None:
            return message.original.sender_chat.id == message.chat.id
        return await self.has(message.chat, message.author.id)

    async def has(self, chat: Chat, user_id: int) -> bool:
        """Tell whether somebody decides in a chat."""
        if is_private(chat):
            return True
        member = await self._bot.get_chat_member(chat.id, user_id)
        return isinstance(member, ChatMemberAdministrator | ChatMemberOwner)
