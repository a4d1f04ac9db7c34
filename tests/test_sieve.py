"""Which patterns are tried in a message: all that stand, where they stand, and never too many."""

import random
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import feelings as detectors
from bot.services.feelings.danger import MOST_TRIES
from bot.services.feelings.patterns import Pattern
from bot.services.feelings.plain_text import fold, tokenize
from bot.services.feelings.reader import Feeling
from bot.services.feelings.spoken import Spoken
from tests.reading import FEELINGS, KEYS, LANGUAGES

LONGEST = detectors.LONGEST

CORPUS = [
    row["text"]
    for file in sorted((Path(__file__).parent / "corpus").glob("*.toml"))
    for row in tomllib.loads(file.read_text(encoding="utf-8"))["sentence"]
]


def test_whatever_stands_in_a_message_is_tried_there() -> None:
    sentences = random.Random(3).sample(CORPUS, 160)
    texts = [*sentences, *(" ".join(sentences[place : place + 8]) for place in range(0, 160, 40))]
    for rules in FEELINGS._rules.values():
        messages = [Spoken(rules.spelling.spell_out(tokenize(fold(text)), frozenset())) for text in texts]
        for phrases in (*rules.danger.phrases, *rules.loved_ones.phrases, *rules.sadness.phrases):
            by_key: dict[str, list[Pattern]] = {}
            for pattern in (Pattern(text, phrases.classes) for text in phrases.texts):
                for key in pattern.keys:
                    by_key.setdefault(key, []).append(pattern)
            for spoken in messages:
                tokens, tried = spoken.tokens, phrases.standing(spoken)
                found = {(at, one.match(tokens, at)) for at in tried.places for _, one in tried.at(at)}

                assert {
                    (at, span)
                    for at, token in enumerate(tokens)
                    for one in by_key.get(token, ())
                    if (span := one.match(tokens, at)) is not None
                } <= found, tokens


def calls(text: str) -> int:
    """Return how many calls it takes to read a text, which no busy machine changes."""
    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    FEELINGS.read(text)
    sys.setprofile(count)
    try:
        FEELINGS.read(text)
    finally:
        sys.setprofile(None)
    return counted


def test_the_work_for_a_long_message_is_bounded_whatever_stands_in_it() -> None:
    """Lists of words, letters of sentences in which something stands each time, and one sentence again and again."""
    repeated = [f"{text} " * LONGEST for text in random.Random(2).sample(CORPUS, 20)]

    for text in (*detectors.letters(), *detectors.soups(LANGUAGES), *repeated):
        assert calls(text[:LONGEST]) < 16_000, text[:80]


keys = st.sampled_from(KEYS)


@settings(max_examples=30)
@given(st.lists(keys, min_size=1, max_size=60), st.integers(1, 12))
def test_no_message_is_tried_with_more_than_so_many_patterns(words: list[str], times: int) -> None:
    for rules in FEELINGS._rules.values():
        spoken = Spoken(words * times)
        for phrases in rules.opening:
            standing = phrases.standing(spoken)
            tries = [len(standing.at(place)) for place in standing.places]

            assert sum(tries) <= MOST_TRIES + max(tries, default=0)


@pytest.mark.parametrize("words", ["i want to die", "je veux mourir"])
def test_a_phrase_is_found_anywhere_in_any_list_of_words(words: str) -> None:
    soup = " ".join(KEYS)[:3_900]

    for half in (0, 1_900, 3_900):
        assert FEELINGS.read(f"{soup[:half]}. {words}. {soup[half:]}").feeling is Feeling.DANGER, half


CALM = [text for texts in detectors.EVERYDAY.values() for text in texts] * 6


@pytest.mark.parametrize("words", ["i want to die", "je veux mourir", "i took the whole bottle of pills"])
def test_a_crisis_is_found_wherever_it_stands_in_a_letter(words: str) -> None:
    chance = random.Random(words)
    for tenth in range(10):
        calm = "\n".join(chance.sample(CALM, 120))[:3_900]
        place = calm.find("\n", len(calm) * tenth // 10)

        assert FEELINGS.read(f"{calm[:place]}\n{words}\n{calm[place:]}").feeling is Feeling.DANGER, tenth


@pytest.mark.parametrize("away", range(0, 64, 3))
def test_a_long_phrase_is_found_wherever_it_begins(away: int) -> None:
    phrase = "she told me that she really really wants to kill herself"

    assert FEELINGS.read(phrase).feeling is Feeling.WORRY
    assert FEELINGS.read(f"{'fine ' * away}. {phrase}. {'fine ' * 40}").feeling is Feeling.WORRY
