"""The real process on Telegram: `python -m bot telegram` against a Bot API on loopback."""

import asyncio
import re
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.errors import ExitCode
from tests import PATIENCE_SECONDS
from tests.fake_discord import FakeDiscord
from tests.fake_telegram import MENUS, SACHA, SECRET, TOKEN, WEBHOOK_URL, FakeTelegram
from tests.processes import Process, beginning_with, environment, run_to_the_end, running
from tests.sites import ask

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the process is stopped by POSIX signals here")


def variables(fake: FakeTelegram, folder: Path, **more: str) -> dict[str, str]:
    given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_SECRET": SECRET, "TELEGRAM_WEBHOOK_URL": WEBHOOK_URL}
    return environment(None, folder, TELEGRAM_API_URL=fake.api_url) | given | more


async def address_of(started: Process) -> str:
    line = await started.line_with("status page")
    return f"http://127.0.0.1:{re.findall(r':([0-9]+)/', line)[0]}"


async def test_it_is_told_what_happens_and_answers(telegram_server: FakeTelegram, tmp_path: Path) -> None:
    async with running(variables(telegram_server, tmp_path, TOKEN=""), tmp_path, "telegram", afresh=True) as started:
        site = await address_of(started)
        telegram_server.address = f"{site}/telegram"
        await telegram_server.wait_for("setMyCommands", MENUS)
        answer = await telegram_server.say("/hello")
        ready = await ask(f"{site}/readyz")
        code, seconds = await started.stop()

    assert answer == "Bonjour !"
    assert ready.status == 200
    assert (code, seconds < 5) == (0, True)
    (webhook,) = telegram_server.sent("setWebhook")
    assert (webhook["url"], webhook["secret_token"]) == (WEBHOOK_URL, SECRET)
    assert webhook["allowed_updates"] == [
        *("message", "edited_message", "callback_query", "my_chat_member"),
        "inline_query",
    ]
    assert "Traceback" not in "\n".join(started.lines)
    assert TOKEN not in "\n".join(started.lines)
    assert SECRET not in "\n".join(started.lines)


async def test_both_platforms_are_served_by_one_process(
    telegram_server: FakeTelegram, discord_server: FakeDiscord, tmp_path: Path
) -> None:
    given = variables(telegram_server, tmp_path) | {
        "DISCORD_API_URL": discord_server.api_url,
        "DISCORD_GATEWAY_URL": discord_server.gateway_url,
    }
    async with running(given, tmp_path) as started:
        site = await address_of(started)
        telegram_server.address = f"{site}/telegram"
        await telegram_server.wait_for("setWebhook")
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        await discord_server.member_says("$new Sur Discord")
        await discord_server.wait_for_posts(1)
        listed = await telegram_server.say("/list")
        await telegram_server.say("/new Sur Telegram")
        await discord_server.member_says("$list")
        await discord_server.wait_for_posts(2)
        ready = await ask(f"{site}/readyz")
        page = await ask(site, Accept="text/html")
        code, seconds = await started.stop()

    assert "Sur Discord" not in listed
    assert "Sur Telegram" not in str(discord_server.posts[-1])
    assert '"telegram": true' in ready.text
    assert '"gateway": true' in ready.text
    assert "<dt>Telegram</dt><dd>connecté</dd>" in page.text
    assert (code, seconds < 5) == (0, True)


async def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_done_twice(
    telegram_server: FakeTelegram, tmp_path: Path
) -> None:
    given = variables(telegram_server, tmp_path)
    chats = telegram_server.private(), telegram_server.private(SACHA)
    sad = [telegram_server.message("je suis triste", chat) for chat in chats]
    adding = telegram_server.message("/new Courage", chats[0])
    async with running(given, tmp_path, "telegram") as started:
        telegram_server.address = f"{await address_of(started)}/telegram"
        await telegram_server.wait_for("setMyCommands", MENUS)
        telegram_server.hold(None, 30)
        posting = [asyncio.create_task(telegram_server.post(update)) for update in sad]
        await telegram_server.wait_for("sendMessage", 2)
        posting.append(asyncio.create_task(telegram_server.post(adding)))
        await asyncio.sleep(0.5)
        started.process.kill()
        lost = await asyncio.gather(*posting, return_exceptions=True)
    assert all(isinstance(answer, aiohttp.ClientError) for answer in lost)
    assert telegram_server.said() == []

    telegram_server.held, before = {}, len(telegram_server.sent("setMyCommands"))
    async with running(given, tmp_path, "telegram") as started:
        telegram_server.address = f"{await address_of(started)}/telegram"
        await telegram_server.wait_for("setMyCommands", before + MENUS)
        comforted = [said for update in sad for said in await telegram_server.deliver(update)]
        added = await telegram_server.deliver(adding)
        again = [said for update in (adding, *sad) for said in await telegram_server.deliver(update)]
        listed = await telegram_server.say("/list")
        await started.stop()

    assert len(comforted) == 2
    assert added == ["C'est fait. Je n'avais peut-être pas pu te le dire."]
    assert again == []
    assert listed.count("Courage") == 1


async def test_the_webhook_is_set_once_telegram_lets_it(telegram_server: FakeTelegram, tmp_path: Path) -> None:
    telegram_server.waits = [1, 1]
    async with running(variables(telegram_server, tmp_path), tmp_path, "telegram") as started:
        telegram_server.address = f"{await address_of(started)}/telegram"
        assert (await telegram_server.post(telegram_server.message("/hello", telegram_server.private()))).status == 503
        await telegram_server.wait_for("setMyCommands", MENUS)
        assert await telegram_server.say("/hello") == "Bonjour !"
        await started.stop()

    assert telegram_server.sent("deleteWebhook") == []


async def test_polling_asks_and_answers_in_order(telegram_server: FakeTelegram, tmp_path: Path) -> None:
    chat = telegram_server.private()
    telegram_server.pending = [telegram_server.message(text, chat) for text in ("/new Courage", "/list", "/hello")]
    given = variables(telegram_server, tmp_path, TELEGRAM_SECRET="", TELEGRAM_WEBHOOK_URL="")
    async with running(given, tmp_path, "telegram", "--poll") as started:
        await telegram_server.wait_for("sendMessage", 3)
        site = await address_of(started)
        alive = await ask(site)
        code, seconds = await started.stop()

    assert "1. Courage" in telegram_server.said()[1]
    assert telegram_server.said()[2] == "Bonjour !"
    assert [name for name, _ in telegram_server.calls][:2] == ["getMe", "deleteWebhook"]
    assert alive.status == 200
    assert (code, seconds < 5) == (0, True)


async def test_polling_goes_on_after_an_update_that_can_not_be_read(
    telegram_server: FakeTelegram, tmp_path: Path
) -> None:
    chat = telegram_server.private()
    misshapen = telegram_server.message("secret 4711", chat)
    misshapen["message"]["entities"] = [{"type": "pre", "offset": "x", "length": 1}]
    unknown = telegram_server.update(message={"text": "secret 4711"})
    telegram_server.pending = [misshapen, unknown, telegram_server.message("/hello", chat)]
    async with running(variables(telegram_server, tmp_path), tmp_path, "telegram", "--poll") as started:
        await telegram_server.wait_for("sendMessage")
        code, _ = await started.stop()

    assert telegram_server.said() == ["Bonjour !"]
    assert code == 0
    assert sum("can't be read" in line for line in started.lines) == 2
    assert "4711" not in "\n".join(started.lines)


async def test_the_webhook_can_be_deleted(telegram_server: FakeTelegram, tmp_path: Path) -> None:
    given = variables(telegram_server, tmp_path)
    code, lines = await run_to_the_end(given, tmp_path, "telegram", "--delete-webhook")

    assert (code, lines) == (0, [])
    assert len(telegram_server.sent("deleteWebhook")) == 1


async def test_a_refused_token_ends_the_start_without_being_shown(
    telegram_server: FakeTelegram, tmp_path: Path
) -> None:
    telegram_server.refuses_token = True
    for arguments in (("telegram",), ("telegram", "--poll"), ("telegram", "--delete-webhook")):
        code, lines = await run_to_the_end(variables(telegram_server, tmp_path), tmp_path, *arguments)

        assert code == ExitCode.REFUSED_TOKEN
        assert "Telegram refuse ce token" in lines[-1]
        assert TOKEN not in "\n".join(lines)


async def test_what_is_missing_is_named(telegram_server: FakeTelegram, tmp_path: Path) -> None:
    given = variables(telegram_server, tmp_path, TELEGRAM_SECRET="")
    code, lines = await run_to_the_end(given, tmp_path, "telegram")

    assert code == ExitCode.NO_TOKEN
    assert "TELEGRAM_SECRET" in lines[-1]
    assert "TELEGRAM_TOKEN" not in lines[-1]


async def test_without_a_token_a_webhook_can_not_be_removed_and_polling_is_no_way_out(
    telegram_server: FakeTelegram, tmp_path: Path
) -> None:
    given = variables(telegram_server, tmp_path, TELEGRAM_TOKEN="", LOCALE="en")
    code, lines = await run_to_the_end(given, tmp_path, "telegram", "--delete-webhook")

    assert code == ExitCode.NO_TOKEN
    assert "on the line TELEGRAM_TOKEN=" in lines[-1]
    assert "--poll" not in lines[-1]


async def test_without_the_extra_telegram_says_how_to_install_it(telegram_server: FakeTelegram, tmp_path: Path) -> None:
    hide = (
        "import sys\nfor name in [*sys.modules]:\n"
        "    if name.startswith(('telegram', 'bot.telegram')):\n        del sys.modules[name]\n"
        "sys.modules['telegram'] = None\n"
    )
    given = variables(telegram_server, tmp_path, **beginning_with(hide, tmp_path))
    for arguments in ((), ("telegram",)):
        code, lines = await run_to_the_end(given, tmp_path, *arguments)

        assert code == ExitCode.MISSING_EXTRA
        assert ".[telegram]" in lines[-1]


async def test_without_the_extra_discord_works(discord_server: FakeDiscord, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['telegram'] = None\n", encoding="utf-8")
    given = environment(discord_server, tmp_path, PYTHONPATH=str(tmp_path))
    async with running(given, tmp_path) as started:
        await asyncio.wait_for(discord_server.connected.wait(), PATIENCE_SECONDS)
        code, _ = await started.stop()

    assert code == 0
