"""Durations in words."""

from bot.text.sentences import Texts

# Each unit's length in seconds.
UNITS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def exact_duration(texts: Texts, locale: str, seconds: int) -> str:
    """Return a duration to the second, in short: `1 h 2 min 5 s`."""
    hours, rest = divmod(seconds, UNITS["hours"])
    minutes, left = divmod(rest, UNITS["minutes"])
    units = {"hours": hours, "minutes": minutes, "seconds": left}
    said = [texts.text(locale, f"durations.short.{unit}", count=count) for unit, count in units.items() if count]
    return " ".join(said) or texts.text(locale, "durations.short.seconds", count=0)


def rough_duration(texts: Texts, locale: str, seconds: float) -> str:
    """Return a duration in its largest unit, one second at least: `3 hours`."""
    whole = max(1, int(seconds))
    unit = next(unit for unit, length in UNITS.items() if whole >= length)
    return texts.text(locale, f"durations.{unit}", count=whole // UNITS[unit])
