"""The helplines: what the data promises, and whom anyone who asks is sent to."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import discord
import pytest
import simcord

from bot import languages as language_folders
from bot.languages import Language
from bot.models import Audience, Country, Helpline, Trust
from bot.services.care import Support
from bot.services.feelings.reader import Feeling
from bot.services.helplines import Helplines
from bot.text.helplines import all_lines, support_text
from bot.text.sentences import Texts, Voice
from tests.conftest import Server, shown

LONGEST_WITHOUT_CHECK = timedelta(days=548)
FOLDER = Path(language_folders.__file__).parent
LANGUAGES = language_folders.available()
# Members of the European Union of which no line is known: the emergency number alone.
EUROPEAN = (
    *("BG", "CY", "CZ", "DK", "EE", "FI", "GR", "HR", "HU"),
    *("IT", "LT", "LV", "MT", "PL", "RO", "SE", "SI", "SK"),
)
# What is dialled, texted or visited in each country, whatever the language; a change here is a change of lives.
NUMBERS = {
    "FR": ["15|112", "3114", "0800235236", "114", "", "3018", "119", "3919"],
    "NC": ["15", "053030"],
    "PF": ["15", "444767|87202523"],
    "WF": ["15", "9860"],
    "BE": ["112", "080032123", "106", "107", "103"],
    "CH": ["144|112", "143", "147"],
    "LU": ["112", "454545", "116111", "80024444"],
    "CA": ["911", "988", "18006686868", "18662773553"],
    "US": ["911", "988", "741741"],
    "GB": ["999|112", "116123", "08001111", "85258", "08000684141"],
    "IE": ["112|999", "116123"],
    "AU": ["000", "131114", "1800551800", "1300659467"],
    "NZ": ["111", "1737", "0508828865"],
    "SG": ["1767", "1771"],
    "IN": ["112", "14416|18008914416"],
    "ZA": ["0800456789"],
    "PH": ["1553|09190571553|09178998727"],
    "NG": ["08000787746"],
    "CI": ["143"],
    "LB": ["1564"],
    "HT": ["29199000"],
    "MU": ["8009393"],
    "TN": ["80105050"],
    "CM": ["1511"],
    "SN": ["1515"],
    "MA": ["15|150"],
    "ES": ["112", "024"],
    "PT": ["112", "1411"],
    "DE": ["112", "08001110111|08001110222|116123"],
    "AT": ["112", "142"],
    "NL": ["112", "113|08000113"],
    "BR": ["188"],
    **{code: ["112"] for code in EUROPEAN},
}
# Numbers that many pages still give: whoever answers there now, it is nobody who listens. The last one has closed.
SUPERSEDED = (
    *("0800200200", "09000113", "0845790909", "08457909090", "1850609090", "0872609090", "07786209697", "07860039967"),
    *("88247", "stopsilence"),
)
SUPERSEDED_SHORT = {"BR": "141"}


@pytest.fixture
def helplines(languages: Mapping[str, Language]) -> Helplines:
    return Helplines({code: language.helplines for code, language in languages.items()})


def lines_of(language: Language) -> Iterator[Helpline]:
    yield language.helplines.anywhere
    for country in language.helplines.countries:
        yield from emergency_and_lines(country)


def emergency_and_lines(country: Country) -> Iterator[Helpline]:
    if country.emergency is not None:
        yield country.emergency
    yield from country.lines


def numbers_in(language: Language) -> dict[str, list[str]]:
    return {
        country.code: [digits(line.number) for line in emergency_and_lines(country)]
        for country in language.helplines.countries
    }


def digits(number: str) -> str:
    return "|".join(re.sub(r"[^0-9]", "", part) for part in re.split(r" [^\W\d]+ ", number))


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_line_was_checked_more_than_18_months_ago(languages: Mapping[str, Language], code: str) -> None:
    for line in lines_of(languages[code]):
        assert line.verified_on <= date.today() + timedelta(days=1), line
        assert date.today() - line.verified_on <= LONGEST_WITHOUT_CHECK, f"check this again in its source: {line}"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_line_says_all_it_must(languages: Mapping[str, Language], code: str) -> None:
    for line in lines_of(languages[code]):
        assert all((line.name, line.number, line.hours, line.source)), line
        assert line.country is None or re.fullmatch("[A-Z]{2}", line.country)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_gives_the_same_numbers(languages: Mapping[str, Language], code: str) -> None:
    others = [numbers_in(language) for language in languages.values()]
    numbers = numbers_in(languages[code])

    assert numbers == NUMBERS
    for other in others:
        assert all(other[country] == numbers[country] for country in other.keys() & numbers.keys())


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_speaks_of_countries_that_it_knows(languages: Mapping[str, Language], code: str) -> None:
    table = tomllib.loads((FOLDER / code / "helplines.toml").read_text(encoding="utf-8"))
    known = {country["code"] for country in table["countries"]}

    assert set(table["speaking"]) <= known
    assert {line["country"] for line in table["lines"]} <= known
    assert urlsplit(table["anywhere"]["number"]).hostname == "findahelpline.com"


def test_a_country_that_one_language_leaves_out_is_known_in_the_words_of_another(
    languages: Mapping[str, Language],
) -> None:
    everything = languages["fr"].helplines
    without = replace(everything, countries=tuple(each for each in everything.countries if each.code != "IE"))
    helplines = Helplines({"fr": without, "en": languages["en"].helplines})

    assert [country.name for country in helplines.countries("fr", "IE")] == ["Ireland"]
    assert [country.name for country in helplines.countries("fr", "FR")] == ["France"]
    assert [country.name for country in helplines.suggest("fr", "irel")] == ["Ireland"]


def test_france_comes_first_in_french(helplines: Helplines) -> None:
    assert [country.code for country in helplines.countries("fr")] == ["FR", "BE", "CH", "CA"]
    assert [country.code for country in helplines.countries("en")] == ["US", "GB", "IE", "CA"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_superseded_number_is_given(languages: Mapping[str, Language], code: str) -> None:
    for country in languages[code].helplines.countries:
        for line in emergency_and_lines(country):
            said = re.sub(r"(?<=[0-9])[ -](?=[0-9])", "", f"{line.number}; {line.written}; {line.hours}")
            assert not [number for number in SUPERSEDED if number in said], line
            assert line.number != SUPERSEDED_SHORT.get(country.code)


@pytest.mark.parametrize(("code", "doubt"), [("fr", "à vérifier"), ("en", "may have changed")])
def test_a_number_that_is_only_in_old_pages_says_so_and_is_not_given_where_a_better_one_is(
    languages: Mapping[str, Language], code: str, doubt: str
) -> None:
    for country in languages[code].helplines.countries:
        for line in emergency_and_lines(country):
            assert (line.trust is Trust.C) == (doubt in line.hours), line
        assert len({line.trust is Trust.C for line in country.lines}) <= 1, country


def test_the_pacific_has_its_own_lines_and_not_those_of_france(helplines: Helplines) -> None:
    for name, number in (("Nouvelle-Calédonie", "05 30 30"), ("Polynésie française", "444 767"), ("Futuna", "98 60")):
        numbers = [line.number for line in helplines.home("fr", helplines.find(name)).lines]

        assert numbers[0].startswith(number)
        assert "3114" not in numbers


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("feeling", [Feeling.DANGER, Feeling.GRIEF, Feeling.WORRY])
def test_an_answer_in_public_is_short_and_names_two_lines_at_most(
    helplines: Helplines, texts: Texts, locale: str, feeling: Feeling
) -> None:
    lines_for = {
        Feeling.DANGER: helplines.listening,
        Feeling.GRIEF: helplines.for_bereaved,
        Feeling.WORRY: helplines.for_relatives,
    }[feeling]
    for code in (*NUMBERS, None):
        country = helplines.home(locale, code)
        lines = lines_for(country)

        text = support_text(Voice(texts, locale, "$"), Support(feeling, country, lines), helplines.anywhere(locale))

        assert len(lines) <= 2, code
        assert len(text) <= 1_200, code
        assert len([line for line in text.split("\n") if line.startswith("• ")]) <= 4, code
        for line in (*lines, *([country.emergency] if country.emergency else [])):
            assert f"**{line.number}**" in text, code
        assert "/helpline" in text, code


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_emergency_number_comes_before_all_else_where_means_are_named(
    helplines: Helplines, texts: Texts, locale: str
) -> None:
    france = helplines.home(locale, "FR")
    support = Support(Feeling.DANGER, france, helplines.listening(france), means=True)

    text = support_text(Voice(texts, locale, "$"), support, helplines.anywhere(locale))

    assert "112" in text.split("\n")[0]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_all_lines_of_a_country_fit_into_a_message_and_say_how_to_write(
    helplines: Helplines, texts: Texts, locale: str
) -> None:
    for code in (*NUMBERS, None):
        text = all_lines(Voice(texts, locale, "$"), helplines, code)

        assert len(text) <= 2_000, code
        assert "<https://findahelpline.com>" in text, code
        for line in helplines.home(locale, code).lines if code else ():
            assert f"**{line.number}**" in text, code
            assert line.written in text, code


def at(helplines_of: Mapping[str, Language], moment: str) -> Helplines:
    directories = {code: language.helplines for code, language in helplines_of.items()}
    return Helplines(directories, now=lambda: datetime.fromisoformat(moment).astimezone(UTC))


@pytest.mark.parametrize(
    ("country", "moment", "numbers"),
    [
        ("FR", "2026-11-25T12:00+01:00", ["3114", "0 800 235 236"]),
        ("FR", "2026-11-25T22:59+01:00", ["3114", "0 800 235 236"]),
        ("FR", "2026-11-25T23:00+01:00", ["3114"]),
        ("FR", "2026-07-01T08:59+02:00", ["3114"]),
        ("FR", "2026-07-01T09:00+02:00", ["3114", "0 800 235 236"]),
        # A Monday night that is still the opening of the Monday; then the Sunday's pause, and its evening.
        ("NC", "2026-11-24T00:59+11:00", ["05 30 30"]),
        ("NC", "2026-11-24T01:00+11:00", []),
        ("NC", "2026-11-29T14:00+11:00", []),
        ("NC", "2026-11-29T17:00+11:00", ["05 30 30"]),
        ("GB", "2026-11-25T04:00+00:00", ["116 123", "0800 1111"]),
        ("LU", "2026-11-25T04:00+01:00", ["45 45 45", "116 111"]),
    ],
)
def test_no_line_is_called_there_while_it_is_closed(
    languages: Mapping[str, Language], country: str, moment: str, numbers: list[str]
) -> None:
    helplines = at(languages, moment)

    assert [line.number for line in helplines.listening(helplines.home("fr", country))] == numbers


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_zone_is_one_that_there_is(helplines: Helplines, locale: str) -> None:
    for country in helplines.suggest(locale, ""):
        assert country.zone is None or ZoneInfo(country.zone)
        if any(line.openings for line in country.lines):
            assert country.zone


def test_the_bereaved_and_those_who_worry_have_the_lines_of_which_a_source_says_so(helplines: Helplines) -> None:
    canada, switzerland = helplines.home("fr", "CA"), helplines.home("fr", "CH")

    assert [line.number for line in helplines.for_bereaved(canada)] == ["1 866 277-3553"]
    assert [line.number for line in helplines.for_relatives(canada)] == ["9-8-8", "1 866 277-3553"]
    assert [*helplines.for_bereaved(switzerland), *helplines.for_relatives(switzerland)] == []
    assert all(line.audience is Audience.ALL for line in helplines.for_bereaved(helplines.home("fr")))


TYPED = [
    *(("FR", "FR"), ("fr", "FR"), (" France ", "FR"), ("belgique", "BE"), ("Belgium", "BE"), ("suisse", "CH")),
    *(("UK", "GB"), ("royaume uni", "GB"), ("Royaume-Uni", "GB"), ("England", "GB"), ("usa", "US")),
    *(("etats unis", "US"), ("États-Unis", "US"), ("United States", "US"), ("Irlande", "IE"), ("canada", "CA")),
    *(("", None), ("France Belgique", None), ("Atlantide", None), ("🌻", None), ("F", None)),
]


def test_a_country_is_found_by_code_or_name_in_any_language(helplines: Helplines) -> None:
    assert [(typed, helplines.find(typed)) for typed, _ in TYPED] == TYPED


def test_no_two_countries_share_a_name(languages: Mapping[str, Language]) -> None:
    codes: dict[str, str] = {}
    for language in languages.values():
        for country in language.helplines.countries:
            for name in (country.code, country.name, *country.also):
                assert codes.setdefault(name.casefold(), country.code) == country.code


def france(languages: Mapping[str, Language], code: str = "fr") -> Country:
    return next(country for country in languages[code].helplines.countries if country.code == "FR")


async def test_helpline_gives_the_lines_of_the_language(server: Server) -> None:
    answer = await server.ask(server.camille, "$helpline")

    assert answer.index("France") < answer.index("Belgique") < answer.index("Suisse") < answer.index("Canada")
    assert "3114" in answer
    assert "findahelpline.com" in answer
    assert "États-Unis" not in answer


@pytest.mark.parametrize("locale", ["en"], indirect=True)
async def test_helpline_speaks_english(server: Server) -> None:
    answer = await server.ask(server.camille, "$helpline ireland")

    assert "116 123" in answer
    assert "even without credit" in answer
    assert "United States" not in answer


async def test_helpline_of_a_country_gives_its_lines_alone(server: Server, languages: Mapping[str, Language]) -> None:
    answer = await server.ask(server.camille, "$helpline france")

    for line in france(languages).lines:
        assert line.number in answer
        assert line.hours in answer
    assert "Belgique" not in answer
    assert "findahelpline.com" in answer


async def test_helpline_of_an_unknown_country_says_where_to_look(server: Server) -> None:
    answer = await server.ask(server.camille, "$helpline @everyone Atlantide")

    assert "findahelpline.com" in answer
    assert "3114" not in answer
    assert "Atlantide" not in answer


async def test_a_country_is_found_among_the_words_of_a_request(server: Server) -> None:
    for typed in ("suisse stp", "en Suisse", "la Suisse svp", "aide moi, Suisse", "help, switzerland", "CH !"):
        answer = await server.ask(server.camille, f"$helpline {typed}")
        assert "**143**" in answer
        assert "Belgique" not in answer


async def test_a_place_that_is_not_known_is_not_taken_for_a_call(server: Server) -> None:
    for typed in ("Atlantide", "le Japon", "Corée du Sud", "Papua New Guinea", "Atlantide stp", "in it"):
        assert "Je ne connais pas" in await server.ask(server.camille, f"$helpline {typed}")


async def test_slash_helpline_is_seen_by_the_asker_alone(server: Server) -> None:
    for options in ({}, {"country": "FR"}, {"country": "nulle part"}):
        result = await server.camille.slash(server.channel, "helpline", **options)

        assert result.ephemeral
        assert "findahelpline.com" in shown(result.response)


async def test_slash_helpline_offers_the_countries_it_knows(server: Server) -> None:
    every = await server.camille.autocomplete(server.channel, "helpline", "country", "")
    some = await server.camille.autocomplete(server.channel, "helpline", "country", "be")

    assert [choice["value"] for choice in every][:5] == ["FR", "NC", "PF", "WF", "BE"]
    assert len(every) == 25, "Discord shows none of more"
    assert len(await server.admin.autocomplete(server.channel, "country", "value", "")) == 25
    assert [(choice["name"], choice["value"]) for choice in some] == [("Belgique", "BE")]


async def test_helpline_works_in_a_private_conversation(env: simcord.Env, server: Server) -> None:
    alone = env.create_user("dominique")

    await alone.send_dm("$helpline")

    assert "3114" in shown(alone.dm_channel.last_message)


async def test_helpline_needs_no_embed_permission(server: Server) -> None:
    guild = server.env.bot.get_guild(server.guild.id)
    assert guild is not None
    channel = guild.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.set_permissions(guild.me, embed_links=False)

    assert "3114" in await server.ask(server.camille, "$helpline")


async def test_helplines_turns_them_on_and_off_and_tells_the_state(server: Server) -> None:
    on, off = "Les lignes d'écoute sont activées", "Les lignes d'écoute sont désactivées"

    assert (await server.ask(server.admin, "$helplines")).startswith(on)
    assert (await server.ask(server.admin, "$helplines off")).startswith(off)
    assert (await server.ask(server.admin, "$helplines")).startswith(off)
    assert (await server.ask(server.admin, "$helplines oui")).startswith(on)
    result = await server.admin.slash(server.channel, "helplines", value="off")
    assert shown(result.response).startswith(off)
    assert await server.ask(server.admin, "$responding") == "Réponse activée."


async def test_helplines_with_another_word_gives_the_two_values(server: Server) -> None:
    answer = await server.ask(server.admin, "$helplines peut-être")

    assert "$helplines on" in answer
    assert "$helplines off" in answer


async def test_helplines_needs_manage_server(server: Server) -> None:
    for member in (server.camille, server.moderator):
        assert "Gérer le serveur" in await server.ask(member, "$helplines off")

    assert "sont activées" in await server.ask(server.admin, "$helplines")


async def test_helplines_of_a_member_who_may_not_choose_shows_the_helplines(server: Server) -> None:
    await server.ask(server.admin, f"$silence <#{server.channel.id}>")

    for text in ("$helplines", "$helplines svp", "$helplines je vais mal"):
        answer = await server.ask(server.camille, text)
        assert "3114" in answer
        assert "Gérer le serveur" not in answer


async def test_how_somebody_is_names_no_country(server: Server) -> None:
    await server.ask(server.admin, "$country belgique")

    for said in (
        *("je vais mal", "je suis triste", "je sais plus quoi faire ici", "au secours", "Aidez-moi !", "aide moi"),
        *("à l'aide", "help", "HELP ME PLEASE", "help me", "sos", "SOS svp", "stp vite", "urgent", "???", "j'ai peur"),
        *("ça va pas", "im not ok", "aidez moi maman", "<@123456789012345678> aide", "je veux parler", "someone", "🆘"),
    ):
        answer = await server.ask(server.camille, f"$helpline {said}")
        assert "0800 32 123" in answer
        assert "Je ne connais pas" not in answer


async def test_a_country_of_the_european_union_without_a_known_line_has_the_emergency_number(server: Server) -> None:
    answer = await server.ask(server.camille, "$helpline Italie")

    assert "**112**" in answer
    assert "findahelpline.com" in answer


@pytest.mark.parametrize(
    ("typed", "number"),
    [("Australia", "13 11 14"), ("Nouvelle Calédonie", "05 30 30"), ("Ivory Coast", "143"), ("the Netherlands", "113")],
)
async def test_helpline_knows_the_countries_of_the_table(server: Server, typed: str, number: str) -> None:
    assert f"**{number}" in await server.ask(server.camille, f"$helpline {typed}")
