"""The kinds of settings: how a value of each is typed, kept, read in a file, checked, and merged with another."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence, Set
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from bot.errors import UserError
from bot.services.located_json import Located, expect_items, expect_members, expect_text, listed
from bot.services.settings.vocabulary import Vocabulary

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

LARGEST_ID = 2**63 - 1
# The parts of `Pauses`.
PARTS = ("member", "channel")
# What is typed for no country in particular.
NO_COUNTRY = "none"


@dataclass(frozen=True, slots=True)
class Pauses:
    """How many seconds to wait between two kind words: for the same member, and in the same channel.

    Of somebody who says one of them alone, the other is None.
    """

    member: int
    channel: int


class FullError(ValueError):
    """A value would hold `total` of what it may hold `limit` of."""

    def __init__(self, total: int, limit: int) -> None:
        super().__init__(f"{total} of {limit}")
        self.total = total
        self.limit = limit


class Kind(ABC, Generic[T]):
    """What all values of one kind have in common; a value is immutable."""

    def plain(self, value: T) -> object:
        """Return a value as JSON has it: what is stored, and what a file holds."""
        return value

    def load(self, plain: Any) -> T:
        """Return the value of what `plain` gave, as the storage has kept it.

        Raises:
            ValueError, TypeError: another version of the bot gave it, and it is none here.
        """
        loaded: T = plain
        return loaded

    @abstractmethod
    def read(self, found: Located, vocabulary: Vocabulary) -> T:
        """Return the value in a file that anybody may have written.

        Raises:
            UserError: there is none; `line` says where.
        """

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> T:
        """Return the value that somebody typed, clicked or chose, in one part or several.

        Raises:
            ValueError: there is no such value.
        """
        raise ValueError(typed)

    def check(self, value: T, vocabulary: Vocabulary) -> None:
        """Tell whether a scope may have this value.

        Raises:
            FullError: it holds too much.
            ValueError: it may not for another reason.
        """

    def completed(self, here: T, chosen: T) -> T:
        """Return the value that was chosen, with what it leaves as it is here."""
        return chosen

    def without(self, value: T, gone: int) -> T:
        """Return the value without a channel or a role that is gone."""
        return value

    def merged(self, here: T, brought: T, vocabulary: Vocabulary, channels: Set[int]) -> T:
        """Return the value after an import into a server with these channels.

        Raises:
            FullError, UserError: there is no room for all that it brings.
        """
        return self.completed(here, brought)


@dataclass(frozen=True, slots=True)
class Switch(Kind[bool]):
    """On or off."""

    def read(self, found: Located, vocabulary: Vocabulary) -> bool:
        if not isinstance(found.value, bool):
            raise UserError("transfer.not_a_switch", line=found.line)
        return found.value

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> bool:
        return vocabulary.switch(*typed)


@dataclass(frozen=True, slots=True)
class OneOf(Kind[E | None]):
    """One of a few values; None, where it may be, stands for `own`, the bot's own choice."""

    values: type[E]
    own: E | None = None

    def load(self, plain: Any) -> E | None:
        return self.values(plain)

    def read(self, found: Located, vocabulary: Vocabulary) -> E | None:
        choices: list[E | None] = [*self.values, *([] if self.own is None else [None])]
        for choice in choices:
            if found.value == choice:
                return choice
        raise UserError("transfer.not_a_choice", line=found.line, choices=listed(map(json.dumps, choices)))

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> E | None:
        (word,) = typed
        return self.values(word.strip().casefold())

    def offered(self, vocabulary: Vocabulary) -> list[E]:
        """Return the values that this bot can offer."""
        return [value for value in self.values if value not in vocabulary.unavailable]

    def in_force(self, value: E | None, vocabulary: Vocabulary) -> E:
        """Return the value that counts: the bot's own for None, and another for one that it can't offer."""
        offered = self.offered(vocabulary)
        chosen = self.own if value is None else value
        return chosen if chosen in offered else offered[0]


class _Code(Kind[str | None]):
    """A short text that stands for something; None is the bot's own choice."""

    __slots__ = ()

    def read(self, found: Located, vocabulary: Vocabulary) -> str | None:
        if found.value is not None and not isinstance(found.value, str):
            raise UserError("transfer.not_a_text_or_null", line=found.line)
        return found.value


@dataclass(frozen=True, slots=True)
class LanguageCode(_Code):
    """A language that the bot speaks."""

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> str | None:
        return vocabulary.language(*typed)

    def check(self, value: str | None, vocabulary: Vocabulary) -> None:
        _expect(value is None or value in vocabulary.languages)


@dataclass(frozen=True, slots=True)
class CountryCode(_Code):
    """An ISO 3166 code; None for the countries that speak the language."""

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> str | None:
        (word,) = typed
        return None if word.strip().casefold() == NO_COUNTRY else vocabulary.country(word)

    def check(self, value: str | None, vocabulary: Vocabulary) -> None:
        _expect(value is None or vocabulary.helplines.knows(value))


@dataclass(frozen=True, slots=True)
class Text(_Code):
    """A text of at most `longest` characters that `may_be` lets pass; an empty one stands for none."""

    longest: int
    may_be: Callable[[str], bool]

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> str | None:
        (word,) = typed
        return word or None

    def check(self, value: str | None, vocabulary: Vocabulary) -> None:
        _expect(value is None or (len(value) <= self.longest and self.may_be(value)))


@dataclass(frozen=True, slots=True)
class Prefix(Text):
    """What typed commands begin with."""

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> str | None:
        (word,) = typed
        return word


@dataclass(frozen=True, slots=True)
class Seconds(Kind[int]):
    """Whole seconds, at most `most`."""

    most: int

    def read(self, found: Located, vocabulary: Vocabulary) -> int:
        return _seconds(found, self.most)

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> int:
        (word,) = typed
        return _whole(word)

    def check(self, value: int, vocabulary: Vocabulary) -> None:
        _expect(type(value) is int and 0 <= value <= self.most)


@dataclass(frozen=True, slots=True)
class TwoPauses(Kind[Pauses]):
    """Whole seconds, at most `most`, for the parts of `Pauses`."""

    most: int

    def plain(self, value: Pauses) -> object:
        return asdict(value)

    def load(self, plain: Any) -> Pauses:
        return Pauses(**plain)

    def read(self, found: Located, vocabulary: Vocabulary) -> Pauses:
        parts: dict[str, Any] = dict.fromkeys(PARTS)
        for name, part in expect_members(found, PARTS).items():
            parts[name] = _seconds(part, self.most)
        return Pauses(**parts)

    def typed(self, typed: Sequence[str], vocabulary: Vocabulary) -> Pauses:
        """Return the pauses; what is typed for one of them alone leaves the other."""
        parts: dict[str, Any] = dict.fromkeys(PARTS)
        parts |= {name: _whole(part) for name, part in zip(PARTS, typed, strict=False) if part}
        return Pauses(**parts)

    def check(self, value: Pauses, vocabulary: Vocabulary) -> None:
        _expect(all(part is None or 0 <= part <= self.most for part in asdict(value).values()))

    def completed(self, here: Pauses, chosen: Pauses) -> Pauses:
        said = {name: part for name, part in asdict(chosen).items() if part is not None}
        return replace(here, **said)


@dataclass(frozen=True, slots=True)
class Channels(Kind[frozenset[int]]):
    """The ids of some channels of the server, at most `most`."""

    most: int

    def plain(self, value: frozenset[int]) -> object:
        # As texts: a program that reads every JSON number as a float would spoil them.
        return [str(id) for id in sorted(value)]

    def load(self, plain: Any) -> frozenset[int]:
        return frozenset(map(int, plain))

    def read(self, found: Located, vocabulary: Vocabulary) -> frozenset[int]:
        channels: set[int] = set()
        for item in expect_items(found):
            text = expect_text(item)
            if not re.fullmatch("[1-9][0-9]{0,18}", text) or int(text) > LARGEST_ID:
                raise UserError("transfer.not_a_channel", line=item.line)
            channels.add(int(text))
            if len(channels) > self.most:
                raise UserError("transfer.too_many_channels", line=item.line, limit=self.most)
        return frozenset(channels)

    def without(self, value: frozenset[int], gone: int) -> frozenset[int]:
        return value - {gone}

    def check(self, value: frozenset[int], vocabulary: Vocabulary) -> None:
        if len(value) > self.most:
            raise FullError(len(value), self.most)

    def merged(
        self, here: frozenset[int], brought: frozenset[int], vocabulary: Vocabulary, channels: Set[int]
    ) -> frozenset[int]:
        both = here | (brought & channels)
        if len(both) > max(len(here), self.most):
            raise FullError(len(both), self.most)
        return both


def _whole(typed: str) -> int:
    if not re.fullmatch("[0-9]+", typed.strip()):
        raise ValueError(typed)
    return int(typed)


def _seconds(found: Located, most: int) -> int:
    if type(found.value) is not int:
        raise UserError("transfer.not_a_number", line=found.line)
    if not 0 <= found.value <= most:
        raise UserError("transfer.bad_seconds", line=found.line, limit=most)
    return found.value


def _expect(right: bool) -> None:
    if not right:
        raise ValueError


def expect_room(key: str, before: int, after: int, limit: int) -> None:
    """Refuse what makes more than `limit`; what is over it already may stay.

    Raises:
        UserError: it does.
    """
    if after > max(before, limit):
        raise UserError(key, total=after, limit=limit, excess=after - limit)
