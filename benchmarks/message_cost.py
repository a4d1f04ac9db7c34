"""What an ordinary message of a server costs, as a ratio to a discord.py client that does nothing with it.

Both are fed the same MESSAGE_CREATE events in turns, without a network: `python benchmarks/message_cost.py`.
"""

import asyncio
import gc
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import discord

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bot import languages  # noqa: E402
from bot.config import Settings  # noqa: E402
from bot.discord.client import EncourageBot, intents  # noqa: E402
from bot.health import Health  # noqa: E402
from bot.models import QuoteSource  # noqa: E402
from bot.text.sentences import Texts  # noqa: E402
from bot.wiring import make_bot, open_services  # noqa: E402

ROUNDS = 21
MESSAGES = 5_000
SENTENCES = (
    "gg",
    "on se retrouve à 21h ?",
    "quelqu'un a le lien du document d'hier, je ne le trouve plus dans le salon",
    "lol",
    "I pushed the fix, can you have a look when you are back?",
    "merci beaucoup pour ton aide !",
    "the train leaves at noon, don't be late",
    "ok",
    "trop bien ce film, la fin est vraiment surprenante",
    "anyone up for a game tonight",
)
GUILD_ID, CHANNEL_ID, MEMBER_ID, BOT_ID = 1, 2, 3, 4


def prepare(client: discord.Client) -> None:
    """Let the client know one server with one channel, as after READY."""
    state = client._connection
    user: Any = {"id": str(BOT_ID), "username": "bot", "discriminator": "0", "avatar": None, "bot": True}
    state.user = discord.ClientUser(state=state, data=user)
    everyone = {"id": str(GUILD_ID), "name": "@everyone", "permissions": "3072", "position": 0, "color": 0}
    everyone |= {"hoist": False, "managed": False, "mentionable": False, "flags": 0, "colors": {"primary_color": 0}}
    channel = {"id": str(CHANNEL_ID), "type": 0, "name": "general", "position": 0, "permission_overwrites": []}
    member = {
        "user": user,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    guild: Any = {"id": str(GUILD_ID), "name": "guild", "owner_id": str(MEMBER_ID), "roles": [everyone], "emojis": []}
    guild |= {"channels": [channel], "members": [member], "features": [], "member_count": 2}
    state._add_guild_from_data(guild)


def events() -> list[dict[str, Any]]:
    """Return the events of one round, as the gateway sends them."""
    author = {"id": str(MEMBER_ID), "username": "camille", "discriminator": "0", "avatar": None}
    member = {"roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0}
    common: dict[str, Any] = {
        "channel_id": str(CHANNEL_ID),
        "guild_id": str(GUILD_ID),
        "author": author,
        "member": member,
    }
    common |= {"timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False, "type": 0}
    common |= {
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
    }
    return [common | {"id": str(1_000 + n), "content": SENTENCES[n % len(SENTENCES)]} for n in range(MESSAGES)]


async def seconds(client: discord.Client, round_of_events: list[dict[str, Any]]) -> float:
    """Return how long the client takes for one round."""
    parse = client._connection.parsers["MESSAGE_CREATE"]
    began = time.perf_counter()
    for event in round_of_events:
        parse(event)
        await asyncio.sleep(0)
    return time.perf_counter() - began


async def main() -> None:
    """Measure in turns and print the ratio."""
    spoken = languages.load()
    with TemporaryDirectory() as folder:
        settings = Settings(database=Path(folder) / "bot.db", quotes=QuoteSource.BUNDLED, backups=0)
        async with open_services(settings, spoken) as services:
            bot: EncourageBot = make_bot(settings, services, Texts(spoken), Health())
            nothing = discord.Client(
                intents=intents(message_content=True),
                max_messages=None,
                member_cache_flags=discord.MemberCacheFlags.none(),
                chunk_guilds_at_startup=False,
            )
            async with bot, nothing:
                prepare(bot)
                prepare(nothing)
                gc.freeze()
                round_of_events = events()
                ratios: list[float] = []
                each: list[float] = []
                for _ in range(ROUNDS):
                    idle = await seconds(nothing, round_of_events)
                    busy = await seconds(bot, round_of_events)
                    ratios.append(busy / idle)
                    each.append((busy - idle) / MESSAGES * 1e6)
    print(
        f"ratio to a client that does nothing: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )
    print(f"more for each message: {statistics.median(each):.1f} us (on this machine)")


if __name__ == "__main__":
    asyncio.run(main())
