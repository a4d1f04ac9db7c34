"""What the people who manage a server decide: one panel for everything, and a command for each setting."""

from typing import Unpack

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext, hybrid_command
from bot.discord.permissions import MANAGE_SERVER
from bot.discord.scopes import scope_of
from bot.discord.views.embeds import card
from bot.discord.views.panel import Panel
from bot.discord.views.settings_choices import NO_COUNTRY, choice
from bot.discord.views.settings_text import SettingsText
from bot.errors import UserError
from bot.services.helplines import MOST_SUGGESTED
from bot.services.settings.preferences import Choices


class Admin(commands.Cog):
    """Shows and changes the settings of a server."""

    def __init__(self, bot: EncourageBot) -> None:
        self._bot = bot
        self._preferences = bot.services.preferences

    async def cog_load(self) -> None:
        """Let the panels of earlier runs work."""
        self._bot.add_view(Panel.listening(self._bot))

    @hybrid_command(needs=MANAGE_SERVER)
    @commands.bot_has_permissions(embed_links=True)
    async def settings(self, ctx: EncourageContext) -> None:
        """Show the settings: with `/` as a panel for the asker alone, else in words."""
        await self._read(ctx)
        if ctx.interaction is not None:
            text = SettingsText(self._bot, ctx.own_voice, ctx.preferences, private=ctx.guild is None)
            await ctx.send(view=Panel.picture(text, ctx.guild), ephemeral=True)
            return
        text = self._text(ctx)
        await ctx.send(embed=card(text.heading(), text.all()))

    @hybrid_command(needs=MANAGE_SERVER)
    async def responding(self, ctx: EncourageContext, *, state: str = "") -> None:
        """Turn the answers to sad messages on or off, or tell how it is."""
        if state:
            await self._change(ctx, responding=self._read_switch(state, "responding.usage"))
        await self._read(ctx)
        await ctx.say("responding.on" if ctx.preferences.responding else "responding.off")

    @hybrid_command(needs=MANAGE_SERVER)
    async def helplines(self, ctx: EncourageContext, *, state: str = "") -> None:
        """Turn the helplines for messages that speak of suicide on or off, or tell how it is."""
        if state:
            await self._change(ctx, helplines=self._read_switch(state, "helplines.usage"))
        await self._read(ctx)
        await ctx.say("helplines.on" if ctx.preferences.helplines else "helplines.off")

    @hybrid_command(needs=MANAGE_SERVER)
    async def triggers(self, ctx: EncourageContext, *, trigger: str = "") -> None:
        """Choose what counts as sad, or tell how it is."""
        await self._choose(ctx, "triggers", trigger)

    @hybrid_command(needs=MANAGE_SERVER)
    async def language(self, ctx: EncourageContext, *, language: str = "") -> None:
        """Choose the language spoken here, or tell which it is."""
        await self._choose(ctx, "language", language)

    @language.autocomplete("language")
    async def suggest_language(
        self, _interaction: discord.Interaction[EncourageBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the languages by what they call themselves."""
        texts = self._bot.texts
        named = [(texts.name(code), code) for code in texts.locales]
        return [
            app_commands.Choice(name=name, value=code)
            for name, code in named
            if typed.casefold() in name.casefold() or typed.casefold() == code
        ][:MOST_SUGGESTED]

    @hybrid_command(needs=MANAGE_SERVER)
    @commands.guild_only()
    @app_commands.allowed_contexts(guilds=True, dms=False)
    async def contributors(self, ctx: EncourageContext, *, who: str = "") -> None:
        """Choose who may add messages, or tell who may."""
        await self._choose(ctx, "contributors", who)

    @hybrid_command(needs=MANAGE_SERVER)
    async def quotes(self, ctx: EncourageContext, *, source: str = "") -> None:
        """Choose where quotes come from, or tell where."""
        await self._choose(ctx, "quotes", source)

    @hybrid_command(needs=MANAGE_SERVER)
    async def country(self, ctx: EncourageContext, *, country: str = "") -> None:
        """Choose the country whose helplines are given, or tell which it is."""
        await self._choose(ctx, "country", country)

    @country.autocomplete("country")
    async def suggest_country(
        self, interaction: discord.Interaction[EncourageBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the countries that are known and begin like this, and none of them."""
        voice = await self._bot.voice_for(interaction)
        known = self._bot.services.helplines.suggest(voice.locale, typed)
        offered = [app_commands.Choice(name=country.name, value=country.code) for country in known]
        if not typed:
            offered.insert(0, app_commands.Choice(name=voice.text("country.none"), value=NO_COUNTRY))
        return offered[:MOST_SUGGESTED]

    @hybrid_command(needs=MANAGE_SERVER)
    async def cooldown(
        self,
        ctx: EncourageContext,
        member: int = commands.parameter(default=None),
        channel: int = commands.parameter(default=None),
    ) -> None:
        """Set the pauses between two kind words in seconds, or tell how long they are."""
        choices: Choices = {}
        if member is not None:
            choices["member_cooldown"] = member
        if channel is not None:
            choices["channel_cooldown"] = channel
        if choices:
            await self._change(ctx, **choices)
        await self._tell(ctx, "cooldown")

    @hybrid_command(needs=MANAGE_SERVER)
    @commands.guild_only()
    @app_commands.allowed_contexts(guilds=True, dms=False)
    async def silence(
        self,
        ctx: EncourageContext,
        channel: discord.abc.GuildChannel = commands.parameter(default=None),
        state: str = "on",
    ) -> None:
        """Keep silent in a channel or a category, or speak there again, or tell where it is so."""
        if channel is not None:
            silenced = self._read_switch(state, "silence.usage")
            ctx.preferences = await self._preferences.silence(ctx.scope, channel.id, silenced=silenced)
        await self._tell(ctx, "silence")

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forget a silent channel that is gone: nobody could name it any more."""
        self._bot.in_flight.track()
        scope = scope_of(channel.guild, channel)
        if channel.id in (await self._preferences.get(scope)).silenced:
            await self._preferences.silence(scope, channel.id, silenced=False)

    @hybrid_command(needs=MANAGE_SERVER)
    async def prefix(self, ctx: EncourageContext, *, prefix: str = "") -> None:
        """Choose what typed commands begin with, or tell what it is."""
        if prefix:
            await self._change(ctx, prefix=prefix)
        await self._tell(ctx, "prefix")

    async def _choose(self, ctx: EncourageContext, name: str, value: str) -> None:
        if value:
            await self._change(ctx, **choice(name, value, self._bot.services, self._bot.texts))
        await self._tell(ctx, name)

    async def _change(self, ctx: EncourageContext, **choices: Unpack[Choices]) -> None:
        ctx.preferences = await self._preferences.change(ctx.scope, **choices)

    async def _read(self, ctx: EncourageContext) -> None:
        """Read the preferences again, which for lack of a storage may be mere defaults."""
        ctx.preferences = await self._preferences.get(ctx.scope)

    async def _tell(self, ctx: EncourageContext, name: str) -> None:
        await self._read(ctx)
        await ctx.send(self._text(ctx).effect(name))

    def _text(self, ctx: EncourageContext) -> SettingsText:
        return SettingsText(self._bot, ctx.voice, ctx.preferences, private=ctx.guild is None)

    def _read_switch(self, word: str, usage: str) -> bool:
        wanted = self._bot.texts.read_switch(word)
        if wanted is None:
            raise UserError(usage)
        return wanted


async def setup(bot: EncourageBot) -> None:
    """Add the cog."""
    await bot.add_cog(Admin(bot))
