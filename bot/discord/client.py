"""The Discord client: what it listens to, and where each message goes."""

import asyncio
import logging
import secrets
import sys
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import discord
from discord.ext import commands

from bot.discord import slash
from bot.discord.context import EncourageContext
from bot.discord.gate import CALL, Call, Gate
from bot.discord.in_flight import InFlight
from bot.discord.internals.events import Looker
from bot.discord.internals.pace import Identifies
from bot.discord.internals.reconnection import stay_connected
from bot.discord.permissions import MANAGE_SERVER, invite_url, may_answer, may_write
from bot.discord.replies import REFUSED, tell
from bot.discord.scopes import channel_ids, interaction_scope
from bot.discord.views.pages import PageButton, PageSource
from bot.discord.voices import Voices
from bot.errors import ExitCode, StartError, StorageUnavailableError
from bot.health import Health
from bot.models import Scope
from bot.services import Services
from bot.services.care import Incoming
from bot.services.feelings.reader import Feeling, Reading
from bot.services.feelings.readings import NOTHING
from bot.services.rate_limits import Admission
from bot.services.settings.table import Place, ScopePreferences, written_in
from bot.services.tally import ReplyKind
from bot.text.sentences import Texts, Voice
from bot.text.settings import SettingsText

EXTENSIONS = (
    "cogs.errors",
    "cogs.greetings",
    "cogs.inspire",
    "cogs.encouragement",
    "cogs.approval",
    "cogs.care",
    "cogs.helplines",
    "cogs.privacy",
    "cogs.admin",
    "cogs.gone",
    "cogs.words",
    "cogs.transfer",
    "cogs.help",
)
CLOSE_SECONDS = 1.0

log = logging.getLogger(__name__)


def intents(*, message_content: bool) -> discord.Intents:
    """Return the intents the bot needs, and no other: each one costs traffic and trust."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=message_content)


def _habits() -> dict[str, Any]:
    """Return what the bot wants of discord.py, and what not."""
    return {
        # Messages are told apart by the gate, before discord.py could ask for their prefix.
        "command_prefix": commands.when_mentioned,
        "help_command": None,
        "tree_cls": slash.Tree,
        "case_insensitive": True,
        "allowed_mentions": discord.AllowedMentions.none(),
        "allowed_contexts": discord.app_commands.AppCommandContext(guild=True, dm_channel=True),
        "allowed_installs": discord.app_commands.AppInstallationType(guild=True),
        # Nothing here looks a member or an old message up, so nothing is kept for it.
        "max_messages": None,
        "member_cache_flags": discord.MemberCacheFlags.none(),
        "chunk_guilds_at_startup": False,
    }


class Responder(Protocol):
    """Answers people who are sad or in danger."""

    async def respond(self, message: discord.Message, incoming: Incoming, /) -> bool:
        """Give a message, where the bot may write, the answer that its feeling calls for; False when none is due."""


class EncourageBot(commands.Bot):
    """The bot on Discord; everything it uses is handed to it.

    Without `message_content`, it sees only what is written to it: private messages, mentions and slash commands.
    `identifies` counts the sessions that it begins; `options` are those of discord.py.
    """

    def __init__(
        self,
        *,
        services: Services,
        texts: Texts,
        prefix: str,
        locale: str,
        health: Health,
        message_content: bool = True,
        privacy_url: str | None = None,
        identifies: Identifies | None = None,
        **options: Any,
    ) -> None:
        # The voice parts of discord.py are not installed, on purpose: no warning about it at every start.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        status = None if message_content else discord.CustomActivity(texts.text(locale, "without_content.status"))
        super().__init__(intents=intents(message_content=message_content), activity=status, **_habits(), **options)
        self.services = services
        self.texts, self.locale = texts, locale
        self.voices = Voices(texts, locale, prefix, message_content)
        self.health = health
        self.privacy_url = privacy_url
        self.in_flight = InFlight()
        self.responder: Responder | None = None
        self.page_sources: dict[str, PageSource] = {}
        self.after_invoke(self._count_command)
        self._preferences = services.preferences
        self._identifies = identifies or Identifies()
        self._gate = Gate(
            services.care,
            services.preferences,
            self.voices,
            self.in_flight,
            commands=self.all_commands,
            report=partial(self.report, where="on_message"),
        )
        self._looker = Looker(self, self._gate)

    async def setup_hook(self) -> None:
        """Load the cogs and describe their slash commands.

        Raises:
            StartError: a cog is broken.
        """
        self.add_dynamic_items(PageButton)
        for name in EXTENSIONS:
            try:
                await self.load_extension(name)
            except commands.ExtensionError as error:
                raise StartError("start.broken_cog", ExitCode.BROKEN_COG, name=name, reason=error) from error
        if self.user is not None:
            self._gate.answer_to(self.user.id)
        slash.describe(self.tree, self.texts, self.locale)

    def let_through(self, event: str) -> None:
        """Have discord.py told of all gateway events of this name (`MESSAGE_CREATE`), and not only of those used here.

        What the intents don't bring does not come all the same.

        Raises:
            ValueError: the gateway has no event of this name.
        """
        self._looker.let_through(event)

    async def on_message(self, message: discord.Message, /) -> None:
        """Run a command, or answer who is sad or in danger, as the gate has found."""
        call = CALL.get()
        if isinstance(call, Scope):
            self.in_flight.track()
            preferences = await self._preferences.get_or_default(call)
            call = self._gate.call_of(message.content, call, preferences, author_id=message.author.id)
        if call is None:
            return
        if call.prefix is not None:
            await self._take_command(message, call, call.prefix)
        elif call.reading is not None:
            await self._respond(message, call, call.reading)

    async def _take_command(self, message: discord.Message, call: Call, prefix: str) -> None:
        context = EncourageContext.from_message(message, self, prefix)
        self._equip(context, call.scope, call.preferences)
        reading = call.reading or (NOTHING if context.cites else self._read_command(message, call))
        if reading.feeling is not Feeling.NONE and await self._respond(message, call, reading):
            return
        if context.command is None:
            return
        # Whoever was given the helplines a short while ago, and now asks for something, gets it.
        if not may_answer(message):
            log.debug("may not write in channel %d", message.channel.id)
        # Where the bot is silent, it still listens to who can end that, and to who cares for oneself.
        elif context.is_always_answered or not context.is_silenced or context.may(MANAGE_SERVER):
            await self._run(context)

    def _read_command(self, message: discord.Message, call: Call) -> Reading:
        return self._gate.read(
            message.content, call.scope, call.preferences, author_id=message.author.id, helplines_only=True
        )

    async def _run(self, context: EncourageContext) -> None:
        """Run a typed command, if its member and the bot have not too many under way."""
        admission = context.admission()
        if admission is Admission.IGNORED or (self.in_flight.is_full and not context.is_always_answered):
            return
        self.in_flight.track()
        with suppress(*REFUSED):
            async with context.turn():
                if admission is Admission.TOLD:
                    await context.say("errors.too_fast")
                else:
                    await self.invoke(context)

    async def _respond(self, message: discord.Message, call: Call, reading: Reading) -> bool:
        """Have a message that calls for an answer answered, if one is due; not a word of it is logged."""
        if self.responder is None or not may_answer(message):
            return False
        self.in_flight.track()
        return await self.responder.respond(message, self.incoming(message, call.scope, call.preferences, reading))

    def incoming(
        self, message: discord.Message, scope: Scope, preferences: ScopePreferences, reading: Reading
    ) -> Incoming:
        """Return what was learnt of a message, in plain values."""
        return Incoming(
            scope=scope,
            author_id=message.author.id,
            channel_ids=channel_ids(message.channel),
            preferences=preferences,
            locale=self.voices.locale_in(preferences),
            reading=reading,
        )

    async def get_context(self, origin: Any, /, *, cls: Any = EncourageContext) -> Any:
        """Return the context of a slash command; that of a typed one is made where its message is read."""
        context = await super().get_context(origin, cls=cls)
        scope = interaction_scope(origin)
        return self._equip(context, scope, await self._preferences.get_or_default(scope))

    def _equip(self, context: EncourageContext, scope: Scope, preferences: ScopePreferences) -> EncourageContext:
        context.scope, context.preferences = scope, preferences
        context.voices, context.in_flight = self.voices, self.in_flight
        context.rate_limits = self.services.rate_limits
        return context

    def voice(
        self,
        preferences: ScopePreferences,
        interaction: discord.Interaction["EncourageBot"] | None = None,
        *,
        to_all: bool = False,
    ) -> Voice:
        """Return how to speak in a scope: its language, or that of the client behind `interaction` unless `to_all`."""
        if interaction is None:
            return self.voices.voice(preferences)
        own = None if to_all else interaction.locale.value
        return self.voices.voice(preferences, own, slash=slash.is_by_slash(interaction))

    def settings_text(
        self, preferences: ScopePreferences, voice: Voice, *, guild: discord.Guild | None
    ) -> SettingsText:
        """Return the settings of a server, or those of a private conversation for None, as somebody is told of them."""
        place = Place.PRIVATE if guild is None else Place.SERVER
        closed = frozenset(id for id in written_in(preferences) if guild is not None and not may_write(guild, id))
        locale, prefix = self.voices.locale_in(preferences), self.voices.prefix_in(preferences)
        reads = self.voices.message_content
        return SettingsText(voice, locale, prefix, self._preferences.vocabulary, preferences, place, reads, closed)

    async def voice_for(self, interaction: discord.Interaction["EncourageBot"]) -> Voice:
        """Return how to speak to the one person who clicked or gave a command."""
        return self.voice(await self._preferences.get_or_default(interaction_scope(interaction)), interaction)

    async def answer(self, interaction: discord.Interaction["EncourageBot"], key: str, **params: object) -> None:
        """Answer a click or a slash command with one sentence, for that person alone."""
        await tell(interaction, (await self.voice_for(interaction)).text(key, **params))

    async def admits(self, interaction: discord.Interaction["EncourageBot"], *, always: bool) -> bool:
        """Tell whether to answer a click, a form or a slash command: its member and the bot have not too many.

        A member with too many is told so once. The task that calls this finishes before a stop.
        """
        if not self.in_flight.begin() or not (always or await self.in_flight.take_turn()):
            return False
        completing = interaction.type is discord.InteractionType.autocomplete
        admission = self.services.rate_limits.admit(
            interaction_scope(interaction),
            # Of an event without a member, discord.py knows nobody.
            member_id=getattr(interaction.user, "id", 0),
            channel_id=interaction.channel_id or 0,
            always=always,
            click=interaction.type is not discord.InteractionType.application_command,
        )
        if admission is Admission.TOLD and not completing:
            await self.answer(interaction, "errors.too_fast")
        return admission is Admission.GRANTED

    async def _count_command(self, context: EncourageContext) -> None:
        if not context.command_failed:
            self.services.tally.replied(ReplyKind.TYPED if context.interaction is None else ReplyKind.SLASH)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected to the gateway until the bot closes.

        Raises:
            ConnectionClosed: Discord has closed a connection for good.
        """
        await stay_connected(self, self._identifies)

    async def close(self) -> None:
        """Send the answers under way, then leave Discord; both within a bounded time."""
        await self.in_flight.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await super().close()

    async def on_connect(self) -> None:
        """Note that the gateway has accepted the session."""
        self.health.connected()

    async def on_resumed(self) -> None:
        """Note that the gateway has taken the session up again."""
        self.health.connected()

    async def on_disconnect(self) -> None:
        """Note that the connection is down."""
        self.health.disconnected()

    async def on_ready(self) -> None:
        """Say in the log who is connected, and how to invite it."""
        link = invite_url(self.application_id) if self.application_id else ""
        log.info("connected as %s in %d servers; to invite it: %s", self.user, len(self.guilds), link)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Log what went wrong in an event, never its arguments: they hold people's messages."""
        error = sys.exception()
        if isinstance(error, StorageUnavailableError):
            log.debug("the storage failed in %s", event_method)
        elif error is not None:
            self.report(error, where=event_method)

    def report(self, error: BaseException, *, where: str) -> str:
        """Log an unexpected error once and return the short id that the log and the sorry reply share."""
        incident = secrets.token_hex(4)
        log.error("incident %s in %s", incident, where, exc_info=error)
        return incident
