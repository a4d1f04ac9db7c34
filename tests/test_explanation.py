"""What `$test` answers: what was read and why, in one message."""

import pytest

from bot.services.feelings.readings import Feeling, Reading, Rule, Step
from bot.text.readings import explanation
from bot.text.sentences import Texts, Voice


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_an_explanation_fits_in_one_message_whatever_it_cites(texts: Texts, locale: str) -> None:
    voice = Voice(texts, locale, "$")
    longest = max(Rule, key=lambda rule: len(voice.text(f"test.rule_{rule}")))
    last = Step(Rule.DANGER, "je veux mourir")

    for cited in ("*" * 4_000, "|a" * 2_000, "a" * 81, "mot\n" * 1_000, "😢" * 300):
        text = explanation(voice, Reading(Feeling.DANGER, (*[Step(longest, cited)] * 9, last)))
        assert len(text) <= 2_000
        assert "je veux mourir" in text
        assert text.count("…") >= 4, "what is cited is cut before a step is left out"
