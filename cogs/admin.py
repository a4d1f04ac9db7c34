"""What the people who manage a server decide: one panel for everything, and a command for each setting."""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.arguments import Channel, ChannelOrWord, RoleOrWord
from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.internals.rest import patiently
from bot.discord.permissions import MANAGE_MESSAGES, MANAGE_SERVER, must_write
from bot.discord.scopes import interaction_scope, outer
from bot.discord.views.embeds import card
from bot.discord.views.panel import SettingsControl, panel
from bot.services.helplines import MOST_SUGGESTED
from bot.services.settings.daily import DailyTime, Zone, zones_like
from bot.services.settings.ids import ChannelId, RoleId
from bot.services.settings.kinds import Channels, CountryCode, LanguageCode, TwoPauses
from bot.services.settings.table import SETTINGS, Place, Role, Setting, shown_at
from bot.text.helplines import all_lines
from bot.text.settings import SettingsText

PERMISSIONS = {Role.MANAGERS: MANAGE_SERVER, Role.MODERATORS: MANAGE_MESSAGES}

# The setting whose command is easily taken for the one that shows the helplines.
HELPLINES = "helplines"

Suggested = list[app_commands.Choice[str]]


class Admin(commands.Cog):
    """Shows and changes the settings of a server; `setup` adds a command for each row of their table."""

    def __init__(self, bot: EncourageBot) -> None:
        self._bot = bot
        self._preferences = bot.services.preferences

    async def cog_load(self) -> None:
        """Let the panels of earlier runs work."""
        self._bot.add_dynamic_items(SettingsControl)

    async def cog_unload(self) -> None:
        """Let them rest."""
        self._bot.remove_dynamic_items(SettingsControl)

    @hybrid_command(needs=MANAGE_SERVER)
    @commands.bot_has_permissions(embed_links=True)
    async def settings(self, ctx: EncourageContext) -> None:
        """Show the settings: with `/` as a panel for the asker alone, else in words."""
        await self._read(ctx)
        if ctx.interaction is not None:
            text = self._bot.settings_text(ctx.preferences, ctx.own_voice, guild=ctx.guild)
            await ctx.send(view=panel(text, ctx.guild), ephemeral=True)
            return
        text = self._text(ctx)
        await ctx.send(embed=card(text.heading(), text.all()))

    async def choose(self, ctx: EncourageContext, setting: Setting, *typed: str) -> None:
        """Change a setting to what was typed, if anything was, and tell how it is."""
        if any(typed):
            await self._preferences.choose(ctx.scope, setting.name, *typed)
        await self._tell(ctx, setting)

    def is_choice(self, typed: str) -> bool:
        """Tell whether a word means on or off."""
        return self._preferences.vocabulary.is_switch(typed)

    async def show_lines(self, ctx: EncourageContext) -> None:
        """Show the helplines to the asker, as `helpline` does."""
        text = all_lines(ctx.own_voice, self._bot.services.helplines, ctx.preferences.country)
        with patiently():
            await ctx.send(text, ephemeral=True)

    async def put(self, ctx: EncourageContext, setting: Setting, channel: Channel | str | None, state: str) -> None:
        """Put a channel into a setting or take it out, and tell how it is; with a state alone, the one that is here."""
        if isinstance(channel, str):
            if state or not self.is_choice(channel):
                raise commands.BadArgument(channel)
            await self._preferences.put(ctx.scope, setting.name, outer(ctx.channel).id, channel)
        elif channel is not None or state:
            await self._preferences.put(ctx.scope, setting.name, (channel or outer(ctx.channel)).id, state or "on")
        await self._tell(ctx, setting)

    async def put_one(self, ctx: EncourageContext, setting: Setting, one: Any, state: str) -> None:
        """Choose a role or a channel, or none, and tell how it is; with a state alone, the channel that is here."""
        if isinstance(one, str):
            one, state = None, state or one
        if one is not None or state:
            state = state or "on"
            if not self.is_choice(state):
                raise commands.BadArgument(state)
            id = _chosen(ctx, setting, one) if self._preferences.vocabulary.switch(state) else None
            await self._preferences.change(ctx.scope, **{setting.name: id})
        await self._tell(ctx, setting)

    async def _tell(self, ctx: EncourageContext, setting: Setting) -> None:
        """Tell how a setting is."""
        await self._read(ctx)
        await ctx.send(self._text(ctx).answer(setting))

    async def suggest(self, interaction: discord.Interaction[EncourageBot], typed: str) -> Suggested:
        """Offer the values that begin with what was typed so far, or hold it."""
        assert interaction.command is not None, "completion is asked for by a command"
        setting = SETTINGS[interaction.command.name]
        voice = await self._bot.voice_for(interaction)
        preferences = await self._preferences.get_or_default(interaction_scope(interaction))
        text = self._bot.settings_text(preferences, voice, guild=interaction.guild)
        if isinstance(setting.kind, Zone):
            return [app_commands.Choice(name=zone, value=zone) for zone in zones_like(typed)[:MOST_SUGGESTED]]
        begun = typed.casefold()
        return [
            app_commands.Choice(name=option.label, value=option.value)
            for option in text.options(setting)
            if begun in option.label.casefold() or begun == option.value.casefold()
        ][:MOST_SUGGESTED]

    async def _read(self, ctx: EncourageContext) -> None:
        """Read the preferences again, which for lack of a storage may be mere defaults."""
        ctx.preferences = await self._preferences.get(ctx.scope)

    def _text(self, ctx: EncourageContext) -> SettingsText:
        return self._bot.settings_text(ctx.preferences, ctx.voice, guild=ctx.guild)


def _chosen(ctx: EncourageContext, setting: Setting, one: discord.Role | Channel | None) -> int:
    """Return the id of what was chosen: everybody's role is none that decides, and the bot may write in a channel."""
    if isinstance(setting.kind, RoleId):
        if not isinstance(one, discord.Role) or one.is_default():
            raise commands.BadArgument(str(one))
        return one.id
    return must_write(ctx.guild, outer(one or ctx.channel).id, f"settings.{setting.name}.refused")


def _command(setting: Setting) -> commands.HybridCommand[Any, ..., None]:
    """Return the command that shows and changes a setting."""
    callback: Callable[..., Any]
    match setting.kind:
        case TwoPauses():
            callback = _for_two_pauses(setting)
        case Channels() | ChannelId():
            callback = _for_channels(setting)
        case DailyTime():
            callback = _for_daily(setting)
        case RoleId():
            callback = _for_role(setting)
        case _ if setting.name == HELPLINES:
            callback = _for_helplines(setting)
        case _:
            callback = _for_one_value(setting)
    # discord.py names an attribute of the cog by the one, and tells a method from a function by the other.
    callback.__name__ = setting.name
    callback.__qualname__ = f"{Admin.__qualname__}.{setting.name}"
    if Place.PRIVATE not in setting.where:
        callback = app_commands.allowed_contexts(guilds=True, dms=False)(commands.guild_only()(callback))
    listens = setting.name == HELPLINES
    command = hybrid_command(name=setting.name, needs=PERMISSIONS[setting.who], always=listens, checks=listens)(
        callback
    )
    if isinstance(setting.kind, LanguageCode | CountryCode | Zone):
        command.autocomplete("value")(Admin.suggest)
    return command


def _for_one_value(setting: Setting) -> Callable[..., Any]:
    async def choose(cog: Admin, ctx: EncourageContext, *, value: str = "") -> None:
        await cog.choose(ctx, setting, value)

    return choose


def _for_helplines(setting: Setting) -> Callable[..., Any]:
    """One letter away from `helpline`: whoever may not choose, and types no choice, is somebody who looks for help."""

    async def choose(cog: Admin, ctx: EncourageContext, *, value: str = "") -> None:
        needed = PERMISSIONS[setting.who]
        if ctx.may(needed):
            await cog.choose(ctx, setting, value)
        elif cog.is_choice(value):
            raise commands.MissingPermissions([needed])
        else:
            await cog.show_lines(ctx)

    return choose


def _for_two_pauses(setting: Setting) -> Callable[..., Any]:
    async def choose(
        cog: Admin,
        ctx: EncourageContext,
        member: int = commands.parameter(default=None),
        channel: int = commands.parameter(default=None),
    ) -> None:
        await cog.choose(ctx, setting, *("" if part is None else str(part) for part in (member, channel)))

    return choose


def _for_channels(setting: Setting) -> Callable[..., Any]:
    async def choose(
        cog: Admin,
        ctx: EncourageContext,
        channel: ChannelOrWord = commands.parameter(default=None),
        state: str = "",
    ) -> None:
        put: Any = cog.put if isinstance(setting.kind, Channels) else cog.put_one
        await put(ctx, setting, channel, state)

    return choose


def _for_role(setting: Setting) -> Callable[..., Any]:
    async def choose(
        cog: Admin,
        ctx: EncourageContext,
        role: RoleOrWord = commands.parameter(default=None),
        state: str = "",
    ) -> None:
        await cog.put_one(ctx, setting, cast(Any, role), state)

    return choose


def _for_daily(setting: Setting) -> Callable[..., Any]:
    async def choose(
        cog: Admin, ctx: EncourageContext, channel: ChannelOrWord = commands.parameter(default=None), *, time: str = ""
    ) -> None:
        where: Any = channel
        if isinstance(where, str):
            where, time = None, f"{where} {time}".strip()
        if where is not None and not time:
            raise commands.BadArgument(time)
        await cog.choose(ctx, setting, *((str((where or outer(ctx.channel)).id), time) if time else ()))

    return choose


@cache
def _with_commands() -> commands.CogMeta:
    """Return the class of the cog, with a command for each setting."""
    by_name = {name: _command(row) for name, row in shown_at(Place.SERVER).items()}
    return commands.CogMeta("Admin", (Admin,), by_name | {"__module__": __name__, "__doc__": Admin.__doc__})


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(_with_commands()(bot))
