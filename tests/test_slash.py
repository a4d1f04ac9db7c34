"""Slash commands: when Discord is told of them."""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import simcord

from bot import slash
from bot.client import EncourageBot
from bot.config import Settings
from bot.health import Health
from bot.i18n import Texts
from bot.process import FIRST_PUBLISH_RETRY_SECONDS, LONGEST_PUBLISH_RETRY_SECONDS, publish_commands
from bot.services import Services
from bot.wiring import make_bot


def sent(env: simcord.Env) -> list[list[dict[str, Any]]]:
    """Every list of commands that Discord was sent."""
    return [request.json or [] for request in env.http_requests if request.method == "PUT"]


async def test_commands_are_sent_again_only_when_they_have_changed(
    env: simcord.Env, services: Services, texts: Texts, settings: Settings
) -> None:
    for locale, times in (("fr", 1), ("en", 2), ("en", 2), ("fr", 3)):
        bot = make_bot(replace(settings, locale=locale), services, texts, Health())
        await env.restart_bot(bot)
        await slash.publish(bot)

        assert len(sent(env)) == times


@pytest.fixture
async def unpublished(env: simcord.Env, bot: EncourageBot, services: Services) -> EncourageBot:
    """The bot as if its commands had just changed."""
    await services.published_commands.record("what was sent once")
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
    unpublished: EncourageBot, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def rename(table: str, new: str) -> None:
        with closing(sqlite3.connect(settings.database)) as other:
            other.execute(f"ALTER TABLE {table} RENAME TO {new}")

    rename("published_commands", "away")
    pauses = Pauses(lambda: rename("away", "published_commands"))
    await publish_commands(unpublished, sleep=pauses.sleep)
    await publish_commands(unpublished, sleep=pauses.sleep)

    assert pauses == [FIRST_PUBLISH_RETRY_SECONDS]
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "no such table" in record.getMessage()
    assert record.exc_info is None


async def test_an_error_that_nobody_foresaw_does_not_end_the_tries(
    unpublished: EncourageBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(unpublished, "services", None)
        pauses = Pauses(broken.undo)
        await publish_commands(unpublished, sleep=pauses.sleep)

    assert pauses == [FIRST_PUBLISH_RETRY_SECONDS]
    assert "Traceback" in caplog.text
