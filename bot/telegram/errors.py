"""The one place that turns what went wrong with an update into a reply, and says whether it is to come again.

| error | what the chat sees | Telegram |
| --- | --- | --- |
| UserError | its sentence | is done |
| the bot was removed or blocked | nothing; the chat counts as left | is done |
| Telegram refuses the answer | nothing; one debug line | is done |
| the answer may have arrived | nothing; one warning | is done |
| the answer has not arrived: no connection, asked to wait | nothing yet | sends it again |
| a further part of the answer has not arrived | what was sent before | is done |
| too many answers wait in the chat | nothing; one warning | is done |
| the database is down, or may have kept the change | nothing yet | sends it again |
| anything else | sorry, with an incident id; the log has the same id and the traceback | is done |
"""

import logging
import secrets

from telegram import Chat, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.errors import UnknownOutcomeError, UserError
from bot.services import Services
from bot.services.tally import FailureKind
from bot.telegram.answer import ANSWER
from bot.telegram.limiter import CrowdedError
from bot.telegram.replies import Replies
from bot.telegram.voices import Voices, scope_of
from bot.text.sentences import Voice

log = logging.getLogger(__name__)


class RedeliverError(Exception):
    """The update could not be handled now, and is to be delivered again."""


class Errors:
    """Answers every update that failed."""

    def __init__(self, services: Services, voices: Voices, replies: Replies) -> None:
        self._services = services
        self._voices = voices
        self._replies = replies

    async def answer(self, update: Update, error: Exception, voice: Voice | None = None) -> None:
        """Answer one failed update, with the voice of its chat if that is known.

        Raises:
            RedeliverError: it is to be sent again.
        """
        self._services.tally.failed(_kind(error))
        chat = update.effective_chat
        if isinstance(error, TelegramError):
            await self._refused(chat, error)
            return
        if chat is None:
            return
        voice = voice or await self._voices.voice_in(chat, update.effective_user)
        sentence = await self._sentence(voice, error)
        try:
            if update.callback_query is not None:
                await self._replies.alert(update.callback_query, sentence)
            elif update.message is not None:
                await self._replies.reply(update.message, sentence)
        except TelegramError as refusal:
            await self._refused(chat, refusal)

    async def _sentence(self, voice: Voice, error: Exception) -> str:
        if isinstance(error, UserError):
            return voice.text(error.key, **error.params)
        # When it comes again, its claim tells whether it was done.
        if isinstance(error, UnknownOutcomeError) or await self._services.storage_check.write_seconds() is None:
            raise RedeliverError from error
        incident = secrets.token_hex(4)
        log.error("incident %s in an update of Telegram", incident, exc_info=error)
        return voice.text("errors.unexpected", incident=incident)

    async def _refused(self, chat: Chat | None, error: TelegramError) -> None:
        match error:
            case Forbidden() if chat is not None:
                await self._services.privacy.left(scope_of(chat))
            case BadRequest() | Forbidden() | ChatMigrated():
                log.debug("Telegram refused an answer: %s", error)
            case CrowdedError():
                log.warning("a chat asks for more than Telegram lets the bot say there; some answers are left out")
            case TimedOut():
                log.warning("Telegram did not say whether an answer arrived")
            case RetryAfter() | NetworkError() if (answer := ANSWER.get()) is not None and answer.begun:
                log.warning("a part of an answer did not reach Telegram (%s)", type(error).__name__)
            case RetryAfter() | NetworkError():
                log.warning("an answer did not reach Telegram (%s); the update comes again", type(error).__name__)
                raise RedeliverError from error
            case _:
                log.error("Telegram refused an answer: %s", type(error).__name__)


def _kind(error: Exception) -> FailureKind:
    if isinstance(error, UserError):
        return FailureKind.PERMISSION if error.key == "telegram.admins_only" else FailureKind.MISTAKE
    return FailureKind.PLATFORM if isinstance(error, TelegramError) else FailureKind.UNEXPECTED
