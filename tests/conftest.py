"""What every test may lean on: the real bot on a simulated Discord, a real database, and no network."""

import gc
import ipaddress
import os
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable, Container, Generator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import hypothesis
import pytest
import simcord
from aiohttp import web
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from simcord import interactions
from simcord.results import to_discord_message
from yarl import URL

from bot import wiring
from bot.background import Background
from bot.config import Settings
from bot.discord import slash
from bot.discord.client import EncourageBot
from bot.errors import StorageUnavailableError, UserError
from bot.garbage import THRESHOLDS
from bot.health import Health
from bot.languages import Language
from bot.models import Author, QuoteSource, Scope
from bot.services import Services, rate_limits
from bot.services.encouragements import MAX_PER_SCOPE, sameness_key
from bot.telegram.connection import Connection
from bot.text.sentences import Texts, with_ordinary_spaces
from bot.web.server import serve
from bot.wiring import make_bot, open_services, open_telegram
from tests import cogs_once, forks, postgres, processes, temporary
from tests.engines import place, storage
from tests.fake_discord import FakeDiscord
from tests.fake_telegram import MENUS, SECRET, WEBHOOK_URL, FakeTelegram
from tests.fake_telegram import TOKEN as TELEGRAM_TOKEN
from tests.workers import Workers

__all__ = ["place", "storage"]

# How long an example takes depends on what else the machine does; on a server that builds, a change is judged by the
# same examples as the last one.
hypothesis.settings.register_profile("bot", derandomize=bool(os.environ.get("CI")), deadline=None, max_examples=50)
hypothesis.settings.load_profile("bot")

ANSWERED = (UserError, StorageUnavailableError, commands.UserInputError, commands.CheckFailure)
LOCAL_NAMES = {None, "", "localhost", b"localhost"}


def _refuse_others(host: object) -> None:
    if host in LOCAL_NAMES:
        return
    try:
        address = ipaddress.ip_address(str(host))
    except ValueError:
        local = False
    else:
        local = address.is_loopback or address.is_unspecified
    if not local:
        raise RuntimeError(f"a test tried to reach {host!r}: tests use loopback only")


def _refuse_the_network() -> None:
    """Let nothing but loopback be connected to or looked up.

    An audit hook would be asked for every file that is opened and every module that is imported, too.
    """
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _of_loopback(getattr(socket.socket, name)))
    look_up = socket.getaddrinfo

    def looked_up(host: object, *arguments: Any, **options: Any) -> Any:
        _refuse_others(host)
        return look_up(host, *arguments, **options)  # type: ignore[arg-type]

    socket.getaddrinfo = looked_up


def _of_loopback(connect: Callable[..., Any]) -> Callable[..., Any]:
    def connected(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple):
            _refuse_others(address[0])
        return connect(self, address)

    return connected


_refuse_the_network()


def pytest_configure(config: pytest.Config) -> None:
    """Have workers forked instead of started; they fork the processes under test from one, and share one PostgreSQL."""
    count = config.getoption("numprocesses", None)
    if count:
        config.add_cleanup(temporary.in_memory())
        config.add_cleanup(postgres.share())
    if processes.FORKING and count:
        config.option.dist, config.option.tx = "no", []
        config.pluginmanager.register(Workers(count))
        config.add_cleanup(forks.share())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Keep the garbage collector away from thousands of tests, which stay until the end; later it looks rarely."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.enable()


@pytest.fixture(scope="session")
def languages() -> Mapping[str, Language]:
    # Not imported by the process that only hands the tests out.
    from tests.reading import LANGUAGES

    return LANGUAGES


@pytest.fixture(scope="session")
def texts(languages: Mapping[str, Language]) -> Texts:
    return Texts(languages)


@pytest.fixture(scope="session", autouse=True)
def members_who_never_rest() -> Iterator[None]:
    """Tests give more commands in a moment than a member may; test_rate_limits.py looks at what that comes to."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PER_MEMBER", "CLICKS_PER_MEMBER", "PER_CHANNEL"):
            patch.setattr(rate_limits, name, rate_limits.RateLimit(1_000_000, 10.0))
        yield


@pytest.fixture(scope="session", autouse=True)
def reader_made_once(languages: Mapping[str, Language]) -> Iterator[None]:
    """Make the reader of feelings once for all tests: nothing changes it, and it takes longer than most of them."""
    from benchmarks import feelings as detectors
    from tests.reading import FEELINGS

    make = wiring._feelings
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "_feelings", lambda given: FEELINGS if given is languages else make(given))
        patch.setattr(detectors, "shipped", lambda: FEELINGS)
        yield


@pytest.fixture(scope="session", autouse=True)
def cogs_imported_once() -> Iterator[None]:
    """Execute the modules of the cogs once for all bots, and work out the parameters of their commands once."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name, value in cogs_once.changes():
            patch.setattr(owner, name, value)
        yield


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as a bot leaves it that has kept nothing: to copy it takes less than to run every migration."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        for migration in sorted((Path(wiring.__file__).parent / "storage" / "migrations").glob("*.sql")):
            opened.executescript(migration.read_text(encoding="utf-8"))
    return path


@pytest.fixture
def locale(request: pytest.FixtureRequest) -> str:
    """The bot's language; `@pytest.mark.parametrize("locale", …, indirect=True)` or a class may set another."""
    return str(getattr(request, "param", "fr"))


@pytest.fixture
def settings(tmp_path: Path, locale: str) -> Settings:
    database = tmp_path / "data" / "encourage.db"
    return Settings(locale=locale, database=database, backups=0, quotes=QuoteSource.BUNDLED)


@dataclass
class Clock:
    """The time of cooldowns, which stands still until a test moves it on, and that of purges."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds)

    def advance(self, *, seconds: float = 0.0, days: float = 0.0) -> None:
        self.seconds += seconds + days * 86_400


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def services(
    settings: Settings, languages: Mapping[str, Language], clock: Clock, empty_database: Path
) -> AsyncIterator[Services]:
    settings.database.parent.mkdir()
    shutil.copy(empty_database, settings.database)
    async with open_services(settings, languages, clock=clock.monotonic, now=clock.now) as opened:
        yield opened


async def fill(services: Services, scope: Scope, texts: Sequence[str], author: Author) -> None:
    """Give a scope these messages, all at once."""
    await services.encouragements._storage.import_scope(
        scope,
        author=author,
        texts={sameness_key(text): text for text in texts},
        created_at=datetime.now(UTC),
        limit=MAX_PER_SCOPE,
        settings={},
    )


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def bot(services: Services, texts: Texts, settings: Settings, health: Health) -> EncourageBot:
    return make_bot(settings, services, texts, health)


@dataclass
class Client:
    """The Discord that members use: `locale` is the language it is set to, as Discord names it."""

    locale: str


@pytest.fixture
def client(locale: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Every member's client, in the bot's language until a test says otherwise (SimCord's are all in English)."""
    spoken = Client({"en": "en-GB"}.get(locale, locale))
    payload_of = interactions.base_payload

    def in_that_language(*args: Any, **kwargs: Any) -> Any:
        record, payload = payload_of(*args, **kwargs)
        payload["locale"] = spoken.locale
        return record, payload

    monkeypatch.setattr(interactions, "base_payload", in_that_language)
    return spoken


@pytest.fixture
async def env(bot: EncourageBot, client: Client, request: pytest.FixtureRequest) -> AsyncIterator[simcord.Env]:
    """A running simulated Discord.

    A test fails if the bot raised anything but the errors it has an answer for, and those that the test names with
    `@pytest.mark.bot_raises(kind=…)`, which must come.
    """
    # Translating every command for every client takes longer than most tests.
    published = request.node.get_closest_marker("published") is not None
    running = simcord.Env(bot, check_errors=False, strict_sync=published)
    await running.start()
    if published:
        await slash.publish(bot.tree, bot.texts, bot.services.published_commands)
    try:
        yield running
    finally:
        await running.shutdown()
    marker = request.node.get_closest_marker("bot_raises")
    foreseen = () if marker is None else (marker.kwargs["kind"],)
    causes = [_cause(error) for error in running.errors]
    assert all(any(isinstance(cause, kind) for cause in causes) for kind in foreseen), f"none of {foreseen}"
    unexpected = [cause for cause in causes if not isinstance(cause, (*foreseen, *ANSWERED))]
    if unexpected:
        raise BaseExceptionGroup("the bot raised", unexpected)


def _cause(error: BaseException) -> BaseException:
    while isinstance(original := getattr(error, "original", None), BaseException):
        error = original
    return error


@pytest.fixture
async def discord_server() -> AsyncIterator[FakeDiscord]:
    """A Discord on loopback, for the real process."""
    fake = FakeDiscord()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def gateway(discord_server: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> FakeDiscord:
    """A Discord on loopback, for a client in this process."""
    monkeypatch.setattr(Route, "BASE", discord_server.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(discord_server.gateway_url))
    return discord_server


@pytest.fixture
async def telegram_server() -> AsyncIterator[FakeTelegram]:
    """A Telegram on loopback that knows no webhook yet, for the real process."""
    fake = FakeTelegram()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def telegram(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> AsyncIterator[FakeTelegram]:
    """A Telegram on loopback, and the bot at its webhook."""
    async with telegram_bot(telegram_server, settings, services, texts):
        yield telegram_server


def on_telegram(settings: Settings, fake: FakeTelegram) -> Settings:
    """The settings of a bot at the webhook of this Telegram."""
    return replace(
        settings,
        telegram_token=TELEGRAM_TOKEN,
        telegram_secret=SECRET,
        telegram_webhook_url=WEBHOOK_URL,
        telegram_api_url=fake.api_url,
    )


@asynccontextmanager
async def telegram_bot(
    fake: FakeTelegram, settings: Settings, services: Services, texts: Texts, *, published: bool = False
) -> AsyncIterator[Connection]:
    """Run the bot at the webhook of this Telegram; its menus, which take twenty requests, only if `published`."""
    async with open_telegram(on_telegram(settings, fake), services, texts) as connection:
        app = web.Application()
        app.router.add_post("/telegram", connection.webhook.receive)
        with pytest.MonkeyPatch.context() as patch:
            if not published:
                patch.setattr("bot.telegram.connection.publishing", lambda *_: ())
            before = len(fake.sent("setWebhook"))
            async with (
                serve(app, host="127.0.0.1", port=0, posts=connection.webhook) as port,
                Background().running(connection.run_webhook, name="telegram"),
            ):
                fake.address = f"http://127.0.0.1:{port}/telegram"
                await fake.wait_for("setWebhook", before + 1)
                if published:
                    await fake.wait_for("setMyCommands", MENUS)
                yield connection


@dataclass
class Server:
    """A guild with a channel, two ordinary members, a moderator and an administrator."""

    env: simcord.Env
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    camille: simcord.MemberActor
    sacha: simcord.MemberActor
    moderator: simcord.MemberActor
    admin: simcord.MemberActor

    def answers(
        self, channel: simcord.ChannelHandle | None = None, *, besides: Container[int] = ()
    ) -> list[discord.Message]:
        """What the bot has said in the channel, oldest first, without the messages that have these ids."""
        bot_id = self.env.bot.user.id if self.env.bot.user else 0
        # The channel's history would copy all that was ever said there, several times in most tests.
        kept = sorted(self._kept(channel or self.channel).items())
        return [
            to_discord_message(self.env, message)
            for number, message in kept
            if message.author_id == bot_id and number not in besides and message.visible_to(None)
        ]

    async def ask(self, who: simcord.MemberActor, text: str) -> str:
        """Send a message and return all that the bot said to it, as one text."""
        before = {*self._kept(self.channel)}
        await who.send(self.channel, text)
        return "\n".join(map(shown, self.answers(besides=before)))

    def _kept(self, channel: simcord.ChannelHandle) -> Mapping[int, Any]:
        return self.env.backend.messages.get(channel.id, {})


def shown(message: discord.Message | simcord.ResponseMessage | None) -> str:
    """All the text that a message shows."""
    assert message is not None
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.title or "", embed.description or ""]
        parts += [f"{field.name}\n{field.value}" for field in embed.fields]
        parts.append(embed.footer.text or "")
    return with_plain_spaces("\n".join(filter(None, parts)))


def with_plain_spaces(text: str) -> str:
    """A text as one types it in a test: with ordinary spaces where a line must not end."""
    return with_ordinary_spaces(text)


def starters(language: Language) -> tuple[str, ...]:
    """The kind words that a language brings, with ordinary spaces."""
    return tuple(map(with_plain_spaces, (*language.starters.exhorting, *language.starters.listening)))


def kind_word(answer: str) -> str:
    """What the bot says to a sad message, without the small line that says why."""
    word, _, why = answer.partition("\n-# ")
    assert why
    return word


def make_server(env: simcord.Env, name: str = "Le Jardin") -> Server:
    guild = env.create_guild(name)
    moderators = guild.create_role("Modération", permissions=discord.Permissions(manage_messages=True))
    managers = guild.create_role("Administration", permissions=discord.Permissions(manage_guild=True))
    return Server(
        env,
        guild,
        guild.create_text_channel("general"),
        camille=guild.add_member(env.create_user(f"camille-{guild.id}", global_name="Camille")),
        sacha=guild.add_member(env.create_user(f"sacha-{guild.id}", global_name="Sacha")),
        moderator=guild.add_member(env.create_user(f"mo-{guild.id}", global_name="Mo"), roles=[moderators]),
        admin=guild.add_member(env.create_user(f"alix-{guild.id}", global_name="Alix"), roles=[managers]),
    )


@pytest.fixture
def server(env: simcord.Env) -> Server:
    return make_server(env)
