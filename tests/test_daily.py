"""The daily word: each day once, at the hour of the server's own time zone."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import simcord

from bot.discord.client import EncourageBot
from bot.discord.daily import say_daily
from bot.models import Author, KindWord, Platform, Quote, Scope
from bot.services import Services
from bot.services.settings.daily import Daily, zones_like
from bot.services.settings.table import ScopePreferences
from tests.conftest import Server, shown
from tests.fake_telegram import FakeTelegram

HERE = Scope(Platform.DISCORD, 1)
PARIS = ZoneInfo("Europe/Paris")


class Said(list[str]):
    """What a front end was given to say."""

    async def say(self, _scope: Scope, _preferences: ScopePreferences, word: KindWord | Quote) -> None:
        self.append(word.text)


async def at(services: Services, moment: datetime, said: Said) -> None:
    services.daily._now = lambda: moment.astimezone(UTC)
    await services.daily.say_what_is_due(Platform.DISCORD, "fr", said.say)


@pytest.fixture
async def nine(services: Services) -> Services:
    """A server in Paris that wants a word at nine."""
    await services.preferences.change(HERE, daily=Daily(7, 9 * 60), timezone="Europe/Paris")
    return services


async def test_it_is_said_once_at_its_hour_and_not_when_an_hour_late(nine: Services) -> None:
    said = Said()
    for hour, minute, count in ((8, 59, 0), (9, 0, 1), (9, 30, 1), (9, 59, 1), (10, 0, 1)):
        await at(nine, datetime(2026, 3, 3, hour, minute, tzinfo=PARIS), said)
        assert len(said) == count
    await at(nine, datetime(2026, 3, 4, 10, 0, tzinfo=PARIS), said)
    assert len(said) == 1
    await at(nine, datetime(2026, 3, 5, 9, 59, tzinfo=PARIS), said)
    assert len(said) == 2


async def test_many_processes_and_a_clock_that_goes_back_say_it_once(nine: Services) -> None:
    said, moment = Said(), datetime(2026, 3, 3, 9, 0, tzinfo=PARIS)
    nine.daily._now = lambda: moment.astimezone(UTC)

    await asyncio.gather(*(nine.daily.say_what_is_due(Platform.DISCORD, "fr", said.say) for _ in range(20)))
    await at(nine, moment - timedelta(days=1), said)
    await nine.preferences.change(HERE, timezone="America/New_York")
    await at(nine, datetime(2026, 3, 3, 9, 10, tzinfo=ZoneInfo("America/New_York")), said)

    assert len(said) == 1


@pytest.mark.parametrize(
    ("minute", "moments"),
    [
        # The hour that there is not on the last Sunday of March, and the one that there is twice in October.
        (150, [datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 3, 30, 0, 30, tzinfo=UTC)]),
        (150, [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]),
        (540, [datetime(2026, 3, 28, 8, 0, tzinfo=UTC), datetime(2026, 3, 29, 7, 0, tzinfo=UTC)]),
        (23 * 60 + 50, [datetime(2026, 3, 3, 23, 10, tzinfo=UTC), datetime(2026, 3, 4, 22, 50, tzinfo=UTC)]),
    ],
)
async def test_the_hour_is_that_of_the_place_through_the_year(
    services: Services, minute: int, moments: list[datetime]
) -> None:
    await services.preferences.change(HERE, daily=Daily(7, minute), timezone="Europe/Paris")
    said = Said()
    for number, moment in enumerate(moments, start=1):
        await at(services, moment, said)
        assert len(said) == number
        await at(services, moment + timedelta(minutes=45), said)
        await at(services, moment + timedelta(hours=1), said)
        assert len(said) == number


async def test_each_word_is_said_once_before_one_comes_again_and_none_that_is_for_one_person(nine: Services) -> None:
    author = Author(1, "Camille")
    for text in ("Courage.", "Bravo {name}."):
        await nine.encouragements.add(HERE, author=author, text=text)
    words = {quote.text for quote in nine.quotes.bundled("fr") if not nine.feelings.speaks_of_danger(quote.text)}
    said, moment = Said(), datetime(2026, 3, 3, 9, 0, tzinfo=PARIS)

    for day in range(len(words) + 2):
        await at(nine, moment + timedelta(days=day), said)

    assert len(words) > 50
    assert set(said[:-1]) == words | {"Courage."}
    assert len(said) == len(set(said)) + 1


async def test_a_place_where_it_can_not_be_said_keeps_no_other_waiting(
    nine: Services, caplog: pytest.LogCaptureFixture
) -> None:
    there = Scope(Platform.DISCORD, 2)
    await nine.preferences.change(there, daily=Daily(7, 9 * 60), timezone="Europe/Paris")
    nine.daily._now = lambda: datetime(2026, 3, 3, 9, 0, tzinfo=PARIS).astimezone(UTC)
    tried: list[Scope] = []

    async def fail(scope: Scope, _preferences: ScopePreferences, word: KindWord | Quote) -> None:
        tried.append(scope)
        raise ValueError(word.text)

    for _ in range(2):
        await nine.daily.say_what_is_due(Platform.DISCORD, "fr", fail)

    assert sorted(scope.id for scope in tried) == [1, 2]
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "a daily word could not be said (ValueError)"
    ] * 2


async def test_nothing_about_dying_is_said(nine: Services) -> None:
    words = await nine.daily._words(HERE, "fr")

    assert not [word for word in words.values() if "suicide" in word.text.casefold() or "mourir" in word.text]


async def test_it_is_a_setting_and_said_in_its_channel(server: Server, services: Services, bot: EncourageBot) -> None:
    scope = Scope(Platform.DISCORD, server.guild.id)
    for typed in (f"<#{server.channel.id}> 9:00", "9h", "9 h 00", "9 am"):
        answer = await server.ask(server.admin, f"$daily {typed}")
        assert f"Chaque jour à 9:00 (Europe/Paris), je dis dans <#{server.channel.id}>" in answer
    assert "« Gérer le serveur »" in await server.ask(server.camille, "$daily 9:00")
    for typed in ("25:00", "bientôt", "#general"):
        assert "`$daily #salon 9:00`" in await server.ask(server.admin, f"$daily {typed}")

    preferences = await services.preferences.get(scope)
    await say_daily(bot, scope, preferences, KindWord("Courage, **toi** @everyone."))
    assert shown(server.answers()[-1]) == "Courage, \\*\\*toi\\*\\* @everyone.\n-# Le mot du jour"
    assert "Je ne dis pas de mot du jour." in await server.ask(server.admin, "$daily off")


@pytest.mark.parametrize(("status", "level"), [(403, []), (521, ["WARNING"])])
async def test_a_channel_that_refuses_it_is_let_be(
    env: simcord.Env, server: Server, bot: EncourageBot, caplog: pytest.LogCaptureFixture, status: int, level: list[str]
) -> None:
    env.inject_error("POST", f"/channels/{server.channel.id}/messages", status=status, code=0, message="no")
    wanted = ScopePreferences(daily=Daily(server.channel.id, 540))

    await say_daily(bot, Scope(Platform.DISCORD, server.guild.id), wanted, KindWord("Courage."))

    assert server.answers() == []
    assert [record.levelname for record in caplog.records if record.levelname != "DEBUG"] == level


async def test_the_time_zone_is_chosen_by_name_with_completion(server: Server) -> None:
    assert "Fuseau horaire d'ici : America/Toronto." in await server.ask(server.admin, "$timezone toronto")
    assert "d'après la langue et le pays : Europe/Paris." in await server.ask(server.admin, "$timezone off")
    assert "Je ne connais pas ce fuseau" in await server.ask(server.admin, "$timezone Nulle part")
    offered = await server.admin.autocomplete(server.channel, "timezone", "value", "new y")
    assert [choice["value"] for choice in offered] == ["America/New_York"]
    assert zones_like("paris") == ["Europe/Paris"]


async def test_it_is_said_on_telegram_too(telegram: FakeTelegram, services: Services) -> None:
    group = telegram.group()
    group.admins.add(11)
    assert "Chaque jour à 21:30 (Europe/Paris), je dis ici" in await telegram.say("/daily 21h30", group)
    assert "/daily 9:00" in await telegram.say("/daily demain", group)
    scope, said = Scope(Platform.TELEGRAM, group.id), Said()
    services.daily._now = lambda: datetime(2026, 3, 3, 20, 30, tzinfo=UTC)

    await services.daily.say_what_is_due(Platform.TELEGRAM, "fr", said.say)
    await services.daily.say_what_is_due(Platform.DISCORD, "fr", said.say)

    assert len(said) == 1
    assert (await services.preferences.get(scope)).daily == Daily(group.id, 21 * 60 + 30)
