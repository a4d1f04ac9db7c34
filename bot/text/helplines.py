"""How the reviewed helplines are set, in an answer to somebody in danger as in one to somebody who asks."""

from collections.abc import Iterable

from bot.models import Country, Helpline
from bot.services.care import Care, Support
from bot.services.feelings.reader import Feeling
from bot.services.helplines import Helplines
from bot.text.sentences import Voice


def support_text(voice: Voice, support: Support, anywhere: Helpline, *, alone: str = "") -> str:
    """Return the answer to danger, grief or worry: reviewed words, few lines, that it is automatic, and why it came.

    `alone` says how its author can see the lines alone. Where means are named (`support.means`), the emergency number
    comes before everything else.
    """
    section = f"crisis.{support.feeling}"
    if support.is_of_pet:
        said = [voice.text("crisis.grief.pet"), voice.text("crisis.automatic")]
    else:
        rows = _signposts(voice, support, anywhere)
        said = [voice.text(f"{section}.said")]
        if support.is_of_suicide and support.feeling is Feeling.GRIEF:
            said.append(voice.text("crisis.grief.suicide"))
        said += [voice.text(f"{section}.{_lead(support)}"), *rows]
        if _comes_first(support) and support.country.emergency is not None:
            said.insert(0, voice.text("crisis.danger.first", number=support.country.emergency.number))
        said.append(" ".join(filter(None, (voice.text("crisis.automatic"), _end(voice, support, alone)))))
    return "\n".join((*said, voice.text(f"care.why_{support.feeling}")))


def requested_lines(voice: Voice, helplines: Helplines, care: Care, typed: str, country: str | None) -> str:
    """Return the lines of the country that somebody typed, or else those of `country`, for the one who asks."""
    code = helplines.find(typed)
    if code is None and typed and not helplines.is_call(typed) and care.may_be_a_place(typed):
        return f"{voice.text('helpline.unknown')}\n{_elsewhere(voice, helplines.anywhere(voice.locale))}"
    return all_lines(voice, helplines, code or country)


def all_lines(voice: Voice, helplines: Helplines, code: str | None) -> str:
    """Return every line of a country, and how to write to them; without one, few of each that speaks the language."""
    anywhere, countries = helplines.anywhere(voice.locale), helplines.countries(voice.locale, code)
    rows = [voice.text("helpline.begin")]
    for country in countries:
        rows.append(_heading(voice, country))
        lines = country.lines if len(countries) == 1 else helplines.listening(country)
        rows += (_line(voice, line, with_written=len(countries) == 1) for line in lines)
    return "\n".join((*rows, _elsewhere(voice, anywhere)))


def _comes_first(support: Support) -> bool:
    """Tell whether the emergency number comes before everything else."""
    return support.means and support.feeling is Feeling.DANGER and support.country.emergency is not None


def _signposts(voice: Voice, support: Support, anywhere: Helpline) -> Iterable[str]:
    emergency = support.country.emergency
    if emergency is not None and not _comes_first(support):
        yield voice.text("crisis.emergency", number=emergency.number)
    for line in support.lines:
        yield _line(voice, line)
    if not support.lines:
        yield voice.text("crisis.anywhere", number=anywhere.number)
    yield voice.text("crisis.elsewhere")


def _lead(support: Support) -> str:
    """Return the key of what leads to the lines."""
    if _comes_first(support):
        return "talk"
    if support.feeling is Feeling.DANGER:
        return "lines" if support.country.emergency else "no_emergency"
    return "lines" if support.lines else "no_lines"


def _end(voice: Voice, support: Support, alone: str) -> str:
    match support.feeling:
        case Feeling.DANGER:
            return alone
        case Feeling.WORRY:
            return voice.text("crisis.worry.end")
        case _:
            return ""


def _heading(voice: Voice, country: Country) -> str:
    if country.emergency is None:
        return voice.text("helpline.country_alone", country=country.name)
    return voice.text("helpline.country", country=country.name, emergency=country.emergency.number)


def _line(voice: Voice, line: Helpline, *, with_written: bool = False) -> str:
    said = voice.text("helpline.line", number=line.number, name=line.name, hours=line.hours)
    if with_written and line.written:
        said += voice.text("helpline.written", written=line.written)
    return said


def _elsewhere(voice: Voice, anywhere: Helpline) -> str:
    return voice.text("helpline.anywhere", name=anywhere.name, number=anywhere.number, hours=anywhere.hours)
