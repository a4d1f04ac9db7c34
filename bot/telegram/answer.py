"""How far the answer to an update has come: known to whatever sends on its behalf."""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Prepared:
    """One message that may go in the response to the webhook, or be sent by a call of its own.

    https://core.telegram.org/bots/api#making-requests-when-getting-updates
    """

    payload: Mapping[str, Any]
    send: Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Answer:
    """The answer to the update that a task handles; `postponed` is called when it has to wait its turn in its chat.

    `begun` tells that a message of it has been sent: were the update to come again, that one would be repeated.
    """

    postponed: Callable[[], None]
    may_respond: bool = False
    begun: bool = False
    prepared: Prepared | None = None

    @property
    def awaits_response(self) -> bool:
        """Tell whether a message may still be the whole answer, and go in the response."""
        return self.may_respond and not self.begun and self.prepared is None

    def postpone(self) -> None:
        """Have the update confirmed before its answer is sent: nothing goes in the response any more."""
        self.may_respond = False
        self.postponed()

    async def send_prepared(self) -> None:
        """Send what was kept for the response: another message follows it."""
        first, self.prepared = self.prepared, None
        if first is not None:
            await first.send()


# That of the update which the running task handles.
ANSWER: ContextVar[Answer | None] = ContextVar("answer", default=None)
