"""Tests that run in several processes: none is lost, whatever becomes of the process that runs it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import processes

pytestmark = pytest.mark.skipif(not processes.FORKING, reason="workers are pytest-xdist's here")

TESTS = """
import os

import pytest


@pytest.mark.parametrize("number", range(8))
def test_passes(number, tmp_path):
    (tmp_path / str(number)).touch()


def test_fails():
    print("what it said")
    assert 6 * 7 == 54


def test_ends_its_worker():
    os._exit(0)
"""


def test_what_fails_and_what_ends_a_worker_is_told_and_nothing_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        "from tests.workers import Workers\n\n"
        "def pytest_configure(config):\n    config.pluginmanager.register(Workers(2))\n",
        encoding="utf-8",
    )
    ended = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'kept'}"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(processes.ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1, ended.stderr
    told = {name: outcome for outcome, name in re.findall(r"^(PASSED|FAILED) test_some.py::(\S+)", ended.stdout, re.M)}
    assert told.keys() == {*(f"test_passes[{number}]" for number in range(8)), "test_fails", "test_ends_its_worker"}
    assert told["test_fails"] == told["test_ends_its_worker"] == "FAILED"
    assert [*told.values()].count("FAILED") <= 3, "and the one that was to come next in that worker"
    assert "what it said" in ended.stdout
    assert "assert (6 * 7) == 54" in ended.stdout
