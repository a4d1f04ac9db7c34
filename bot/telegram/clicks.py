"""Sends every click on a button to what the button belongs to."""

import re

from telegram import CallbackQuery, Chat

from bot.errors import UserError
from bot.services.encouragements import Encouragements
from bot.services.settings.preferences import Preferences
from bot.telegram import approval, lists, questions, settings, transfer
from bot.telegram.admins import Administrators
from bot.telegram.approval import Approval
from bot.telegram.care import FINE, HURT, OPT_OUT, Care
from bot.telegram.encouragement import ChatMessages
from bot.telegram.personal import Personal
from bot.telegram.replies import Replies
from bot.telegram.settings import ChatSettings
from bot.telegram.transfer import ChatTransfer
from bot.telegram.voices import Voices, scope_of


def helps(data: str) -> bool:
    """Tell whether a button is one that nothing is to stand in the way of: it takes back what hurts."""
    return any(button.fullmatch(data) for button in (OPT_OUT, FINE, HURT))


class Clicks:
    """Answers clicks; what a button says of itself is all that is known of it, and so it works after a restart."""

    def __init__(
        self,
        encouragements: Encouragements,
        preferences: Preferences,
        voices: Voices,
        administrators: Administrators,
        *,
        replies: Replies,
        messages: ChatMessages,
        personal: Personal,
        care: Care,
        settings: ChatSettings,
        approval: Approval,
        transfer: ChatTransfer,
    ) -> None:
        self._encouragements = encouragements
        self._preferences = preferences
        self._voices = voices
        self._administrators = administrators
        self._replies = replies
        self._messages = messages
        self._personal = personal
        self._care = care
        self._settings = settings
        self._approval = approval
        self._transfer = transfer

    async def answer(self, query: CallbackQuery, chat: Chat, data: str) -> None:
        """Do what a button in a chat stands for, which `data` tells.

        Raises:
            UserError: it is somebody else's, not possible, or of an older version.
        """
        if opt_out := OPT_OUT.fullmatch(data):
            voice = await self._voices.voice_in(chat, query.from_user)
            await self._care.opt_out(query, chat, voice, int(opt_out[1]))
        elif fine := FINE.fullmatch(data):
            voice = await self._voices.voice_in(chat, query.from_user)
            await self._care.take_back(query, chat, voice, int(fine[1]))
        elif hurt := HURT.fullmatch(data):
            voice = await self._voices.voice_in(chat, query.from_user)
            await self._care.report(query, chat, voice, member_id=int(hurt[1]), number=int(hurt[2]))
        elif turn := lists.TURN.fullmatch(data):
            await self._turn(query, chat, asker_id=int(turn[1]), page=int(turn[2]), search=turn[3] or "")
        elif chosen := settings.CLICK.fullmatch(data):
            await self._settings.click(query, chat, chosen)
        elif decided := approval.CLICK.fullmatch(data):
            await self._approval.click(query, decided)
        elif answered := questions.CLICK.fullmatch(data):
            await self._answer_question(query, chat, answered)
        elif undone := questions.UNDO.fullmatch(data):
            voice = await self._voices.voice_in(chat, query.from_user)
            numbers = [int(number) for number in undone[2].split(",")]
            await self._messages.restore(query, chat, voice, asker_id=int(undone[1]), numbers=numbers)
        elif confirmed := transfer.CLICK.fullmatch(data):
            await self._transfer.click(query, confirmed)
        else:
            raise UserError("errors.outdated_command")

    async def _answer_question(self, query: CallbackQuery, chat: Chat, answered: re.Match[str]) -> None:
        asker_id = int(answered["asker"])
        if not await self._administrators.may_click(chat.id, query.from_user.id, asker_id):
            raise UserError("question.not_yours")
        voice = await self._voices.voice_in(chat, query.from_user)
        if answered["choice"] == "no":
            await self._replies.show(query, voice.text("transfer.cancelled"))
        elif answered["name"] == "del":
            await self._messages.delete(query, chat, voice, [int(number) for number in answered["about"].split(",")])
        else:
            await self._personal.forget(query, voice, asker_id)

    async def _turn(self, query: CallbackQuery, chat: Chat, *, asker_id: int, page: int, search: str) -> None:
        if not await self._administrators.may_click(chat.id, query.from_user.id, asker_id):
            raise UserError("pages.not_yours")
        preferences = await self._preferences.get_or_default(scope_of(chat))
        voice = self._voices.voice(chat, preferences, query.from_user)
        kept = await self._encouragements.list(scope_of(chat), search)
        await lists.turn(query, voice, kept, preferences.starters, asker_id=asker_id, page=page, search=search)
