"""What is typed after `python -m bot`: its help, and what is refused, in the operator's language."""

import re
from collections.abc import Mapping

import pytest

import bot
from bot.__main__ import main
from bot.errors import ExitCode
from bot.languages import Language
from bot.operator.command_line import COMMANDS
from tests.conftest import with_plain_spaces


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch, locale: str, languages: Mapping[str, Language]) -> None:
    monkeypatch.setenv("LOCALE", locale)
    monkeypatch.setenv("COLUMNS", "100")
    # Each command line would read them anew, which takes half a second.
    monkeypatch.setattr("bot.languages.load_readable", lambda: (languages, {}))


@pytest.mark.parametrize(("locale", "words"), [("fr", "Utilisation :"), ("en", "Usage:")], indirect=["locale"])
def test_the_help_is_in_one_language(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = ""
    for command in (None, *COMMANDS):
        with pytest.raises(SystemExit) as ended:
            main(["--help"] if command is None else [command, "-h"])
        assert ended.value.code == 0
        output = with_plain_spaces(capsys.readouterr().out)
        assert output.startswith(f"{words} python -m bot")
        shown += output

    assert all(f"\n    {command} " in shown for command in COMMANDS)
    if words != "Usage:":
        assert not re.search(r"\b(usage|positional|options:|show this|message and exit)\b", shown, re.IGNORECASE)
        assert "Commandes :" in shown


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Encourage Bot {bot.__version__}\n"


@pytest.mark.parametrize(
    "line", ["chek", "backup", "run now", "telegram --poll --delete-webhook", "invite --help-me", "try --port"]
)
def test_a_line_that_is_not_understood_is_refused_with_how_it_is_written(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(line.split())

    said = with_plain_spaces(capsys.readouterr().err)
    assert code == ExitCode.USAGE
    assert said.startswith(f"Je ne comprends pas « python -m bot {line} ».\nUtilisation : python -m bot")
    assert said.endswith("python -m bot --help\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("try --port 99999", "un nombre de 0 à 65535"),
        ("try --port=-1", "un nombre de 0 à 65535"),
        ("try --port http", "un nombre de 0 à 65535"),
        ("invite -5", "de 15 à 20 chiffres"),
        ("invite 5", "de 15 à 20 chiffres"),
        ("invite encourage-bot", "de 15 à 20 chiffres"),
    ],
)
def test_a_value_that_does_not_work_is_named_with_what_it_takes(
    line: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(line.split())

    (said,) = capsys.readouterr().err.splitlines()
    assert code == ExitCode.USAGE
    assert re.split(r"[ =]", line)[-1] in said
    assert expected in said
    assert len(said) < 200


def test_a_token_that_is_typed_by_mistake_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOKEN", "MTAwMDAwMDAwMDAwMDAwMDAx.fake.token")

    assert main(["invite", "MTAwMDAwMDAwMDAwMDAwMDAx.fake.token"]) == ExitCode.USAGE
    assert "fake.token" not in capsys.readouterr().err
