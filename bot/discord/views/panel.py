"""The panel of a server's settings: controls that save at once, and go on working after a restart."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.discord.client import EncourageBot
from bot.discord.permissions import MANAGE_SERVER, must_write, require
from bot.discord.scopes import interaction_scope
from bot.discord.views.embeds import COLOUR
from bot.discord.views.interactive import Interactive, component_callback
from bot.discord.views.pages import WORDS, answer_with_pages
from bot.discord.voices import in_a_menu
from bot.errors import UserError
from bot.services.settings.daily import DailyTime
from bot.services.settings.ids import ChannelId, RoleId
from bot.services.settings.kinds import PARTS, Channels, Prefix, Seconds, Switch, Text, TwoPauses
from bot.services.settings.table import SETTINGS, Setting
from bot.text.settings import SettingsText

SECONDS_TO_WRITE = 900.0
# What a menu of Discord holds (https://discord.com/developers/docs/components/reference#string-select).
MOST_OPTIONS = 25
# What a message holds (https://discord.com/developers/docs/components/reference), the parts of parts included.
MOST_COMPONENTS = 40
# The container, the heading and the line below; and the row of two buttons that turns pages.
AROUND, TURNING = 3, 3
LONGEST_SECONDS = 5
LONGEST_NAME = 100
ABOVE_THE_WORDS = "triggers"
FIRST_OF_A_GROUP = ("contributors", "language", "helplines")
WRITABLE = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
]
SILENCEABLE = [*WRITABLE, discord.ChannelType.forum, discord.ChannelType.media, discord.ChannelType.category]

Click = discord.Interaction[Any]
Row = ui.ActionRow[Any]
Control = list[ui.Item[Any]]


def panel(
    text: SettingsText, guild: discord.Guild | None, *, page: int = 0, saved: Setting | None = None
) -> ui.LayoutView:
    """Return the page of the settings with that number, or the one that has the setting just `saved`.

    It is only a picture of how things are: `SettingsControl` answers its clicks, and the bot keeps nothing of it.
    """
    pages = list(_pages([(row, _control(text, row, guild)) for row in text.shown]))
    if saved is not None:
        page = next((number for number, rows in enumerate(pages) if saved in [row for row, _ in rows]), 0)
    page = min(page, len(pages) - 1)
    container = ui.Container[Any](accent_colour=COLOUR)
    container.add_item(ui.TextDisplay(f"### {text.heading()}"))
    for row, control in pages[page]:
        if row.name in FIRST_OF_A_GROUP:
            container.add_item(ui.Separator())
        for item in control:
            container.add_item(item)
    below = text.voice.text("settings.about")
    if saved is not None:
        below = text.voice.text("settings.saved", effect=text.effect(saved))
    container.add_item(ui.TextDisplay(f"-# {below}"))
    if len(pages) > 1:
        container.add_item(_turning(text, page, len(pages)))
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    view.stop()
    return view


def _pages(controls: Sequence[tuple[Setting, Control]]) -> Iterator[list[tuple[Setting, Control]]]:
    """Divide the controls into as many pages as they take."""
    sizes = [_size(row, control) for row, control in controls]
    room = MOST_COMPONENTS - AROUND
    if sum(sizes) > room:
        room -= TURNING
    page: list[tuple[Setting, Control]] = []
    left = room
    for one, size in zip(controls, sizes, strict=True):
        if size > left:
            yield page
            page, left = [], room
        page.append(one)
        left -= size
    yield page


def _size(row: Setting, control: Control) -> int:
    """Return how many components a control is, with the line above it."""
    parts = {ui.Section: 3, ui.ActionRow: 2}
    return sum(parts.get(type(item), 1) for item in control) + (row.name in FIRST_OF_A_GROUP)


def _turning(text: SettingsText, page: int, pages: int) -> Row:
    buttons = [
        ui.Button[Any](label=text.voice.text(key), custom_id=f"settings-page:{there}", disabled=not 0 <= there < pages)
        for key, there in (("list.previous", page - 1), ("list.next", page + 1))
    ]
    return ui.ActionRow(*buttons)


def _control(text: SettingsText, row: Setting, guild: discord.Guild | None) -> Control:
    said = f"**{text.title(row)}**\n{text.effect(row)}"
    options = text.options(row)
    match row.kind:
        case Switch():
            return [ui.Section(said, accessory=_switch(text, row))]
        case Channels() as kind:
            several = getattr(text.preferences, row.name)
            channels = _channel_menu(text, row, guild, several, SILENCEABLE, kind.most)
            return [ui.TextDisplay(text.above_menu(row)), ui.ActionRow(channels)]
        case ChannelId():
            chosen = frozenset({getattr(text.preferences, row.name)} - {None})
            above = text.above_menu(row) if text.unwritable.isdisjoint(chosen) else said
            return [ui.TextDisplay(above), ui.ActionRow(_channel_menu(text, row, guild, chosen, WRITABLE, 1))]
        case RoleId():
            return [ui.TextDisplay(text.above_menu(row)), ui.ActionRow(_role_menu(text, row))]
        case _ if not options or len(options) > MOST_OPTIONS:
            change = ui.Button[Any](custom_id=f"settings:{row.name}", label=text.voice.text("settings.change"))
            return [ui.Section(said, accessory=change)]
        case _ if len(options) == 1:
            return [ui.TextDisplay(said)]
        case _:
            offered = [
                discord.SelectOption(
                    label=each.label,
                    value=each.value,
                    description=None if each.effect is None else in_a_menu(each.effect),
                    default=each.chosen,
                )
                for each in options
            ]
            menu = ui.Select[Any](custom_id=f"settings:{row.name}", options=offered)
            return [ui.TextDisplay(text.above_menu(row)), ui.ActionRow(menu), *_below(text, row)]


def _below(text: SettingsText, row: Setting) -> Control:
    """Return the way to a server's own words, below what counts as sad."""
    if row.name != ABOVE_THE_WORDS:
        return []
    button = ui.Button[Any](custom_id="settings-words", label=text.voice.text("settings.words.show"))
    return [ui.Section(text.words(), accessory=button)]


def _switch(text: SettingsText, row: Setting) -> ui.Button[Any]:
    is_on = getattr(text.preferences, row.name)
    return ui.Button(
        custom_id=f"settings:{row.name}:{'off' if is_on else 'on'}",
        label=text.voice.text("settings.turn_off" if is_on else "settings.turn_on"),
        style=discord.ButtonStyle.secondary if is_on else discord.ButtonStyle.primary,
    )


def _channel_menu(
    text: SettingsText,
    row: Setting,
    guild: discord.Guild | None,
    chosen: frozenset[int],
    types: Sequence[discord.ChannelType],
    most: int,
) -> ui.ChannelSelect[Any]:
    there = [id for id in sorted(chosen) if guild is not None and guild.get_channel(id)]
    channel = discord.SelectDefaultValueType.channel
    return ui.ChannelSelect(
        custom_id=f"settings:{row.name}",
        placeholder=text.voice.text(f"settings.{row.name}.placeholder"),
        channel_types=[*types],
        min_values=0,
        max_values=most,
        default_values=[discord.SelectDefaultValue(id=id, type=channel) for id in there],
    )


def _role_menu(text: SettingsText, row: Setting) -> ui.RoleSelect[Any]:
    chosen: int | None = getattr(text.preferences, row.name)
    role = discord.SelectDefaultValueType.role
    return ui.RoleSelect(
        custom_id=f"settings:{row.name}",
        placeholder=text.voice.text(f"settings.{row.name}.placeholder"),
        min_values=0,
        default_values=[] if chosen is None else [discord.SelectDefaultValue(id=chosen, type=role)],
    )


class SettingsControl(
    ui.DynamicItem[Any],
    template=r"settings:(?P<name>[a-z_]+)(?::(?P<state>on|off))?|settings-page:(?P<page>[0-9]{1,2})|settings-words",
):
    """Any control of any panel that was ever sent: it carries the name of its setting, so it works after a restart."""

    def __init__(self, item: ui.Item[Any], name: str | None, state: str | None, page: int | None) -> None:
        super().__init__(item)
        self._name = name
        self._state = state
        self._page = page

    @classmethod
    async def from_custom_id(cls, _interaction: Click, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        """Make the control again from the message that holds it."""
        return cls(item, match["name"], match["state"], int(match["page"]) if match["page"] else None)

    @component_callback
    async def callback(self, interaction: Click) -> None:
        """Save what was chosen and show the panel as things are then, open a box, turn the page, or show the words."""
        require(interaction, MANAGE_SERVER)
        if self._name is None:
            if self._page is None:
                await answer_with_pages(interaction, WORDS)
            else:
                await _show(interaction, page=self._page)
            return
        setting = SETTINGS.get(self._name)
        if setting is None:
            raise UserError("errors.outdated_command")
        preferences, scope = interaction.client.services.preferences, interaction_scope(interaction)
        match self.item:
            case ui.ChannelSelect() as menu if isinstance(setting.kind, Channels):
                await preferences.change(scope, **{setting.name: frozenset(channel.id for channel in menu.values)})
            case ui.ChannelSelect() | ui.RoleSelect() as menu:
                id = menu.values[0].id if menu.values else None
                if id is not None and isinstance(setting.kind, ChannelId):
                    id = must_write(interaction.guild, id, f"settings.{setting.name}.refused")
                await preferences.change(scope, **{setting.name: id})
            case ui.Select() as menu:
                await preferences.choose(scope, setting.name, *menu.values)
            case _ if self._state is not None:
                await preferences.choose(scope, setting.name, self._state)
            case _:
                await interaction.response.send_modal(Box(setting, await _text_for(interaction)))
                return
        await _show(interaction, saved=setting)


class Box(Interactive, ui.Modal):
    """A box to type a setting in."""

    def __init__(self, setting: Setting, text: SettingsText) -> None:
        super().__init__(title=text.title(setting), timeout=SECONDS_TO_WRITE)
        self._setting = setting
        value = getattr(text.preferences, setting.name)
        name = setting.name
        match setting.kind:
            case TwoPauses():
                shown = {f"{name}.{part}": str(getattr(value, part)) for part in PARTS}
                longest = LONGEST_SECONDS
            case Seconds():
                shown, longest = {f"{name}.label": str(value)}, LONGEST_SECONDS
            case Prefix() as kind:
                shown, longest = {f"{name}.label": text.prefix}, kind.longest
            case Text() as kind:
                shown, longest = {f"{name}.label": value or ""}, kind.longest
            case _:
                shown, longest = {f"{name}.label": "" if value is None else text.value(setting, value)}, LONGEST_NAME
        required = isinstance(setting.kind, Prefix) or not isinstance(setting.kind, Text)
        self._fields = [
            ui.TextInput[Self](custom_id=id, default=said, max_length=longest, required=required)
            for id, said in shown.items()
        ]
        for field in self._fields:
            self.add_item(ui.Label(text=text.voice.text(f"settings.{field.custom_id}"), component=field))

    async def interaction_check(self, interaction: Click, /) -> bool:
        """Let only those through who may manage the server at this moment."""
        require(interaction, MANAGE_SERVER)
        return await super().interaction_check(interaction)

    async def on_submit(self, interaction: Click, /) -> None:
        """Keep what was typed."""
        typed = [field.value for field in self._fields]
        if isinstance(self._setting.kind, DailyTime):
            typed = [str(interaction.channel_id), *typed]
        await interaction.client.services.preferences.choose(interaction_scope(interaction), self._setting.name, *typed)
        await _show(interaction, saved=self._setting)


async def _show(interaction: Click, *, page: int = 0, saved: Setting | None = None) -> None:
    """Show the panel as things are now, in the place of the one that was clicked."""
    text = await _text_for(interaction)
    await interaction.response.edit_message(view=panel(text, interaction.guild, page=page, saved=saved))


async def _text_for(interaction: Click) -> SettingsText:
    bot: EncourageBot = interaction.client
    preferences = await bot.services.preferences.get(interaction_scope(interaction))
    return bot.settings_text(preferences, bot.voice(preferences, interaction), guild=interaction.guild)
