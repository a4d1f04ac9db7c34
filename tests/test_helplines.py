"""The helplines: what the data promises, and whom anyone who asks is sent to."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import discord
import pytest
import simcord

from bot import languages as language_folders
from bot.languages import Language
from bot.models import Country, Helpline
from bot.services.helplines import Helplines
from bot.text.helplines import crisis_text
from bot.text.sentences import Texts, Voice
from tests.conftest import Server, shown

LONGEST_WITHOUT_CHECK = timedelta(days=548)
FOLDER = Path(language_folders.__file__).parent
LANGUAGES = language_folders.available()
# What is dialled, texted or visited in each country, whatever the language; a change here is a change of lives.
NUMBERS = {
    "FR": ["15|112", "3114", "0800235236"],
    "BE": ["112", "080032123"],
    "CH": ["112", "143", "147"],
    "CA": ["911", "988"],
    "US": ["911", "988"],
    "GB": ["112", "116123", "85258"],
    "IE": ["112", "116123"],
}


@pytest.fixture
def helplines(languages: Mapping[str, Language]) -> Helplines:
    return Helplines({code: language.helplines for code, language in languages.items()})


def lines_of(language: Language) -> Iterator[Helpline]:
    yield language.helplines.anywhere
    for country in language.helplines.countries:
        yield from (country.emergency, *country.lines)


def numbers_in(language: Language) -> dict[str, list[str]]:
    return {
        country.code: [digits(line.number) for line in (country.emergency, *country.lines)]
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

    assert numbers.items() >= NUMBERS.items()
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


@pytest.mark.parametrize("code", [*NUMBERS, None])
@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_answer_in_a_crisis_fits_and_offers_more_than_one_way(
    helplines: Helplines, texts: Texts, locale: str, code: str | None
) -> None:
    countries = helplines.countries(locale, code)

    text = crisis_text(Voice(texts, locale, "$"), countries, helplines.anywhere(locale))

    assert len(text) + len(texts.text(locale, "care.why_crisis")) + 1 <= 2_000
    for country in countries:
        assert country.name in text
        for line in (country.emergency, *country.lines):
            assert f"**{line.number}**" in text
    assert "<https://findahelpline.com>" in text


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *(("FR", "FR"), ("fr", "FR"), (" France ", "FR"), ("belgique", "BE"), ("Belgium", "BE"), ("suisse", "CH")),
        *(("UK", "GB"), ("royaume uni", "GB"), ("Royaume-Uni", "GB"), ("England", "GB"), ("usa", "US")),
        *(("etats unis", "US"), ("États-Unis", "US"), ("United States", "US"), ("Irlande", "IE"), ("canada", "CA")),
        *(("", None), ("France Belgique", None), ("Atlantide", None), ("🌻", None), ("F", None)),
    ],
)
def test_a_country_is_found_by_code_or_name_in_any_language(helplines: Helplines, typed: str, code: str | None) -> None:
    assert helplines.find(typed) == code


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


async def test_slash_helpline_is_seen_by_the_asker_alone(server: Server) -> None:
    for options in ({}, {"country": "FR"}, {"country": "nulle part"}):
        result = await server.camille.slash(server.channel, "helpline", **options)

        assert result.ephemeral
        assert "findahelpline.com" in shown(result.response)


async def test_slash_helpline_offers_the_countries_it_knows(server: Server) -> None:
    every = await server.camille.autocomplete(server.channel, "helpline", "country", "")
    some = await server.camille.autocomplete(server.channel, "helpline", "country", "be")

    assert {choice["value"] for choice in every} >= set(NUMBERS)
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


@pytest.mark.parametrize("text", ["$helplines off", "$helplines", "$helplines peut-être"])
async def test_helplines_needs_manage_server(server: Server, text: str) -> None:
    for member in (server.camille, server.moderator):
        assert "Gérer le serveur" in await server.ask(member, text)

    assert "sont activées" in await server.ask(server.admin, "$helplines")
