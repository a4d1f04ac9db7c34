"""What is said of the messages that wait for a moderator."""

from bot.models import Decision
from bot.text.sentences import Voice


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
