"""A real PostgreSQL on a Unix socket, in a folder of its own: started by the tests, and never the system's."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

# Set where a server is shared already, or will be by the first test that needs one: the variable holds its folder.
SHARED = "TESTS_POSTGRES"
OWNER = "bot"
PATIENCE_SECONDS = 20.0
# What costs time and brings nothing where no machine crashes.
THRIFTY = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "dynamic_shared_memory_type": "mmap",  # which a server that is killed leaves in its own folder
    "shared_buffers": "16MB",
    "max_connections": "60",
    "listen_addresses": "''",
}


@cache
def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL that is installed here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def need_postgres() -> None:
    """Skip the test where there is none."""
    if sys.platform == "win32" or binaries() is None:
        pytest.skip("needs PostgreSQL 14 or newer: the package postgresql of Debian")


@cache
def _ordinary_user() -> dict[str, Any]:
    """Return what makes a subprocess one of somebody else: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    import pwd

    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class PostgresServer:
    """One server and its data; `options` are settings of PostgreSQL besides those that make it thrifty."""

    def __init__(self, folder: Path, **options: str) -> None:
        self.folder = folder
        self.options = THRIFTY | options

    @property
    def data(self) -> Path:
        """Return where it keeps all it has."""
        return self.folder / "data"

    def url(self, database: str = "postgres", user: str = OWNER) -> str:
        """Return what leads to a database, as DATABASE takes it."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def initialise(self) -> None:
        """Make its folder and what it keeps its data in."""
        self.folder.mkdir()
        _give_away(self.folder)
        options = ("-U", OWNER, "-A", "trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--no-locale")
        self.run("initdb", "-D", str(self.data), "--wal-segsize=1", *options)

    def copy(self, other: "PostgresServer") -> None:
        """Have what another one has, which does not run: that takes a fiftieth of what initdb does."""
        self.folder.mkdir()
        _give_away(self.folder)
        subprocess.run(("cp", "-R", str(other.data), str(self.data)), check=True, **self._as_owner())

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs to its end; return what it says."""
        done = subprocess.run(self._command(program, *arguments), capture_output=True, text=True, **self._as_owner())
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Carry out one statement from beside the bot, and return its rows, one a line, with `|` between values."""
        return self.run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", statement).strip()

    def start(self) -> None:
        """Start it, unless it runs, and wait until it answers."""
        if (lines := self._pid_file()) and _runs(int(lines[0])):
            return
        settings = " ".join(f"-c {name}={value}" for name, value in self.options.items())
        log = str(self.folder / "log")
        self.run("pg_ctl", "start", "-W", "-D", str(self.data), "-l", log, "-o", f"-k {self.folder} {settings}")
        end = time.monotonic() + PATIENCE_SECONDS
        # Its eighth line says so: https://www.postgresql.org/docs/current/storage-file-layout.html
        while self._pid_file()[7:8] not in (["ready"], ["standby"]):
            assert time.monotonic() < end, (self.folder / "log").read_text(encoding="utf-8")
            time.sleep(0.005)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it and wait for its end: SIGINT cuts everybody off in order, SIGQUIT without a word."""
        lines = self._pid_file()
        if not lines:
            return
        pid = int(lines[0])
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        end = time.monotonic() + PATIENCE_SECONDS
        while _runs(pid):
            assert time.monotonic() < end, "PostgreSQL does not stop"
            time.sleep(0.005)

    def kill(self) -> None:
        """End all of it as a machine that loses its power does, whatever it was doing."""
        pid = int(self._pid_file()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for each in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        while any(_runs(each) for each in (pid, *map(int, children))):
            time.sleep(0.005)
        # Where nobody collects the dead, they would pass for a server that runs.
        for file in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            file.unlink(missing_ok=True)

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it, and start it with the same data."""
        self.stop(how)
        self.start()

    def _pid_file(self) -> list[str]:
        try:
            return [line.strip() for line in (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()]
        except FileNotFoundError:
            return []

    def _command(self, program: str, *arguments: str) -> list[str]:
        folder = binaries()
        assert folder is not None
        return [str(folder / program), *arguments]

    def _as_owner(self) -> Mapping[str, Any]:
        return {"cwd": self.folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, **_ordinary_user()}


def _runs(pid: int) -> bool:
    """Tell whether a process has not ended, whether or not anybody has been told."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@contextmanager
def own_server(**options: str) -> Iterator[PostgresServer]:
    """Run a server that nobody else uses, in a folder of its own: for a test that does something to it."""
    need_postgres()
    with _folder() as folder:
        server = PostgresServer(folder / "server", **options)
        server.copy(_template())
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)


@contextmanager
def standby_of(primary: PostgresServer) -> Iterator[PostgresServer]:
    """Run a second server that follows the first and takes no writes."""
    with _folder() as folder:
        standby = PostgresServer(folder / "standby", hot_standby="on")
        standby.folder.mkdir()
        _give_away(standby.folder)
        options = ("-D", str(standby.data), "-R", "-X", "stream", "-c", "fast", "--no-sync")
        standby.run("pg_basebackup", "-d", primary.url(), *options)
        standby.start()
        try:
            yield standby
        finally:
            standby.stop(signal.SIGQUIT)


@contextmanager
def _folder() -> Iterator[Path]:
    # Not pytest's: nobody else may enter those, and a socket's address has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _give_away(path: Path) -> None:
    """Make a folder or a file that is root's the ordinary user's."""
    if user := _ordinary_user():
        os.chown(path, user["user"], user["group"])


def share() -> Callable[[], None]:
    """Name the folder of a server for this process and those that it starts; return what ends it, if anybody began it.

    Nothing is started before a test needs it.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    os.environ[SHARED] = str(folder)

    def end() -> None:
        PostgresServer(folder / "server").stop(signal.SIGQUIT)
        shutil.rmtree(folder)
        del os.environ[SHARED]

    return end


@cache
def shared_server() -> PostgresServer:
    """Return the server of all tests, started by the first that asks for it."""
    need_postgres()
    template = _template()
    server = PostgresServer(template.folder.parent / "server")
    with _alone(template.folder.parent / "lock"):
        if not server.folder.exists():
            server.copy(template)
            server.start()
    return server


def _template() -> PostgresServer:
    """Return a server that is never started, made by the first that asks for it."""
    if SHARED not in os.environ:
        atexit.register(share())
    folder = Path(os.environ[SHARED])
    template = PostgresServer(folder / "template")
    with _alone(folder / "lock"):
        if not template.folder.exists():
            template.initialise()
    return template


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep the other processes of the tests out during the block."""
    import fcntl

    with path.open("w", encoding="ascii") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield
