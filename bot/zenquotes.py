"""Fetches quotes from ZenQuotes (https://docs.zenquotes.io/zenquotes-documentation/)."""

import json
from typing import Any

import aiohttp

from bot.models import Quote, QuoteSource
from bot.services.quotes import QuotesUnavailableError

TIMEOUT_SECONDS = 5.0
MAX_BYTES = 512 * 1024
MAX_QUOTE_LENGTH = 500
# Over the limit, ZenQuotes answers with an array like any other, whose author is its own name.
NOTICE_AUTHOR = "zenquotes.io"


class ZenQuotes:
    """The ZenQuotes API at `base_url`."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        self._session = session
        self._url = f"{base_url}/api/quotes"

    async def fetch(self) -> list[Quote]:
        """Return a batch of quotes, usually 50.

        Raises:
            QuotesUnavailableError: no connection, no answer in time, a status other than 200, a rate-limit notice,
                or anything that is not a list of quotes.
        """
        try:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            # A redirect is not followed: it would be one more request than ZenQuotes allows.
            async with self._session.get(self._url, timeout=timeout, allow_redirects=False) as response:
                if response.status != 200:
                    raise QuotesUnavailableError(f"status {response.status}")
                body = b""
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise QuotesUnavailableError("the answer is too long")
        except TimeoutError as error:
            raise QuotesUnavailableError("no answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise QuotesUnavailableError(type(error).__name__) from error
        return _read(body)


def _read(body: bytes) -> list[Quote]:
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise QuotesUnavailableError("the answer is not JSON") from error
    quotes = [quote for row in rows if (quote := _quote(row))] if isinstance(rows, list) else []
    if any(quote.author.casefold() == NOTICE_AUTHOR for quote in quotes):
        raise QuotesUnavailableError("over the rate limit")
    if not quotes:
        raise QuotesUnavailableError("the answer holds no quotes")
    return quotes


def _quote(row: Any) -> Quote | None:
    text, author = (row.get("q"), row.get("a")) if isinstance(row, dict) else (None, None)
    if not (isinstance(text, str) and isinstance(author, str)):
        return None
    text, author = text.strip(), author.strip()
    if not text or not author or len(text) + len(author) > MAX_QUOTE_LENGTH:
        return None
    return Quote(text, author, QuoteSource.ZENQUOTES)
