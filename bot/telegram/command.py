"""What makes a command."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.services.settings.table import Place
from bot.telegram.reader import IncomingMessage

IN_GROUPS = frozenset((Place.TELEGRAM_GROUP,))
EVERYWHERE = frozenset((Place.TELEGRAM_GROUP, Place.TELEGRAM_PRIVATE))

Work = Callable[[IncomingMessage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """What a command does, and where.

    What follows one that `cites` is an example, and says nothing of the author. `opened` is what a link to it does in
    the private chat, which anybody may have written and so changes nothing; `text` is what the link adds then. One that
    is not `listed` is not on the menu. Nothing stands in the way of one that is `always` answered, because it helps.
    """

    run: Work
    cites: bool = False
    for_admins: bool = False
    where: frozenset[Place] = EVERYWHERE
    opened: Work | None = None
    listed: bool = True
    always: bool = False
