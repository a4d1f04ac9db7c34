"""What is said of the messages that wait for a moderator."""

from bot.models import Decision, Encouragement, Written
from bot.text.markdown import on_one_line, shortened
from bot.text.sentences import Voice

# Enough for its author to know which message it is.
LONGEST_BEGINNING = 100


def decided_text(voice: Voice, decision: Decision, number: int, *, done: bool) -> str:
    """Return what to say once a moderator has decided about a message: nothing for one that is left for later."""
    if not done:
        return voice.text("pending.decided", number=number)
    match decision:
        case Decision.APPROVE:
            return voice.text("pending.approved", number=number)
        case Decision.REFUSE:
            return voice.text("pending.refused", number=number)
        case Decision.LATER:
            return ""


def news_text(voice: Voice, decision: Decision, kept: Encouragement, *, place: str = "") -> str:
    """Return what its author is told of a message about which a moderator of `place` has decided."""
    key = "pending.news_approved" if decision is Decision.APPROVE else "pending.news_refused"
    text = Written(shortened(on_one_line(kept.text), LONGEST_BEGINNING))
    return voice.text(key, text=text, place=Written(place))
