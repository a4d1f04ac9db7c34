"""Slash commands: what Discord is told of them, in every language, and when."""

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import aiohttp
import discord
import pytest
import simcord

from bot.config import Settings
from bot.discord import slash
from bot.discord.client import EncourageBot
from bot.health import Health
from bot.languages import Language
from bot.process import FIRST_PUBLISH_RETRY_SECONDS, LONGEST_PUBLISH_RETRY_SECONDS, publish_commands
from bot.services import Services
from bot.storage import sqlite as database
from bot.text.sentences import Texts
from bot.wiring import make_bot
from tests.conftest import Server, shown

# The types of options that are commands themselves, and the type of a command that is typed.
SUBCOMMAND, GROUP, TYPED = 1, 2, 1
pytestmark = pytest.mark.published
in_both = pytest.mark.parametrize("locale", ["fr", "en"], indirect=True)


def sent(env: simcord.Env) -> list[list[dict[str, Any]]]:
    """Every list of commands that Discord was sent."""
    return [request.json or [] for request in env.http_requests if request.method == "PUT"]


@pytest.fixture
def commands(env: simcord.Env) -> list[dict[str, Any]]:
    return [command for command in sent(env)[0] if command["type"] == TYPED]


@pytest.fixture
def menus(env: simcord.Env) -> list[dict[str, Any]]:
    return [command for command in sent(env)[0] if command["type"] != TYPED]


@pytest.fixture(scope="session")
def clients(languages: Mapping[str, Language]) -> set[str]:
    """The languages of Discord's clients that we speak."""
    return {locale.value for locale in discord.Locale if locale.value.split("-")[0] in languages}


def all_below(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every command, subcommand and option."""
    for node in nodes:
        yield node
        yield from all_below(node.get("options", []))


def options(commands: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in all_below(commands):
        yield from (below for below in node.get("options", []) if below["type"] not in (SUBCOMMAND, GROUP))


def choices(commands: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for option in options(commands):
        yield from option.get("choices", [])


def named(nodes: list[dict[str, Any]], *path: str) -> dict[str, Any]:
    """The command, option or choice that one gets to by these names."""
    (node,) = [each for each in nodes if each["name"] == path[0]]
    return named(node["options"], *path[1:]) if path[1:] else node


@in_both
def test_every_description_is_in_the_language_of_the_client(
    commands: list[dict[str, Any]], clients: set[str], locale: str
) -> None:
    assert {"fr", "en-US", "en-GB"} <= clients
    for node in all_below(commands):
        said = node["description_localizations"]
        assert set(said) == clients, node["name"]
        assert node["description"] in {text for client, text in said.items() if client.split("-")[0] == locale}


@in_both
def test_the_names_that_are_chosen_are_in_the_language_of_the_client(
    commands: list[dict[str, Any]], menus: list[dict[str, Any]], clients: set[str], locale: str
) -> None:
    for node in (*menus, *choices(commands)):
        said = node["name_localizations"]
        assert set(said) == clients, node["name"]
        assert node["name"] in {text for client, text in said.items() if client.split("-")[0] == locale}
    for option in options(commands):
        assert set(option["name_localizations"]) == clients, option["name"]
        assert option["name"].isascii(), "the name in the code"


def test_the_names_of_commands_are_what_is_typed_in_every_language(commands: list[dict[str, Any]]) -> None:
    for node in all_below(commands):
        if node["type"] in (SUBCOMMAND, GROUP):
            assert not node["name_localizations"]


def test_the_texts_are_those_of_the_language(commands: list[dict[str, Any]], menus: list[dict[str, Any]]) -> None:
    number = named(commands, "del", "number")
    on, off = named(commands, "responding", "value")["choices"]
    menu = named(menus, "Encourager")["name_localizations"]

    assert number["name_localizations"]["fr"] == "numéro"
    assert number["description_localizations"]["en-GB"].startswith("The number of the message")
    assert (on["value"], on["name"], on["name_localizations"]["en-US"]) == ("on", "activer", "on")
    assert (off["value"], off["name"], off["name_localizations"]["en-US"]) == ("off", "désactiver", "off")
    assert (menu["fr"], menu["en-US"], menu["en-GB"]) == ("Encourager", "Encourage", "Encourage")


def test_discord_takes_every_text(commands: list[dict[str, Any]], menus: list[dict[str, Any]]) -> None:
    """The limits of https://discord.com/developers/docs/interactions/application-commands."""
    for node in all_below(commands):
        assert all(1 <= len(text) <= 100 for text in every(node, "description")), node["name"]
        for name in every(node, "name"):
            assert re.fullmatch(r"[\w'-]{1,32}", name), name
            assert name == name.lower()
    for menu in menus:
        assert all(1 <= len(name) <= 32 for name in every(menu, "name"))
    for choice in choices(commands):
        assert all(1 <= len(name) <= 100 for name in every(choice, "name"))
    for command in commands:
        assert size(command) <= 8_000, command["name"]


def test_discord_takes_every_list(commands: list[dict[str, Any]], clients: set[str]) -> None:
    for node in all_below(commands):
        below = node.get("options", [])
        assert len(below) <= 25
        for client in clients:
            names = [each["name_localizations"].get(client, each["name"]) for each in below]
            assert len(names) == len(set(names)), f"two options of {node['name']} have one name in {client}"
    for option in options(commands):
        assert len(option.get("choices", [])) <= 25
        assert not (option.get("choices") and option.get("autocomplete"))


def every(node: dict[str, Any], field: str) -> list[str]:
    """A text in all the languages it has."""
    return [node.get(field, ""), *node.get(f"{field}_localizations", {}).values()]


def size(node: dict[str, Any]) -> int:
    """The characters that Discord counts of a command: of each text, those of the longest language."""
    longest = (max(map(len, every(node, field))) for field in ("name", "description"))
    below = (*node.get("options", []), *node.get("choices", []))
    return sum(longest) + len(str(node.get("value", ""))) + sum(map(size, below))


async def test_a_choice_is_read_as_its_value(server: Server) -> None:
    result = await server.admin.slash(server.channel, "responding", value="off")

    assert shown(result.response) == "Réponse désactivée."


async def test_commands_are_sent_again_only_when_they_have_changed(
    env: simcord.Env, services: Services, texts: Texts, settings: Settings
) -> None:
    for locale, times in (("fr", 1), ("en", 2), ("en", 2), ("fr", 3)):
        bot = make_bot(replace(settings, locale=locale), services, texts, Health())
        await env.restart_bot(bot)
        await slash.publish(bot.tree, bot.texts, bot.services.published_commands)

        assert len(sent(env)) == times


async def test_a_translation_is_a_change(
    env: simcord.Env, bot: EncourageBot, languages: Mapping[str, Language]
) -> None:
    english = languages["en"]
    changed = replace(english, texts={**english.texts, "commands.hello.summary": "Says hi."})
    bot.texts = Texts({**languages, "en": changed})
    await slash.publish(bot.tree, bot.texts, bot.services.published_commands)

    assert named(sent(env)[-1], "hello")["description_localizations"]["en-US"] == "Says hi."
    assert len(sent(env)) == 2


@pytest.fixture
async def unpublished(env: simcord.Env, bot: EncourageBot, services: Services) -> EncourageBot:
    """The bot as if its commands had just changed."""
    await services.published_commands.record("what was sent once", {})
    return bot


class Pauses(list[float]):
    """Notes how long each pause would be, and runs `meanwhile` instead."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)
        self._meanwhile()


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_commands_that_discord_refuses_are_sent_later(
    env: simcord.Env, unpublished: EncourageBot, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    env.inject_error("PUT", "/applications/*/commands", status=status, times=2)
    pauses = Pauses()
    await publish_commands(unpublished, sleep=pauses.sleep)
    await publish_commands(unpublished, sleep=pauses.sleep)

    assert pauses == [FIRST_PUBLISH_RETRY_SECONDS, 2 * FIRST_PUBLISH_RETRY_SECONDS]
    assert len(sent(env)) == 4, "the first start, two refusals, and the one that worked"
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [str(status) in record.getMessage() for record in warnings] == [True, True]
    assert not any(record.exc_info for record in warnings)


@pytest.mark.parametrize("error", [OSError("no route"), TimeoutError(), aiohttp.ServerDisconnectedError()])
async def test_a_network_that_fails_is_tried_again_ever_more_rarely(
    unpublished: EncourageBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    failures = iter([error] * 9)
    send = unpublished.tree.sync

    async def sync() -> object:
        for failure in failures:
            raise failure
        return await send()

    monkeypatch.setattr(unpublished.tree, "sync", sync)
    pauses = Pauses()
    await publish_commands(unpublished, sleep=pauses.sleep)

    assert pauses[0] == FIRST_PUBLISH_RETRY_SECONDS
    assert pauses[-1] == LONGEST_PUBLISH_RETRY_SECONDS == max(pauses)
    assert [record.levelno for record in caplog.records if "slash commands could not" in record.message] == [
        logging.WARNING
    ] * 9


async def test_a_mistake_in_the_commands_is_an_error_and_tried_again_slowly(
    env: simcord.Env, unpublished: EncourageBot, caplog: pytest.LogCaptureFixture
) -> None:
    env.inject_error("PUT", "/applications/*/commands", status=400, code=50035, message="Invalid Form Body")
    pauses = Pauses()
    await publish_commands(unpublished, sleep=pauses.sleep)

    assert pauses == [LONGEST_PUBLISH_RETRY_SECONDS]
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "\n" not in record.getMessage()


async def test_a_database_that_fails_is_tried_again(
    unpublished: EncourageBot,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        pauses = Pauses(lambda: other.execute("ROLLBACK"))
        await publish_commands(unpublished, sleep=pauses.sleep)
        await publish_commands(unpublished, sleep=pauses.sleep)

    assert pauses == [FIRST_PUBLISH_RETRY_SECONDS]
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [(record.levelname, record.exc_info) for record in told] == [("ERROR", None), ("WARNING", None)]
    assert all("locked" in record.getMessage() for record in told)


async def test_an_error_that_nobody_foresaw_does_not_end_the_tries(
    unpublished: EncourageBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(unpublished, "texts", None)
        pauses = Pauses(broken.undo)
        await publish_commands(unpublished, sleep=pauses.sleep)

    assert pauses == [FIRST_PUBLISH_RETRY_SECONDS]
    assert "Traceback" in caplog.text
