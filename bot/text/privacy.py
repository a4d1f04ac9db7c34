"""What is kept about people, in words."""

from bot.services.privacy import DAYS_KEPT_AFTER_LEAVING, DAYS_KEPT_PENDING
from bot.text.sentences import Voice


def kept_text(voice: Voice, privacy_url: str | None) -> str:
    """Return what is kept and for how long, and where all of it is explained."""
    lines = [voice.text("privacy.kept", days=DAYS_KEPT_AFTER_LEAVING, pending_days=DAYS_KEPT_PENDING)]
    if privacy_url:
        lines.append(voice.text("privacy.link", url=privacy_url))
    return "\n".join(lines)


def forgotten_text(voice: Voice, *, opted_out: bool) -> str:
    """Return what was forgotten, and what was not: that somebody must not be read."""
    return voice.text("privacy.forgotten_but_opt_out" if opted_out else "privacy.forgotten")
