"""The settings of a chat: a command for each, and a keyboard for those that are chosen from a few values."""

import re
from collections.abc import Sequence

from telegram import CallbackQuery, Chat, InlineKeyboardButton, InlineKeyboardMarkup, User

from bot.errors import UserError
from bot.services.settings.kinds import Switch, TwoPauses
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import Place, ScopePreferences, Setting, shown_at
from bot.telegram.admins import Administrators
from bot.telegram.markup import formatted
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.telegram.voices import Voices, is_private, scope_of
from bot.text.settings import SettingsText

CLICK = re.compile(r"settings(?::(?P<name>[a-z_]+)(?::(?P<value>\w+))?)?")
BUTTONS_A_ROW = 2


class ChatSettings:
    """Shows and changes the settings of a chat."""

    def __init__(
        self, preferences: Preferences, voices: Voices, replies: Replies, administrators: Administrators
    ) -> None:
        self._preferences = preferences
        self._voices = voices
        self._replies = replies
        self._administrators = administrators
        self.by_name = shown_at(Place.TELEGRAM_GROUP, Place.TELEGRAM_PRIVATE)

    async def show(self, message: IncomingMessage) -> None:
        """Answer with all settings, and buttons to change them."""
        preferences = await self._preferences.get(message.scope)
        text = self._text(message.chat, preferences, message.original.from_user)
        await self._replies.answer(message, _all(text), keyboard=_overview(text))

    async def choose(self, message: IncomingMessage, setting: Setting) -> None:
        """Change a setting to what follows its command, if anything does, and tell how it is.

        Raises:
            UserError: it is not for this chat, or has no such value.
        """
        if _place(message.chat) not in setting.where:
            raise UserError("telegram.groups_only")
        if message.text:
            typed = message.text.split() if isinstance(setting.kind, TwoPauses) else [message.text]
            await self._preferences.choose(message.scope, setting.name, *typed)
        preferences = await self._preferences.get(message.scope)
        text = self._text(message.chat, preferences, message.original.from_user)
        await self._replies.answer(message, text.answer(setting))

    async def click(self, query: CallbackQuery, chat: Chat, match: re.Match[str]) -> None:
        """Save what was chosen, or offer what may be, in the place of the message whose button was clicked.

        Raises:
            UserError: whoever clicked does not decide in this chat, or the button is of an older version.
        """
        if not await self._administrators.has(chat, query.from_user.id):
            raise UserError("telegram.admins_only")
        setting = self.by_name.get(match["name"] or "")
        if match["name"] is not None and (setting is None or _place(chat) not in setting.where):
            raise UserError("errors.outdated_command")
        scope = scope_of(chat)
        if setting is not None and match["value"] is not None:
            await self._preferences.choose(scope, setting.name, match["value"])
        text = self._text(chat, await self._preferences.get(scope), query.from_user)
        markdown, keyboard = _all(text), _overview(text)
        if setting is not None and match["value"] is None:
            markdown, keyboard = f"**{text.title(setting)}**\n{text.effect(setting)}", _choice(text, setting)
        shown = formatted(markdown)
        await query.answer()
        await query.edit_message_text(shown.text, entities=shown.entities, reply_markup=keyboard)

    def _text(self, chat: Chat, preferences: ScopePreferences, person: User | None) -> SettingsText:
        voice = self._voices.voice(chat, preferences, person)
        return SettingsText(voice, voice.locale, voice.prefix, self._preferences.vocabulary, preferences, _place(chat))


def _place(chat: Chat) -> Place:
    return Place.TELEGRAM_PRIVATE if is_private(chat) else Place.TELEGRAM_GROUP


def _all(text: SettingsText) -> str:
    return f"**{text.heading()}**\n\n{text.all()}"


def _overview(text: SettingsText) -> InlineKeyboardMarkup:
    """Return a button for each setting: a switch is turned at once, the values of others are offered."""
    buttons = []
    for row in text.shown:
        if isinstance(row.kind, Switch):
            is_on = getattr(text.preferences, row.name)
            label = f"{'✅' if is_on else '❌'} {text.title(row)}"
            buttons.append(InlineKeyboardButton(label, callback_data=f"settings:{row.name}:{'off' if is_on else 'on'}"))
        elif len(text.options(row)) > 1:
            buttons.append(InlineKeyboardButton(text.title(row), callback_data=f"settings:{row.name}"))
    return _rows(buttons)


def _choice(text: SettingsText, setting: Setting) -> InlineKeyboardMarkup:
    buttons = [
        InlineKeyboardButton(
            f"✅ {option.label}" if option.chosen else option.label,
            callback_data=f"settings:{setting.name}:{option.value}",
        )
        for option in text.options(setting)
    ]
    return _rows([*buttons, InlineKeyboardButton(text.voice.text("telegram.back"), callback_data="settings")])


def _rows(buttons: Sequence[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    starts = range(0, len(buttons), BUTTONS_A_ROW)
    return InlineKeyboardMarkup([buttons[start : start + BUTTONS_A_ROW] for start in starts])
