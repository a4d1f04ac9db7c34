"""The clients that the bot is measured against: `python -m benchmarks.clients NAME TOKEN API_URL GATEWAY_URL`.

Nothing of the bot is imported here: it would count as theirs. `plain` is a client that does nothing, as pip installs
discord.py: without the libraries that make it faster. `deaf` is what nothing on this stack can be below: it takes
frames from a connection, and throws them away.
"""

import asyncio
import json
import random
import sys
from collections.abc import Callable
from typing import Any

import aiohttp

if sys.argv[1:2] == ["plain"]:
    # What is None here can't be imported.
    sys.modules.update(dict.fromkeys(("orjson", "zstandard")))  # type: ignore[arg-type]

import discord
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

SAD_WORDS = ("sad", "depressed", "unhappy", "angry", "miserable", "depressing")
STARTERS = ("Cheer up!", "Hang in there.", "You are a great person / bot!")
LEAST: dict[str, Any] = {
    "intents": discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True),
    "max_messages": None,
    "member_cache_flags": discord.MemberCacheFlags.none(),
    "chunk_guilds_at_startup": False,
}


def idle() -> discord.Client:
    """Return a client that does nothing, with the bot's intents and as little kept as discord.py can."""
    return discord.Client(**LEAST)


def answering() -> discord.Client:
    """Return the client that does nothing, but answers `$hello`."""
    client = idle()

    @client.event
    async def on_message(message: discord.Message) -> None:
        if message.content == "$hello":
            await message.channel.send("Hello!")

    return client


def bare() -> discord.Client:
    """Return the bot of discord.py's command framework, without a command."""
    return commands.Bot(command_prefix="$", **LEAST)


def tutorial() -> discord.Client:
    """Return what the well-known tutorial of an encouraging bot comes to, its database a dict in memory."""
    chosen = discord.Intents.default()
    chosen.message_content = True
    client = discord.Client(intents=chosen)
    kept: dict[str, Any] = {"responding": True, "encouragements": []}

    @client.event
    async def on_message(message: discord.Message) -> None:
        if message.author == client.user:
            return
        said = message.content
        if said.startswith("$hello"):
            await message.channel.send("Hello!")
        if kept["responding"]:
            options = [*STARTERS, *kept["encouragements"]]
            if any(word in said for word in SAD_WORDS):
                await message.channel.send(random.choice(options))
        if said.startswith("$new"):
            kept["encouragements"].append(said.split("$new ", 1)[1])
            await message.channel.send("New encouraging message added.")
        if said.startswith("$del"):
            del kept["encouragements"][int(said.split("$del", 1)[1])]
            await message.channel.send(str(kept["encouragements"]))
        if said.startswith("$list"):
            await message.channel.send(str(kept["encouragements"]))
        if said.startswith("$responding"):
            kept["responding"] = said.split("$responding ", 1)[1].lower() == "true"
            await message.channel.send("Responding is on." if kept["responding"] else "Responding is off.")

    return client


async def be_deaf(token: str, gateway: URL) -> None:
    """Hold a connection by which nothing is heard but what keeps it open."""
    import zstandard

    unpack = zstandard.ZstdDecompressor().decompressobj().decompress
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            gateway.with_query(v=10, encoding="json", compress="zstd-stream"), max_msg_size=0
        ) as websocket,
    ):
        intents = LEAST["intents"].value
        async for message in websocket:
            text = unpack(message.data)
            # What is short is no event.
            if len(text) < 120:
                operation = json.loads(text)["op"]
                if operation == discord.gateway.DiscordWebSocket.HELLO:
                    who = {"token": token, "intents": intents, "properties": {}}
                    await websocket.send_json({"op": discord.gateway.DiscordWebSocket.IDENTIFY, "d": who})
                elif operation == discord.gateway.DiscordWebSocket.HEARTBEAT:
                    await websocket.send_json({"op": operation, "d": None})


CLIENTS: dict[str, Callable[[], discord.Client]] = {
    "idle": idle,
    "plain": idle,
    "answering": answering,
    "bare": bare,
    "tutorial": tutorial,
}

if __name__ == "__main__":
    name, token, Route.BASE, gateway_url = sys.argv[1:]
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
    if name == "deaf":
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(be_deaf(token, URL(gateway_url)))
    else:
        CLIENTS[name]().run(token, log_handler=None)
