"""What somebody may send from any chat by typing the bot's name there: a quote, or a kind word.

https://core.telegram.org/bots/inline
"""

import logging
from collections.abc import Iterator
from uuid import uuid4

from telegram import InlineQuery, InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent
from telegram.error import TelegramError

from bot.models import Platform, Scope
from bot.services import Services
from bot.services.rate_limits import Admission
from bot.telegram.markup import formatted
from bot.telegram.voices import Voices
from bot.text.quotes import quote_text
from bot.text.sentences import Voice

STARTERS = 3
LONGEST_DESCRIPTION = 120

log = logging.getLogger(__name__)


class Inline:
    """Offers what to send; whoever types that he or she is in danger is offered the helplines, alone."""

    def __init__(self, services: Services, voices: Voices) -> None:
        self._services = services
        self._voices = voices

    async def answer(self, query: InlineQuery) -> None:
        """Answer what somebody has typed so far; none of it is kept, and what has not arrived comes with the rest."""
        person = query.from_user
        scope = Scope(Platform.TELEGRAM, person.id)
        preferences = await self._services.preferences.get_or_default(scope)
        voice = await self._voices.voice_alone(person)
        reading = self._services.care.read(query.query, scope, preferences, author_id=person.id)
        in_need = reading.feeling.calls_for_helplines
        limits = self._services.rate_limits
        # It comes with every few letters, and what comes later is about all of them.
        admission = limits.admit(scope, member_id=person.id, channel_id=person.id, always=in_need, click=True)
        if admission is not Admission.GRANTED:
            return
        button = InlineQueryResultsButton(voice.text("telegram.inline.helplines"), start_parameter="helpline")
        try:
            await query.answer(
                [] if in_need else [*self._offers(voice)],
                cache_time=0,
                is_personal=True,
                button=button if in_need else None,
            )
        except TelegramError as error:
            log.debug("what somebody typed could not be answered: %s", type(error).__name__)

    def _offers(self, voice: Voice) -> Iterator[InlineQueryResultArticle]:
        quote = self._services.quotes.next(voice.locale)
        yield _article(voice.text("telegram.inline.quote"), quote_text(voice, quote))
        for starter in self._services.encouragements.starters(voice.locale, STARTERS):
            yield _article(voice.text("telegram.inline.kind_word"), starter)


def _article(title: str, markdown: str) -> InlineQueryResultArticle:
    shown = formatted(markdown)
    content = InputTextMessageContent(shown.text, entities=shown.entities)
    return InlineQueryResultArticle(uuid4().hex, title, content, description=shown.text[:LONGEST_DESCRIPTION])
