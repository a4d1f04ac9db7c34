"""The file of `$export` and `$import`: what is wrong in one is refused with its line."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from string import ascii_lowercase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.languages import Language
from bot.models import Contributors, Trigger
from bot.services.encouragements import Encouragements
from bot.services.files import server_file
from bot.services.files.server_file import ServerFile, write
from bot.services.helplines import Helplines
from bot.services.settings.kinds import Pauses
from bot.services.settings.preferences import Preferences
from bot.services.settings.table import SETTINGS, ScopePreferences
from bot.services.settings.vocabulary import Vocabulary
from bot.services.settings.word_lists import Words
from bot.text.sentences import Texts
from tests.conftest import with_plain_spaces
from tests.reading import FEELINGS

RIGHT = """{
  "format": "encourage-bot",
  "version": 2,
  "exported_at": "2026-03-04T05:06:07+00:00",
  "messages": [
    {
      "text": "Tu vas y arriver."
    },
    {
      "text": "On est là."
    }
  ],
  "settings": {
    "responding": false,
    "triggers": "any",
    "cooldown": {
      "member": 60,
      "channel": 0
    },
    "silence": [
      "11"
    ],
    "contributors": "approval",
    "quotes": null,
    "language": "en",
    "prefix": "!",
    "helplines": true,
    "country": "BE",
    "words": {
      "sad": [
        "seum"
      ],
      "ignored": [
        "l'été"
      ]
    }
  }
}
"""
OF_VERSION_1 = """{
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
CHOSEN = {
    "responding": False,
    "triggers": Trigger.ANY,
    "cooldown": Pauses(member=60, channel=0),
    "silence": frozenset({11}),
    "contributors": Contributors.APPROVAL,
    "quotes": None,
    "language": "en",
    "prefix": "!",
    "helplines": True,
    "country": "BE",
    "words": Words(sad=("seum",), ignored=("l'été",)),
}
SOME_WORDS = [f"{first}{second}o" for first in ascii_lowercase for second in ascii_lowercase]
# A line of RIGHT, what stands there instead, the sentence that refuses it, and the line that it names if not that one.
WRONG: list[tuple[int, str, str] | tuple[int, str, str, int]] = [
    (1, "[", "not_json", 2),
    (1, "", "not_json", 2),
    (2, '"format": "encourage-bot"', "not_json", 3),
    (2, '"format": "other-bot",', "not_ours"),
    (2, '"format": null,', "not_ours"),
    (2, "", "not_ours", 1),
    (3, '"version": 3,', "other_version"),
    (3, '"version": "1",', "other_version"),
    (3, '"version": 1.0,', "other_version"),
    (3, '"version": true,', "other_version"),
    (3, "", "other_version", 1),
    (4, '"exported_at": 20260304,', "not_a_text"),
    (4, '"exported_by": "Camille",', "unknown_name"),
    (4, '"version": 2,', "given_twice"),
    (4, '"settings":\n {},', "given_twice", 14),
    (5, '"message": [', "unknown_name"),
    (6, '"Courage", {', "not_an_object"),
    (6, "{}, {", "message_without_text"),
    (6, "{\n}, {", "message_without_text"),
    (7, '"text": ""', "message_empty"),
    (7, '"text": " \\u200b\\n\\u3164"', "message_empty"),
    (7, f'"text": "{"é" * 1_001}"', "message_too_long"),
    (7, '"text":\n\n 5', "not_a_text", 9),
    (7, '"text": null', "not_a_text"),
    (7, '"text": ["Courage"]', "not_a_text"),
    (7, '"text": "\\ud83c"', "half_a_character"),
    (7, '"text": "Courage", "author": "Camille"', "unknown_name"),
    (7, '"text": "Courage",\n"author":\n"Camille"', "unknown_name", 8),
    (7, '"text": "Courage", "text": "Bravo"', "given_twice"),
    (7, '"text": “Courage”', "not_json"),
    (10, '"text": ' + "[" * 2_000, "too_deep"),
    (30, '"triste": [', "unknown_name"),
    (31, "4", "not_a_text"),
    (31, '"  "', "word_empty"),
    (34, f'"{"x" * 51}"', "word_too_long"),
    (34, '"ab", {}', "not_a_text"),
    (14, '"responding": "yes",', "not_a_switch"),
    (14, '"responding": 1,', "not_a_switch"),
    (14, '"responding": null,', "not_a_switch"),
    (14, '"reponding": false,', "unknown_name"),
    (14, '"member_cooldown": 5,', "unknown_name"),
    (27, '"helplines": "off",', "not_a_switch"),
    (28, '"country": "Belgique",', "settings.country.wrong"),
    (28, '"country": "be",', "settings.country.wrong"),
    (28, '"country": 32,', "not_a_text_or_null"),
    (25, '"language": "tlh",', "settings.language.wrong"),
    (25, '"language": false,', "not_a_text_or_null"),
    (26, '"prefix": "",', "settings.prefix.wrong"),
    (26, '"prefix": "! !",', "settings.prefix.wrong"),
    (26, '"prefix": "!!!!!!",', "settings.prefix.wrong"),
    (26, '"prefix": ["!"],', "not_a_text_or_null"),
    (15, '"triggers": "all",', "not_a_choice"),
    (15, '"triggers": null,', "not_a_choice"),
    (15, '"triggers": ["own"],', "not_a_choice"),
    (23, '"contributors": "Everyone",', "not_a_choice"),
    (24, '"quotes": "none",', "not_a_choice"),
    (17, '"member": true,', "not_a_number"),
    (17, '"member": 60.0,', "not_a_number"),
    (17, '"member": 6e1,', "not_a_number"),
    (17, '"member": "60",', "not_a_number"),
    (17, '"member": NaN,', "not_json"),
    (17, f'"member": {"9" * 5_000},', "not_a_number"),
    (17, f'"member": {"9" * 100},', "bad_seconds"),
    (17, '"member": 86401,', "bad_seconds"),
    (18, '"channel": -1', "bad_seconds"),
    (18, '"channel": null', "not_a_number"),
    (21, "11", "not_a_text"),
    (21, '"général"', "not_a_channel"),
    (21, '"-11"', "not_a_channel"),
    (21, '"0"', "not_a_channel"),
    (21, '"١١"', "not_a_channel"),
    (21, f'"{2**63}"', "not_a_channel"),
    (21, ",".join(f'\n"{number}"' for number in range(1, 27)), "too_many_channels", 47),
    (31, ",".join(f'\n"{word}"' for word in SOME_WORDS[:201]), "too_many_words", 232),
    (34, ",".join(f'\n"{word}"' for word in SOME_WORDS[:200]), "too_many_words", 234),
    (6, "".join(f'{{"text": "{number}"}},\n' for number in range(1, 502)) + "{", "too_many_messages", 506),
    (39, "{}", "not_json"),
]


@pytest.fixture(scope="module")
def preferences(languages: Mapping[str, Language]) -> Preferences:
    """The rules of settings; these tests keep none."""
    nothing: Any = None
    helplines = Helplines({code: language.helplines for code, language in languages.items()})
    return Preferences(nothing, Vocabulary(languages, helplines, FEELINGS.normal_form))


def read(data: bytes, preferences: Preferences) -> ServerFile:
    nothing: Any = None
    return server_file.read(data, preferences, Encouragements(nothing, {}, nothing, FEELINGS, rng=random.Random()))


def changed(number: int, line: str) -> bytes:
    """RIGHT with another line in the place of one of its lines."""
    lines = RIGHT.split("\n")
    lines[number - 1] = line
    return "\n".join(lines).encode()


def refusal_of(preferences: Preferences, data: bytes) -> UserError | None:
    try:
        read(data, preferences)
    except UserError as refusal:
        return refusal
    return None


def test_a_right_file_is_taken(preferences: Preferences) -> None:
    file = read(RIGHT.encode(), preferences)

    assert list(file.messages.values()) == ["Tu vas y arriver.", "On est là."]
    assert file.settings == CHOSEN


def test_a_file_of_the_first_version_is_taken_as_it_was_meant(preferences: Preferences) -> None:
    assert read(OF_VERSION_1.encode(), preferences) == read(RIGHT.encode(), preferences)
    header = '{"format": "encourage-bot", "version": 1, '

    one = read(f'{header}"settings": {{"channel_cooldown": 5}}}}'.encode(), preferences)
    assert one.settings == {"cooldown": Pauses(member=None, channel=5)}  # type: ignore[arg-type]
    for settings, line in (('\n"language": "fr"', 2), ('\n\n"cooldown": {}', 3), ('"member_cooldown": "x"', 1)):
        with pytest.raises(UserError) as refusal:
            read(f'{header}"settings": {{{settings}}}}}'.encode(), preferences)
        assert refusal.value.params["line"] == line


def test_a_wrong_line_is_refused_with_its_number_in_every_language(preferences: Preferences, texts: Texts) -> None:
    for row in WRONG:
        refusal = refusal_of(preferences, changed(row[0], row[1]))

        expected = row[3] if len(row) == 4 else row[0]
        key = row[2] if "." in row[2] else f"transfer.{row[2]}"
        assert refusal is not None, row
        assert (refusal.key, refusal.params["line"]) == (key, expected), row
        for locale, line, unchanged in (
            ("fr", "Ligne", "Rien n'a été changé."),
            ("en", "Line", "Nothing has been changed."),
        ):
            sentence = texts.text(locale, refusal.key, prefix="$", **refusal.params)
            assert sentence.startswith(f"{line} {expected}"), row
            assert sentence.endswith(unchanged), row


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ('"messages": {}', "not_a_list"),
        ('"messages": null', "not_a_list"),
        ('"messages": "Courage"', "not_a_list"),
        ('"settings": {"words": []}', "not_an_object"),
        ('"settings": {"words": {"sad": "seum"}}', "not_a_list"),
        ('"settings": {"words": {"ignored": null}}', "not_a_list"),
        ('"settings": {"cooldown": 60}', "not_an_object"),
        ('"settings": {"cooldown": {"guild": 60}}', "unknown_name"),
        ('"words": {}', "unknown_name"),
        ('"settings": true', "not_an_object"),
        ('"settings": []', "not_an_object"),
        ('"settings": {"silence": "11"}', "not_a_list"),
        ('"settings": {"silence": {}}', "not_a_list"),
    ],
)
def test_a_section_of_another_shape_is_refused(preferences: Preferences, section: str, key: str) -> None:
    text = f'{{"format": "encourage-bot",\n"version": 2,\n{section}}}'
    with pytest.raises(UserError) as refusal:
        read(text.encode(), preferences)

    assert (refusal.value.key, refusal.value.params["line"]) == (f"transfer.{key}", 3)


def test_a_refusal_says_what_there_is_and_what_may_be(preferences: Preferences, texts: Texts) -> None:
    with pytest.raises(UserError) as refusal:
        read(changed(7, f'"text": "{"é" * 1_204}"'), preferences)

    assert with_plain_spaces(texts.text("fr", refusal.value.key, **refusal.value.params)) == (
        "Ligne 7 : ce message a 1 204 caractères, et j'en garde 1 000 au plus. Raccourcis-le. Rien n'a été changé."
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"format": "encourage-bot", "version": 2}',
        '{"format": "encourage-bot", "version": 1}',
        '{"version": 1, "words": {}, "messages": [], "settings": {}, "format": "encourage-bot"}',
    ],
)
def test_what_a_file_does_not_name_it_does_not_bring(preferences: Preferences, text: str) -> None:
    assert read(text.encode(), preferences).messages == {}


def test_what_must_not_be_said_is_left_out_and_counted_once(preferences: Preferences) -> None:
    unkind = ("Je veux mourir.", "Personne ne t'aime.", "Bravo ! https://example.org", "PERSONNE ne t'aime.", "kys")
    file = read(changed(6, "".join(f'{{"text": "{text}"}}, ' for text in unkind) + "{"), preferences)

    assert list(file.messages.values()) == ["Tu vas y arriver.", "On est là."]
    assert file.messages_left_out == 4
    many = "".join(f'{{"text": "{number} https://example.org"}}, ' for number in range(600))
    assert read(changed(6, many + "{"), preferences).messages_left_out == 600


def test_the_limits_count_what_differs(preferences: Preferences) -> None:
    many = ",".join('{"text": "Courage"}' for _ in range(600))
    file = read(changed(6, f"{many}, {{"), preferences)

    assert list(file.messages.values()) == ["Courage", "Tu vas y arriver.", "On est là."]


def test_a_word_counts_where_it_is_first(preferences: Preferences) -> None:
    file = read(changed(34, '"Seum", " SEUM ", "au  Fond", "Au fond"'), preferences)

    assert file.settings["words"] == Words(sad=("seum",), ignored=("au Fond",))


def test_windows_line_ends_and_byte_order_marks_are_fine(preferences: Preferences) -> None:
    data = ("\ufeff" + RIGHT.replace("\n", "\r\n")).encode()
    assert read(data, preferences) == read(RIGHT.encode(), preferences)

    with pytest.raises(UserError) as refusal:
        read(data.replace(b'"prefix": "!"', b'"prefix": 1'), preferences)
    assert refusal.value.params["line"] == 26


def test_a_file_names_every_setting(preferences: Preferences) -> None:
    content = write([], ScopePreferences(), now=datetime.now(UTC))
    file = read(content, preferences)

    assert file.settings == {name: row.default for name, row in SETTINGS.items()}


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
