"""Counts what is done, since the start and over all servers together; nothing here names a server or a person.

Answers to somebody who is sad or in danger are not counted at all: a number that grows tells that somebody was.
"""

from collections.abc import Mapping
from enum import StrEnum


class ReplyKind(StrEnum):
    """What a reply answers, always something that was asked for."""

    TYPED = "typed"
    SLASH = "slash"
    MENU = "menu"


class FailureKind(StrEnum):
    """Why a command was not carried out."""

    MISTAKE = "mistake"
    PERMISSION = "permission"
    PLATFORM = "platform"
    STORAGE = "storage"
    UNEXPECTED = "unexpected"


class Tally:
    """Replies that were sent, and commands that were not carried out, by kind."""

    def __init__(self) -> None:
        self._replies = dict.fromkeys(ReplyKind, 0)
        self._failures = dict.fromkeys(FailureKind, 0)

    @property
    def replies(self) -> Mapping[ReplyKind, int]:
        """Return how many replies of each kind were sent."""
        return self._replies

    @property
    def failures(self) -> Mapping[FailureKind, int]:
        """Return how many commands failed for each reason."""
        return self._failures

    def replied(self, kind: ReplyKind) -> None:
        """Count one reply that was sent."""
        self._replies[kind] += 1

    def failed(self, kind: FailureKind) -> None:
        """Count one command that was not carried out."""
        self._failures[kind] += 1
