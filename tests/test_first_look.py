"""The first look at a message, which lets go of what holds nothing to read: it must never let go of more."""

import copy
import re
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Trigger
from bot.services.feelings import first_look
from bot.services.feelings.attention import Attention
from bot.services.feelings.plain_text import WORD, fold
from bot.services.feelings.reader import Feelings
from bot.services.feelings.readings import NOTHING, Feeling, Reading
from tests.reading import FEELINGS, LANGUAGES, SENTENCES

TABLES = {code: language.feelings for code, language in LANGUAGES.items()}
CORPUS = [row["text"] for rows in SENTENCES.values() for row in rows]
PLAIN = FEELINGS.attention()
WANTING = FEELINGS.attention(Trigger.ANY, ("bluesy", "le cafard noir", "😿", ":("), ("sad",))
EVERYDAY = [
    "on se retrouve à quelle heure demain pour le ciné ?",
    "tu peux m'envoyer le lien stp",
    "haha trop bien ce jeu",
    "ok pas de souci, à tout à l'heure 🙂",
    "does anybody know how to restart the server?",
    "the new update is out, check the channel",
    "i think we should meet at 8, what do you say",
    "thanks, that worked!",
]


def read_closely(text: str, attention: Attention = PLAIN) -> Reading:
    return FEELINGS._read_closely(text, None, attention)


def lets_go(text: str, attention: Attention = PLAIN) -> bool:
    return FEELINGS._first_look.lets_go(text, attention)


@pytest.mark.parametrize("attention", [PLAIN, WANTING], ids=["default", "own words"])
def test_no_sentence_of_the_corpus_in_which_anything_is_read_is_let_go(attention: Attention) -> None:
    lost = [text for text in CORPUS if lets_go(text, attention) and read_closely(text, attention) != NOTHING]

    assert not lost


DISGUISES = [
    str.upper,
    lambda text: text.replace("'", "\u2019"),
    lambda text: re.sub(r"([aeiou])", r"\1\1\1\1", text, count=1),
    lambda text: re.sub(r"(?<=[a-z])i(?=[a-z])", "1", text),
    lambda text: re.sub(r"(?<=[a-z])[ae](?=[a-z])", "*", text, count=1),
    lambda text: text.replace("e", "e\u0301", 1),
    lambda text: text.replace("a", "a\u200b").replace("i", "i\u00ad"),
    lambda text: text.replace(" ", "😂", 1).replace(" ", "www.x ", 1),
    lambda text: text.translate({code: code + 0xFEE0 for code in range(ord("a"), ord("z") + 1)}),
    lambda text: f"« {text} »",
]


@pytest.mark.parametrize("disguise", DISGUISES, ids=range(len(DISGUISES)))
def test_no_disguise_lets_a_sentence_go_in_which_anything_is_read(disguise: Any) -> None:
    texts = [disguise(text) for text in CORPUS[::9]]
    lost = [text for text in texts if lets_go(text) and read_closely(text) != NOTHING]

    assert not lost


words = st.sampled_from(sorted({word for text in CORPUS for word in text.split()}))


@settings(max_examples=200)
@given(st.lists(words | st.text(max_size=3), max_size=12).map(" ".join) | st.text(max_size=60))
def test_whatever_is_let_go_would_have_been_read_as_nothing(text: str) -> None:
    for attention in (PLAIN, WANTING):
        assert not lets_go(text, attention) or read_closely(text, attention) == NOTHING


def test_everyday_messages_are_let_go() -> None:
    assert [text for text in EVERYDAY if not lets_go(text)] == []


def test_no_character_that_is_taken_for_a_mark_folds_to_a_part_of_a_word() -> None:
    marks = (chr(code) for code in range(0x100, sys.maxunicode) if first_look._HARMFUL.match(chr(code)) is None)
    wrong = [mark for mark in marks if mark not in "œŒ" and WORD.search(mark + fold(mark))]

    assert not wrong


def test_a_phrase_that_needs_no_word_is_looked_for_beside_every_key() -> None:
    tables: Mapping[str, Any] = copy.deepcopy(TABLES)
    tables["en"]["classes"]["hearts"] = ["💔"]
    tables["en"]["sad"]["phrases"].append("<HEARTS>")

    assert Feelings(tables).read("💔 die").feeling is Feeling.SAD


@pytest.mark.parametrize("code", TABLES)
def test_the_commonest_words_are_words_each_said_once(code: str) -> None:
    everyday = TABLES[code]["everyday"]

    assert len({*everyday}) == len(everyday) >= 200
    assert [word for word in everyday if WORD.fullmatch(word) is None or fold(word) != word] == []
