"""Starts `python -m bot` as a fork of one process that has imported it already: see `fork_server.py`."""

import asyncio
import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Set where there is a server already: the variable holds its address.
ADDRESS = "TESTS_FORK_SERVER"


class Forked:
    """A process that runs: as much of `asyncio.subprocess.Process` as the tests use."""

    def __init__(self, pid: int, stdout: asyncio.StreamReader, told: asyncio.StreamReader) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None
        self._end = asyncio.create_task(self._wait_for(told))

    async def _wait_for(self, told: asyncio.StreamReader) -> int:
        self.returncode = int(await told.readline())
        await told.read()  # to its end, which closes it
        return self.returncode

    async def wait(self) -> int:
        """Wait for the end; return the exit code."""
        return await asyncio.shield(self._end)

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(9)


async def fork(variables: Mapping[str, str], folder: Path, arguments: tuple[str, ...]) -> Forked:
    """Run the bot in `folder`, with these variables and no others."""
    request = {"folder": str(folder), "variables": dict(variables), "arguments": arguments}
    output, its_output = os.pipe()
    told, its_told = os.pipe()
    try:
        socket.send_fds(_server(), [json.dumps(request).encode()], [its_output, its_told])
    finally:
        os.close(its_output)
        os.close(its_told)
    answers = await _reader(told)
    stdout = await _reader(output)
    return Forked(int(await answers.readline()), stdout, answers)


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    return reader


def share() -> Callable[[], None]:
    """Have one server for the tests of this process and of those that it starts; return what ends it."""
    folder = Path(tempfile.mkdtemp())
    address = os.environ[ADDRESS] = str(folder / "forks")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen()
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.fork_server", str(listener.fileno())),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
        )
    ours = _connected(address)

    def end() -> None:
        ours.close()
        process.wait(5)
        shutil.rmtree(folder)

    return end


def _connected(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(address)
    return connection


@cache
def _server() -> socket.socket:
    """Connect to the server, once for all tests of this process, and start it unless somebody else has."""
    if ADDRESS not in os.environ:
        atexit.register(share())
    connection = _connected(os.environ[ADDRESS])
    atexit.register(connection.close)
    return connection
