"""The Discord client: what it listens to, whom it answers, and how it stops."""

import asyncio
import logging
import secrets
import sys
from contextlib import suppress
from typing import Any

import aiohttp
import discord
from discord.ext import commands
from discord.utils import MISSING

from bot.discord import slash
from bot.discord.context import MANAGE_SERVER, EncourageContext, interaction_scope, scope_of
from bot.errors import ExitCode, StartError, StorageUnavailableError
from bot.health import Health
from bot.models import Scope, ScopePreferences
from bot.services import Services
from bot.services.feelings.reader import Feeling
from bot.services.tally import ReplyKind
from bot.text.sentences import Texts, Voice

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
    "cogs.words",
    "cogs.transfer",
    "cogs.help",
)
# All that the bot asks a server for; `python -m bot invite` prints them as a link.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    embed_links=True,
)
WRITTEN_BY_PEOPLE = (discord.MessageType.default, discord.MessageType.reply)
# What discord.py lets through when the network fails.
UNREACHABLE = (OSError, TimeoutError, aiohttp.ClientError)
# All that may come of trying to say something.
REFUSED = (discord.HTTPException, *UNREACHABLE)
DRAIN_SECONDS = 2.5
CANCEL_SECONDS = 0.5
CLOSE_SECONDS = 1.0

log = logging.getLogger(__name__)


def intents(*, message_content: bool) -> discord.Intents:
    """Return the intents the bot needs, and no other: each one costs traffic and trust."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=message_content)


def invite_url(application_id: int) -> str:
    """Return the OAuth2 link that invites the bot to a server, with only the permissions it uses."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))


class EncourageBot(commands.Bot):
    """The bot on Discord; everything it uses is handed to it.

    Without `message_content`, it sees only what is written to it: private messages, mentions and slash commands.
    `options` are those of discord.py.
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
        **options: Any,
    ) -> None:
        # The voice parts of discord.py are not installed, on purpose: no warning about it at every start.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=_prefixes,
            intents=intents(message_content=message_content),
            activity=None if message_content else discord.CustomActivity(texts.text(locale, "without_content.status")),
            help_command=None,
            tree_cls=slash.Tree,
            case_insensitive=True,
            strip_after_prefix=True,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=discord.app_commands.AppCommandContext(guild=True, dm_channel=True),
            allowed_installs=discord.app_commands.AppInstallationType(guild=True),
            # Nothing here looks a member or an old message up, so nothing is kept for it.
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            **options,
        )
        self.services = services
        self.texts = texts
        self.prefix = prefix
        self.locale = locale
        self.health = health
        self.message_content = message_content
        self.privacy_url = privacy_url
        self.after_invoke(self._count_command)
        self._at_work: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self._mentions: tuple[str, ...] = ()

    async def setup_hook(self) -> None:
        """Load the cogs and describe their slash commands.

        Raises:
            StartError: a cog is broken.
        """
        for name in EXTENSIONS:
            try:
                await self.load_extension(name)
            except commands.ExtensionError as error:
                raise StartError("start.broken_cog", ExitCode.BROKEN_COG, name=name, reason=error) from error
        if self.user is not None:
            self._mentions = (f"<@{self.user.id}>", f"<@!{self.user.id}>")
        slash.describe(self.tree, self.texts, self.locale)

    async def get_context(self, origin: Any, /, *, cls: Any = EncourageContext) -> Any:
        """Return the bot's own kind of context, for typed and slash commands alike."""
        context = await super().get_context(origin, cls=cls)
        context.preferences = await self.services.preferences.get_or_default(context.scope)
        return context

    async def on_message(self, message: discord.Message, /) -> None:
        """Run a command or note a message that calls for an answer; for any other message, do as little as possible."""
        if self._stopping or message.author.bot or message.webhook_id or message.type not in WRITTEN_BY_PEOPLE:
            return
        scope = scope_of(message.guild, message.channel)
        preferences = self.services.preferences.known(scope)
        if preferences is None:
            preferences = await self.services.preferences.get_or_default(scope)
        prefix = self.prefix_in(preferences)
        if not message.content.startswith((prefix, *self._mentions)):
            self._answer(self._feeling(message, preferences), message)
            return
        context = await self.get_context(message)
        # Whatever else it asks for, a message may be a call for help, even by the chance of how it begins.
        feeling = Feeling.NONE if _cites(context) else self._feeling(message, preferences)
        # A prefix that ends in a letter may be how an ordinary word begins.
        addressed = context.prefix == prefix and not prefix[-1].isalnum()
        if feeling.calls_for_helplines or (context.command is None and not addressed):
            self._answer(feeling, message)
        elif context.command is not None and self.may_answer(message):
            self.track_current_task()
            # Where the bot is silent, it still listens to who can end that, and to who cares for oneself.
            if not context.is_silenced or context.command.extras["always"] or context.may(MANAGE_SERVER):
                await self.invoke(context)
        elif context.command is not None:
            log.debug("may not write in channel %d", message.channel.id)

    def _feeling(self, message: discord.Message, preferences: ScopePreferences) -> Feeling:
        scope = scope_of(message.guild, message.channel)
        return self.services.care.feeling(message.content, scope, preferences, author_id=message.author.id)

    def _answer(self, feeling: Feeling, message: discord.Message) -> None:
        """Hand a message that calls for an answer to the cog that gives it; not a word of it is logged."""
        if feeling is not Feeling.NONE and self.may_answer(message):
            self.dispatch("crisis_message" if feeling.calls_for_helplines else "sad_message", message)

    def may_answer(self, message: discord.Message) -> bool:
        """Tell whether the bot may write where this message is: a refused call counts towards a ban of its address."""
        permissions = _own_permissions(message)
        if isinstance(message.channel, discord.Thread):
            return permissions.view_channel and permissions.send_messages_in_threads
        return permissions.view_channel and permissions.send_messages

    async def reply(self, message: discord.Message, text: str, *, view: discord.ui.View = MISSING) -> bool:
        """Reply to a message, without pinging its author; False if it is gone or Discord refuses."""
        try:
            if _own_permissions(message).read_message_history:
                await message.reply(text, view=view)
            else:
                await message.channel.send(text, view=view)
        except discord.DiscordServerError:
            raise
        except discord.HTTPException as error:
            self.note_refusal(error)
            return False
        except UNREACHABLE as error:
            log.warning("Discord could not be reached with an answer: %s", type(error).__name__)
            return False
        return True

    def note_refusal(self, error: Exception) -> None:
        """Note that Discord refused an answer: nothing to worry about, and nothing to tell anybody."""
        log.debug("Discord refused an answer: %s", error)

    def prefix_in(self, preferences: ScopePreferences) -> str:
        """Return what typed commands begin with in a scope."""
        return preferences.prefix or self.prefix

    def voice(
        self, preferences: ScopePreferences, interaction: discord.Interaction["EncourageBot"] | None = None
    ) -> Voice:
        """Return how to speak in a scope: its language, or that of the client behind `interaction`."""
        own = None if interaction is None else self.texts.match(interaction.locale.value)
        # Without the message content, what works wherever it is read is the slash.
        prefix = self.prefix_in(preferences) if self.message_content else "/"
        return Voice(self.texts, own or preferences.locale or self.locale, prefix)

    async def voice_in(self, scope: Scope) -> Voice:
        """Return how to speak to everybody in a scope."""
        return self.voice(await self.services.preferences.get_or_default(scope))

    async def voice_for(self, interaction: discord.Interaction["EncourageBot"]) -> Voice:
        """Return how to speak to the one person who clicked or gave a command."""
        return self.voice(await self.services.preferences.get_or_default(interaction_scope(interaction)), interaction)

    async def answer(self, interaction: discord.Interaction["EncourageBot"], key: str, **params: object) -> None:
        """Answer a click or a slash command with one sentence, for that person alone."""
        await self.tell(interaction, (await self.voice_for(interaction)).text(key, **params))

    async def tell(self, interaction: discord.Interaction["EncourageBot"], sentence: str) -> None:
        """Send a sentence to the one who clicked or gave a slash command, alone."""
        try:
            if interaction.response.is_done():
                await interaction.followup.send(sentence, ephemeral=True)
            else:
                await interaction.response.send_message(sentence, ephemeral=True)
        except REFUSED as error:
            self.note_refusal(error)

    @property
    def stopping(self) -> bool:
        """Tell whether the bot has begun to stop, and takes nothing new."""
        return self._stopping

    def begin_answer(self) -> bool:
        """Tell whether to answer a click or a slash command; if so, the task that calls this finishes before a stop."""
        if self.stopping:
            return False
        self.track_current_task()
        return True

    async def _count_command(self, context: EncourageContext) -> None:
        if not context.command_failed:
            self.services.tally.replied(ReplyKind.TYPED if context.interaction is None else ReplyKind.SLASH)

    def track_current_task(self) -> None:
        """Let the task that calls this finish before the bot closes: it owes somebody an answer."""
        task = asyncio.current_task()
        if task is not None:
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    async def close(self) -> None:
        """Send the answers under way, then leave Discord; both within a bounded time."""
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                # One turn of the loop lets tasks that were just created begin, and be counted.
                await asyncio.sleep(0)
                while self._at_work:
                    await asyncio.wait(self._at_work)
                    await asyncio.sleep(0)
        late = {task for task in self._at_work if task is not asyncio.current_task()}
        for task in late:
            task.cancel()
        if late:
            log.warning("%d answers were too slow to be sent before the stop", len(late))
            await asyncio.wait(late, timeout=CANCEL_SECONDS)
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
            # The events of care would tell what was read in somebody's message.
            self.report(error, where="an answer" if event_method.endswith("_message") else event_method)

    def report(self, error: BaseException, *, where: str) -> str:
        """Log an unexpected error once and return the short id that the log and the sorry reply share."""
        incident = secrets.token_hex(4)
        log.error("incident %s in %s", incident, where, exc_info=error)
        return incident


def _cites(context: EncourageContext) -> bool:
    """Tell whether what is typed after a command is an example; a member who may not give it means what is said."""
    if context.command is None or not context.command.extras["cites"]:
        return False
    needed = context.command.extras["needs"]
    return needed is None or context.may(needed)


async def _prefixes(bot: EncourageBot, message: discord.Message) -> list[str]:
    """Return what a command may begin with: the mention, and the prefix of the message's scope."""
    preferences = await bot.services.preferences.get_or_default(scope_of(message.guild, message.channel))
    return commands.when_mentioned_or(bot.prefix_in(preferences))(bot, message)


def _own_permissions(message: discord.Message) -> discord.Permissions:
    """Return what the bot may do in the message's channel, as far as it knows."""
    if message.guild is None or not isinstance(message.channel, discord.abc.GuildChannel | discord.Thread):
        return discord.Permissions.all()
    return message.channel.permissions_for(message.guild.me)
