"""Handles the updates that were asked for: chats side by side, and those of a chat in their order."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from bot.telegram.intake import Intake
from bot.telegram.updates import chat_of

RETRY_SECONDS = 2.0
# Telegram shows no more than 100 updates at once, and shows those again that are not confirmed: one that takes longer
# than this no longer keeps the others from being seen, and is lost if the process is killed.
HOLDING_SECONDS = 300.0
PAUSE_SECONDS = 0.1


class PollingQueue:
    """What is being handled; `following` is the first update that is not confirmed."""

    def __init__(self, intake: Intake) -> None:
        self.following = 0
        self._intake = intake
        self._next = 0
        self._seen_at: dict[int, float] = {}
        self._lines: dict[int | None, deque[dict[str, Any]]] = {}
        self._workers: set[asyncio.Task[None]] = set()

    async def add(self, updates: Sequence[dict[str, Any]]) -> None:
        """Begin with those that are new; when there are none, wait a moment, for Telegram does not."""
        loop = asyncio.get_running_loop()
        new = [update for update in updates if update["update_id"] >= self._next]
        for update in new:
            self._next = max(self._next, update["update_id"] + 1)
            self._seen_at[update["update_id"]] = loop.time()
            chat = chat_of(update)
            if chat in self._lines:
                self._lines[chat].append(update)
            else:
                self._lines[chat] = deque([update])
                self._start(chat)
        # Telegram may show again what was handled while it was asked.
        if updates and not new and self._workers:
            await asyncio.wait(self._workers, timeout=PAUSE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(0)
        held = [id for id, since in self._seen_at.items() if loop.time() - since < HOLDING_SECONDS]
        self.following = min(held, default=self._next)

    def _start(self, chat: int | None) -> None:
        worker = asyncio.create_task(self._handle_all_of(chat), name="telegram chat")
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _handle_all_of(self, chat: int | None) -> None:
        line = self._lines[chat]
        while line:
            if not (await self._intake.take(line[0])).done:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            del self._seen_at[line.popleft()["update_id"]]
        del self._lines[chat]

    async def close(self) -> None:
        """Begin with nothing more."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
