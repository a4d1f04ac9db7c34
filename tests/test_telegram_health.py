"""Whether Telegram can deliver, as the pages and the log tell it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.background import Background
from bot.config import Settings
from bot.health import GRACE_SECONDS, Trouble
from bot.services import Services
from bot.telegram import connection
from bot.telegram.connection import Connection
from bot.text.sentences import Texts
from bot.web.metrics import Metrics
from bot.web.server import serve
from bot.web.site import Site
from bot.web.status_page import StatusPage
from bot.wiring import open_telegram
from tests.conftest import on_telegram, telegram_bot, with_plain_spaces
from tests.fake_discord import FakeDiscord
from tests.fake_telegram import USERNAME, WEBHOOK_URL, FakeTelegram
from tests.processes import run_to_the_end, running
from tests.sites import ask
from tests.test_telegram_process import address_of, variables


@pytest.fixture
async def watched(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Connection]:
    """The bot on Telegram, which asks very often how its webhook does."""
    monkeypatch.setattr(connection, "WATCH_SECONDS", 0.05)
    monkeypatch.setattr(connection, "CLOCKS_DIFFER_SECONDS", 0.0)
    async with telegram_bot(telegram_server, settings, services, texts) as running:
        yield running


async def trouble_becomes(connected: Connection, key: str | None) -> Trouble | None:
    """Wait until this is the trouble, or none is, for 10 s at most."""
    async with asyncio.timeout(10):
        while True:
            trouble = connected.health.trouble
            if (None if trouble is None else trouble.key) == key:
                return trouble
            await asyncio.sleep(0.01)


async def test_a_webhook_that_somebody_removed_is_set_again(telegram_server: FakeTelegram, watched: Connection) -> None:
    telegram_server.webhook["url"] = ""
    await telegram_server.wait_for("setWebhook", 2)

    await trouble_becomes(watched, None)
    assert telegram_server.webhook["url"] == WEBHOOK_URL
    assert watched.health.verdict().connected


async def test_a_webhook_that_leads_elsewhere_is_told_and_left_alone(
    telegram_server: FakeTelegram, watched: Connection
) -> None:
    telegram_server.webhook["url"] = "https://another.example.org/telegram"

    await trouble_becomes(watched, "status.telegram_elsewhere")
    assert not watched.health.verdict().connected
    assert len(telegram_server.sent("setWebhook")) == 1


async def test_telegrams_own_error_is_told_until_something_comes(
    telegram_server: FakeTelegram, watched: Connection
) -> None:
    failing = {"pending_update_count": 3, "last_error_date": int(time.time()), "last_error_message": "No route"}
    telegram_server.webhook |= failing

    trouble = await trouble_becomes(watched, "status.telegram_undelivered")
    assert trouble == Trouble("status.telegram_undelivered", {"reason": "No route"})
    assert watched.health.pending == 3
    await telegram_server.say("/hello")
    await trouble_becomes(watched, None)


async def test_before_the_webhook_is_set_it_is_not_ready_and_says_why(
    telegram_server: FakeTelegram, services: Services, texts: Texts, settings: Settings
) -> None:
    telegram_server.refused_methods["setWebhook"] = "Bad Request: bad webhook"
    async with (
        open_telegram(on_telegram(settings, telegram_server), services, texts) as connected,
        Background().running(connected.run_webhook, name="telegram"),
    ):
        await trouble_becomes(connected, "status.telegram_webhook_unset")

        connected.health._clock = lambda: time.monotonic() + GRACE_SECONDS
        metrics = Metrics(None, services, connected.health)
        site = Site(
            connected.health,
            services,
            Background(),
            metrics,
            texts,
            "fr",
            StatusPage(texts, "1"),
            telegram=connected.health,
        )
        async with serve(site.app(), host="127.0.0.1", port=0) as port:
            address = f"http://127.0.0.1:{port}"
            alive, ready = await ask(address), await ask(f"{address}/readyz")
            page, numbers = await ask(address, Accept="text/html"), await ask(f"{address}/metrics")
            invite = await ask(f"{address}/invite")

    assert alive.status == ready.status == page.status == 503
    assert "Bad webhook" in alive.text
    assert "Bad webhook" in ready.text
    assert "Bad webhook" in page.text
    assert "Telegram" in alive.text
    assert "Discord" not in alive.text + page.text + ready.text
    assert "encourage_telegram_connected 0.0" in numbers.text
    assert "discord" not in numbers.text
    assert invite.headers["Location"] == f"https://t.me/{USERNAME}"


async def test_a_refused_token_is_told_and_stops_no_discord(
    telegram_server: FakeTelegram, discord_server: FakeDiscord, tmp_path: Path
) -> None:
    telegram_server.refuses_token = True
    given = variables(telegram_server, tmp_path) | {
        "DISCORD_API_URL": discord_server.api_url,
        "DISCORD_GATEWAY_URL": discord_server.gateway_url,
    }
    async with running(given, tmp_path) as started:
        site = await address_of(started)
        await started.line_with("Telegram refuses the token")
        await asyncio.wait_for(discord_server.connected.wait(), 15)
        await discord_server.member_says("$hello")
        await discord_server.wait_for_posts(1)
        ready, alive = await ask(f"{site}/readyz"), await ask(site)
        code, _ = await started.stop()

    assert ready.status == 503
    assert "Telegram refuse le token" in with_plain_spaces(ready.text.encode().decode("unicode_escape"))
    assert alive.status == 200
    assert code == 0


async def test_telegram_alone_loads_nothing_of_discord_and_is_checked_without_it(
    telegram_server: FakeTelegram, tmp_path: Path
) -> None:
    hook = "import atexit, sys\natexit.register(lambda: print('loaded', 'discord' in sys.modules, flush=True))\n"
    (tmp_path / "sitecustomize.py").write_text(hook, encoding="utf-8")
    given = variables(telegram_server, tmp_path, TOKEN="", PYTHONPATH=str(tmp_path))
    async with running(given, tmp_path, "telegram") as started:
        telegram_server.address = f"{await address_of(started)}/telegram"
        await telegram_server.wait_for("setWebhook")
        assert await telegram_server.say("je suis triste")
        await started.stop()
    _, checked = await run_to_the_end(variables(telegram_server, tmp_path, TOKEN=""), tmp_path, "check")

    assert started.lines[-1] == "loaded False"
    assert "Discord" not in "\n".join(checked)
    assert with_plain_spaces(checked[-2]) == "Le bot peut démarrer sur Telegram : python -m bot telegram"
