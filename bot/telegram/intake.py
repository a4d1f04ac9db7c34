"""Takes updates, each once: at the same time, one after the other, and after a restart."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from telegram import Update

from bot.errors import StorageUnavailableError, UserError, place_of
from bot.health import Health
from bot.models import Delivery, Platform, Progress, Scope
from bot.services import Services
from bot.services.deliveries import AlreadyClaimedError
from bot.services.recently_used import RecentlyUsed
from bot.telegram.answer import ANSWER, Answer
from bot.telegram.dispatcher import Dispatcher, Read
from bot.telegram.errors import RedeliverError
from bot.telegram.outcome import Outcome, UnderWay
from bot.telegram.reader import IncomingMessage
from bot.telegram.updates import kind_of, speaking_chat

HANDLING_SECONDS = 45.0
# Once an answer waits for no other reason than how much is said in its group.
POSTPONED_SECONDS = 600.0
RETRY_SECONDS = 5.0
DRAIN_SECONDS = 2.5
# An update that comes again does so soon; what one has changed is known to the storage for longer.
UPDATES_REMEMBERED = 10_000

log = logging.getLogger(__name__)


class Intake:
    """Has every update handled once, and tells `health` of each; `received_at` is when the last one came.

    Where other processes take updates too, `shared`, all know which were answered, and not only which made a change.
    """

    def __init__(self, dispatcher: Dispatcher, services: Services, health: Health, *, shared: bool = False) -> None:
        self.ready = False
        self._shared = shared
        self._health = health
        self.received_at = float("-inf")
        self._dispatcher = dispatcher
        self._deliveries = services.deliveries
        self._privacy = services.privacy
        self._under_way: dict[int, UnderWay] = {}
        self._recent: RecentlyUsed[int, Outcome] = RecentlyUsed(UPDATES_REMEMBERED)

    def look(self, data: Mapping[str, Any]) -> Read | None:
        """Return how to read an update as Telegram has sent it, or None for one that calls for nothing, as most do."""
        self.received_at = time.monotonic()
        self._health.heard(0, 1)
        kind = kind_of(data)
        if kind is None:
            return None
        try:
            read = self._dispatcher.look(data, kind)
            left = self._left_chat(data[kind], kind)
        except Exception as error:  # it would be the same each time
            _let_go(error)
            return None
        return read if left is None else partial(self._read_of_left, left, read)

    async def take(self, data: Mapping[str, Any]) -> Outcome:
        """Handle an update, if it calls for anything."""
        read = self.look(data)
        return Outcome() if read is None else await self.handle(data["update_id"], read)

    async def handle(self, update_id: int, read: Read, *, may_respond: bool = False) -> Outcome:
        """Handle an update that `look` tells how to read; with `may_respond`, its answer may go in the response.

        Copies that come while it is handled, or later, share its outcome.
        """
        before = self._recent.get(update_id)
        if before is not None and before.done:
            return before
        if (going_on := self._under_way.get(update_id)) is None:
            try:
                update, message = await read()
            except Exception as error:  # it would be the same each time
                _let_go(error)
                return Outcome()
            if update is None:
                return Outcome()
            # A copy may have been handled from begin to end meanwhile.
            before = self._recent.get(update_id)
            if before is not None and before.done:
                return before
            going_on = self._under_way.get(update_id) or self._begin(update, message, may_respond=may_respond)
        return await going_on.outcome()

    async def close(self) -> None:
        """Let what is under way end within a bounded time, then leave Telegram."""
        self.ready = False
        tasks = {one.task: one for one in self._under_way.values() if one.task is not None}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
            lost = sum(tasks[task].is_certain for task in late)
            for task in late:
                task.cancel()
            if lost:
                log.warning("%d answers were still waiting for their turn in a busy group; they are not sent", lost)
            if len(late) > lost:
                log.warning("%d updates were too slow to be handled before the stop; they come again", len(late) - lost)
            if late:
                await asyncio.wait(late)
        await self._dispatcher.bot.shutdown()

    def _begin(self, update: Update, message: IncomingMessage | None, *, may_respond: bool) -> UnderWay:
        going_on = self._under_way[update.update_id] = UnderWay()
        answer = Answer(lambda: going_on.postpone(POSTPONED_SECONDS), may_respond)
        work = self._handle(update, message, answer, going_on)
        going_on.task = asyncio.create_task(work, name="telegram update")
        going_on.task.add_done_callback(lambda _task: self._under_way.pop(update.update_id))
        return going_on

    async def _handle(
        self, update: Update, message: IncomingMessage | None, answer: Answer, going_on: UnderWay
    ) -> None:
        """Handle an update and tell what becomes of it."""
        ANSWER.set(answer)
        before = self._recent.get(update.update_id)
        outcome = Outcome(done=False, changed=before is not None and before.changed)
        try:
            async with asyncio.timeout(HANDLING_SECONDS) as going_on.deadline:
                await self._handle_until_done(update, message, outcome, going_on, again=before is not None)
            outcome.done = True
        except RedeliverError:
            pass
        except TimeoutError:
            log.warning("an update of Telegram took too long; it comes again")
        except StorageUnavailableError as error:
            log.warning("the database can't be used for an update of Telegram: %s", error)
        except asyncio.CancelledError:
            going_on.settle(outcome)
            raise
        except Exception:
            log.exception("an update of Telegram could not be handled")
            outcome.done = True
        if outcome.done and answer.prepared is not None:
            outcome.response = answer.prepared.payload
        self._recent[update.update_id] = outcome
        keep = self._keeping(update.update_id, outcome)
        if outcome.response is not None:
            outcome.carried, keep = keep, None
        try:
            if self._shared and keep is not None:
                await keep()
        finally:  # whoever waits for it must not wait for ever
            going_on.settle(outcome)
        # No copy comes once it is confirmed, while one would, and be answered, were the process killed before.
        if not self._shared and keep is not None:
            await keep()

    async def _handle_until_done(
        self, update: Update, message: IncomingMessage | None, outcome: Outcome, going_on: UnderWay, *, again: bool
    ) -> None:
        """Handle an update; one that was confirmed while its answer waited does not come again, and is tried here.

        Raises:
            RedeliverError: it is to be sent again.
        """
        while True:
            try:
                await self._handle_once(update, message, outcome, again=again)
            except RedeliverError:
                if not going_on.is_certain:
                    raise
                again = True
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    def _keeping(self, update_id: int, outcome: Outcome) -> Callable[[], Awaitable[None]] | None:
        """Return what keeps that an update was answered, if that is to be known after a restart, or elsewhere."""
        if not outcome.done or not (outcome.changed or self._shared):
            return None
        return partial(self._keep_answered, Delivery(Platform.TELEGRAM, update_id))

    async def _keep_answered(self, delivery: Delivery) -> None:
        try:
            await self._deliveries.answered(delivery)
        except StorageUnavailableError as error:
            log.warning("it could not be kept that an update of Telegram was answered: %s", error)

    async def _handle_once(
        self, update: Update, message: IncomingMessage | None, outcome: Outcome, *, again: bool
    ) -> None:
        if outcome.changed:
            await self._dispatcher.say_done_before(update, message)
            return
        if self._shared and await self._deliveries.was_answered(Delivery(Platform.TELEGRAM, update.update_id)):
            return
        failure: Exception | None = None
        with self._deliveries.claiming(Delivery(Platform.TELEGRAM, update.update_id)) as claim:
            try:
                await self._dispatcher.dispatch(update, message, again=again)
            except Exception as error:
                failure = error
            finally:
                outcome.changed = claim.made
        if failure is None:
            return
        # What it asks for may be impossible because it was done, before a crash.
        may_be_done = isinstance(failure, AlreadyClaimedError | UserError) and not outcome.changed
        if not (may_be_done and await self._catch_up(update, message, outcome)):
            await self._dispatcher.answer_error(update, message, failure)

    async def _catch_up(self, update: Update, message: IncomingMessage | None, outcome: Outcome) -> bool:
        """Tell whether an update was carried out before; say so in the chat unless its answer was sent then."""
        progress = await self._deliveries.progress(Delivery(Platform.TELEGRAM, update.update_id))
        if progress is Progress.CHANGED:
            outcome.changed = True
            await self._dispatcher.say_done_before(update, message)
        return progress is not Progress.NEW

    def _left_chat(self, content: Any, kind: str) -> Scope | None:
        """Return the chat in which somebody speaks, if it counts as left."""
        chat_id = speaking_chat(content, kind)
        scope = None if chat_id is None else Scope(Platform.TELEGRAM, chat_id)
        return scope if scope is not None and self._privacy.counts_as_left(scope) else None

    async def _read_of_left(self, scope: Scope, read: Read | None) -> tuple[Update | None, IncomingMessage | None]:
        """Read an update, and note that the chat which it comes from is there after all."""
        found = (None, None) if read is None else await read()
        try:
            await self._privacy.joined(scope)
        except StorageUnavailableError as error:
            log.warning("it could not be kept that a chat is there after all: %s", error)
        return found


def _let_go(error: Exception) -> None:
    """Log that an update can't be read: where and why, but not what the error says, which may be what it holds."""
    log.warning("an update of Telegram can't be read (%s in %s): let go", type(error).__name__, place_of(error))
