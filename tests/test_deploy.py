"""What the files for hosts promise: the image, the compose project, and the systemd unit."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.config import Settings
from bot.errors import ExitCode
from tests import PATIENCE_SECONDS
from tests.processes import NEEDED_ON_WINDOWS

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
UNIT = ROOT / "deploy" / "encourage-bot.service"
PAGE = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
NEWEST_PYTHON = "3.13"


def instructions(stage: int) -> list[tuple[str, str]]:
    """The instructions of one stage of the Dockerfile, each with its arguments."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]
    starts = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    begin, end = ([*starts, len(lines)])[stage : stage + 2]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines[begin:end])]


def argument(name: str) -> str:
    """The argument of the only instruction of this name in the last stage."""
    (found,) = [rest for each, rest in instructions(1) if each == name]
    return found


def test_both_stages_begin_with_the_newest_python_that_is_tested() -> None:
    assert [instructions(stage)[0] for stage in (0, 1)] == [
        ("FROM", f"python:{NEWEST_PYTHON}-slim AS build"),
        ("FROM", f"python:{NEWEST_PYTHON}-slim"),
    ]


def test_the_image_holds_what_the_first_stage_installed_and_nothing_to_install_more() -> None:
    (install,) = [rest for name, rest in instructions(0) if name == "RUN"]
    assert '-c constraints.txt ".[postgres,speed,telegram]"' in install
    assert install.endswith("pip uninstall --yes pip")

    assert [rest for name, rest in instructions(1) if name in ("COPY", "ADD")] == ["--from=build /venv /venv"]
    assert not re.search(r"pip|apt|gcc", argument("RUN"))


def test_the_bot_in_the_image_is_nobody_and_begins_without_a_shell() -> None:
    names = [name for name, _ in instructions(1)]

    assert argument("USER") == "10001:10001"
    assert names.index("RUN") < names.index("USER") < names.index("ENTRYPOINT")
    assert json.loads(argument("ENTRYPOINT")) == ["python", "-m", "bot"]


def test_what_the_bot_keeps_is_on_the_volume() -> None:
    database = PurePosixPath(argument("WORKDIR"), Settings().database.as_posix())

    assert str(database.parent) == argument("VOLUME")
    assert argument("RUN").endswith(" data")
    assert "--owner=10001" in argument("RUN")


def test_the_image_is_made_of_files_that_are_there_and_let_through() -> None:
    copied = {source for name, rest in instructions(0) if name == "COPY" for source in rest.split()[:-1]}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    packages = {package.split(".")[0] for package in PYPROJECT["tool"]["setuptools"]["packages"]}

    assert all((ROOT / source).exists() for source in copied)
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    assert copied >= packages
    assert "*" in ignored


def test_every_file_beside_the_code_is_installed_with_it() -> None:
    data = PYPROJECT["tool"]["setuptools"]["package-data"]
    patterns = [f"{package.replace('.', '/')}/{pattern}" for package, each in data.items() for pattern in each]
    others = [
        file.relative_to(ROOT).as_posix()
        for folder in ("bot", "cogs")
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and file.suffix != ".py" and "__pycache__" not in file.parts
    ]

    assert len(others) > 10
    assert [file for file in others if not any(fnmatch(file, pattern) for pattern in patterns)] == []


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (None, False)])
async def test_the_health_check_asks_whether_the_process_works(
    unused_tcp_port: int, status: int | None, healthy: bool
) -> None:
    _, _, command = argument("HEALTHCHECK").partition("CMD ")
    python, *arguments = json.loads(command)
    assert python == "python"
    asked: list[str] = []

    async def livez(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status or 500)

    app = web.Application()
    app.router.add_get("/livez", livez)
    async with TestServer(app) as server:
        port = unused_tcp_port if status is None else server.port
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments),
            env=NEEDED_ON_WINDOWS | {"PORT": str(port)},
            stderr=asyncio.subprocess.DEVNULL,
        )
        code = await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)

    assert (code == 0) is healthy
    assert asked == ([] if status is None else ["/livez"])


def service() -> dict[str, Any]:
    project = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    (bot,) = project["services"].values()
    assert set(project["volumes"]) == {volume.split(":")[0] for volume in bot["volumes"]}
    return dict(bot)


def test_compose_keeps_the_data_restarts_the_bot_and_leaves_the_rest_read_only() -> None:
    bot = service()

    assert [volume.split(":")[1] for volume in bot["volumes"]] == [argument("VOLUME")]
    assert bot["restart"] == "unless-stopped"
    assert bot["read_only"] is True
    assert bot["tmpfs"] == ["/tmp"]
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["env_file"] == ".env"


def test_compose_sets_what_the_container_needs_and_shows_the_port() -> None:
    bot = service()
    settings, problems = Settings.read(bot["environment"])

    assert problems == []
    assert settings.database == Settings().database
    assert settings.folder_of_backups == Settings().folder_of_backups
    assert settings.host == "0.0.0.0"
    assert bot["ports"] == [f"8080:{settings.port}"]


def test_no_setting_in_the_example_is_one_that_compose_would_expand() -> None:
    """https://github.com/docker/compose/issues/9806."""
    settings = re.findall(r"^[A-Z_]+=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)

    assert settings
    assert not any("$" in value for value in settings)


def typed(command: str) -> list[list[str]]:
    """The words of every line of the page for hosts that begins with a command."""
    return [shlex.split(line) for line in re.findall(rf"^{command} .+$", PAGE, re.MULTILINE)]


def test_the_page_runs_the_container_as_compose_does() -> None:
    bot = service()
    ((_, _, _, image, _),) = typed("docker build")
    (run,) = typed("docker run --detach")
    volume = run[run.index("--volume") + 1]

    assert run[-1] == image == bot["image"]
    assert volume.endswith(f":{argument('VOLUME')}")
    assert {"--init", "--read-only"} < set(run)
    for option, value in (
        ("--restart", bot["restart"]),
        ("--tmpfs", bot["tmpfs"][0]),
        ("--env-file", bot["env_file"]),
        ("--publish", bot["ports"][0]),
        ("--memory", bot["mem_limit"]),
        ("--ulimit", "nofile={soft}:{hard}".format(**bot["ulimits"]["nofile"])),
    ):
        assert run[run.index(option) + 1] == value


def test_the_page_fetches_the_backups_from_where_the_container_makes_them() -> None:
    (copy,) = typed("docker compose cp")
    (name,) = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    folder = PurePosixPath(argument("WORKDIR"), Settings().folder_of_backups.as_posix())

    assert copy[3] == f"{name}:{folder}"


def test_the_page_installs_what_the_unit_starts() -> None:
    (start,) = unit_options("ExecStart")
    (state,) = unit_options("StateDirectory")
    targets = {line[-1] for line in typed("sudo")}
    sources = {line[-2] for line in typed("sudo install")}

    assert start == f"{next(target for target in targets if target.startswith('/opt/'))}/bin/python -m bot"
    assert {*unit_options("EnvironmentFile"), UNIT.stem} < targets
    assert sources == {".env", UNIT.relative_to(ROOT).as_posix()}
    assert f"`/var/lib/{state}`" in PAGE
    assert [line[2] for line in typed("journalctl")] == [UNIT.stem]


def test_the_page_says_which_pythons_are_tested() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    tested = sorted(set(re.findall(r'python: "(3\.\d+)"', workflow)))

    assert f"tested with Python {' and '.join(tested)}" in PAGE


def test_memory_and_open_files_have_the_same_bounds_however_the_bot_is_hosted() -> None:
    bot = service()
    (memory,), (files,) = unit_options("MemoryMax"), unit_options("LimitNOFILE")
    open_files = bot["ulimits"]["nofile"]

    assert bot["mem_limit"].upper() == memory == "512M"
    assert open_files["soft"] == open_files["hard"] == int(files) == 16_384
    assert "512 MiB of memory and 16,384 open files" in PAGE


def unit_options(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_unit_restarts_the_bot_unless_the_next_start_would_fail_the_same_way() -> None:
    (final,) = unit_options("RestartPreventExitStatus")
    may_pass = {ExitCode.OK, ExitCode.FAILED, ExitCode.PORT_TAKEN, ExitCode.DATABASE, ExitCode.BACKUP}
    may_pass |= {ExitCode.ALREADY_RUNNING, ExitCode.OTHER_SHARDS}

    assert unit_options("Restart") == ["on-failure"]
    assert set(map(int, final.split())) == {2, *map(int, ExitCode)} - set(map(int, may_pass))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_unit_and_finds_it_hardened(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8").replace("/opt/encourage-bot/bin/python", sys.executable)
    unit = tmp_path / UNIT.name
    unit.write_text(text, encoding="utf-8")

    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert UNIT.name not in verified.stderr
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", unit], stdout=subprocess.DEVNULL, check=False
    )
    assert rated.returncode == 0, "its exposure is more than 2.0 of 10"
