"""Where the bot is: added, removed, blocked, and which language a new group speaks."""

from telegram import ChatMember, ChatMemberRestricted, ChatMemberUpdated
from telegram.constants import ChatMemberStatus

from bot.services import Services
from bot.telegram.voices import Voices, is_private, scope_of

THERE = (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER)


class Memberships:
    """Notes where the bot comes and goes."""

    def __init__(self, services: Services, voices: Voices) -> None:
        self._privacy = services.privacy
        self._preferences = services.preferences
        self._voices = voices

    async def note(self, change: ChatMemberUpdated) -> None:
        """Note that the bot has come, has gone, or has got other rights."""
        scope = scope_of(change.chat)
        if not _is_there(change.new_chat_member):
            await self._privacy.left(scope)
            return
        await self._privacy.joined(scope)
        if not is_private(change.chat) and not _is_there(change.old_chat_member):
            await self._speak_as(change)

    async def _speak_as(self, change: ChatMemberUpdated) -> None:
        """Let a group that has chosen no language speak that of whoever adds the bot, where the bot speaks it."""
        scope, language = scope_of(change.chat), self._voices.spoken(change.from_user.language_code)
        if language in (None, self._voices.locale) or (await self._preferences.get(scope)).language is not None:
            return
        await self._preferences.change(scope, language=language)


def _is_there(member: ChatMember) -> bool:
    return member.status in THERE or (isinstance(member, ChatMemberRestricted) and member.is_member)
