"""The README and CONTRIBUTING.md tell the truth: commands exist, tables match the code, links lead somewhere."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.feelings import reading
from bot.__main__ import main
from bot.config import Settings
from bot.errors import ExitCode
from bot.languages import Language

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {"README.md": README, "CONTRIBUTING.md": (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")}
TYPED = [
    line.split("#")[0].strip()
    for page in PAGES.values()
    for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]


def table(heading: str) -> dict[str, str]:
    """The first two columns of the first table after a heading."""
    section = README[README.index(heading) :]
    rows = re.search(r"(?:^\|.*\|\n)+", section, re.MULTILINE)
    assert rows is not None
    cells = [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows[0].splitlines()[2:]]
    return {row[0]: row[1] for row in cells}


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for words in re.findall(r"make ((?:[a-z]+ ?)+)", "\n".join(TYPED)) for target in words.split()}
    named |= {target for words in re.findall(r"`(?:LOCALE=en )?make ([a-z ]+)`", README) for target in words.split()}

    assert {"try", "test", "run", "lint", "types"} <= named <= targets


def test_every_typed_command_is_one_of_the_known_kinds() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for line in TYPED:
        if match := re.search(r'-e "\.\[(\w+)\]"', line):
            assert match[1] in extras
        else:
            known = (
                r"(LOCALE=de )?make [\w ]+|python -m venv \.venv|\.venv\\Scripts\\activate"
                r"|python -m bot (try|check|telegram|backup [\w.-]+)|cp -r bot/languages/en bot/languages/de"
            )
            if line.split()[0] not in ("docker", "sudo", "journalctl"):
                assert re.fullmatch(known, line), line
    for command in re.findall(r"python -m bot (\w+)", README):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0


def test_the_command_table_is_the_bots(languages: Mapping[str, Language]) -> None:
    texts = languages["en"].texts
    usages = {f"${text}" for key, text in texts.items() if key.startswith("commands.") and key.endswith(".usage")}

    assert set(table("## Commands")) == usages


def test_the_settings_table_is_the_codes() -> None:
    settings = table("## Settings")

    assert {name.lower() for name in settings} == set(Settings.__dataclass_fields__)
    assert Settings.from_env(settings) == Settings()


def test_the_table_of_exit_codes_is_complete() -> None:
    assert {int(code) for code in table("ends with a code")} == {*map(int, ExitCode), 2}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_sentences_given_as_sad_are_read_so(number: int) -> None:
    paragraph = README[README.index("A message whose author") :].split("\n\n")[0]

    assert reading(re.findall(r"`(.+?)`", paragraph)[number]) == "sad"


def test_as_many_quotes_as_it_says(languages: Mapping[str, Language]) -> None:
    assert "120 bundled quotes" in README
    assert sum(len(language.quotes) for language in languages.values()) >= 120


def headings(page: str) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    lines = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("name", PAGES)
def test_links_to_files_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\((?!https?://)(.+?)\)", PAGES[name]):
        file, _, heading = target.partition("#")
        assert (ROOT / file).exists(), target
        assert not heading or heading in headings(PAGES[file or name]), target
    for path in re.findall(r"`((?:bot|cogs|docs)/[\w/.]*)`", PAGES[name]):
        assert (ROOT / path).exists(), path


def test_the_tests_that_contributing_names_exist() -> None:
    tests = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").glob("test_*.py"))

    for words in re.findall(r"^   \| `(\w+)` \|", PAGES["CONTRIBUTING.md"], re.MULTILINE):
        assert re.search(rf"def test_\w*{words}", tests), words
    for file in re.findall(r"`(tests/test_\w+\.py)`", PAGES["CONTRIBUTING.md"]):
        assert (ROOT / file).is_file()
