"""Points discord.py at another REST or gateway server; all that touches its internals for that is here.

discord.py has no public setting for either address. `Route.BASE` is what every REST call starts with, and
`DiscordWebSocket.DEFAULT_GATEWAY` what the first connection opens; a later resume goes where the server's READY
says, so a gateway proxy must write its own address there, as Discord's protocol has it
(https://discord.com/developers/docs/events/gateway#resuming).
"""

import re

from discord.gateway import DiscordWebSocket
from discord.http import INTERNAL_API_VERSION, Route
from yarl import URL


def point_at(*, api_url: str | None, gateway_url: str | None) -> None:
    """Send the whole process's Discord traffic to these addresses; None leaves Discord's own.

    `api_url` may stop at the host, at `/api`, or at the version (`http://proxy:8080/api/v10`).
    """
    if api_url is not None:
        Route.BASE = _with_version(api_url)
    if gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)


def _with_version(url: str) -> str:
    if re.search(r"/v\d+$", url):
        return url
    return f"{url}/v{INTERNAL_API_VERSION}" if url.endswith("/api") else f"{url}/api/v{INTERNAL_API_VERSION}"
