"""What Telegram shows of the bot: menus, descriptions, inline results, and the language of a new group."""

import re
from typing import Any

import pytest

from bot.config import Settings
from bot.models import Platform, Scope
from bot.services import Services
from bot.text.sentences import Texts
from tests.conftest import telegram_bot, with_plain_spaces
from tests.fake_telegram import ALEX, CAMILLE, MENUS, SACHA, FakeTelegram, Somebody

FOR_EVERYBODY = {
    *("hello", "inspire", "new", "list", "edit", "del", "helpline", "test", "optout", "optin", "privacy", "cancel"),
    "help",
}
FOR_ADMINS = {
    *(
        "settings",
        "responding",
        "triggers",
        "cooldown",
        "links",
        "starters",
        "quotes",
        "language",
        "helplines",
        "country",
        "words",
    ),
    *("export", "import", "daily", "timezone"),
}


async def test_menus_and_descriptions_are_sent_in_every_language_to_those_whom_they_concern(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> None:
    async with telegram_bot(telegram_server, settings, services, texts, published=True):
        calls = telegram_server.sent("setMyCommands")
    expected = {
        "all_private_chats": FOR_EVERYBODY | FOR_ADMINS,
        "all_group_chats": FOR_EVERYBODY | {"encourage"},
        "all_chat_administrators": FOR_EVERYBODY | FOR_ADMINS | {"encourage", "contributors", "pending"},
    }
    menus = {(call["scope"]["type"], call.get("language_code")): call["commands"] for call in calls}

    assert set(menus) == {(scope, locale) for scope in expected for locale in (None, "fr", "en")}
    for (scope, _), menu in menus.items():
        assert {command["command"] for command in menu} == expected[scope]
        descriptions = [command["description"] for command in menu]
        assert all(1 <= len(description) <= 256 for description in descriptions)
        assert len(set(descriptions)) == len(descriptions)
        # No words of Discord's, and in private none about groups.
        odd = r"erve[ur]|« Gérer" + (r"|admin|group" if scope == "all_private_chats" else "")
        assert not re.search(odd, " ".join(descriptions)), descriptions
        assert menus[scope, None] == menus[scope, "fr"] != menus[scope, "en"]

    described = telegram_server.described
    for what, longest in (("description", 512), ("short_description", 120)):
        said = {locale: described[f"{what} {locale}"] for locale in (None, "fr", "en")}
        assert said[None] == said["fr"] != said["en"]
        assert all(1 <= len(text) <= longest for text in said.values())


async def test_a_description_that_telegram_has_is_not_sent_again(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> None:
    for _ in range(2):
        telegram_server.calls.clear()
        async with telegram_bot(telegram_server, settings, services, texts, published=True):
            pass

    assert len(telegram_server.sent("setMyCommands")) == MENUS
    assert telegram_server.sent("setMyDescription") == telegram_server.sent("setMyShortDescription") == []


def offered(telegram: FakeTelegram) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = telegram.sent("answerInlineQuery")[-1]["results"]
    return results


@pytest.mark.parametrize(("person", "titles"), [(CAMILLE, "Une citation"), (ALEX, "A quote")])
async def test_from_any_chat_it_offers_a_quote_and_kind_words(
    telegram: FakeTelegram, texts: Texts, services: Services, person: Somebody, titles: str
) -> None:
    await telegram.deliver(telegram.typed("", person))

    (answer,) = telegram.sent("answerInlineQuery")
    assert answer["is_personal"] is True
    assert len({result["id"] for result in offered(telegram)}) == 4
    quote, *kind = offered(telegram)
    assert quote["title"] == titles
    assert " — " in quote["input_message_content"]["message_text"]
    locale = {"fr": "fr", "en-GB": "en"}[person.language_code]
    listening = services.encouragements.starters(locale, 100)
    assert {result["input_message_content"]["message_text"] for result in kind} <= set(listening)


async def test_whoever_types_there_that_he_or_she_is_in_danger_is_led_to_the_helplines(telegram: FakeTelegram) -> None:
    await telegram.deliver(telegram.typed("je veux mourir"))

    assert offered(telegram) == []
    button = telegram.sent("answerInlineQuery")[-1]["button"]
    assert button["start_parameter"] == "helpline"
    assert "3114" in await telegram.say("/start helpline")


async def test_what_is_sent_from_there_is_not_read(telegram: FakeTelegram) -> None:
    bot = {"id": 5, "is_bot": True, "first_name": "x"}

    assert await telegram.say("je suis triste", telegram.group(), via_bot=bot) == ""


@pytest.mark.parametrize(
    ("code", "hello"), [("en-GB", "Hello!"), ("fr", "Bonjour !"), ("tlh", "Bonjour !"), (None, "Bonjour !")]
)
async def test_a_new_group_speaks_the_language_of_whoever_adds_the_bot(
    telegram: FakeTelegram, code: str | None, hello: str
) -> None:
    group = telegram.group()
    added = telegram.membership("member", group, ALEX)
    added["my_chat_member"]["from"]["language_code"] = code

    await telegram.deliver(added)

    assert await telegram.say("/hello", group) == hello


async def test_a_language_that_a_group_has_chosen_stays_when_the_bot_comes_back_or_is_promoted(
    telegram: FakeTelegram, services: Services
) -> None:
    group = telegram.group(admins=(SACHA,))
    await telegram.say("/language fr", group, SACHA)
    await telegram.deliver(telegram.membership("member", group, ALEX))
    promoted = telegram.membership("member", telegram.group(), ALEX)
    promoted["my_chat_member"]["old_chat_member"]["status"] = "member"
    await telegram.deliver(promoted)

    assert await telegram.say("/hello", group) == "Bonjour !"
    other = Scope(Platform.TELEGRAM, promoted["my_chat_member"]["chat"]["id"])
    assert (await services.preferences.get(other)).language is None


async def test_what_is_typed_there_touches_no_list_of_deliveries_and_may_fail(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.refused_methods["answerInlineQuery"] = "Bad Request: query is too old and response timeout expired"

    assert (await telegram.post(telegram.typed("bonjour"))).status == 200
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    assert with_plain_spaces(await telegram.say("/hello")) == "Bonjour !"


ALERTS = (
    *("telegram.admins_only", "telegram.admins_unknown", "telegram.import.gone", "errors.outdated_command"),
    *("telegram.optout.done", "optout.not_yours", "telegram.hurt.done", "hurt.not_yours", "telegram.fine.not_yours"),
    *("pages.not_yours", "telegram.transfer.unreachable", "transfer.too_big", "settings.quotes.unavailable"),
)


def test_what_a_click_is_answered_fits_whole(texts: Texts) -> None:
    """Telegram shows 200 characters (https://core.telegram.org/bots/api#answercallbackquery)."""
    for locale in texts.locales:
        for key in ALERTS:
            assert len(texts.text(locale, key, prefix="/", limit=4)) <= 200, (locale, key)
