"""The try-out: the real bot, its real cogs and database, on SimCord's simulated Discord, in a browser."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import discord
import simcord

from bot.config import Settings
from bot.discord import slash
from bot.errors import ExitCode, StartError
from bot.health import Health
from bot.languages import Language
from bot.models import QuoteSource
from bot.serving import stop_on_signal
from bot.text.sentences import Texts
from bot.wiring import make_bot, open_services

LONGEST_COOLDOWN = 600.0


async def try_out(settings: Settings, languages: Mapping[str, Language], *, port: int = 0) -> None:
    """Hold a short conversation, print it, and serve a page to go on with it until Ctrl-C; no network is used."""
    texts = _Texts(languages)

    def text(key: str, **params: object) -> str:
        return texts.text(settings.locale, key, **params)

    with TemporaryDirectory() as folder:
        settings = replace(
            settings,
            database=Path(folder) / "encourage.db",
            backups=0,
            quotes=QuoteSource.BUNDLED,
            shards=None,
            shard_ids=(),
        )
        clock = _Clock()
        async with stop_on_signal() as stop, open_services(settings, languages, clock=clock) as services:
            bot = make_bot(settings, services, texts, Health())
            async with simcord.run(bot, check_errors=False) as env:
                await slash.publish(bot.tree, texts, services.published_commands)
                if bot.user is not None:
                    await bot.user.edit(username=text("help.title"))
                guild = env.create_guild(text("tryout.guild"), preferred_locale=_discord_locale(settings.locale))
                channel = guild.create_text_channel(text("tryout.channel"))
                moderators = guild.create_role("Admin", permissions=discord.Permissions(administrator=True))
                admin = guild.add_member(env.create_user(text("tryout.admin")), roles=[moderators])
                member = guild.add_member(env.create_user(text("tryout.member")))
                for who, said in _conversation(settings.prefix, text, member=member, admin=admin):
                    await who.send(channel, said)
                clock.ahead = LONGEST_COOLDOWN
                print(text("tryout.welcome"), end="\n\n")
                for message in channel.history():
                    print(_line(message, texts, settings.locale))
                await _serve_page(env, channel, [member, admin], stop, settings=settings, texts=texts, port=port)
    print(text("tryout.ended"))


async def _serve_page(
    env: simcord.Env,
    channel: simcord.ChannelHandle,
    viewers: list[simcord.MemberActor],
    stop: asyncio.Event,
    *,
    settings: Settings,
    texts: Texts,
    port: int,
) -> None:
    """Serve the page until its visitor ends it or `stop` is set."""
    locale = settings.locale
    try:
        async with env.preview(
            channel, viewers=viewers, layout="channel", locale=_discord_locale(locale), port=port
        ) as preview:
            hint = texts.text(locale, "tryout.open", prefix=settings.prefix)
            print(f"\n{hint}\n\n    {preview.url}\n\n{texts.text(locale, 'tryout.stop')}", flush=True)
            ends = {asyncio.create_task(preview.wait_closed()), asyncio.create_task(stop.wait())}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in ends:
                task.cancel()
    except simcord.SetupError as error:
        raise StartError("start.port_taken", ExitCode.PORT_TAKEN, host="127.0.0.1", port=port, reason=error) from error


class _Texts(Texts):
    """The simulated clients tell a language that nobody chose: the server's is everybody's."""

    def match(self, _tag: str) -> str | None:
        return None


class _Clock:
    """The time of the cooldowns, which can be moved on: what the page opens with was a while ago."""

    ahead = 0.0

    def __call__(self) -> float:
        # `time.monotonic` stands still in a simulation: whoever had to wait there would have to for ever.
        return time.perf_counter() + self.ahead


def _conversation(
    prefix: str, text: Callable[[str], str], *, member: simcord.MemberActor, admin: simcord.MemberActor
) -> Iterator[tuple[simcord.MemberActor, str]]:
    yield member, f"{prefix}hello"
    yield member, text("tryout.sad")
    yield admin, f"{prefix}new {text('tryout.new')}"
    yield member, f"{prefix}inspire"
    yield admin, f"{prefix}list"


def _discord_locale(code: str) -> str:
    """Return Discord's tag for a language: some have a region there (`en-US`)."""
    return next((tag.value for tag in discord.Locale if tag.value.split("-")[0] == code), "en-US")


def _line(message: discord.Message, texts: Texts, locale: str) -> str:
    lines = message.content.splitlines()
    for embed in message.embeds:
        lines += texts.text(locale, "tryout.card", text=embed.title or "").splitlines()
        lines += (embed.description or "").splitlines()
    return "\n".join(f"{message.author.display_name if not i else '':>14} | {line}" for i, line in enumerate(lines))
