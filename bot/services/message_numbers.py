"""The numbers of messages as people type them: "3", "2 3", "2, 3", "#5" and "n°5"."""

import re
from collections.abc import Sequence

MAX_NUMBER = 2**63 - 1
MOST_AT_ONCE = 10

_NUMBER = r"(?:#|n\s?[°º])?\s?([0-9]{1,19})"
_NUMBERS = re.compile(rf"{_NUMBER}(?:(?:\s*[,;]\s*|\s+){_NUMBER})*", re.IGNORECASE)


def is_number(number: int) -> bool:
    """Tell whether a message may have this number: what somebody typed or clicked may be longer than any."""
    return 1 <= number <= MAX_NUMBER


def page_number(typed: str) -> int | None:
    """Return the page that somebody typed, from 1; None when it is something else."""
    return int(typed) if re.fullmatch("[1-9][0-9]{0,3}", typed) else None


def message_numbers(typed: str) -> Sequence[int]:
    """Return the numbers that somebody typed, each once.

    Raises:
        ValueError: it is something else, or more than ten.
    """
    typed = typed.strip()
    if _NUMBERS.fullmatch(typed) is None:
        raise ValueError(f"no numbers: {typed}")
    numbers = [*dict.fromkeys(map(int, re.findall("[0-9]+", typed)))]
    if len(numbers) > MOST_AT_ONCE or not all(map(is_number, numbers)):
        raise ValueError(f"no numbers: {typed}")
    return numbers
