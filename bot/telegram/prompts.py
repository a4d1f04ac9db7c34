"""Questions that are answered by a reply to them.

A question is known again by its first line, and so after a restart too: nothing is remembered of it.
"""

from telegram import MessageEntity

from bot.telegram.links import argument_of
from bot.telegram.markup import formatted
from bot.telegram.updates import Json
from bot.telegram.voices import Voices

# The commands that ask, and what they ask.
QUESTIONS = {"new": "telegram.new.ask", "import": "telegram.import.ask"}


class Prompts:
    """Knows the questions that the bot asks, in every language."""

    def __init__(self, voices: Voices) -> None:
        spoken = [voices.own_voice(locale) for locale in voices.texts.locales]
        self._asked_by = {formatted(voice.text(key)).text: name for name, key in QUESTIONS.items() for voice in spoken}

    def answered(self, raw: Json, bot_id: int) -> tuple[str, str] | None:
        """Return the command whose question a message answers, and what would follow that; None for any other."""
        question = raw.get("reply_to_message")
        if not isinstance(question, dict):
            return None
        asker, asked = question.get("from"), question.get("text")
        if not isinstance(asker, dict) or asker.get("id") != bot_id or not isinstance(asked, str):
            return None
        name = self._asked_by.get(asked.split("\n")[0])
        if name is None:
            return None
        # What a question is about is in the link of its second line.
        entities = question.get("entities") or ()
        links = [entity["url"] for entity in entities if entity["type"] == MessageEntity.TEXT_LINK]
        return name, next(map(argument_of, links), raw.get("text") or raw.get("caption") or "")
