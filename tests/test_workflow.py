"""What the workflow on GitHub promises: every change passes what a developer's machine asks of it, on every system."""

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from tests.test_deploy import NEWEST_PYTHON

ROOT = Path(__file__).parent.parent
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def workflow() -> dict[str, Any]:
    # YAML 1.1 reads the key "on" as true.
    return dict(yaml.safe_load(WORKFLOW))


def test_the_workflow_tests_the_oldest_and_the_newest_python_and_every_system() -> None:
    tested = [
        (each["os"].split("-")[0], each["python"])
        for each in workflow()["jobs"]["test"]["strategy"]["matrix"]["include"]
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")

    assert sorted(tested) == sorted(
        [("ubuntu", oldest), *((system, NEWEST_PYTHON) for system in ("ubuntu", "windows", "macos"))]
    )


def test_the_workflow_runs_what_make_runs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    jobs = workflow()["jobs"]
    run = [step["run"] for name in ("lint", "test") for step in jobs[name]["steps"] if "run" in step]

    assert [line.replace("python -m pip", "pip") for line in run if "pip" in line] == [
        'pip install -c constraints.txt -e ".[dev]"'
    ] * 2
    for target in ("lint", "types", "test"):
        (recipe,) = re.findall(rf"^{target}: .*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
        for command in re.findall(r"\$\(BIN\)/(.*)", recipe):
            assert command in run


def test_the_workflow_may_only_read_and_runs_actions_of_a_known_commit() -> None:
    used = re.findall(r"uses: (.*)", WORKFLOW)

    assert workflow()["permissions"] == {"contents": "read"}
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in used)
    assert WORKFLOW.count("persist-credentials: false") == WORKFLOW.count("actions/checkout@")
    assert "${{ secrets" not in WORKFLOW


def test_no_job_runs_for_ever() -> None:
    assert all(job["timeout-minutes"] <= 30 for job in workflow()["jobs"].values())
    assert workflow()["concurrency"]["cancel-in-progress"] is True
