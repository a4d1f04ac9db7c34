"""What `test_new_setting.py` runs in a copy of the program that has a setting `confetti`, off by default."""

import json

from bot.models import Platform, Scope
from bot.services import Services
from bot.services.settings.table import SETTINGS
from tests.conftest import Server, shown
from tests.fake_telegram import FakeTelegram
from tests.test_settings import control, open_panel, words
from tests.test_transfer import attached, content


async def test_its_command_shows_and_changes_it(server: Server, services: Services) -> None:
    assert await server.ask(server.admin, "$confetti") == "Confetti is off."
    assert await server.ask(server.admin, "$confetti on") == "Confetti is on."

    scope = Scope(Platform.DISCORD, server.guild.id)
    assert getattr(await services.preferences.get(scope), "confetti") is True  # noqa: B009 - mypy reads the real table
    assert shown((await server.admin.slash(server.channel, "confetti", value="off")).response) == "Confetti is off."
    assert "`$confetti on`" in await server.ask(server.admin, "$confetti peut-être")
    assert "« Gérer le serveur »" in await server.ask(server.camille, "$confetti on")


async def test_it_is_kept(server: Server, services: Services) -> None:
    await server.ask(server.admin, "$confetti on")
    await services.preferences.drop_all()

    assert await server.ask(server.admin, "$confetti") == "Confetti is on."


async def test_the_panel_and_the_list_have_it(server: Server) -> None:
    result, message = await open_panel(server)
    assert "**Confetti**\nOff: I throw none." in words(result)

    result = await server.admin.click(message, custom_id="settings:confetti:on")

    assert "**Confetti**\nOn: I throw confetti." in words(result)
    assert control(result, "settings:confetti:off")["label"] == "Désactiver"
    assert "**Confetti** · `confetti`\nOn: I throw confetti." in await server.ask(server.admin, "$settings")


async def test_a_file_carries_it(server: Server, services: Services) -> None:
    assert list(SETTINGS)[1] == "confetti"
    exported = json.loads(await services.transfer.export(Scope(Platform.DISCORD, server.guild.id)))
    assert exported["settings"]["confetti"] is False

    assert "- Confetti : non → oui" in await attached(server, content(settings={"confetti": True}))
    await server.admin.click(server.answers()[-1], label="Importer")

    assert await server.ask(server.admin, "$confetti") == "Confetti is on."


async def test_telegram_has_it_too(telegram: FakeTelegram) -> None:
    assert await telegram.say("/confetti on") == "Confetti is on."
    assert "Confetti" in await telegram.say("/settings")

    await telegram.deliver(telegram.click("settings:confetti:off", telegram.private()))

    assert await telegram.say("/confetti") == "Confetti is off."
