"""Sends python-telegram-bot's requests with aiohttp: it is there anyway, and takes a fifth of httpx's time."""

import json
from typing import Any

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

READ_SECONDS = 10.0
CONNECT_SECONDS = 5.0


class UnreachableError(NetworkError):
    """No connection came about: whatever was to be sent has not arrived."""


class AiohttpRequest(BaseRequest):
    """One pool of connections; PTB documents how such a class is to behave.

    https://docs.python-telegram-bot.org/en/stable/telegram.request.baserequest.html
    """

    __slots__ = ("_session",)

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Return how long an answer may take, in seconds, unless a request says otherwise."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None:
            self._session = aiohttp.ClientSession()

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """Return what an answer holds; the library would log one that is no JSON, with people's words in it.

        Raises:
            TelegramError: it is no JSON.
        """
        try:
            return json.loads(payload)
        except ValueError:
            raise TelegramError("the answer is no JSON") from None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request and return the status and the body of the answer.

        Raises:
            UnreachableError: it has not arrived.
            TimedOut: it may have arrived.
            NetworkError: it may have arrived, and the connection broke.
        """
        assert self._session is not None
        read = READ_SECONDS if read_timeout is self.DEFAULT_NONE else read_timeout
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=_seconds(read))
        try:
            async with self._session.request(method, url, data=_body(request_data), timeout=timeout) as response:
                return response.status, await response.read()
        # They know the address, which has the token in it: only their kind is told.
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UnreachableError(type(error).__name__) from None
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from None


def _seconds(timeout: Any) -> float | None:
    return None if timeout is None else float(timeout)


def _body(data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if data is None:
        return None
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, kind) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form
