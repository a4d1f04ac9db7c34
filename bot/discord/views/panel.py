"""The panel of a server's settings: controls that save at once, and go on working after a restart."""

from typing import Any, Unpack

import discord
from discord import ui

from bot.discord.client import EncourageBot
from bot.discord.permissions import MANAGE_SERVER, require
from bot.discord.scopes import interaction_scope
from bot.discord.views.embeds import COLOUR
from bot.discord.views.interactive import Interactive
from bot.discord.views.settings_choices import choice, values
from bot.discord.views.settings_text import SettingsText
from bot.errors import UserError
from bot.models import ScopePreferences
from bot.services.settings.preferences import LONGEST_PREFIX, MOST_SILENCED, Choices

SECONDS_TO_WRITE = 900.0
# What a menu of Discord holds (https://discord.com/developers/docs/components/reference#string-select).
MOST_OPTIONS = 25
FIRST_OF_A_GROUP = ("contributors", "language", "helplines")
SILENCEABLE = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.media,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.category,
]

Click = discord.Interaction[Any]
Row = ui.ActionRow["Panel"]


class Panel(Interactive, ui.LayoutView):
    """All settings, each with its control; `saved` names the one that was just changed.

    One panel, registered when the bot starts, answers the clicks on every panel that was ever sent; those that are
    sent are only pictures of how things are, and the bot keeps nothing of them.
    """

    def __init__(self, text: SettingsText, guild: discord.Guild | None, *, saved: str | None = None) -> None:
        super().__init__(timeout=None)
        self._text = text
        container = ui.Container["Panel"](accent_colour=COLOUR)
        container.add_item(ui.TextDisplay(f"### {text.heading()}"))
        for name in text.names:
            if name in FIRST_OF_A_GROUP:
                container.add_item(ui.Separator())
            for item in self._control(name, guild):
                container.add_item(item)
        below = text.voice.text("settings.about")
        if saved is not None:
            below = text.voice.text("settings.saved", effect=text.effect(saved))
        container.add_item(ui.TextDisplay(f"-# {below}"))
        self.add_item(container)

    @classmethod
    def picture(cls, text: SettingsText, guild: discord.Guild | None, *, saved: str | None = None) -> "Panel":
        """Return a panel to send."""
        panel = cls(text, guild, saved=saved)
        panel.stop()
        return panel

    @classmethod
    def listening(cls, bot: EncourageBot) -> "Panel":
        """Return the panel to register."""
        text = SettingsText(bot, bot.voice(ScopePreferences()), ScopePreferences(), private=False)
        panel = cls(text, None)
        # A switch that is off is a control of its own.
        panel.add_item(Row(*(Switch(name, text, turn_on=True) for name in ("responding", "helplines"))))
        return panel

    async def interaction_check(self, interaction: Click, /) -> bool:
        """Let only those through who may manage the server at this moment."""
        require(interaction, MANAGE_SERVER)
        return await super().interaction_check(interaction)

    def _control(self, name: str, guild: discord.Guild | None) -> list[ui.Item[Any]]:
        title, effect = f"**{self._text.title(name)}**", self._text.effect(name)
        match name:
            case "responding" | "helplines":
                switch = Switch(name, self._text, turn_on=not getattr(self._text.preferences, name))
                return [ui.Section(f"{title}\n{effect}", accessory=switch)]
            case "cooldown" | "prefix":
                return [ui.Section(f"{title}\n{effect}", accessory=Change(name, self._text))]
            case "silence":
                return [ui.TextDisplay(f"{title}\n{effect}"), Row(SilenceMenu(self._text, guild))]
            case "quotes" if not self._text.bot.services.quotes.has_source:
                return [ui.TextDisplay(f"{title}\n{effect}")]
            case _:
                return [ui.TextDisplay(f"{title}\n{effect}"), Row(Menu(name, self._text))]


class Switch(ui.Button["Panel"]):
    """Turns a setting on, or off."""

    def __init__(self, name: str, text: SettingsText, *, turn_on: bool) -> None:
        super().__init__(
            custom_id=f"settings:{name}:{'on' if turn_on else 'off'}",
            label=text.voice.text("settings.turn_on" if turn_on else "settings.turn_off"),
            style=discord.ButtonStyle.primary if turn_on else discord.ButtonStyle.secondary,
        )
        self._name = name
        self._choice: Choices = {"responding": turn_on} if name == "responding" else {"helplines": turn_on}

    async def callback(self, interaction: Click) -> None:
        """Turn it."""
        await _save(interaction, self._name, **self._choice)


class Menu(ui.Select["Panel"]):
    """Chooses one of a few values."""

    def __init__(self, name: str, text: SettingsText) -> None:
        options = [
            discord.SelectOption(label=each.label, value=each.value, description=each.effect, default=each.chosen)
            for each in values(name, text)[:MOST_OPTIONS]
        ]
        super().__init__(custom_id=f"settings:{name}", options=options)
        self._name = name

    async def callback(self, interaction: Click) -> None:
        """Choose the value."""
        bot = interaction.client
        await _save(interaction, self._name, **choice(self._name, self.values[0], bot.services, bot.texts))


class SilenceMenu(ui.ChannelSelect["Panel"]):
    """Chooses the channels where the bot keeps silent."""

    def __init__(self, text: SettingsText, guild: discord.Guild | None) -> None:
        there = [id for id in sorted(text.preferences.silenced) if guild is not None and guild.get_channel(id)]
        channel = discord.SelectDefaultValueType.channel
        super().__init__(
            custom_id="settings:silence",
            placeholder=text.voice.text("silence.any"),
            channel_types=SILENCEABLE,
            min_values=0,
            max_values=MOST_SILENCED,
            default_values=[discord.SelectDefaultValue(id=id, type=channel) for id in there],
        )

    async def callback(self, interaction: Click) -> None:
        """Keep silent in these channels, and in no others."""
        await _save(interaction, "silence", silenced=frozenset(channel.id for channel in self.values))


class Change(ui.Button["Panel"]):
    """Opens a box for a setting that is typed."""

    def __init__(self, name: str, text: SettingsText) -> None:
        super().__init__(custom_id=f"settings:{name}", label=text.voice.text("settings.change"))
        self._name = name

    async def callback(self, interaction: Click) -> None:
        """Open the box."""
        text = await _text_for(interaction)
        await interaction.response.send_modal(CooldownBox(text) if self._name == "cooldown" else PrefixBox(text))


class Box(Interactive, ui.Modal):
    """A box to type a setting in."""

    def __init__(self, name: str, text: SettingsText) -> None:
        super().__init__(title=text.title(name), timeout=SECONDS_TO_WRITE)

    async def interaction_check(self, interaction: Click, /) -> bool:
        """Let only those through who may manage the server at this moment."""
        require(interaction, MANAGE_SERVER)
        return await super().interaction_check(interaction)


class CooldownBox(Box):
    """Both pauses, in seconds."""

    def __init__(self, text: SettingsText) -> None:
        super().__init__("cooldown", text)
        self._member = self._field(text, "cooldown.member", text.preferences.member_cooldown)
        self._channel = self._field(text, "cooldown.channel", text.preferences.channel_cooldown)

    def _field(self, text: SettingsText, label: str, seconds: int) -> ui.TextInput["CooldownBox"]:
        field = ui.TextInput["CooldownBox"](custom_id=label, default=str(seconds), max_length=5)
        self.add_item(ui.Label(text=text.voice.text(label), component=field))
        return field

    async def on_submit(self, interaction: Click, /) -> None:
        """Keep both."""
        try:
            member, channel = int(self._member.value), int(self._channel.value)
        except ValueError:
            raise UserError("cooldown.usage") from None
        await _save(interaction, "cooldown", member_cooldown=member, channel_cooldown=channel)


class PrefixBox(Box):
    """The prefix."""

    def __init__(self, text: SettingsText) -> None:
        super().__init__("prefix", text)
        self._prefix = ui.TextInput["PrefixBox"](
            custom_id="prefix", default=text.bot.voices.prefix_in(text.preferences), max_length=LONGEST_PREFIX
        )
        self.add_item(ui.Label(text=text.voice.text("prefix.label"), component=self._prefix))

    async def on_submit(self, interaction: Click, /) -> None:
        """Keep it."""
        await _save(interaction, "prefix", prefix=self._prefix.value)


async def _save(interaction: Click, name: str, **choices: Unpack[Choices]) -> None:
    """Change the setting `name` and show the panel as things are then."""
    await interaction.client.services.preferences.change(interaction_scope(interaction), **choices)
    panel = Panel.picture(await _text_for(interaction), interaction.guild, saved=name)
    await interaction.response.edit_message(view=panel)


async def _text_for(interaction: Click) -> SettingsText:
    bot = interaction.client
    preferences = await bot.services.preferences.get(interaction_scope(interaction))
    return SettingsText(bot, bot.voice(preferences, interaction), preferences, private=interaction.guild_id is None)
