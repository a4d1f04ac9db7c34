"""The kinds of settings that are one channel or one role of a server, or none."""

import re
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from bot.services.located_json import Located, expect_text
from bot.services.settings.kinds import LARGEST_ID, Kind
from bot.services.settings.vocabulary import Vocabulary


class OneId(Kind[int | None]):
    """The id of something that a server has, or None."""

    __slots__ = ()

    def plain(self, value: int | None) -> object:
        return None if value is None else str(value)

    def load(self, plain: Any) -> int | None:
        return None if plain is None else int(plain)

    def read(self, found: Located, vocabulary: Vocabulary) -> int | None:
        if found.value is None:
            return None
        text = expect_text(found)
        return int(text) if re.fullmatch("[1-9][0-9]{0,18}", text) else 0

    def without(self, value: int | None, gone: int) -> int | None:
        return None if value == gone else value

    def check(self, value: int | None, vocabulary: Vocabulary) -> None:
        if value is not None and not 0 < value <= LARGEST_ID:
            raise ValueError(value)

    def merged(self, here: int | None, brought: int | None, vocabulary: Vocabulary, channels: Set[int]) -> int | None:
        """Return what is brought, if the server has it: `channels` are the ids of all that it has."""
        return brought if brought is None or brought in channels else here


@dataclass(frozen=True, slots=True)
class RoleId(OneId):
    """The id of a role of the server, or None."""


@dataclass(frozen=True, slots=True)
class ChannelId(OneId):
    """The id of a channel of the server, or None."""
