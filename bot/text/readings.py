"""What was read in a sentence, and why, in words."""

from bot.models import Written
from bot.services.feelings.reader import Feeling, Reading, Step
from bot.text.markdown import escape, on_one_line
from bot.text.sentences import Voice

STEPS_SHOWN = 8
# As they are shown, with the backslashes before their marks.
WORDS_SHOWN = 80
# What one message of Discord holds.
LONGEST = 2_000


def explanation(voice: Voice, reading: Reading) -> str:
    """Return what was read, then step by step why, for the one who asked: the last steps that there is room for."""
    above = voice.text(f"test.feeling_{reading.feeling}")
    below = [voice.text("test.in_earnest")] if reading.feeling is Feeling.DANGER else []
    steps = [_step(voice, step) for step in reading.steps[-STEPS_SHOWN:]]
    while len(text := "\n".join((above, *steps, *below))) > LONGEST and steps:
        del steps[0]
    return text


def _step(voice: Voice, step: Step) -> str:
    why = voice.text(f"test.rule_{step.rule}")
    if not step.words:
        return voice.text("test.step_without_words", why=why)
    return voice.text("test.step", words=Written(_cut(on_one_line(step.words))), why=why)


def _cut(words: str) -> str:
    if len(escape(words)) <= WORDS_SHOWN:
        return words
    begin = words[:WORDS_SHOWN]
    while len(escape(begin)) > WORDS_SHOWN:
        begin = begin[:-1]
    return f"{begin}…"
