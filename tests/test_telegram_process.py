"""The real process on Telegram: `python -m bot telegram` against a Bot API on loopback."""

import re
from pathlib import Path

from tests.fake_telegram import SECRET, TOKEN, WEBHOOK_URL, FakeTelegram
from tests.processes import Process, environment, running
from tests.sites import ask


def variables(fake: FakeTelegram, folder: Path, **more: str) -> dict[str, str]:
    given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_SECRET": SECRET, "TELEGRAM_WEBHOOK_URL": WEBHOOK_URL}
    return environment(None, folder, TELEGRAM_API_URL=fake.api_url) | given | more


async def address_of(started: Process) -> str:
    line = await started.line_with("status page")
    return f"http://127.0.0.1:{re.findall(r':([0-9]+)/', line)[0]}"


async def test_it_is_told_what_happens_and_answers(telegram_server: FakeTelegram, tmp_path: Path) -> None:
    async with running(variables(telegram_server, tmp_path, TOKEN=""), tmp_path, "telegram") as started:
        site = await address_of(started)
        telegram_server.address = f"{site}/telegram"
        await telegram_server.wait_for("setMyCommands", 3)
        answer = await telegram_server.say("/hello")
        ready = await ask(f"{site}/readyz")
        code, seconds = await started.stop()

    assert answer == "Bonjour !"
    assert ready.status == 200
    assert (code, seconds < 5) == (0, True)
    (webhook,) = telegram_server.sent("setWebhook")
    assert (webhook["url"], webhook["secret_token"]) == (WEBHOOK_URL, SECRET)
    assert webhook["allowed_updates"] == ["message", "callback_query", "my_chat_member"]
    assert "Traceback" not in "\n".join(started.lines)
    assert TOKEN not in "\n".join(started.lines)
    assert SECRET not in "\n".join(started.lines)
