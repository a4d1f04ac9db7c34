"""`$export` and `$import`: what a server has goes to another one or comes back, all of it or nothing."""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import aiohttp
import discord
import pytest
import simcord

from bot.config import Settings
from bot.errors import UserError
from bot.languages import Language
from bot.models import Author, Contributors, Encouragement, Platform, QuoteSource, Scope, StartersUse, Trigger
from bot.services import Services
from bot.services.encouragements import MAX_LENGTH, MAX_PER_SCOPE
from bot.services.files.server_file import ServerFile, write
from bot.services.files.transfer import ImportPlan
from bot.services.settings.daily import Daily
from bot.services.settings.kinds import Pauses, expect_room
from bot.services.settings.table import MOST_SILENCED, SETTINGS, ScopePreferences
from bot.services.settings.word_lists import MOST_WORDS, Words
from bot.storage.sql import SQLStorage
from bot.wiring import open_services
from cogs.transfer import MEGABYTES
from tests.conftest import Server, make_server, shown

HERE = Scope(Platform.DISCORD, 1)
THERE = Scope(Platform.DISCORD, 2)
CAMILLE = Author(5, "Camille")
SACHA = Author(6, "Sacha")
CHANNELS = frozenset({11, 12, 13})
in_english = pytest.mark.parametrize("locale", ["en"], indirect=True)


def content(**sections: object) -> bytes:
    """A file with these sections."""
    return json.dumps({"format": "encourage-bot", "version": 2, **sections}, indent=2).encode()


def messages(*texts: str) -> list[dict[str, str]]:
    return [{"text": text} for text in texts]


async def taken(services: Services, data: bytes, *, scope: Scope = HERE) -> ImportPlan:
    """Import a file as Sacha; return what was done."""
    file = await services.transfer.read(data)
    return await services.transfer.import_file(scope, file, author=SACHA, channels=CHANNELS)


async def texts_of(services: Services, scope: Scope = HERE) -> list[str]:
    return [kept.text for kept in await services.encouragements.list(scope)]


async def state_of(services: Services, scope: Scope = HERE) -> tuple[list[str], ScopePreferences]:
    return await texts_of(services, scope), await services.preferences.get(scope)


# The rules


async def test_what_one_server_exports_another_takes_whole(
    services: Services, settings: Settings, languages: Mapping[str, Language]
) -> None:
    chosen = ScopePreferences(
        responding=False,
        helplines=False,
        country="BE",
        language="en",
        prefix="🐧!",
        triggers=Trigger.ANY,
        contributors=Contributors.APPROVAL,
        links=True,
        role=min(CHANNELS),
        notices=min(CHANNELS),
        daily=Daily(min(CHANNELS), 540),
        timezone="Europe/Paris",
        starters=StartersUse.OFF,
        quotes=QuoteSource.BUNDLED,
        cooldown=Pauses(member=0, channel=86_400),
        silence=CHANNELS,
        words=Words(sad=("seum", "Au fond", "😢"), ignored=('l\'"été"',)),
    )
    assert all(getattr(chosen, name) != row.default for name, row in SETTINGS.items())
    await services.preferences.update(HERE, lambda _before: chosen)
    for text in ("Été 🌻\nsur deux lignes", 'des "guillemets" et \\', "\x01\u2028e\u0301", "x" * MAX_LENGTH):
        await services.encouragements.add(HERE, author=CAMILLE, text=text)

    await taken(services, await services.transfer.export(HERE), scope=THERE)

    assert await state_of(services, THERE) == await state_of(services, HERE)
    async with open_services(settings, languages) as again:
        assert await state_of(again, THERE) == await state_of(services, HERE)


async def test_a_second_import_changes_nothing(services: Services) -> None:
    data = content(messages=messages("un", "deux"), settings={"words": {"sad": ["seum"]}, "silence": ["11", "99"]})
    await taken(services, data)
    before = await state_of(services)

    plan = await services.transfer.plan(HERE, await services.transfer.read(data), channels=CHANNELS)
    again = await taken(services, data)

    assert plan == again
    assert plan.changes_nothing
    assert (plan.known_messages, plan.known_words, plan.channels_left_out) == (2, 1, 1)
    assert await state_of(services) == before


async def test_an_export_names_nobody_and_leaves_pending_messages_out(services: Services) -> None:
    await services.encouragements.add(HERE, author=CAMILLE, text="Courage")
    await services.preferences.change(HERE, contributors=Contributors.APPROVAL)
    await services.encouragements.add(HERE, author=SACHA, text="en attente")

    data = await services.transfer.export(HERE)

    assert b"Courage" in data
    for absent in (b"Camille", b"Sacha", b"en attente", b"author"):
        assert absent not in data


async def test_imported_messages_count_as_added_by_who_imports_under_the_next_numbers(services: Services) -> None:
    await services.encouragements.add(HERE, author=CAMILLE, text="un")
    before = datetime.now(UTC)

    await taken(services, content(messages=messages("deux", " UN ", "trois")))

    one, two, three = await services.encouragements.list(HERE)
    assert (one.number, one.text, one.author) == (1, "un", CAMILLE)
    assert [(kept.number, kept.text, kept.author) for kept in (two, three)] == [(2, "deux", SACHA), (3, "trois", SACHA)]
    assert before <= two.created_at <= datetime.now(UTC)
    assert two.created_at == three.created_at


async def test_words_are_merged_whatever_their_case_and_spacing_and_keep_their_list(services: Services) -> None:
    await services.preferences.change(HERE, words=Words(sad=("seum",), ignored=("au fond",)))

    plan = await taken(
        services, content(settings={"words": {"sad": ["SEUM", "Au  fond", "triste"], "ignored": ["été"]}})
    )

    assert (plan.new_words, plan.known_words) == (2, 2)
    words = (await services.preferences.get(HERE)).words
    assert words == Words(sad=("seum", "triste"), ignored=("au fond", "été"))


async def test_settings_that_a_file_does_not_name_stay(services: Services) -> None:
    chosen = await services.preferences.change(HERE, prefix="!", country="BE", words=Words(sad=("seum",)))

    await taken(services, content(messages=messages("un")))
    assert await state_of(services) == (["un"], chosen)

    plan = await taken(services, content(settings={"prefix": None, "responding": False}))
    after = await services.preferences.get(HERE)
    assert after == ScopePreferences(responding=False, country="BE", words=Words(sad=("seum",)))
    assert (plan.before, plan.after) == (chosen, after)


async def test_channels_are_added_to_those_that_are_silent_and_strangers_left_out(services: Services) -> None:
    await services.preferences.change(HERE, silence=frozenset({11, 77}))

    plan = await taken(services, content(settings={"silence": ["12", "77", "98", "99"]}))

    assert plan.channels_left_out == 2
    assert (await services.preferences.get(HERE)).silence == {11, 12, 77}


async def test_an_older_list_comes_back_without_what_must_not_be_said(services: Services) -> None:
    data = content(messages=messages("un", "va mourir", "discord.gg/abc", "je veux mourir"))

    plan = await taken(services, data)
    again = await taken(services, data)

    assert await texts_of(services) == ["un"]
    assert (plan.new_messages, plan.known_messages, plan.messages_left_out) == (1, 0, 3)
    assert (again.changes_nothing, again.known_messages, again.messages_left_out) == (True, 1, 3)


async def refused(services: Services, data: bytes, *, channels: frozenset[int] = CHANNELS) -> UserError:
    """The refusal of a file that is right in itself, once before and once at the import."""
    file = await services.transfer.read(data)
    before = await state_of(services)
    with pytest.raises(UserError) as at_plan:
        await services.transfer.plan(HERE, file, channels=channels)
    with pytest.raises(UserError) as at_import:
        await services.transfer.import_file(HERE, file, author=SACHA, channels=channels)
    assert (at_plan.value.key, at_plan.value.params) == (at_import.value.key, at_import.value.params)
    assert await state_of(services) == before
    return at_plan.value


async def test_more_messages_than_there_is_room_for_are_refused(services: Services) -> None:
    await taken(services, content(messages=messages(*map(str, range(MAX_PER_SCOPE - 1)))))

    refusal = await refused(services, content(messages=messages("0", "a", "b", "c"), settings={"prefix": "!"}))

    assert refusal.key == "transfer.messages_full"
    assert refusal.params == {"total": MAX_PER_SCOPE + 2, "limit": MAX_PER_SCOPE, "excess": 2}
    assert (await taken(services, content(messages=messages("0", "a")))).new_messages == 1


async def test_more_words_than_there_is_room_for_are_refused(services: Services) -> None:
    lists = {"sad": [f"sad{n}" for n in range(100)], "ignored": [f"never{n}" for n in range(99)]}
    await taken(services, content(settings={"words": lists}))

    refusal = await refused(services, content(settings={"words": {"sad": ["seum"], "ignored": ["cafard", "sad1"]}}))

    assert refusal.key == "transfer.words_full"
    assert refusal.params == {"total": MOST_WORDS + 1, "limit": MOST_WORDS, "excess": 1}


async def test_more_silent_channels_than_there_is_room_for_are_refused(services: Services) -> None:
    await services.preferences.change(HERE, silence=frozenset(range(1_000, 1_000 + MOST_SILENCED - 1)))

    refusal = await refused(services, content(settings={"silence": ["11", "12"]}))

    assert refusal.key == "settings.silence.no_room"
    assert refusal.params == {"total": MOST_SILENCED + 1, "limit": MOST_SILENCED, "excess": 1}


async def test_room_that_goes_during_the_import_is_said_and_nothing_changes(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await taken(services, content(messages=messages(*map(str, range(MAX_PER_SCOPE)))))
    before = await state_of(services)

    async def nothing_yet(_scope: Scope) -> set[str]:
        return set()

    monkeypatch.setattr(services.transfer._storage, "list_keys", nothing_yet)
    with pytest.raises(UserError) as refusal:
        await taken(services, content(messages=messages("a"), settings={"prefix": "!"}))

    assert refusal.value.key == "new.full"
    assert await state_of(services) == before


def test_what_is_over_a_limit_already_may_stay_but_not_grow() -> None:
    expect_room("transfer.words_full", before=30, after=30, limit=25)

    with pytest.raises(UserError) as refusal:
        expect_room("transfer.words_full", before=30, after=31, limit=25)
    assert refusal.value.params == {"total": 31, "limit": 25, "excess": 6}


async def test_what_was_added_since_the_summary_is_no_duplicate(services: Services) -> None:
    file = await services.transfer.read(content(messages=messages("un", "deux"), settings={"words": {"sad": ["seum"]}}))
    assert (await services.transfer.plan(HERE, file, channels=CHANNELS)).new_messages == 2
    await services.encouragements.add(HERE, author=CAMILLE, text="Deux")
    await services.preferences.change(HERE, prefix="!", words=Words(sad=("Seum",)))

    plan = await services.transfer.import_file(HERE, file, author=SACHA, channels=CHANNELS)

    assert (plan.new_messages, plan.known_messages, plan.new_words, plan.known_words) == (1, 1, 0, 1)
    assert await texts_of(services) == ["Deux", "un"]
    assert await services.preferences.get(HERE) == ScopePreferences(prefix="!", words=Words(sad=("Seum",)))


async def test_imports_and_changes_at_once_lose_nothing(services: Services) -> None:
    files = [
        await services.transfer.read(
            content(messages=messages("un", f"message {n}"), settings={"words": {"sad": [f"mot {n}"]}})
        )
        for n in range(10)
    ]
    await asyncio.gather(
        *(services.transfer.import_file(HERE, file, author=SACHA, channels=CHANNELS) for file in files),
        services.encouragements.add(HERE, author=CAMILLE, text="Courage"),
        services.preferences.change(HERE, prefix="!"),
    )

    texts, preferences = await state_of(services)
    assert sorted(texts) == sorted(["Courage", "un", *(f"message {n}" for n in range(10))])
    assert sorted(preferences.words.sad) == [f"mot {n}" for n in range(10)]
    assert preferences.prefix == "!"


async def test_a_failing_storage_changes_neither_the_disk_nor_the_memory(
    services: Services, settings: Settings, languages: Mapping[str, Language]
) -> None:
    await services.encouragements.add(HERE, author=CAMILLE, text="un")
    before = await state_of(services)
    await services.transfer._storage._database.connection.execute(  # type: ignore[attr-defined]
        "CREATE TEMP TRIGGER t AFTER INSERT ON encouragements WHEN new.number = 3"
        " BEGIN SELECT raise(FAIL, 'the disk is on fire'); END"
    )

    with pytest.raises(sqlite3.DatabaseError):
        await taken(services, content(messages=messages("deux", "trois"), settings={"prefix": "!"}))

    assert await state_of(services) == before
    async with open_services(settings, languages) as again:
        assert await state_of(again) == before


def test_the_largest_export_is_small_enough_to_import() -> None:
    text = "\x01" * MAX_LENGTH
    data = write(
        [Encouragement(number, text, CAMILLE, datetime.now(UTC)) for number in range(MAX_PER_SCOPE)],
        ScopePreferences(words=Words(sad=("\x01" * 50,) * MOST_WORDS), silence=frozenset(range(2**62, 2**62 + 100))),
        now=datetime.now(UTC),
    )

    assert len(data) <= MEGABYTES * 1_000_000


# The commands

FILE = content(
    messages=messages("Tu vas y arriver.", "On est là."),
    settings={"responding": False, "words": {"sad": ["seum"]}},
)


async def attached(server: Server, data: bytes, *, who: simcord.MemberActor | None = None) -> str:
    """What the bot says to `$import` with a file."""
    before = len(server.answers())
    await (who or server.admin).send(server.channel, "$import", attachments=[("encourage-bot-server.json", data)])
    return "\n".join(map(shown, server.answers()[before:]))


async def exported(message: discord.Message | simcord.ResponseMessage | None) -> dict[str, Any]:
    assert message is not None
    (attachment,) = message.attachments
    assert attachment.filename == "encourage-bot-server.json"
    found: dict[str, Any] = json.loads(await attachment.read())
    return found


async def test_export_with_a_slash_is_for_the_asker_alone(server: Server) -> None:
    await server.ask(server.camille, "$new Été 🌻")
    await server.ask(server.admin, "$responding off")

    result = await server.admin.slash(server.channel, "export")

    assert result.ephemeral
    assert "`/import`" in shown(result.response)
    found = await exported(result.response)
    assert found["messages"] == [{"text": "Été 🌻"}]
    assert found["settings"]["words"] == {"sad": [], "ignored": []}
    assert found["settings"]["responding"] is False


async def test_export_typed_on_a_server_comes_in_private(server: Server) -> None:
    await server.ask(server.camille, "$new Courage")

    assert await server.ask(server.admin, "$export") == "Je te l'ai envoyé en message privé."

    found = await exported(server.admin.user.dm_channel.last_message)
    assert found["messages"] == [{"text": "Courage"}]


async def test_export_to_someone_who_takes_no_private_messages_says_what_to_do(
    env: simcord.Env, server: Server
) -> None:
    dm = server.admin.user.dm_channel
    env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007, message="Cannot send messages")

    assert "`/export`" in await server.ask(server.admin, "$export")


@pytest.mark.parametrize("text", ["$export", "$import"])
async def test_both_need_manage_server(server: Server, text: str) -> None:
    for member in (server.camille, server.moderator):
        assert "Gérer le serveur" in await server.ask(member, text)
    assert "Gérer le serveur" in await attached(server, FILE, who=server.camille)


async def test_import_without_a_file_says_how(server: Server) -> None:
    answer = await server.ask(server.admin, "$import")

    assert "`$export`" in answer
    assert "`/import`" in answer


async def test_import_shows_what_would_change_before_it_changes_anything(server: Server) -> None:
    await server.ask(server.camille, "$new tu vas y ARRIVER.")

    answer = await attached(server, FILE)

    assert answer == (
        "**Ce que ce fichier change ici**\n"
        "- 1 nouveau message, 1 déjà là\n"
        "- 1 nouveau mot, 0 déjà là\n"
        "- Réponses aux messages tristes : oui → non"
    )
    assert "On est là" not in await server.ask(server.camille, "$list")
    assert await server.ask(server.admin, "$responding") == "Réponse activée."


async def test_import_does_it_once_confirmed(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")
    await attached(server, FILE)

    await server.admin.click(server.answers()[-1], label="Importer")

    done = server.answers()[-1]
    assert done.content.startswith("**C'est importé**\n- 1 nouveau message, 1 déjà là\n")
    assert done.components == []
    listed = await server.ask(server.camille, "$list")
    assert "**1.** Tu vas y arriver. — Camille" in listed
    assert "**2.** On est là. — Alix" in listed
    assert await server.ask(server.admin, "$responding") == "Réponse désactivée."


async def test_import_cancelled_changes_nothing(server: Server) -> None:
    await attached(server, FILE)

    await server.admin.click(server.answers()[-1], label="Annuler")

    assert shown(server.answers()[-1]) == "D'accord : rien n'a été changé."
    assert server.answers()[-1].components == []
    assert "aucun message" in await server.ask(server.camille, "$list")


async def test_import_with_a_slash_is_for_the_asker_alone(server: Server) -> None:
    result = await server.admin.slash(server.channel, "import", file=("encourage-bot-server.json", FILE))
    assert result.ephemeral
    assert "2 nouveaux messages" in shown(result.response)
    assert result.response is not None

    await server.admin.click(result.response.message, label="Importer")

    assert "C'est importé" in shown(result.response)
    assert server.answers() == []
    assert "On est là. — Alix" in await server.ask(server.camille, "$list")


async def test_every_kind_of_setting_is_told_in_words(server: Server) -> None:
    settings = {
        "triggers": "any",
        "cooldown": {"member": 3600},
        "silence": [str(server.channel.id), "4711"],
        "contributors": "approval",
        "quotes": "bundled",
        "language": "en",
        "prefix": "*",
        "helplines": False,
        "country": "BE",
    }
    answer = await attached(server, content(settings=settings))

    assert answer.split("\n")[1:] == [
        "- Ce qui compte comme triste : La tristesse de la personne qui écrit"
        " → Tout mot triste, quelle que soit la personne",
        "- Pauses : 2 min / 15 s → 1 h / 15 s",
        "- Salons où je me tais : 0 → 1",
        "- Qui peut ajouter des messages : Tout le monde → Tout le monde, après accord",
        "- Citations : par défaut → Intégrées, dans la langue parlée ici",
        "- Langue : par défaut → English",
        r"- Préfixe : par défaut → \*",
        "- Lignes d'écoute : oui → non",
        "- Pays des lignes d'écoute : Tous les pays où l'on parle la langue → Belgique",
        "- 1 salon d'un autre serveur, laissé de côté",
    ]
    await server.admin.click(server.answers()[-1], label="Importer")
    assert shown(server.answers()[-1]).startswith("**Imported**\n- What counts as sad: ")


async def test_import_says_how_many_messages_it_leaves_out(server: Server) -> None:
    answer = await attached(server, content(messages=messages("Courage", "va mourir", "www.example.org")))

    assert answer.endswith(
        "- 1 nouveau message, 0 déjà là\n"
        "- 2 messages laissés de côté : ils pourraient blesser une personne triste, ou contiennent un lien"
    )
    await server.admin.click(server.answers()[-1], label="Importer")
    assert "**1.** Courage — Alix" in await server.ask(server.camille, "$list")
    only = await attached(server, content(messages=messages("va mourir")))
    assert only == (
        "Ce fichier n'apporte rien de nouveau : il n'y a rien à importer.\n"
        "- 1 message laissé de côté : il pourrait blesser une personne triste, ou contient un lien"
    )


@in_english
async def test_import_speaks_english(server: Server) -> None:
    answer = await attached(server, content(messages=messages("un", "deux", "kys")))

    assert "2 new messages, 0 already here" in answer
    assert "- 1 message left out: it could hurt somebody who is sad, or holds a link" in answer


async def test_a_file_that_brings_nothing_new_has_no_buttons(server: Server) -> None:
    await attached(server, FILE)
    await server.admin.click(server.answers()[-1], label="Importer")

    answer = await attached(server, FILE)

    assert answer.startswith("Ce fichier n'apporte rien de nouveau")
    assert "0 nouveau message, 2 déjà là" in answer
    assert server.answers()[-1].components == []


async def test_a_wrong_file_is_refused_with_its_line_and_changes_nothing(server: Server) -> None:
    answer = await attached(server, FILE.replace(b"On est l", b"x" * 1_204))

    assert answer.startswith("Ligne 9 : ce message a 1 206 caractères, et j'en garde 1 000 au plus.")
    assert server.answers()[-1].components == []
    assert "Ligne 1 : ce n'est pas du JSON" in await attached(server, b"\x89PNG".replace(b"\x89", b""))
    result = await server.admin.slash(server.channel, "import", file=("x.json", b"\xff"))
    assert result.ephemeral
    assert "UTF-8" in shown(result.response)
    assert "aucun message" in await server.ask(server.camille, "$list")


async def test_a_file_that_is_too_big_is_not_even_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.Attachment, "read", None)

    assert "4 Mo" in await attached(server, b" " * (MEGABYTES * 1_000_000 + 1))


@pytest.mark.parametrize("failure", [aiohttp.ClientError(), TimeoutError(), "404"])
async def test_a_file_that_can_not_be_reached_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch, failure: Exception | str
) -> None:
    async def fail(*_: object, **__: object) -> bytes:
        if isinstance(failure, Exception):
            raise failure
        response: Any = type("Response", (), {"status": 404, "reason": "Not Found"})()
        raise discord.NotFound(response, "gone")

    monkeypatch.setattr(discord.Attachment, "read", fail)

    assert "Je n'ai pas pu récupérer ce fichier" in await attached(server, FILE)


async def test_only_the_one_who_gave_the_file_decides(server: Server, env: simcord.Env) -> None:
    other = server.guild.add_member(env.create_user("robin"), roles=[])
    await attached(server, FILE)

    for member in (server.camille, other):
        for label in ("Importer", "Annuler"):
            result = await member.click(server.answers()[-1], label=label)
            assert result.ephemeral
            assert "la personne qui a envoyé le fichier" in shown(result.response)

    assert server.answers()[-1].components != []
    assert "aucun message" in await server.ask(server.camille, "$list")


async def test_who_may_no_longer_manage_the_server_can_not_confirm(server: Server, env: simcord.Env) -> None:
    await attached(server, FILE)
    env.backend.remove_member_role(server.guild.id, server.admin.id, server.guild.roles["Administration"].id)

    result = await server.admin.click(server.answers()[-1], label="Importer")

    assert result.ephemeral
    assert "Gérer le serveur" in shown(result.response)
    assert "aucun message" in await server.ask(server.camille, "$list")


async def test_the_buttons_go_after_three_minutes(server: Server, env: simcord.Env) -> None:
    await attached(server, FILE)
    await env.advance_time(179)
    assert server.answers()[-1].components != []

    await env.advance_time(2)

    assert server.answers()[-1].components == []


async def test_the_buttons_of_a_slash_command_go_too(server: Server, env: simcord.Env) -> None:
    result = await server.admin.slash(server.channel, "import", file=("x.json", FILE))
    assert result.response is not None
    assert result.response.components != []

    await env.advance_time(181)

    assert result.response.components == []


async def test_room_that_went_since_the_summary_is_said_and_nothing_changes(server: Server, services: Services) -> None:
    await attached(server, FILE)
    scope = Scope(Platform.DISCORD, server.guild.id)
    await services.transfer.import_file(
        scope, ServerFile({str(n): str(n) for n in range(499)}, 0, {}), author=SACHA, channels=CHANNELS
    )

    result = await server.admin.click(server.answers()[-1], label="Importer")

    (answer,) = result.followups
    assert answer.ephemeral
    assert "501 messages" in shown(answer)
    assert server.answers()[-1].components == []
    assert len(await texts_of(services, scope)) == 499
    assert await server.ask(server.admin, "$responding") == "Réponse activée."


@pytest.mark.bot_raises(kind=sqlite3.OperationalError)
async def test_a_failure_during_the_import_is_answered_and_changes_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    await attached(server, FILE)
    monkeypatch.setattr(SQLStorage, "import_scope", full)
    caplog.clear()

    result = await server.admin.click(server.answers()[-1], label="Importer")

    (answer,) = result.followups
    assert answer.ephemeral
    assert "Désolé" in shown(answer)
    assert "disk is full" in caplog.text
    assert "On est là" not in caplog.text
    assert "aucun message" in await server.ask(server.camille, "$list")


async def test_an_import_that_can_not_be_told_is_done_all_the_same(
    server: Server, env: simcord.Env, caplog: pytest.LogCaptureFixture
) -> None:
    await attached(server, FILE)
    env.inject_error("PATCH", "/webhooks/*/*/messages/@original", status=404, code=10008, message="Unknown Message")

    result = await server.admin.click(server.answers()[-1], label="Importer")

    assert shown(server.answers()[-1]).startswith("**Ce que ce fichier change ici**")
    assert result.followups == []
    assert "On est là. — Alix" in await server.ask(server.camille, "$list")


async def test_a_private_conversation_has_its_own(server: Server) -> None:
    dm = server.camille.user.dm_channel
    await server.camille.send_dm("$new Rien que pour moi")
    await server.camille.send_dm("$export")
    assert (await exported(dm.last_message))["messages"] == [{"text": "Rien que pour moi"}]

    result = await server.camille.user.slash("import", file=("encourage-bot-server.json", FILE))
    assert result.response is not None
    await server.camille.user.click(result.response.message, label="Importer")

    await server.camille.send_dm("$list")
    assert "**3.** On est là. — Camille" in shown(dm.last_message)
    assert "aucun message" in await server.ask(server.camille, "$list")


async def test_one_server_takes_what_another_gives(env: simcord.Env, server: Server) -> None:
    other = make_server(env, "Le Verger")
    await server.ask(server.camille, "$new Courage")
    result = await server.admin.slash(server.channel, "export")
    assert result.response is not None
    data = await result.response.attachments[0].read()

    await attached(other, data)
    await other.admin.click(other.answers()[-1], label="Importer")

    assert "**1.** Courage — Alix" in await other.ask(other.camille, "$list")


async def test_who_imports_can_be_forgotten(server: Server, settings: Settings) -> None:
    await attached(server, FILE)
    await server.admin.click(server.answers()[-1], label="Importer")

    await server.ask(server.admin, "$privacy forget")
    await server.admin.click(server.answers()[-1], label="Oublie-moi")

    assert "On est là. — anonyme" in await server.ask(server.camille, "$list")
    with closing(sqlite3.connect(settings.database)) as database:
        assert str(server.admin.id) not in "\n".join(database.iterdump())
