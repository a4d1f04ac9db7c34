"""Who decides in a chat."""

import re

from telegram import ChatMemberAdministrator, ChatMemberOwner
from telegram.error import BadRequest, ChatMigrated, Forbidden
from telegram.ext import ExtBot

from bot.errors import UserError
from bot.telegram.reader import IncomingMessage

# As Telegram numbers groups.
GROUP = re.compile(r"-[0-9]{1,16}")


class Administrators:
    """Asks Telegram who administers a group; alone with the bot, everybody decides."""

    def __init__(self, bot: ExtBot[int]) -> None:
        self._bot = bot

    async def wrote(self, message: IncomingMessage) -> bool:
        """Tell whether a message is of somebody who decides there: also of who writes as the group itself.

        Raises:
            UserError: Telegram does not tell.
        """
        if message.original.sender_chat is not None:
            return message.original.sender_chat.id == message.chat.id
        return await self.has(message.chat.id, message.author.id)

    async def has(self, chat_id: int, user_id: int) -> bool:
        """Tell whether somebody decides in a chat; a private one has the person's id.

        Raises:
            UserError: Telegram does not tell, which it promises to none but a bot that administers the group.
        """
        if chat_id > 0:
            return chat_id == user_id
        try:
            member = await self._bot.get_chat_member(chat_id, user_id)
        except (BadRequest, Forbidden, ChatMigrated):
            raise UserError("telegram.admins_unknown") from None
        return isinstance(member, ChatMemberAdministrator | ChatMemberOwner)

    async def chat_meant(self, message: IncomingMessage) -> int:
        """Return the id of the chat that a command for administrators is about: in private, a link may name a group.

        Raises:
            UserError: its author does not decide there, or Telegram does not tell.
        """
        if not message.is_private or not GROUP.fullmatch(message.text):
            return message.chat.id
        group_id = int(message.text)
        if not await self.has(group_id, message.author.id):
            raise UserError("telegram.admins_only")
        return group_id

    async def may_click(self, chat_id: int, user_id: int, owner_id: int) -> bool:
        """Tell whether buttons are somebody's: his or her own, or any administrator's where a chat wrote.

        Raises:
            UserError: Telegram does not tell.
        """
        return user_id == owner_id or (owner_id < 0 and await self.has(chat_id, user_id))
