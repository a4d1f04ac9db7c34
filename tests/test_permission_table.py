"""Who may do what, and every path to it: a command, button, box or completion that has no row here fails."""

import json
import re
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.discord.permissions import MANAGE_MESSAGES, MANAGE_SERVER
from bot.discord.views.interactive import Interactive
from bot.models import Platform, Scope
from bot.services import Services
from bot.services.settings.table import Place, shown_at
from bot.services.settings.word_lists import Words
from cogs.admin import PERMISSIONS
from tests.conftest import Server, shown

NAMES = {MANAGE_SERVER: "« Gérer le serveur »", MANAGE_MESSAGES: "« Gérer les messages »"}

# The permission that a command needs which not everybody may give, what is typed after it, and the same with `/`.
NAMED: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "settings": (MANAGE_SERVER, "", {}),
    "responding": (MANAGE_SERVER, "off", {"value": "off"}),
    "triggers": (MANAGE_SERVER, "any", {"value": "any"}),
    "cooldown": (MANAGE_SERVER, "7 7", {"member": 7, "channel": 7}),
    "silence": (MANAGE_SERVER, "#general", {}),
    "contributors": (MANAGE_SERVER, "moderators", {"value": "moderators"}),
    "quotes": (MANAGE_SERVER, "bundled", {"value": "bundled"}),
    "language": (MANAGE_SERVER, "en", {"value": "en"}),
    "prefix": (MANAGE_SERVER, "!", {"value": "!"}),
    "helplines": (MANAGE_SERVER, "off", {"value": "off"}),
    "country": (MANAGE_SERVER, "BE", {"value": "BE"}),
    "words": (MANAGE_SERVER, "", {}),
    "words add": (MANAGE_SERVER, "seum", {"word": "seum"}),
    "words ignore": (MANAGE_SERVER, "triste", {"word": "triste"}),
    "words remove": (MANAGE_SERVER, "seum", {"word": "seum"}),
    "words list": (MANAGE_SERVER, "", {}),
    "export": (MANAGE_SERVER, "", {}),
    "import": (MANAGE_SERVER, "", {}),
    "pending": (MANAGE_MESSAGES, "", {}),
}
# A setting says itself who may change it.
OF_SETTINGS: dict[str, tuple[str, str, dict[str, Any]]] = {
    name: (PERMISSIONS[row.who], "", {}) for name, row in shown_at(Place.SERVER).items()
}
PRIVILEGED = {**OF_SETTINGS, **NAMED}
# What everybody may ask for: it is about oneself, or changes nothing, or looks at each thing by itself.
FOR_EVERYBODY = {
    *("hello", "inspire", "new", "list", "edit", "del", "encourage", "test", "helpline", "help", "Encourager"),
    *("optout", "optin", "privacy", "privacy export", "privacy forget"),
}
# Buttons that outlive the message they are under, boxes, and questions; who may use them.
BY_CLICK = {
    "SettingsControl": MANAGE_SERVER,
    "PendingButton": MANAGE_MESSAGES,
    "PageButton": "the one who asked, while he or she may ask",
    "FineButton": "the one who was answered, or manage_messages",
    "HurtButton": "the one who was answered",
    "UndeleteButton": "the one who deleted",
    "ForgetAnswer": "the one who was asked",
    "DeleteAnswer": "the one who was asked, while he or she may delete",
    "OptOutButton": "the one who was answered",
    "PrivateLinesButton": "everybody",
    "Box": MANAGE_SERVER,
    "Confirmation": "the one who asked, while he or she has manage_guild",
}
# What completions show to whom.
COMPLETED = {
    ("del", "number"): "one's own messages, or all with manage_messages",
    ("edit", "number"): "one's own messages",
    ("helpline", "country"): "everybody",
    ("help", "command"): "everybody",
    ("words remove", "word"): MANAGE_SERVER,
    ("country", "value"): "everybody",
    ("language", "value"): "everybody",
    ("timezone", "value"): "everybody",
}
FILE = json.dumps({"format": "encourage-bot", "version": 2, "messages": [{"text": "Importé."}], "settings": {}})

State = Callable[[], list[str]]


@pytest.fixture
def state(settings: Settings) -> State:
    """All that is kept, to be compared."""

    def dump() -> list[str]:
        with closing(sqlite3.connect(settings.database)) as opened:
            return list(opened.iterdump())

    return dump


def everything(bot: EncourageBot) -> set[str]:
    menus = [each for kind in (2, 3) for each in bot.tree.get_commands(type=discord.AppCommandType(kind))]
    return {command.qualified_name for command in bot.walk_commands()} | {menu.name for menu in menus}


async def test_every_command_has_a_row(server: Server, bot: EncourageBot) -> None:
    assert everything(bot) == {*PRIVILEGED, *FOR_EVERYBODY}
    needed = {command.qualified_name: command.extras["needs"] for command in bot.walk_commands()}
    assert {name: needs for name, needs in needed.items() if needs} == {
        name: row[0] for name, row in PRIVILEGED.items()
    }


async def test_every_button_box_and_completion_has_a_row(server: Server, bot: EncourageBot) -> None:
    buttons = {button.__name__ for button in bot._connection._view_store._dynamic_items.values()}
    forms = {form.__name__ for form in Interactive.__subclasses__()}
    completed = {
        (command.qualified_name, parameter.name)
        for command in bot.tree.walk_commands()
        if isinstance(command, discord.app_commands.Command)
        for parameter in command.parameters
        if parameter.autocomplete
    }

    assert buttons | forms == set(BY_CLICK)
    assert completed == set(COMPLETED)


def attached(name: str) -> list[tuple[str, bytes]]:
    return [("file.json", FILE.encode())] if name == "import" else []


async def test_what_is_typed_without_the_permission_changes_nothing_and_says_which(
    server: Server, state: State
) -> None:
    await server.ask(server.camille, "$new Courage.")
    before = state()
    for name, (needs, typed, _) in PRIVILEGED.items():
        for member in (server.camille, *([server.moderator] if needs == MANAGE_SERVER else [])):
            count = len(server.answers())
            content = f"${name} {typed.replace('#general', f'<#{server.channel.id}>')}"
            await member.send(server.channel, content, attachments=attached(name))
            assert NAMES[needs] in "\n".join(map(shown, server.answers()[count:])), name
            assert state() == before, name


async def test_a_slash_command_without_the_permission_changes_nothing_and_says_which(
    server: Server, bot: EncourageBot, state: State
) -> None:
    await server.ask(server.camille, "$new Courage.")
    for command in await bot.tree.sync():
        # Discord's clients hide them, unless a server says otherwise.
        server.guild.set_command_permissions(command, {server.camille: True, server.moderator: True})
    before = state()
    for name, (needs, _, options) in PRIVILEGED.items():
        if name in ("words", "import"):
            # Of a group, only what is below it can be given; a file has a test of its own.
            continue
        for member in (server.camille, *([server.moderator] if needs == MANAGE_SERVER else [])):
            result = await member.slash(server.channel, name, **options)
            assert result.ephemeral, name
            assert NAMES[needs] in shown(result.response), name
            assert state() == before, name


async def test_bots_and_webhooks_may_nothing_whatever_they_are_allowed(
    server: Server, env: simcord.Env, state: State
) -> None:
    robot = server.guild.add_member(env.create_user("robot", bot=True), roles=[server.guild.roles["Administration"]])
    webhook = server.guild.create_webhook(server.channel)
    before, count = state(), len(server.answers())
    for name, (_, typed, _) in PRIVILEGED.items():
        await robot.send(server.channel, f"${name} {typed}", attachments=attached(name))
        await webhook.send(f"${name} {typed}")

    assert len(server.answers()) == count
    assert state() == before


async def test_in_private_everybody_decides_about_that_conversation_alone(server: Server, state: State) -> None:
    before = [line for line in state() if str(server.guild.id) in line]
    for name, (_, typed, _) in PRIVILEGED.items():
        await server.camille.send_dm(f"${name} {typed}")

    assert [line for line in state() if str(server.guild.id) in line] == before


async def test_whoever_has_the_permission_may(server: Server, bot: EncourageBot) -> None:
    """The row is that of a command which does something."""
    await server.admin.send(server.channel, "$contributors approval")
    for name, (needs, typed, _) in PRIVILEGED.items():
        member = server.admin if needs == MANAGE_SERVER else server.moderator
        count = len(server.answers())
        # Whatever the prefix has become meanwhile, and where the bot is silent.
        content = f"<@{bot.user.id if bot.user else 0}> {name} {typed.replace('#general', f'<#{server.channel.id}>')}"
        if name != "silence":
            await member.send(server.channel, content, attachments=attached(name))
            said = "\n".join(map(shown, server.answers()[count:]))
            assert said, name
            assert not re.search("Il te faut|You need", said), name


def lose(env: simcord.Env, server: Server, who: simcord.MemberActor, role: str) -> None:
    env.backend.remove_member_role(server.guild.id, who.id, server.guild.roles[role].id)


async def test_who_lost_the_permission_can_not_use_what_is_still_open(
    server: Server, services: Services, env: simcord.Env, state: State
) -> None:
    scope = Scope(Platform.DISCORD, server.guild.id)
    await services.preferences.change(scope, words=Words(sad=tuple(f"{number:050}" for number in range(200))))
    await server.ask(server.admin, "$contributors approval")
    await server.ask(server.camille, "$new Courage.")
    panel = (await server.admin.slash(server.channel, "settings")).response
    assert panel is not None
    box = await server.admin.click(panel, custom_id="settings:cooldown")
    await server.ask(server.moderator, "$pending")
    pending = server.answers()[-1]
    await server.admin.send(server.channel, "$import", attachments=attached("import"))
    question = server.answers()[-1]
    await server.ask(server.admin, "$words list")
    words = server.answers()[-1]
    lose(env, server, server.admin, "Administration")
    lose(env, server, server.moderator, "Modération")
    before = state()

    paths: list[tuple[str, Callable[[], Awaitable[simcord.InteractionResult]]]] = [
        (MANAGE_SERVER, lambda: server.admin.click(panel, custom_id="settings:responding:off")),
        (MANAGE_SERVER, lambda: server.admin.select(panel, ["any"], custom_id="settings:triggers")),
        (MANAGE_SERVER, lambda: server.admin.select(panel, [server.channel], custom_id="settings:silence")),
        (MANAGE_SERVER, lambda: server.admin.click(panel, custom_id="settings:cooldown")),
        (MANAGE_SERVER, lambda: server.admin.submit_modal(box, {"cooldown.member": "7", "cooldown.channel": "7"})),
        (MANAGE_SERVER, lambda: server.admin.click(question, label="Importer")),
        (MANAGE_SERVER, lambda: server.admin.click(words, custom_id=f"page:words:{server.admin.id}:1:next")),
        (MANAGE_MESSAGES, lambda: server.moderator.click(pending, label="Accepter")),
        (MANAGE_MESSAGES, lambda: server.moderator.click(pending, label="Refuser")),
    ]
    for needs, path in paths:
        result = await path()
        assert result.ephemeral
        assert NAMES[needs] in shown(result.response)
        assert state() == before


async def test_what_is_somebody_elses_can_not_be_clicked_or_completed(
    server: Server, state: State, env: simcord.Env
) -> None:
    await server.ask(server.camille, "$new Courage.")
    await server.ask(server.sacha, "je suis triste")
    answer = server.answers()[-1]
    before = state()
    for button in answer.components[0].children:  # type: ignore[union-attr]
        result = await server.camille.click(answer, custom_id=button.custom_id)  # type: ignore[union-attr]
        assert result.ephemeral

    assert state() == before
    assert server.answers()[-1].id == answer.id, "the answer is still there"
    assert await server.sacha.autocomplete(server.channel, "del", "number", "") == []
    assert len(await server.moderator.autocomplete(server.channel, "del", "number", "")) == 1
    assert (await server.sacha.slash(server.channel, "del", number=1)).response is not None
    assert state() == before


def test_the_rows_are_all_there_is_to_a_permission() -> None:
    """Whoever asks for a permission elsewhere adds a path: it belongs into a row above."""
    root = Path(__file__).parent.parent
    asking = {
        file.name
        for file in (*root.glob("cogs/*.py"), *root.glob("bot/discord/**/*.py"))
        if "MANAGE_" in file.read_text(encoding="utf-8")
    }

    assert asking == {
        *("permissions.py", "client.py", "pages.py", "panel.py"),
        *("admin.py", "approval.py", "encouragement.py", "transfer.py", "words.py"),
    }


async def test_the_members_of_the_role_decide_about_messages_and_nothing_else(
    server: Server, services: Services, env: simcord.Env
) -> None:
    role = server.guild.create_role("Gardiens")
    keeper = server.guild.add_member(env.create_user("gardien", global_name="Noa"), roles=[role])
    await server.ask(server.admin, "$contributors approval")
    await server.ask(server.camille, "$new Courage.")
    await server.ask(server.camille, "$new On est là.")
    assert "permission" in await server.ask(keeper, "$pending")

    assert f"<@&{role.id}>" in await server.ask(server.admin, f"$role {role.mention}")

    assert "n° 1 attend" in await server.ask(keeper, "$pending")
    pending = server.answers()[-1]
    assert (await server.sacha.click(pending, label="Accepter")).ephemeral
    await keeper.click(pending, label="Accepter")
    assert "Courage. — Camille" in await server.ask(server.sacha, "$list")
    assert "Je supprime quand même" in await server.ask(keeper, "$del 1")
    await keeper.click(server.answers()[-1], label="Supprimer")
    assert "aucun message" in await server.ask(server.sacha, "$list")
    assert "ajouté" in await server.ask(keeper, "$new Sans attendre.")
    assert "« Gérer le serveur »" in await server.ask(keeper, "$role off")
    await server.ask(server.admin, "$role off")
    assert "permission" in await server.ask(keeper, "$pending")


async def test_a_role_that_everybody_has_or_that_is_gone_decides_nothing(
    server: Server, services: Services, env: simcord.Env
) -> None:
    scope = Scope(Platform.DISCORD, server.guild.id)
    for typed in ("everyone", "personne", "on"):
        assert "`$role @rôle`" in await server.ask(server.admin, f"$role {typed}")
    assert (await services.preferences.get(scope)).role is None

    role = server.guild.create_role("Gardiens")
    await server.ask(server.admin, "$role Gardiens")
    assert (await services.preferences.get(scope)).role == role.id
    guild = env.bot.get_guild(server.guild.id)
    assert guild is not None
    known = guild.get_role(role.id)
    assert known is not None
    await known.delete()
    await env.settle()
    assert (await services.preferences.get(scope)).role is None
