"""The settings of a chat: a command for each, and a keyboard for those that are chosen from a few values."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial

from telegram import CallbackQuery, Chat, InlineKeyboardButton, InlineKeyboardMarkup

from bot.errors import UserError
from bot.services.settings.daily import DailyTime
from bot.services.settings.kinds import PARTS, Switch, TwoPauses
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import ScopePreferences, Setting, shown_at
from bot.telegram.admins import Administrators
from bot.telegram.command import EVERYWHERE, Command
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.telegram.voices import Voices, place_of, scope_of
from bot.text.durations import exact_duration
from bot.text.sentences import Voice
from bot.text.settings import SettingsText

CLICK = re.compile(r"settings(?::(?P<name>[a-z_]+)(?:@(?P<page>[0-9]{1,3})|:(?P<value>\w+))?)?")
# A phone shows so much in one of two columns.
LONGEST_IN_A_COLUMN = 18
OPTIONS_A_PAGE = 18
PAUSES_A_ROW = 3
# The pauses on offer, in seconds; others are typed.
PAUSES = {"member": (0, 30, 120, 600, 3_600), "channel": (0, 15, 60, 300, 1_800)}
SIGNS = {"member": "👤", "channel": "💬"}


class ChatSettings:
    """Shows and changes the settings of a chat."""

    def __init__(
        self, preferences: Preferences, voices: Voices, replies: Replies, administrators: Administrators
    ) -> None:
        self._preferences = preferences
        self._voices = voices
        self._replies = replies
        self._administrators = administrators
        self._by_name = shown_at(*EVERYWHERE)
        self.commands = {
            "settings": Command(self._show, for_admins=True),
            **{
                name: Command(partial(self._choose, setting=row), for_admins=True, where=row.where & EVERYWHERE)
                for name, row in self._by_name.items()
            },
        }

    def text(self, chat_id: int, voice: Voice, preferences: ScopePreferences) -> SettingsText:
        """Return the settings of a chat in words, for whoever is spoken to with this voice."""
        locale = preferences.language or voice.locale
        return SettingsText(voice, locale, voice.prefix, self._preferences.vocabulary, preferences, place_of(chat_id))

    async def _show(self, message: IncomingMessage) -> None:
        """Answer with all settings, and buttons to change them."""
        text = await self._text(message)
        await self._replies.answer(message, _all(text), keyboard=_overview(text))

    async def _choose(self, message: IncomingMessage, setting: Setting) -> None:
        """Change a setting to what follows its command, if anything does, and tell how it is.

        Raises:
            UserError: it has no such value.
        """
        if message.text:
            typed = message.text.split() if isinstance(setting.kind, TwoPauses) else [message.text]
            if isinstance(setting.kind, DailyTime):
                typed = [str(message.chat.id), *typed]
            await self._preferences.choose(message.scope, setting.name, *typed)
        await self._replies.answer(message, (await self._text(message)).answer(setting))

    async def click(self, query: CallbackQuery, chat: Chat, match: re.Match[str]) -> None:
        """Save what was chosen, or offer what may be, in the place of the message whose button was clicked.

        Raises:
            UserError: whoever clicked does not decide in this chat, or the button is of an older version.
        """
        if not await self._administrators.has(chat.id, query.from_user.id):
            raise UserError("telegram.admins_only")
        setting = self._by_name.get(match["name"] or "")
        if match["name"] is not None and (setting is None or place_of(chat.id) not in setting.where):
            raise UserError("errors.outdated_command")
        scope = scope_of(chat)
        if setting is not None and match["value"] is not None:
            await self._preferences.choose(scope, setting.name, *_chosen(setting, match["value"]))
        preferences = await self._preferences.get(scope)
        text = self.text(chat.id, self._voices.voice(chat, preferences, query.from_user), preferences)
        markdown, keyboard = _all(text), _overview(text)
        if setting is not None and match["value"] is None:
            markdown = f"**{text.title(setting)}**\n{text.effect(setting)}"
            keyboard = _choice(text, setting, None if match["page"] is None else int(match["page"]))
            if isinstance(setting.kind, TwoPauses):
                markdown += f"\n\n{_legend(text, setting)}"
        await self._replies.show(query, markdown, keyboard=keyboard)

    async def _text(self, message: IncomingMessage) -> SettingsText:
        """Return the settings as they are now, in the language that is spoken now."""
        preferences = await self._preferences.get(message.scope)
        voice = self._voices.voice(message.chat, preferences, message.original.from_user)
        return self.text(message.chat.id, voice, preferences)


def _chosen(setting: Setting, value: str) -> Sequence[str]:
    """Return what a button stands for, as it would be typed."""
    if not isinstance(setting.kind, TwoPauses):
        return [value]
    part, _, seconds = value.rpartition("_")
    return [seconds if each == part else "" for each in PARTS]


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
        elif len(text.options(row)) > 1 or isinstance(row.kind, TwoPauses):
            buttons.append(InlineKeyboardButton(text.title(row), callback_data=f"settings:{row.name}"))
    return InlineKeyboardMarkup([*_rows(buttons)])


def _choice(text: SettingsText, setting: Setting, page: int | None) -> InlineKeyboardMarkup:
    """Return a button for each value: of many those of one page, at first the one with the value that counts."""
    back = InlineKeyboardButton(text.voice.text("telegram.back"), callback_data="settings")
    if isinstance(setting.kind, TwoPauses):
        return InlineKeyboardMarkup([*_pauses(text, setting), [back]])
    options = text.options(setting)
    if page is None:
        page = next((place for place, option in enumerate(options) if option.chosen), 0) // OPTIONS_A_PAGE
    last = (len(options) - 1) // OPTIONS_A_PAGE
    page = min(page, last)
    buttons = [
        _value(f"{setting.name}:{option.value}", option.label, chosen=option.chosen)
        for option in options[page * OPTIONS_A_PAGE : (page + 1) * OPTIONS_A_PAGE]
    ]
    turns = [
        InlineKeyboardButton(f"{sign} {text.voice.text(key)}", callback_data=f"settings:{setting.name}@{there}")
        for sign, key, there in (("◀️", "list.previous", page - 1), ("▶️", "list.next", page + 1))
        if 0 <= there <= last
    ]
    return InlineKeyboardMarkup([*_rows(buttons), *filter(None, [turns]), [back]])


def _pauses(text: SettingsText, setting: Setting) -> Iterator[list[InlineKeyboardButton]]:
    """Yield rows of pauses for each part; one that was typed is among them."""
    for part, now in asdict(getattr(text.preferences, setting.name)).items():
        buttons = [
            _value(
                f"{setting.name}:{part}_{seconds}",
                f"{SIGNS[part]} {exact_duration(text.voice.texts, text.voice.locale, seconds)}",
                chosen=seconds == now,
            )
            for seconds in sorted({*PAUSES[part], now})
        ]
        yield from (buttons[start : start + PAUSES_A_ROW] for start in range(0, len(buttons), PAUSES_A_ROW))


def _legend(text: SettingsText, setting: Setting) -> str:
    """Return whom the pauses in each row are for."""
    return "\n".join(f"{SIGNS[part]} {text.voice.text(f'settings.{setting.name}.{part}')}" for part in PARTS)


def _value(data: str, label: str, *, chosen: bool) -> InlineKeyboardButton:
    return InlineKeyboardButton(f"✅ {label}" if chosen else label, callback_data=f"settings:{data}")


def _rows(buttons: Sequence[InlineKeyboardButton]) -> Iterator[list[InlineKeyboardButton]]:
    """Yield the buttons in two columns, but for those whose label needs both."""
    row: list[InlineKeyboardButton] = []
    for button in buttons:
        is_long = len(button.text) > LONGEST_IN_A_COLUMN
        if row and (is_long or len(row) == 2):
            yield row
            row = []
        row.append(button)
        if is_long:
            yield row
            row = []
    if row:
        yield row
