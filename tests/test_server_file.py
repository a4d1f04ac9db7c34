"""The file of `$export` and `$import`: what is wrong in one is refused with its line."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from string import ascii_lowercase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import languages as language_folders
from bot.errors import UserError
from bot.languages import Language
from bot.models import Contributors, ScopePreferences, Trigger
from bot.services.encouragements import Encouragements
from bot.services.feelings.reader import Feelings
from bot.services.files import server_file
from bot.services.files.server_file import ServerFile, write
from bot.services.settings.preferences import Preferences
from bot.services.settings.words import Words
from bot.text.sentences import Texts
from tests.conftest import with_plain_spaces

RIGHT = """{
  "format": "encourage-bot",
  "version": 1,
  "exported_at": "2026-03-04T05:06:07+00:00",
  "messages": [
    {
      "text": "Tu vas y arriver."
    },
    {
      "text": "On est là."
    }
  ],
  "words": {
    "sad": [
      "seum"
    ],
    "ignored": [
      "l'été"
    ]
  },
  "settings": {
    "responding": false,
    "helplines": true,
    "country": "BE",
    "locale": "en",
    "prefix": "!",
    "trigger": "any",
    "contributors": "approval",
    "quotes": null,
    "member_cooldown": 60,
    "channel_cooldown": 0,
    "silenced": [
      "11"
    ]
  }
}
"""
SOME_WORDS = [f"{first}{second}o" for first in ascii_lowercase for second in ascii_lowercase]
# A line of RIGHT, what stands there instead, the sentence that refuses it, and the line that it names if not that one.
WRONG: list[tuple[int, str, str] | tuple[int, str, str, int]] = [
    (1, "[", "not_json", 2),
    (1, "", "not_json", 2),
    (2, '"format": "encourage-bot"', "not_json", 3),
    (2, '"format": "other-bot",', "not_ours"),
    (2, '"format": null,', "not_ours"),
    (2, "", "not_ours", 1),
    (3, '"version": 2,', "other_version"),
    (3, '"version": "1",', "other_version"),
    (3, '"version": 1.0,', "other_version"),
    (3, '"version": true,', "other_version"),
    (3, "", "other_version", 1),
    (4, '"exported_at": 20260304,', "not_a_text"),
    (4, '"exported_by": "Camille",', "unknown_name"),
    (4, '"version": 1,', "given_twice"),
    (4, '"settings":\n {},', "given_twice", 22),
    (5, '"message": [', "unknown_name"),
    (6, '"Courage", {', "not_an_object"),
    (6, "{}, {", "message_without_text"),
    (6, "{\n}, {", "message_without_text"),
    (7, '"text": ""', "message_empty"),
    (7, '"text": " \\u200b\\n\\u3164"', "message_empty"),
    (7, f'"text": "{"é" * 1_001}"', "message_too_long"),
    (7, '"text":\n\n 5', "not_a_text", 9),
    (7, '"text": null', "not_a_text"),
    (7, '"text": "Je veux mourir."', "message_dangerous"),
    (7, '"text": ["Courage"]', "not_a_text"),
    (7, '"text": "\\ud83c"', "half_a_character"),
    (7, '"text": "Courage", "author": "Camille"', "unknown_name"),
    (7, '"text": "Courage",\n"author":\n"Camille"', "unknown_name", 8),
    (7, '"text": "Courage", "text": "Bravo"', "given_twice"),
    (7, '"text": “Courage”', "not_json"),
    (10, '"text": ' + "[" * 2_000, "too_deep"),
    (14, '"triste": [', "unknown_name"),
    (15, "4", "not_a_text"),
    (15, '"  "', "word_empty"),
    (18, f'"{"x" * 51}"', "word_too_long"),
    (18, '"ab", {}', "not_a_text"),
    (22, '"responding": "yes",', "not_a_switch"),
    (22, '"responding": 1,', "not_a_switch"),
    (22, '"responding": null,', "not_a_switch"),
    (22, '"reponding": false,', "unknown_name"),
    (22, '"sad_words": [],', "unknown_name"),
    (23, '"helplines": "off",', "not_a_switch"),
    (24, '"country": "Belgique",', "bad_country"),
    (24, '"country": "be",', "bad_country"),
    (24, '"country": 32,', "not_a_text_or_null"),
    (25, '"locale": "tlh",', "bad_locale"),
    (25, '"locale": false,', "not_a_text_or_null"),
    (26, '"prefix": "",', "bad_prefix"),
    (26, '"prefix": "! !",', "bad_prefix"),
    (26, '"prefix": "!!!!!!",', "bad_prefix"),
    (26, '"prefix": ["!"],', "not_a_text_or_null"),
    (27, '"trigger": "all",', "not_a_choice"),
    (27, '"trigger": null,', "not_a_choice"),
    (27, '"trigger": ["own"],', "not_a_choice"),
    (28, '"contributors": "Everyone",', "not_a_choice"),
    (29, '"quotes": "none",', "not_a_choice"),
    (30, '"member_cooldown": true,', "not_a_number"),
    (30, '"member_cooldown": 60.0,', "not_a_number"),
    (30, '"member_cooldown": 6e1,', "not_a_number"),
    (30, '"member_cooldown": "60",', "not_a_number"),
    (30, '"member_cooldown": NaN,', "not_json"),
    (30, f'"member_cooldown": {"9" * 5_000},', "not_a_number"),
    (30, f'"member_cooldown": {"9" * 100},', "bad_cooldown"),
    (30, '"member_cooldown": 86401,', "bad_cooldown"),
    (31, '"channel_cooldown": -1,', "bad_cooldown"),
    (31, '"channel_cooldown": null,', "not_a_number"),
    (33, "11", "not_a_text"),
    (33, '"général"', "not_a_channel"),
    (33, '"-11"', "not_a_channel"),
    (33, '"0"', "not_a_channel"),
    (33, '"١١"', "not_a_channel"),
    (33, f'"{2**63}"', "not_a_channel"),
    (33, ",".join(f'\n"{number}"' for number in range(1, 27)), "too_many_channels", 59),
    (15, ",".join(f'\n"{word}"' for word in SOME_WORDS[:201]), "too_many_words", 216),
    (18, ",".join(f'\n"{word}"' for word in SOME_WORDS[:200]), "too_many_words", 218),
    (6, "".join(f'{{"text": "{number}"}},\n' for number in range(1, 502)) + "{", "too_many_messages", 506),
    (37, "{}", "not_json"),
]


@pytest.fixture(scope="module")
def preferences(languages: Mapping[str, Language]) -> Preferences:
    countries = {country.code for language in languages.values() for country in language.helplines.countries}
    nothing: Any = None
    return Preferences(nothing, locales=languages, countries=countries)


@cache
def rules() -> tuple[Words, Encouragements]:
    """The rules of words and messages; these tests keep none."""
    nothing: Any = None
    feelings = Feelings({code: language.feelings for code, language in language_folders.load().items()})
    return Words(nothing, feelings), Encouragements(nothing, {}, nothing, feelings, rng=random.Random())


def read(data: bytes, check: Callable[[ScopePreferences], None]) -> ServerFile:
    return server_file.read(data, check, *rules())


def changed(number: int, line: str) -> bytes:
    """RIGHT with another line in the place of one of its lines."""
    lines = RIGHT.split("\n")
    lines[number - 1] = line
    return "\n".join(lines).encode()


def refusal_of(preferences: Preferences, data: bytes) -> UserError | None:
    try:
        read(data, preferences.check)
    except UserError as refusal:
        return refusal
    return None


def test_a_right_file_is_taken(preferences: Preferences) -> None:
    file = read(RIGHT.encode(), preferences.check)

    assert list(file.messages.values()) == ["Tu vas y arriver.", "On est là."]
    assert list(file.sad_words.values()) == ["seum"]
    assert list(file.ignored_words.values()) == ["l'été"]
    assert file.settings == {
        "responding": False,
        "helplines": True,
        "country": "BE",
        "locale": "en",
        "prefix": "!",
        "trigger": Trigger.ANY,
        "contributors": Contributors.APPROVAL,
        "quotes": None,
        "member_cooldown": 60,
        "channel_cooldown": 0,
        "silenced": frozenset({11}),
    }


@pytest.mark.parametrize("row", WRONG, ids=lambda row: f"{row[0]}-{row[2]}")
def test_a_wrong_line_is_refused_with_its_number_in_every_language(
    preferences: Preferences, texts: Texts, row: tuple[int, str, str] | tuple[int, str, str, int]
) -> None:
    with pytest.raises(UserError) as refusal:
        read(changed(row[0], row[1]), preferences.check)

    expected = row[3] if len(row) == 4 else row[0]
    assert (refusal.value.key, refusal.value.params["line"]) == (f"transfer.{row[2]}", expected)
    for locale, line, unchanged in (
        ("fr", "Ligne", "Rien n'a été changé."),
        ("en", "Line", "Nothing has been changed."),
    ):
        sentence = texts.text(locale, refusal.value.key, prefix="$", **refusal.value.params)
        assert sentence.startswith(f"{line} {expected}")
        assert sentence.endswith(unchanged)


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ('"messages": {}', "not_a_list"),
        ('"messages": null', "not_a_list"),
        ('"messages": "Courage"', "not_a_list"),
        ('"words": []', "not_an_object"),
        ('"words": {"sad": "seum"}', "not_a_list"),
        ('"words": {"ignored": null}', "not_a_list"),
        ('"settings": true', "not_an_object"),
        ('"settings": []', "not_an_object"),
        ('"settings": {"silenced": "11"}', "not_a_list"),
        ('"settings": {"silenced": {}}', "not_a_list"),
    ],
)
def test_a_section_of_another_shape_is_refused(preferences: Preferences, section: str, key: str) -> None:
    text = f'{{"format": "encourage-bot",\n"version": 1,\n{section}}}'
    with pytest.raises(UserError) as refusal:
        read(text.encode(), preferences.check)

    assert (refusal.value.key, refusal.value.params["line"]) == (f"transfer.{key}", 3)


def test_a_refusal_says_what_there_is_and_what_may_be(preferences: Preferences, texts: Texts) -> None:
    with pytest.raises(UserError) as refusal:
        read(changed(7, f'"text": "{"é" * 1_204}"'), preferences.check)

    assert with_plain_spaces(texts.text("fr", refusal.value.key, **refusal.value.params)) == (
        "Ligne 7 : ce message a 1\u202f204 caractères, et j'en garde 1\u202f000 au plus. Raccourcis-le. "
        "Rien n'a été changé."
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"format": "encourage-bot", "version": 1}',
        '{"version": 1, "words": {}, "messages": [], "settings": {}, "format": "encourage-bot"}',
    ],
)
def test_what_a_file_does_not_name_it_does_not_bring(preferences: Preferences, text: str) -> None:
    assert read(text.encode(), preferences.check) == ServerFile({}, {}, {}, {})


def test_the_limits_count_what_differs(preferences: Preferences) -> None:
    many = ",".join('{"text": "Courage"}' for _ in range(600))
    file = read(changed(6, f"{many}, {{"), preferences.check)

    assert list(file.messages.values()) == ["Courage", "Tu vas y arriver.", "On est là."]


def test_a_word_counts_where_it_is_first(preferences: Preferences) -> None:
    file = read(changed(18, '"Seum", " SEUM ", "au  Fond", "Au fond"'), preferences.check)

    assert list(file.sad_words.values()) == ["seum"]
    assert list(file.ignored_words.values()) == ["au Fond"]


def test_windows_line_ends_and_byte_order_marks_are_fine(preferences: Preferences) -> None:
    data = ("\ufeff" + RIGHT.replace("\n", "\r\n")).encode()
    assert read(data, preferences.check) == read(RIGHT.encode(), preferences.check)

    with pytest.raises(UserError) as refusal:
        read(data.replace(b'"prefix": "!"', b'"prefix": 1'), preferences.check)
    assert refusal.value.params["line"] == 26


def test_a_file_names_every_setting(preferences: Preferences) -> None:
    content = write([], ScopePreferences(), now=datetime.now(UTC))
    file = read(content, preferences.check)

    assert set(file.settings) == {field.name for field in fields(ScopePreferences)} - {"sad_words", "ignored_words"}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
).map(lambda value: json.dumps(value))


@given(number=st.integers(1, RIGHT.count("\n") + 1), value=st.text() | ANY_JSON, keep_name=st.booleans())
def test_any_line_is_taken_or_refused(preferences: Preferences, number: int, value: str, keep_name: bool) -> None:
    name, colon, _ = RIGHT.split("\n")[number - 1].partition(":")
    data = changed(number, f"{name}:{value}," if keep_name and colon else value)

    refusal = refusal_of(preferences, data)
    assert refusal is None or 1 <= int(str(refusal.params["line"])) <= data.count(b"\n") + 1


@given(st.binary())
def test_any_bytes_are_refused(preferences: Preferences, data: bytes) -> None:
    refusal = refusal_of(preferences, data)

    assert refusal is not None
    assert 1 <= int(str(refusal.params["line"])) <= data.count(b"\n") + 1
