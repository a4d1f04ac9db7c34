"""Keeps to Telegram's limits chat by chat, so that a flooded group silences nobody else.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from telegram.error import RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.telegram.answer import ANSWER

# What `rate_limit_args` says of a request that is an answer to danger.
URGENT = 1
GROUP_SECONDS = 60.0
MESSAGES_PER_GROUP = 20
# Kept free in a group, and in each second overall, for answers to danger.
ROOM_IN_GROUP = 4
ROOM_OVERALL = 0.2
# So many answers may wait in one chat: more than that, nobody would read.
MOST_WAITING = 100
# Telegram does not say whether it means a chat or the bot: so many chats, with no success between, are the bot.
CHATS_OF_GLOBAL_LIMIT = 3
# That is a guess: so often, a message of some chat is tried all the same, and whatever is taken ends the wait.
PROBE_SECONDS = 2.0
# Telegram gives whole seconds.
MARGIN_SECONDS = 0.1
# An answer to danger may find out sooner that the bot may send again.
LONGEST_NAP_SECONDS = 0.5
LANES_KEPT = 1_000
SENDING = ("send", "edit", "copy", "forward")

Send = Callable[[], Coroutine[Any, Any, Any]]

log = logging.getLogger(__name__)


class CrowdedError(TelegramError):
    """So many answers wait in a chat that one more would never be read."""


class _Lane:
    """One chat: its messages of the last minute, until when Telegram wants none, and whose turn it is."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.waiting = 0
        self.held_until = 0.0
        self.sent: deque[float] = deque()


class ChatLimiter(BaseRateLimiter[int]):
    """Lets ordinary messages out one after the other in each chat, and answers to danger before all others.

    Only a 429 of Telegram's holds back an answer to danger, and only in the chat that it was for.
    """

    def __init__(self, messages_per_second: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._most = max(1, round(messages_per_second * (1 - ROOM_OVERALL)))
        self._sent: deque[float] = deque()
        self._turn = asyncio.Lock()
        self._held_until = 0.0
        self._next_probe = 0.0
        self._refused: set[int | str] = set()
        self._lanes: dict[int | str, _Lane] = {}

    @property
    def waiting(self) -> int:
        """Return how many messages wait for their turn."""
        return sum(lane.waiting for lane in self._lanes.values())

    async def initialize(self) -> None:
        """Nothing has to be opened."""

    async def shutdown(self) -> None:
        """Nothing has to be closed."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """Send a request when its turn has come; one that sends no message goes at once.

        Raises:
            CrowdedError: too many wait in this chat already.
            TelegramError: whatever Telegram answers, but a 429 for a message.
        """
        chat_id = data.get("chat_id")
        if chat_id is None or not endpoint.startswith(SENDING):
            return await callback(*args, **kwargs)
        answer = ANSWER.get()
        if answer is not None:
            await answer.send_prepared()
        send_when_due = self._send_urgently if rate_limit_args == URGENT else self._send_in_turn
        result = await send_when_due(chat_id, lambda: callback(*args, **kwargs))
        if answer is not None:
            answer.begun = True
        return result

    def book(self, chat_id: int) -> bool:
        """Take the turn of a message that goes in the response to the webhook; False when it would have to wait.

        Whether Telegram takes it, nobody learns: it goes so while there is room enough to be sure.
        """
        lane, now = self._lane(chat_id), self._clock()
        if (
            lane.turn.locked()
            or self._turn.locked()
            or self._wait(lane, chat_id, now) > 0
            or self._wait_overall(now) > 0
            or self._held_until > now
        ):
            return False
        if len(lane.sent) >= MESSAGES_PER_GROUP // 2:
            return False
        self._count(lane, chat_id)
        return True

    async def _send_urgently(self, chat_id: int | str, send: Send) -> Any:
        lane = self._lane(chat_id)
        lane.waiting += 1
        try:
            return await self._send(lane, chat_id, send, self._until_released)
        finally:
            lane.waiting -= 1

    async def _send_in_turn(self, chat_id: int | str, send: Send) -> Any:
        lane = self._lane(chat_id)
        if lane.waiting >= MOST_WAITING:
            raise CrowdedError("too many answers wait in this chat")
        lane.waiting += 1
        try:
            self._tell(lane, chat_id)
            async with lane.turn:
                return await self._send(lane, chat_id, send, self._until_due)
        finally:
            lane.waiting -= 1

    async def _send(
        self, lane: _Lane, chat_id: int | str, send: Send, until_due: Callable[[_Lane, int | str], Awaitable[None]]
    ) -> Any:
        """Send a message each time it is due, until Telegram takes it."""
        while True:
            await until_due(lane, chat_id)
            try:
                return self._accepted(await send())
            except RetryAfter as error:
                self._hold(lane, chat_id, error)

    def _tell(self, lane: _Lane, chat_id: int | str) -> None:
        """Tell the answer that it waits, when that is for no other reason than how much was said in its group.

        Telegram gives a chat's updates one by one: whoever is in danger there must not wait behind this one.
        """
        answer, now = ANSWER.get(), self._clock()
        if answer is not None and lane.held_until <= now and self._wait(lane, chat_id, now) > 0:
            answer.postpone()

    async def _until_released(self, lane: _Lane, chat_id: int | str) -> None:
        """Wait until Telegram wants messages in a chat again, and for nothing else."""
        while (pause := lane.held_until - self._clock()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(pause)
        self._count(lane, chat_id)

    async def _until_due(self, lane: _Lane, chat_id: int | str) -> None:
        while True:
            while (pause := self._wait(lane, chat_id, self._clock())) > 0:
                self._tell(lane, chat_id)
                await asyncio.sleep(pause)
            async with self._turn:
                while (pause := self._wait_overall(self._clock())) > 0:  # noqa: ASYNC110
                    await asyncio.sleep(min(pause, LONGEST_NAP_SECONDS))
                now = self._clock()
                if self._wait(lane, chat_id, now) <= 0:
                    self._count(lane, chat_id)
                    if self._held_until > now:
                        self._next_probe = now + PROBE_SECONDS
                    return

    def _wait(self, lane: _Lane, chat_id: int | str, now: float) -> float:
        """Return for how long an ordinary message has to wait in its chat."""
        pause = lane.held_until - now
        if _is_group(chat_id):
            pause = max(pause, _until_room(lane.sent, MESSAGES_PER_GROUP - ROOM_IN_GROUP, GROUP_SECONDS, now))
        return pause

    def _wait_overall(self, now: float) -> float:
        held_until = min(self._held_until, self._next_probe)
        return max(held_until - now, _until_room(self._sent, self._most, 1.0, now))

    def _count(self, lane: _Lane, chat_id: int | str) -> None:
        now = self._clock()
        self._sent.append(now)
        if _is_group(chat_id):
            lane.sent.append(now)

    def _accepted(self, result: Any) -> Any:
        self._refused.clear()
        self._held_until = 0.0
        return result

    def _hold(self, lane: _Lane, chat_id: int | str, error: RetryAfter) -> None:
        """Keep a chat from sending for as long as Telegram asks; everybody, when it is the bot that it refuses."""
        asked: float | timedelta = error.retry_after
        seconds = asked.total_seconds() if isinstance(asked, timedelta) else float(asked)
        until = self._clock() + seconds + MARGIN_SECONDS
        lane.held_until = max(lane.held_until, until)
        self._refused.add(chat_id)
        if len(self._refused) >= CHATS_OF_GLOBAL_LIMIT:
            self._held_until = max(self._held_until, until)
            log.warning("Telegram asks the bot to wait for %d s", seconds)
        else:
            log.info("Telegram asks to wait for %d s in one chat", seconds)

    def _lane(self, chat_id: int | str) -> _Lane:
        lane = self._lanes.get(chat_id)
        if lane is None:
            if len(self._lanes) >= LANES_KEPT:
                self._forget()
            lane = self._lanes[chat_id] = _Lane()
        return lane

    def _forget(self) -> None:
        """Forget the chats of which nothing has to be known any more."""
        now = self._clock()
        for chat_id, lane in [*self._lanes.items()]:
            recent = lane.sent and lane.sent[-1] > now - GROUP_SECONDS
            if not (lane.waiting or lane.turn.locked() or recent or lane.held_until > now):
                del self._lanes[chat_id]


def _is_group(chat_id: int | str) -> bool:
    """Tell groups and channels from people, whose ids are positive."""
    return isinstance(chat_id, str) or chat_id < 0


def _until_room(sent: deque[float], most: int, seconds: float, now: float) -> float:
    """Return how long it takes until fewer than `most` were sent within the last `seconds`."""
    while sent and sent[0] <= now - seconds:
        sent.popleft()
    return sent[-most] + seconds - now if len(sent) >= most else 0.0
