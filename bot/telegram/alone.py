"""What its author alone should see, although a whole group saw the question."""

import logging
from collections.abc import Awaitable, Callable

from telegram.error import BadRequest, Forbidden, TelegramError

from bot.telegram.links import in_private, link_to
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.telegram.voices import Voices
from bot.text.sentences import Voice

log = logging.getLogger(__name__)


class Alone:
    """Answers in the private chat; whoever has not begun one, or hides behind a chat, gets a link that opens it."""

    def __init__(self, replies: Replies, voices: Voices) -> None:
        self._replies = replies
        self._voices = voices

    async def voice(self, message: IncomingMessage) -> Voice:
        """Return how to speak to a message's author alone."""
        person = message.original.from_user
        if message.is_private or message.is_anonymous or person is None:
            return message.voice
        return await self._voices.voice_alone(person)

    async def answer(
        self, message: IncomingMessage, said: Callable[[Voice], str], *, link: str | None, public: str = ""
    ) -> None:
        """Answer where nobody else sees it.

        To whoever can't be written to, `public` is said in the group instead, above a link to the private chat, if
        there is one to `link`: a command.
        """
        if message.is_private:
            await self._replies.answer(message, said(message.voice))
            return
        voice = await self.voice(message)
        await self.give(
            message,
            lambda: self._replies.tell(message.author.id, said(voice), urgent=message.is_urgent),
            link=link,
            public=public,
        )

    async def give(
        self,
        message: IncomingMessage,
        work: Callable[[], Awaitable[None]],
        *,
        link: str | None,
        public: str = "",
        given: str = "telegram.alone.sent",
    ) -> None:
        """Do the work that writes to a message's author alone, and say in the group that it was done."""
        if not message.is_anonymous:
            try:
                await work()
            except (Forbidden, BadRequest):
                if message.is_private:
                    raise
            else:
                await self._note(message, given)
                return
        if link is None:
            await self._replies.answer(message, public)
            return
        await self.point(message, link, "\n".join(filter(None, (public, message.voice.text("telegram.alone.open")))))

    async def point(self, message: IncomingMessage, link: str, said: str) -> None:
        """Say something in the group above a link to the private chat, which carries out a command there."""
        keyboard = in_private(message.voice, link_to(self._replies.bot.username, link))
        await self._replies.answer(message, said, keyboard=keyboard)

    async def _note(self, message: IncomingMessage, key: str) -> None:
        """Say in the group that the answer is in private; that is said already, and not to be said again."""
        if message.is_private:
            return
        keyboard = in_private(message.voice, link_to(self._replies.bot.username))
        try:
            await self._replies.answer(message, message.voice.text(key), keyboard=keyboard)
        except TelegramError as error:
            log.debug("could not say in a group that an answer is in private: %s", type(error).__name__)
