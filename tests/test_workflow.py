"""What the workflows on GitHub promise: a change passes what a developer's machine asks, a release is what it says."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import bot
from tests.test_deploy import NEWEST_PYTHON

ROOT = Path(__file__).parent.parent
WORKFLOWS = {file.stem: file.read_text(encoding="utf-8") for file in (ROOT / ".github" / "workflows").glob("*.yml")}
PAGE = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
PERMISSIONS = {
    "test": {"contents": "read"},
    "package": {"contents": "read", "id-token": "write", "attestations": "write"},
    "image": {"contents": "read", "id-token": "write", "attestations": "write", "packages": "write"},
    "release": {"contents": "write"},
}
needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="the runner of this workflow has a shell of its own")


def workflow(name: str) -> dict[Any, Any]:
    """A workflow; YAML 1.1 reads its key "on" as true."""
    return dict(yaml.safe_load(WORKFLOWS[name]))


def step(job: str, name: str) -> str:
    """What a step of a release runs."""
    (found,) = [
        each["run"] for each in workflow("release")["jobs"][job]["steps"] if each.get("name", "").startswith(name)
    ]
    return str(found)


def run(script: str, folder: Path, tag: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does, in a folder, for a tag."""
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=os.environ | {"PATH": path, "GITHUB_REF_NAME": tag},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_workflow_tests_the_oldest_and_the_newest_python_and_every_system() -> None:
    tested = [
        (each["os"].split("-")[0], each["python"])
        for each in workflow("ci")["jobs"]["test"]["strategy"]["matrix"]["include"]
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")

    assert sorted(tested) == sorted(
        [("ubuntu", oldest), *((system, NEWEST_PYTHON) for system in ("ubuntu", "windows", "macos"))]
    )


def test_the_workflow_runs_what_make_runs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    jobs = workflow("ci")["jobs"]
    run = [step["run"] for name in ("lint", "test") for step in jobs[name]["steps"] if "run" in step]

    assert [line.replace("python -m pip", "pip") for line in run if "pip" in line] == [
        'pip install -c constraints.txt -e ".[dev]"'
    ] * 2
    for target in ("lint", "types", "test"):
        (recipe,) = re.findall(rf"^{target}: .*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
        for command in re.findall(r"\$\(BIN\)/(.*)", recipe):
            assert command in run


def test_every_action_is_of_a_known_commit_the_same_in_all_workflows() -> None:
    used = {line for text in WORKFLOWS.values() for line in re.findall(r"uses: (.*)", text)}
    others = {action for action in used if not action.startswith("$/")}

    assert others
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in others)
    assert len({action.partition("@")[0] for action in others}) == len(others)
    assert {action for action in used if action.startswith("$/")} == {"$/.github/workflows/ci.yml"}


def test_a_workflow_may_do_no_more_than_it_must() -> None:
    assert workflow("ci")["permissions"] == {"contents": "read"}
    assert workflow("release")["permissions"] == {}
    assert {name: job["permissions"] for name, job in workflow("release")["jobs"].items()} == PERMISSIONS
    for text in WORKFLOWS.values():
        assert text.count("persist-credentials: false") == text.count("actions/checkout@")
        assert "secrets." not in text


def test_no_job_runs_for_ever() -> None:
    jobs = [job for name in WORKFLOWS for job in workflow(name)["jobs"].values() if "uses" not in job]

    assert all(job["timeout-minutes"] <= 30 for job in jobs)
    assert workflow("ci")["concurrency"]["cancel-in-progress"] is True
    assert workflow("release")["concurrency"]["cancel-in-progress"] is False


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    """It is told to look at everything, and asks nobody: https://docs.zizmor.sh/usage/#personas."""
    zizmor = shutil.which("zizmor", path=sysconfig.get_path("scripts"))
    assert zizmor is not None, "zizmor is not installed: it comes with the extra dev"
    found = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--no-config", "--strict-collection", "--persona=auditor", ".github"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stdout + found.stderr
    assert all(f"{name}.yml" in found.stderr for name in WORKFLOWS)


def test_a_tag_releases_only_what_has_passed_every_test() -> None:
    release = workflow("release")

    assert release[True] == {"push": {"tags": ["v*"]}}
    assert "workflow_call" in workflow("ci")[True]
    assert {name: job.get("needs") for name, job in release["jobs"].items()} == {
        "test": None,
        "package": "test",
        "image": "package",
        "release": ["package", "image"],
    }


def test_the_wheel_the_source_and_the_image_get_their_provenance() -> None:
    jobs = workflow("release")["jobs"]
    attested = [
        each["with"]
        for name in ("package", "image")
        for each in jobs[name]["steps"]
        if each.get("uses", "").startswith("actions/attest-build-provenance@")
    ]
    of_files, of_image = attested

    assert of_files == {"subject-path": "dist/*"}
    assert of_image == {
        "subject-name": "${{ steps.image.outputs.name }}",
        "subject-digest": "${{ steps.push.outputs.digest }}",
    }
    assert "docker run --rm --read-only --tmpfs /tmp" in step("image", "Build the image")
    assert step("image", "Build the image").index(" check") > 0


@needs_bash
@pytest.mark.parametrize(
    ("tag", "program", "changelog", "wrong"),
    [
        ("v1.2.3", "1.2.3", "## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n", ""),
        ("v1.2.4", "1.2.3", "## [1.2.4] - 2026-01-31\n", "bot/__init__.py says 1.2.3"),
        ("v1.2.3", "1.2.3", "## [Unreleased]\n\n## [1.2.30] - 2026-01-31\n", "no section for 1.2.3"),
        ("v1.2.3", "1.2.3", "## [1x2.3] - 2026-01-31\n", "no section for 1.2.3"),
    ],
)
def test_a_tag_that_names_another_version_releases_nothing(
    tmp_path: Path, tag: str, program: str, changelog: str, wrong: str
) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "__init__.py").write_text(f'__version__ = "{program}"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(changelog, encoding="utf-8")

    checked = run(step("package", "Check that the tag"), tmp_path, tag)

    assert (checked.returncode == 0) is (not wrong), checked.stdout + checked.stderr
    assert wrong in checked.stdout


@needs_bash
def test_a_release_says_what_the_changelog_says_of_it(tmp_path: Path) -> None:
    shutil.copy(ROOT / "CHANGELOG.md", tmp_path)
    taken = run(step("release", "Take what the changelog"), tmp_path, f"v{bot.__version__}")
    notes = (tmp_path / "notes.md").read_text(encoding="utf-8")

    assert taken.returncode == 0
    assert "### Added" in notes
    assert notes in (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [" not in notes.replace("### ", "")


def test_the_page_about_releases_speaks_of_what_the_workflow_does() -> None:
    release = workflow("release")

    assert f"`{release[True]['push']['tags'][0]}`" in PAGE
    assert release["env"]["REGISTRY"] in PAGE
    assert "python -m pip install -c constraints.txt build setuptools" in WORKFLOWS["release"]
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert all(f"\n{name}==" in constraints for name in ("build", "pyproject_hooks", "setuptools", "zizmor"))
    assert all(action in PAGE for action in ("attestation verify", "git tag", "git push"))
