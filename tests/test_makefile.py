"""What `make` says while it sets the bot up: which Python it has, and that something happens."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a `.venv` that is set up up to its Python, which is 3.11 and does nothing."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python(tmp_path / ".venv" / "bin" / "python", "3.11")
    (tmp_path / ".venv" / ".python").touch()
    return tmp_path


def python(path: Path, version: str) -> Path:
    """Make a Python that knows its version, and nothing else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\ntest "$1" = -c && echo {version}\necho "$@" >>"{path}.log"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def make(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of make and all that it printed."""
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=folder, capture_output=True, text=True, timeout=30
    )
    return done.returncode, done.stdout + done.stderr


def test_while_it_installs_it_says_so(folder: Path) -> None:
    code, said = make(folder, ".venv/.run", f"PYTHON={folder}/.venv/bin/python")

    installed = (folder / ".venv" / "bin" / "python.log").read_text(encoding="utf-8")
    assert code == 0
    assert said == "Installing what the bot needs into .venv: this takes a minute or two …\n"
    assert "pip install" in installed
    assert "--quiet" not in installed


def test_a_venv_that_keeps_another_python_is_told_of(folder: Path) -> None:
    newer = python(folder / "python3.13", "3.13")
    code, said = make(folder, ".venv/.python", f"PYTHON={newer}")

    assert code == 0
    assert f".venv keeps its Python 3.11, though {newer} is 3.13. To change it: make clean" in said


def test_a_venv_whose_python_is_gone_is_told_of(folder: Path) -> None:
    (folder / ".venv" / "bin" / "python").unlink()
    code, said = make(folder, ".venv/.run", "PYTHON=python3")

    assert code == 2
    assert "make clean" in said
