"""What a start makes of the languages and their rules is kept for the next one, and only for the same files."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot import languages, prepared
from bot.prepared import load_feelings
from bot.services.feelings.reader import Feeling, Feelings
from tests.reading import FEELINGS

TEXT = "i want to die"
PLAIN = languages.Plural("n != 1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of languages, of which there is one."""
    copied = tmp_path / "languages"
    shutil.copytree(Path(languages.__file__).parent / "en", copied / "en")
    monkeypatch.setattr(languages, "files", lambda _: copied)
    return copied


def kept_in(folder: Path) -> list[Path]:
    return sorted((folder / "__pycache__").glob("feelings*"))


def refuse(*_: object) -> Feelings:
    raise AssertionError("it was made again")


def test_what_was_kept_reads_alike_without_being_made_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = load_feelings(languages.load(), keep=True)
    monkeypatch.setattr(prepared, "_make", refuse)
    kept = load_feelings(languages.load(), keep=True)

    for text in (TEXT, "i feel so sad", "nobody would miss me", "kys", "good morning"):
        assert kept.read(text) == made.read(text)
        assert kept.wounds(text) == made.wounds(text)
        assert kept.normal_form(text) == made.normal_form(text)


def test_other_rules_and_what_is_damaged_are_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_feelings(languages.load(), keep=True)
    rules = folder / "en" / "feelings.toml"
    old = kept_in(folder)
    rules.write_text(rules.read_text(encoding="utf-8").replace("states = [", 'states = ["bluesy", '), encoding="utf-8")
    assert load_feelings(languages.load(), keep=True).read("i am bluesy").feeling is Feeling.SAD
    (new,) = kept_in(folder)
    assert [new] != old

    monkeypatch.setattr(prepared, "_make", lambda _: FEELINGS)
    whole = new.read_bytes()
    for damaged in (b"", whole[:-1], whole[:64] + b"cos\nsystem\n"):
        new.write_bytes(damaged)
        assert load_feelings(languages.load(), keep=False) is FEELINGS, damaged


def test_nothing_is_kept_where_nothing_can_or_may_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_make", lambda _: FEELINGS)
    load_feelings(languages.load(), keep=False)
    assert kept_in(folder) == []

    (folder / "__pycache__").write_bytes(b"")

    assert load_feelings(languages.load(), keep=True) is FEELINGS


def test_languages_that_were_kept_are_the_same_without_being_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, _ = languages.load_readable(keep=True)
    monkeypatch.setattr(languages, "_read", refuse)
    kept, _ = languages.load_readable()

    assert {code: replace(one, plural=PLAIN) for code, one in kept.items()} == {
        code: replace(one, plural=PLAIN) for code, one in read.items()
    }
    assert [kept["en"].plural(count) for count in (0, 1, 2)] == [read["en"].plural(count) for count in (0, 1, 2)]


def test_languages_with_a_changed_sentence_or_a_mistake_are_read_again(folder: Path) -> None:
    languages.load_readable(keep=True)
    text = folder / "en" / "text.toml"
    text.write_text(text.read_text(encoding="utf-8").replace("English", "Anglish"), encoding="utf-8")
    changed, _ = languages.load_readable(keep=True)
    text.write_text("no sentence", encoding="utf-8")

    assert changed["en"].name == "Anglish"
    assert list(languages.load_readable()[1]) == ["en"]
