"""Stands between the bot and a PostgreSQL, and cuts the connection when it is told to."""

import asyncio
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from bot.postgres_url import PostgresURL

# A simple query, as asyncpg sends what has no parameters: https://www.postgresql.org/docs/current/protocol-message-formats.html
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class Proxy:
    """A socket that leads to the database at `url`, until it is told otherwise."""

    def __init__(self, url: PostgresURL) -> None:
        address, _, folder = url.whole.partition("?host=")
        self._target = f"{folder}/.s.PGSQL.5432"
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.url = PostgresURL.read(f"{address}?host={self._folder}")
        # Of the next one: before the server has it, or after the server has carried it out.
        self.cut_at_commit: Literal["before", "after"] | None = None
        self.refuses = False
        self.has_cut = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._accept, self._folder / ".s.PGSQL.5432")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()
        shutil.rmtree(self._folder)

    def cut(self, *, refuse: bool = False) -> None:
        """Cut every connection now, and let nobody connect again if told so."""
        self.refuses = refuse
        self.has_cut.set()
        for task in self._serving:
            task.cancel()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.refuses and self.has_cut.is_set():
                return
            from_server, to_server = await asyncio.open_unix_connection(self._target)
            answering = asyncio.create_task(_copy(from_server, writer))
            asking = asyncio.create_task(self._forward(reader, to_server, answering))
            try:
                # What answers is ended first where the answer is to be lost.
                await asyncio.wait({asking})
            finally:
                asking.cancel()
                answering.cancel()
                to_server.close()
        except OSError:
            pass
        finally:
            writer.close()

    async def _forward(
        self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter, answering: "asyncio.Task[None]"
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if data == COMMIT and self.cut_at_commit is not None:
                    answering.cancel()
                    if self.cut_at_commit == "after":
                        to_server.write(data)
                        await to_server.drain()
                        # It has carried it out long before that.
                        await asyncio.sleep(0.2)
                    self.cut_at_commit = None
                    self.has_cut.set()
                    return
                to_server.write(data)
                await to_server.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what the server says; its end is the end of the connection."""
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
