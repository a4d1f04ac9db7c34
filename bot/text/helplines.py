"""How the reviewed helplines are set, in an answer to somebody in danger as in one to somebody who asks."""

from collections.abc import Iterable

from bot.models import Country, Helpline
from bot.services.helplines import Helplines
from bot.text.sentences import Voice


def crisis_text(voice: Voice, countries: Iterable[Country], anywhere: Helpline) -> str:
    """Return the answer to a message that speaks of suicide: the reviewed words, the lines, and nothing else."""
    return "\n".join(
        (
            voice.text("crisis.begin"),
            lines_text(voice, countries, anywhere),
            voice.text("crisis.end"),
        )
    )


def requested_lines(voice: Voice, helplines: Helplines, typed: str, country: str | None) -> str:
    """Return the lines of the country that somebody typed, or else those of `country`, for the one who asks."""
    key, code = "helpline.begin", helplines.find(typed)
    if code is None and typed:
        key, countries = "helpline.unknown", []
    else:
        countries = [*helplines.countries(voice.locale, code or country)]
    return f"{voice.text(key)}\n{lines_text(voice, countries, helplines.anywhere(voice.locale))}"


def lines_text(voice: Voice, countries: Iterable[Country], anywhere: Helpline) -> str:
    """Return the lines of these countries with their emergency numbers, then the line for any other country."""
    rows: list[str] = []
    for country in countries:
        rows.append(voice.text("helpline.country", country=country.name, emergency=country.emergency.number))
        rows += (
            voice.text("helpline.line", number=line.number, name=line.name, hours=line.hours) for line in country.lines
        )
    rows.append(voice.text("helpline.anywhere", name=anywhere.name, number=anywhere.number, hours=anywhere.hours))
    return "\n".join(rows)
