"""What was read in a sentence, and why, in words."""

from bot.models import Written
from bot.services.feelings.reader import Feeling, Reading, Step
from bot.text.sentences import Voice

STEPS_SHOWN = 8
WORDS_SHOWN = 80


def explanation(voice: Voice, reading: Reading) -> str:
    """Return what was read, then step by step why, for the one who asked."""
    steps = [_step(voice, step) for step in reading.steps[-STEPS_SHOWN:]]
    lines = [voice.text(f"test.feeling_{reading.feeling}"), *steps]
    if reading.feeling is Feeling.DANGER:
        lines.append(voice.text("test.in_earnest"))
    return "\n".join(lines)


def _step(voice: Voice, step: Step) -> str:
    why = voice.text(f"test.rule_{step.rule}")
    if not step.words:
        return voice.text("test.step_without_words", why=why)
    words = step.words if len(step.words) <= WORDS_SHOWN else f"{step.words[:WORDS_SHOWN]}…"
    return voice.text("test.step", words=Written(words), why=why)
