"""The try-out: the real bot, its real cogs and database, on SimCord's simulated Discord, in a browser."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import discord
import simcord

from bot.background import Background
from bot.config import Settings
from bot.discord import slash
from bot.discord.unprompted import unprompted
from bot.health import Health
from bot.languages import Language
from bot.models import QuoteSource
from bot.operator.simulation import Clock, Place, SimulatedDiscord, page_of, simulated
from bot.serving import stop_on_signal
from bot.text.sentences import Texts
from bot.wiring import make_bot, open_services

LONGEST_COOLDOWN = 600.0
HIGHEST_PORT = 65535


async def try_out(settings: Settings, languages: Mapping[str, Language], *, port: int = 0) -> None:
    """Hold a short conversation, print it, and serve pages to go on with it until Ctrl-C; no network is used.

    The first page is on `port`, the others on those after it; 0 is for any that are free.

    Raises:
        StartError: a port is taken.
    """
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        world = await stack.enter_async_context(build(settings, languages))
        pages = []
        for number, place in enumerate(world.places):
            at = port + number if port and port + number <= HIGHEST_PORT else 0
            pages.append(await stack.enter_async_context(page_of(world.env, place, port=at)))
        await world.talk()
        _print_conversation(world)
        print(f"{world.text('tryout.open', prefix=world.prefix)}\n\n    {pages[0].url}\n")
        print(f"{world.text('tryout.elsewhere')}\n")
        for place, page in list(zip(world.places, pages, strict=True))[1:]:
            print(f"    {place.name}\n    {page.url}\n")
        print(world.text("tryout.limits", name=world.text("tryout.admin"), channel=world.home.other.name))
        print(world.text("tryout.stop"), flush=True)
        ends = {asyncio.create_task(pages[0].wait_closed()), asyncio.create_task(stop.wait())}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in ends:
            task.cancel()
    print(world.text("tryout.ended"))


class _Texts(Texts):
    """The simulated clients tell a language that nobody chose: the server's is everybody's."""

    def match(self, _tag: str) -> str | None:
        return None


@asynccontextmanager
async def build(settings: Settings, languages: Mapping[str, Language]) -> AsyncIterator["World"]:
    """Make the Discord that is tried out, with the bot on it, and all that it keeps in a folder of its own."""
    texts = _Texts(languages)
    clock = Clock(seconds_ago=2 * LONGEST_COOLDOWN)
    with TemporaryDirectory() as folder:
        settings = replace(
            settings,
            database=Path(folder) / "encourage.db",
            postgres=None,
            backups=0,
            quotes=QuoteSource.BUNDLED,
            shards=None,
            shard_ids=(),
        )
        async with open_services(settings, languages, clock=clock.monotonic, now=clock.now) as services:
            bot = make_bot(settings, services, texts, Health())
            async with simulated(bot, clock) as env:
                await slash.publish(bot.tree, texts, services.published_commands)
                # Its pages show them as they are written: </hello:1>.
                bot.voices.mentions.clear()
                if bot.user is not None:
                    await bot.user.edit(username=texts.text(settings.locale, "help.title"))
                async with Background().running_all(unprompted(bot, settings.locale)):
                    yield World(settings, texts, env, clock)


class World:
    """The Discord that is tried out: a server, a private conversation, and a server in each other language."""

    def __init__(self, settings: Settings, texts: Texts, env: SimulatedDiscord, clock: Clock) -> None:
        self.env = env
        self.clock = clock
        self.prefix = settings.prefix
        self.locale = settings.locale
        self.texts = texts
        self._member = env.create_user(self.text("tryout.member"))
        self._admin = env.create_user(self.text("tryout.admin"))
        self.home = self._add_server(self.locale)
        self.abroad = [self._add_server(locale) for locale in texts.locales if locale != self.locale]

    @property
    def places(self) -> list[Place]:
        """Return where the bot can be talked to; the first is where the conversation is."""
        private = self.text("tryout.private", name=self._member.name)
        return [
            self.home.place(self.home.channel),
            self.home.place(self.home.other),
            Place(private, self._member.dm_channel, [self._member], _tag(self.locale)),
            *(server.place(server.channel, f" ({self.texts.name(server.locale)})") for server in self.abroad),
        ]

    def text(self, key: str, **params: object) -> str:
        """Return a sentence in the bot's language."""
        return self.texts.text(self.locale, key, **params)

    async def talk(self) -> None:
        """Say in each place what it opens with, which was a while ago."""
        home = self.home
        message = await home.member.send(home.other, self.text("tryout.to_encourage"))
        await home.admin.context_menu(home.other, self.text("encourage.menu"), message)
        self._move_on()
        await home.member.send(home.channel, f"{self.prefix}hello")
        await home.member.send(home.channel, self.text("tryout.sad"))
        await home.admin.send(home.channel, f"{self.prefix}new {self.text('tryout.new')}")
        await home.member.send(home.channel, f"{self.prefix}inspire")
        await home.admin.send(home.channel, f"{self.prefix}list")
        await self._member.send_dm(f"{self.prefix}hello")
        for server in self.abroad:
            await server.admin.send(server.channel, f"{self.prefix}language {server.locale}")
            await server.member.send(server.channel, self.texts.text(server.locale, "tryout.sad"))
        self._move_on()

    def _move_on(self) -> None:
        self.clock.move_on(LONGEST_COOLDOWN)
        self.env.catch_up()

    def _add_server(self, locale: str) -> "_Server":
        guild = self.env.create_guild(self.texts.text(locale, "tryout.guild"), preferred_locale=_tag(locale))
        moderators = guild.create_role("Admin", permissions=discord.Permissions(administrator=True))
        return _Server(
            locale=locale,
            channel=guild.create_text_channel(self.texts.text(locale, "tryout.channel")),
            other=guild.create_text_channel(self.texts.text(locale, "tryout.other_channel")),
            member=guild.add_member(self._member),
            admin=guild.add_member(self._admin, roles=[moderators]),
        )


@dataclass(frozen=True, slots=True)
class _Server:
    locale: str
    channel: simcord.ChannelHandle
    other: simcord.ChannelHandle
    member: simcord.MemberActor
    admin: simcord.MemberActor

    def place(self, channel: simcord.ChannelHandle, which: str = "") -> Place:
        return Place(f"#{channel.name}{which}", channel, [self.member, self.admin], _tag(self.locale))


def _tag(code: str) -> str:
    """Return Discord's tag for a language: some have a region there (`en-US`)."""
    return next((tag.value for tag in discord.Locale if tag.value.split("-")[0] == code), "en-US")


def _print_conversation(world: World) -> None:
    print(world.text("tryout.welcome"), end="\n\n")
    for message in world.home.channel.history():
        print(_line(message, world))
    print()


def _line(message: discord.Message, world: World) -> str:
    lines = message.content.splitlines()
    for embed in message.embeds:
        lines += world.text("tryout.card", text=embed.title or "").splitlines()
        lines += (embed.description or "").splitlines()
    return "\n".join(f"{message.author.display_name if not i else '':>14} | {line}" for i, line in enumerate(lines))
