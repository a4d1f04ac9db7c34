"""What becomes of an update: whether it is to come again, and what goes in the response to the webhook."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Outcome:
    """The end of one update; copies of it share it.

    `done` is False when it is to be sent again, `changed` tells that it has changed something. Of `response`, a call of
    the Bot API, exactly one copy may be answered with it; `carried` is to be called once that was done.
    """

    done: bool = True
    changed: bool = False
    response: Mapping[str, Any] | None = None
    carried: Callable[[], Awaitable[None]] | None = None

    def take_response(self) -> Mapping[str, Any] | None:
        """Return what to answer with, for the first that asks."""
        response, self.response = self.response, None
        return response


class UnderWay:
    """An update that is handled; whoever sent it is told as soon as the outcome is certain."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._known: asyncio.Future[Outcome] = loop.create_future()
        self.deadline: asyncio.Timeout | None = None
        self.task: asyncio.Task[None] | None = None

    async def outcome(self) -> Outcome:
        """Wait until it is certain what becomes of the update."""
        return await asyncio.shield(self._known)

    @property
    def is_certain(self) -> bool:
        """Tell whether the outcome is known, whatever is still to be sent."""
        return self._known.done()

    def settle(self, outcome: Outcome) -> None:
        """Tell what becomes of the update, unless that is known."""
        if not self._known.done():
            self._known.set_result(outcome)

    def postpone(self, seconds: float) -> None:
        """Let the rest of the answer take so long, and the update be confirmed before."""
        if not self._known.done() and self.deadline is not None:
            self.deadline.reschedule(self._loop.time() + seconds)
            self.settle(Outcome())
