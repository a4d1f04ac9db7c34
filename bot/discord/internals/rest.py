"""What the bot adds to discord.py's REST client: the end of a request that hangs."""

from typing import Any

import aiohttp
import discord
from discord.http import Route

ANSWER_SECONDS = 15.0


def give_up_on_silence(client: discord.Client) -> None:
    """Let no request hang for the five minutes of aiohttp: each is tried twice, for 15 seconds.

    Only the wait for an answer is bounded, as discord.py must not be interrupted while it waits for a rate limit to
    end. A message is not said twice: discord.py gives it a nonce, by which Discord knows it again
    (https://discord.com/developers/docs/resources/message#create-message).
    """
    request = client.http.request

    async def bounded(route: Route, **options: Any) -> Any:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        try:
            return await request(route, timeout=timeout, **options)
        except TimeoutError:
            if options.get("files"):  # they have been read
                raise
            return await request(route, timeout=timeout, **options)

    client.http.request = bounded  # type: ignore[method-assign]
