"""A process that has imported the program and forks for each start of it, which so costs no imports.

What a fork runs is `bot/__main__.py` from the top, in a process of its own, with its own folder, environment and
output; languages, the reader of feelings and the code of the cogs, which nothing changes, are those that the first one
read. It takes its requests from whoever connects to the socket whose number is its argument, imports the program at the
first of them, and ends when nobody is connected any more.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """One start: where its output goes, and where the server tells of it."""

    folder: str
    variables: Mapping[str, str]
    arguments: list[str]
    output: int
    told: int


def main() -> None:
    """Serve; in a fork, run the program."""
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        request = _serve(listener)
    if request is not None:
        _become(request)
        _run()


def _import_it() -> None:
    import bot

    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        importlib.import_module(module.name)
    _read_once()
    _make_cogs_ready()
    _be_ready_soon()
    gc.collect()
    gc.freeze()


def _run() -> None:
    """Run the program and end as Python does, but without taking every module apart, which takes longer than a start.

    What is left over is collected all the same, so that a task or a connection that nobody ended is told of.
    """
    code = 0
    try:
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as at every end
    atexit._run_exitfuncs()
    gc.collect()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _read_once() -> None:
    from bot import languages, wiring

    load, named = languages.load_readable, vars(languages)
    (spoken, reasons), folders = load(), named["files"]

    def load_once(*, keep: bool | None = None) -> tuple[dict[str, languages.Language], dict[str, str]]:
        return (spoken, reasons) if named["files"] is folders else load(keep=keep)

    languages.load_readable = load_once
    make, ready = wiring._feelings, wiring._feelings(spoken)
    wiring._feelings = lambda languages: ready if languages is spoken else make(languages)


def _make_cogs_ready() -> None:
    from bot.discord.client import EXTENSIONS
    from tests import cogs_once

    for owner, name, value in cogs_once.changes():
        setattr(owner, name, value)
    cogs_once.execute(EXTENSIONS)


def _be_ready_soon() -> None:
    """Wait for servers that a session has not brought yet: not the two seconds that it takes Discord to send many."""
    from discord.state import ConnectionState

    begin = ConnectionState.__init__

    def begin_soon(state: Any, **options: Any) -> None:
        begin(state, **options, guild_ready_timeout=0.3)

    ConnectionState.__init__ = begin_soon  # type: ignore[assignment, method-assign]


def _serve(listener: socket.socket) -> Request | None:
    """Fork for each request and tell how the forks end; return the request in a fork, None when nobody is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    told: dict[int, int] = {}
    clients = [listener.accept()[0]]
    imported = False
    while clients:
        ready, _, _ = select.select([listener, woken, *clients], [], [])
        if woken in ready:
            woken.recv(4096)
            _tell_of_the_ended(told)
        if listener in ready:
            clients.append(listener.accept()[0])
        for client in [each for each in clients if each in ready]:
            request = _next_of(client)
            if request is None:
                clients.remove(client)
                client.close()
                continue
            if not imported:
                _import_it()
                imported = True
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                for end in (woken, waker, *clients):
                    end.close()
                for descriptor in (*told.values(), request.told):
                    os.close(descriptor)
                return request
            told[pid] = request.told
            os.close(request.output)
            _tell(request.told, pid)
    return None


def _next_of(requests: socket.socket) -> Request | None:
    message, descriptors, _, _ = socket.recv_fds(requests, 1 << 20, 2)
    if not message:
        return None
    said: dict[str, Any] = json.loads(message)
    return Request(*said.values(), *descriptors)


def _tell_of_the_ended(told: dict[int, int]) -> None:
    while told:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        descriptor = told.pop(pid)
        _tell(descriptor, os.waitstatus_to_exitcode(status))
        os.close(descriptor)


def _tell(descriptor: int, number: int) -> None:
    with suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(descriptor, f"{number}\n".encode())


def _become(request: Request) -> None:
    """Be what `python -m bot` would be with these arguments, in that folder."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for descriptor in (1, 2):
        os.dup2(request.output, descriptor)
    os.close(request.output)
    sys.stdout, sys.stderr = (
        TextIOWrapper(BufferedWriter(FileIO(descriptor, "w", closefd=False)), encoding="utf-8", line_buffering=lines)
        for descriptor, lines in ((1, False), (2, True))
    )
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.variables)
    sys.argv[1:] = request.arguments
    del sys.modules["bot.__main__"]
    more = [path for path in request.variables.get("PYTHONPATH", "").split(os.pathsep) if path not in sys.path]
    sys.path[0:1] = [request.folder, *more]
    for path in more:
        changes = Path(path, "sitecustomize.py")
        if changes.is_file():
            runpy.run_path(str(changes))


if __name__ == "__main__":
    main()
