"""What `test_new_setting.py` runs in a copy of the program that has a setting `confetti`, off at first, and others."""

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


async def test_a_second_setting_of_each_kind_is_told_changed_and_kept_as_itself(
    server: Server, services: Services
) -> None:
    mention = f"<#{server.channel.id}>"
    other = server.guild.create_text_channel("ailleurs")
    for typed, told in (
        ("motto", "I have no motto."),
        ("motto *hi*", r"My motto is \*hi\*."),
        ("motto trop long pour ça", "Write a motto, such as `$motto hi`."),
        ("delay", "I wait 7 s."),
        ("delay 60", "I wait 1 min."),
        ("delay 101", "Write how many seconds, such as `$delay 5`."),
        ("delay 1_0", "Write how many seconds, such as `$delay 5`."),
        ("garden", "I have no garden."),
        (f"garden {mention}", f"My garden is {mention}."),
        (f"garden <#{other.id}>", "One garden is enough."),
    ):
        assert await server.ask(server.admin, f"${typed}") == told

    await services.preferences.drop_all()
    scope = Scope(Platform.DISCORD, server.guild.id)
    exported = json.loads(await services.transfer.export(scope))["settings"]
    assert (exported["motto"], exported["delay"]) == ("*hi*", 60)
    assert (exported["garden"], exported["silence"]) == ([str(server.channel.id)], [])


async def test_a_second_setting_of_each_kind_has_its_own_box_and_comes_in_a_file(server: Server) -> None:
    other = server.guild.create_text_channel("ailleurs")
    settings = {"motto": "hi", "delay": 9, "garden": [str(server.channel.id)], "silence": ["4711", "4712"]}

    answer = await attached(server, content(settings=settings))

    assert "- Motto : par défaut → hi\n- Delay : 7 s → 9 s\n- Garden : 0 → 1\n" in answer
    assert answer.endswith("- 2 salons d'un autre serveur, laissés de côté")
    await server.admin.click(server.answers()[-1], label="Importer")
    assert await attached(server, content(settings={"garden": [str(other.id)]})) == "That would make 2 gardens."
    for wrong in ({"motto": "é"}, {"delay": 101}, {"delay": "9"}, {"delay": True}):
        assert (await attached(server, content(settings=wrong))).startswith("Ligne" if "delay" in wrong else "Line")

    _, message = await open_panel(server)
    for name, before, typed, told in (
        ("motto", "hi", "ho", "My motto is ho."),
        ("motto", "ho", "", "I have no motto."),
        ("delay", "9", "61", "I wait 1 min 1 s."),
    ):
        box = await server.admin.click(message, custom_id=f"settings:{name}")
        assert box.modal is not None
        (label,) = box.modal["components"]
        assert label["component"].get("value", "") == before
        result = await server.admin.submit_modal(box, {f"{name}.label": typed})
        assert told in words(result)


async def test_telegram_has_it_too(telegram: FakeTelegram) -> None:
    assert await telegram.say("/confetti on") == "Confetti is on."
    assert "Confetti" in await telegram.say("/settings")

    await telegram.deliver(telegram.click("settings:confetti:off", telegram.private()))

    assert await telegram.say("/confetti") == "Confetti is off."
    assert await telegram.say("/motto a *b*") == "My motto is a *b*."
    assert await telegram.say("/delay 60") == "I wait 1 min."
    assert await telegram.say("/delay 60 60") == "Write how many seconds, such as /delay 5."
