"""The reading of sad words, over more texts than anybody would write by hand."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import languages
from bot.services.feelings import Feelings

WORDS = [word for language in languages.load().values() for word in language.sad_words]
FEELINGS = Feelings(WORDS)
spaces = st.text(alphabet=" \t\n\u00a0", min_size=1, max_size=3)
around = st.sampled_from(["", " ", "!", "…", ".", "*", "_", "(", "«\u00a0", "'", "’", "-", "\n"])


@st.composite
def disguised_words(draw: st.DrawFn) -> str:
    """A sad word in another case, with or without accents, composed or not, with other spaces."""
    word = draw(st.sampled_from(WORDS))
    if draw(st.booleans()):
        word = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    word = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), word)
    word = draw(st.sampled_from([word, word.upper(), word.title()]))
    return draw(spaces).join(word.split(" "))


@given(disguised_words(), around, around)
def test_a_sad_word_is_found_whatever_its_clothes(word: str, before: str, after: str) -> None:
    assert FEELINGS.says_sad(f"bonjour {before}{word}{after} à tous")


@given(disguised_words(), st.sampled_from("aéZ9ßж"))
def test_a_part_of_a_longer_word_is_not_found(word: str, letter: str) -> None:
    assert not FEELINGS.says_sad(f"{letter}{word}")
    assert not FEELINGS.says_sad(f"{word}{letter}")


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    FEELINGS.says_sad(text)


@pytest.mark.parametrize(
    "text", ["en " * 2000, "triste" * 700, "e\u0301" * 2000, " \n" * 2000 + "x", "en" + " " * 4000]
)
def test_no_text_takes_long(text: str) -> None:
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        FEELINGS.says_sad(text)
        times.append(time.perf_counter() - begin)

    assert min(times) < 0.02
