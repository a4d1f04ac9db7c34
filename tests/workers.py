"""Runs the tests in forks of the process that has collected them: `pytest -n 6`, on Linux.

Elsewhere, pytest-xdist starts each worker afresh. To import the program and to collect all tests takes one six seconds
on a processor, and twice that where nothing is compiled yet.
"""

import gc
import itertools
import multiprocessing
import os
import signal
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import pytest
from _pytest.unraisableexception import collect_unraisable

FORKING = multiprocessing.get_context("fork") if os.name == "posix" else None


class Workers:
    """Takes the place of pytest's loop over all tests: each worker takes what none has taken yet."""

    def __init__(self, count: int) -> None:
        self._count = count

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run all tests, unless they could not be collected."""
        if session.config.option.collectonly or session.testsfailed:
            return None
        assert FORKING is not None
        reporter = session.config.pluginmanager.getplugin("terminalreporter")
        reporter.showfspath = False
        units = mixed(session.items)
        taken = FORKING.Value("i", 0)
        running: dict[Connection, Any] = {}
        for number in range(self._count):
            ours, theirs = FORKING.Pipe(duplex=False)
            folder = _folders(session.config).mktemp(f"worker-{number}", numbered=False)
            process = FORKING.Process(target=_work, args=(session, folder, units, taken, theirs))
            process.start()
            theirs.close()
            running[ours] = process
        processes = [*running.values()]
        try:
            left = self._report(session, running, {test.nodeid: test for test in session.items})
        finally:
            for process in processes:
                if process.is_alive():
                    os.kill(process.pid, signal.SIGINT)
                process.join()
        for test in left:
            _fail(session, test, "The worker that was to run it has ended.")
        return True

    def _report(
        self, session: pytest.Session, running: dict[Connection, Any], tests: dict[str, pytest.Item]
    ) -> Sequence[pytest.Item]:
        """Report what the workers tell, until they have ended; return the tests that none of them has finished."""
        hook = session.config.hook
        while running:
            for connection in wait([*running]):
                assert isinstance(connection, Connection)
                try:
                    kind, data = connection.recv()
                except EOFError:
                    connection.close()
                    running.pop(connection).join()
                    continue
                if kind == "report":
                    report = hook.pytest_report_from_serializable(config=session.config, data=data)
                    hook.pytest_runtest_logreport(report=report)
                elif kind == "finished":
                    test = tests.pop(data)
                    hook.pytest_runtest_logfinish(nodeid=test.nodeid, location=test.location)
                else:
                    _fail(session, session.items[-1], data)
                if session.shouldfail:
                    raise session.Failed(session.shouldfail)
        return [*tests.values()]


class _Teller:
    """Tells the process that reports, instead of reporting."""

    def __init__(self, config: pytest.Config, told: Connection) -> None:
        self._config = config
        self._told = told

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._told.send(("report", data))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._told.send(("finished", nodeid))


def mixed(items: Sequence[pytest.Item]) -> list[list[pytest.Item]]:
    """Return the tests with those of each file spread evenly: some files mostly wait, and others don't.

    Those of a file that are marked `together` share what takes long to make, so that one worker runs them all.
    """
    units: dict[object, list[pytest.Item]] = {}
    for item in items:
        units.setdefault(item.path if item.get_closest_marker("together") else item, []).append(item)
    counts = Counter(unit[0].path for unit in units.values())
    numbers = {path: itertools.count() for path in counts}
    return sorted(units.values(), key=lambda unit: (next(numbers[unit[0].path]) + 0.5) / counts[unit[0].path])


def _fail(session: pytest.Session, test: pytest.Item, reason: str) -> None:
    report = pytest.TestReport(test.nodeid, test.location, {}, "failed", reason, "call")
    session.config.hook.pytest_runtest_logreport(report=report)


def _work(
    session: pytest.Session,
    folder: Path,
    units: Sequence[Sequence[pytest.Item]],
    taken: "Synchronized[int]",
    told: Connection,
) -> None:
    """Be a worker, whose temporary files are in that folder."""
    try:
        _prepare(session.config, folder, told)
        tests = _taken(units, taken)
        test = next(tests, None)
        while test is not None:
            after = next(tests, None)
            test.ihook.pytest_runtest_protocol(item=test, nextitem=after)
            test = after
        gc.collect()
        collect_unraisable(session.config)
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(1)
    except BaseException:
        with suppress(OSError):
            told.send(("broken", traceback.format_exc()))
        os._exit(1)


def _prepare(config: pytest.Config, folder: Path, told: Connection) -> None:
    plugins = config.pluginmanager
    # Forks would write what they capture into the same files.
    capture = plugins.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    plugins.unregister(plugins.getplugin("terminalreporter"))
    plugins.register(_Teller(config, told))
    _folders(config)._basetemp = folder


def _folders(config: pytest.Config) -> pytest.TempPathFactory:
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    return factory


def _taken(units: Sequence[Sequence[pytest.Item]], taken: "Synchronized[int]") -> Iterator[pytest.Item]:
    while True:
        with taken.get_lock():
            number = taken.value
            taken.value += 1
        if number >= len(units):
            return
        yield from units[number]
