"""What the people who manage a server decide, by commands and in the panel."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import discord
import pytest
import simcord

from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.discord.views import panel
from bot.health import Health
from bot.languages import Language
from bot.models import Contributors, Platform, QuoteSource, Scope, Trigger
from bot.services import Services
from bot.services.settings.kinds import Pauses
from bot.services.settings.table import MOST_SILENCED, SETTINGS, Place, ScopePreferences
from bot.services.settings.word_lists import WordLists
from bot.storage.sql import SQLStorage
from bot.text.sentences import Texts
from bot.wiring import make_bot
from tests.conftest import Client, Clock, Server, kind_word, make_server, shown, with_plain_spaces

SAD = "je suis triste"
SHOWN = [name for name, row in SETTINGS.items() if not isinstance(row.kind, WordLists)]
OF_SERVERS = [name for name in SHOWN if Place.PRIVATE not in SETTINGS[name].where]
in_english = pytest.mark.parametrize("locale", ["en"], indirect=True)


async def chosen(server: Server, services: Services) -> ScopePreferences:
    return await services.preferences.get(Scope(Platform.DISCORD, server.guild.id))


# Commands


CHOSEN = [
    ("triggers any", "triggers", Trigger.ANY, "« il est triste »"),
    ("triggers OWN", "triggers", Trigger.OWN, "pas « il est triste »"),
    ("contributors moderators", "contributors", Contributors.MODERATORS, "Gérer les messages"),
    ("contributors approval", "contributors", Contributors.APPROVAL, "`$pending`"),
    ("contributors everyone", "contributors", Contributors.EVERYONE, "Tout le monde"),
    ("quotes bundled", "quotes", QuoteSource.BUNDLED, "intégrées"),
    ("cooldown 60", "cooldown", Pauses(60, 15), "1 min"),
    ("cooldown 3661 0", "cooldown", Pauses(3661, 0), "1 h 1 min 1 s"),
    ("cooldown 60 0", "cooldown", Pauses(60, 0), "je n'attends pas"),
    ("cooldown 86400 86400", "cooldown", Pauses(86_400, 86_400), "24 h"),
    ("language fr", "language", "fr", "Français"),
    ("language Français", "language", "fr", "Français"),
    ("language en", "language", "en", "English"),
    ("country BE", "country", "BE", "Belgique"),
    ("country Royaume-Uni", "country", "GB", "Royaume-Uni"),
    ("country belgium", "country", "BE", "Belgique"),
    ("country none", "country", None, "pays où l'on parle"),
    ("prefix !", "prefix", "!", "`!`"),
    ("prefix 🐧🐧🐧🐧🐧", "prefix", "🐧🐧🐧🐧🐧", "`🐧🐧🐧🐧🐧`"),
    ("prefix ❤️", "prefix", "❤️", "`❤️`"),
    ("responding off", "responding", False, "Réponse désactivée."),
    ("helplines off", "helplines", False, "désactivées"),
]


async def test_every_setting_is_a_command(server: Server, services: Services) -> None:
    for typed, name, value, said in CHOSEN:
        answer = await server.ask(server.admin, f"${typed}")

        assert said in answer, typed
        assert getattr(await chosen(server, services), name) == value, typed
        await services.preferences.change(
            Scope(Platform.DISCORD, server.guild.id), **{name: getattr(ScopePreferences(), name)}
        )


REFUSED = [
    ("triggers everything", "$triggers own"),
    ("contributors nobody", "$contributors"),
    ("quotes twitter", "$quotes bundled"),
    ("quotes zenquotes", "ZenQuotes n'est pas disponible"),
    ("cooldown soon", "$cooldown 120"),
    ("cooldown -1", "$cooldown 120"),
    ("cooldown 86401", "$cooldown 120"),
    ("cooldown 60 99999999999999999999999", "$cooldown 120"),
    ("language klingon", "`en` (English), `fr` (Français)"),
    ("country Atlantis", "$country"),
    ("prefix toolong", "$prefix"),
    ("prefix a b", "$prefix"),
    ("prefix \u200b", "$prefix"),
    ("prefix \u3164", "$prefix"),
    ("prefix `", "$prefix"),
    ("prefix \ufe0f", "$prefix"),
    ("prefix \u0301", "$prefix"),
    ("silence nowhere", "$silence"),
]


async def test_a_value_that_can_not_be_changes_nothing_and_says_what_can(server: Server, services: Services) -> None:
    for typed, says in REFUSED:
        answer = await server.ask(server.admin, f"${typed}")

        assert says in answer, typed
        assert await chosen(server, services) == ScopePreferences(), typed


async def test_a_setting_alone_tells_how_it_is(server: Server, services: Services) -> None:
    for name in SHOWN:
        assert await server.ask(server.admin, f"${name}"), name

    assert await chosen(server, services) == ScopePreferences()


async def test_who_does_not_manage_the_server_is_told_what_it_takes(server: Server, services: Services) -> None:
    for name in ("settings", *SHOWN):
        for who in (server.camille, server.moderator):
            typed = f"${name} {'on' if name == 'helplines' else 'en on any 1'}"
            assert "« Gérer le serveur »" in await server.ask(who, typed), typed

    assert await chosen(server, services) == ScopePreferences()


async def test_settings_prints_them_all(server: Server, languages: Mapping[str, Language]) -> None:
    await server.ask(server.admin, "$cooldown 90 5")

    answer = await server.ask(server.admin, "$settings")

    for name in SHOWN:
        assert f"**{languages['fr'].texts[f'settings.{name}.title']}** · `{name}`" in answer
    assert "1 min 30 s" in answer


async def test_the_settings_of_one_server_are_not_those_of_another(server: Server, env: simcord.Env) -> None:
    other = make_server(env, "Ailleurs")
    await server.ask(server.admin, "$language en")

    assert await server.ask(server.camille, "$hello") == "Hello!"
    assert await other.ask(other.camille, "$hello") == "Bonjour !"


async def test_a_private_conversation_has_settings_of_its_own(server: Server, env: simcord.Env) -> None:
    dm = server.camille.user
    await server.camille.send_dm("$language en")
    assert "Here I speak English" in shown(dm.dm_channel.last_message)
    await server.camille.send_dm("$settings")
    printed = shown(dm.dm_channel.last_message)
    for name in OF_SERVERS:
        await server.camille.send_dm(f"${name}")
        assert "on a server" in shown(dm.dm_channel.last_message)
        assert f"`{name}`" not in printed


# What they do


async def test_the_language_is_spoken_everywhere(server: Server) -> None:
    await server.ask(server.admin, "$language en")

    assert await server.ask(server.camille, "$hello") == "Hello!"
    assert "the button" in (answer := await server.ask(server.camille, SAD)) or "this button" in answer
    assert "I keep" in await server.ask(server.camille, "$privacy")


async def test_the_prefix_replaces_the_bots_and_the_mention_always_works(server: Server, bot: EncourageBot) -> None:
    assert bot.user is not None
    await server.ask(server.admin, "$prefix !")

    assert await server.ask(server.camille, "$hello") == ""
    assert await server.ask(server.camille, "!hello") == "Bonjour !"
    assert await server.ask(server.camille, f"<@{bot.user.id}> hello") == "Bonjour !"
    assert "`!new" in await server.ask(server.camille, "!new")


async def test_a_prefix_of_letters_does_not_hide_sadness(server: Server) -> None:
    await server.ask(server.admin, "$prefix je")

    assert kind_word(await server.ask(server.camille, SAD))
    assert await server.ask(server.camille, "jehello") == "Bonjour !"


async def test_cooldowns_are_those_of_the_server(server: Server, clock: Clock) -> None:
    await server.ask(server.admin, "$cooldown 10 0")

    assert await server.ask(server.camille, SAD)
    assert await server.ask(server.sacha, SAD), "the channel has no pause any more"
    assert not await server.ask(server.camille, SAD)
    clock.advance(seconds=10)
    assert await server.ask(server.camille, SAD)


async def test_a_shorter_cooldown_counts_at_once(server: Server, clock: Clock) -> None:
    await server.ask(server.admin, "$cooldown 86400 0")
    assert await server.ask(server.camille, SAD)
    clock.advance(seconds=60)
    assert not await server.ask(server.camille, SAD)

    await server.ask(server.admin, "$cooldown 60")

    assert await server.ask(server.camille, SAD)


async def test_a_silent_channel_hears_nothing_but_danger_and_who_can_end_it(server: Server) -> None:
    answer = await server.ask(server.admin, f"$silence <#{server.channel.id}>")
    assert f"<#{server.channel.id}>" in answer

    assert not await server.ask(server.camille, SAD)
    assert not await server.ask(server.camille, "$hello")
    assert "3114" in await server.ask(server.camille, "je veux mourir")
    hello = await server.camille.slash(server.channel, "hello")
    assert hello.ephemeral
    assert shown(hello.response) == "Bonjour !"
    assert "tous les salons" in await server.ask(server.admin, f"$silence <#{server.channel.id}> off")
    assert await server.ask(server.sacha, SAD)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("helpline", "3114"), ("optout", "C'est noté"), ("optin", "C'est noté"), ("privacy", "Ce que je garde")],
)
async def test_care_for_oneself_is_answered_even_in_a_silent_channel(server: Server, typed: str, said: str) -> None:
    await server.ask(server.admin, f"$silence <#{server.channel.id}>")

    assert said in await server.ask(server.camille, f"${typed}")


async def test_an_answer_that_silence_makes_private_is_in_the_askers_language(server: Server, client: Client) -> None:
    await server.ask(server.admin, f"$silence <#{server.channel.id}>")
    client.locale = "en-GB"

    assert shown((await server.camille.slash(server.channel, "hello")).response) == "Hello!"


async def test_a_silent_channel_that_is_gone_is_forgotten(server: Server, services: Services) -> None:
    gone = server.guild.create_text_channel("éphémère")
    await server.ask(server.admin, f"$silence <#{gone.id}>")

    channel = server.env.bot.get_channel(gone.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.delete()
    await server.env.settle()

    assert (await chosen(server, services)).silence == frozenset()


@pytest.mark.bot_raises(kind=sqlite3.OperationalError)
async def test_settings_that_can_not_be_read_are_not_told_as_defaults(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.ask(server.admin, "$cooldown 7 7")
    await services.preferences.drop(Scope(Platform.DISCORD, server.guild.id))

    async def broken(*_: object) -> dict[str, object]:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(SQLStorage, "load_settings", broken)

    for command in ("settings", "cooldown", "language", "responding", "words"):
        assert "quelque chose n'a pas marché" in await server.ask(server.admin, f"${command}")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("country", "XX"),
        ("language", "xx"),
        ("prefix", "far too long"),
        ("triggers", "everything"),
        ("cooldown", {"member": 5, "channel": 5, "server": 5}),
        ("cooldown", {"member": -1, "channel": 5}),
        ("silence", ["x"]),
        ("something_else", True),
    ],
)
async def test_a_kept_value_that_is_none_any_more_is_as_if_nobody_had_chosen(
    services: Services, name: str, kept: object
) -> None:
    """Another version of the bot may have known it."""
    scope = Scope(Platform.DISCORD, 1)
    await services.preferences._storage.save_settings(scope, {name: kept, "responding": False})

    assert await services.preferences.get(scope) == ScopePreferences(responding=False)


async def test_other_channels_are_not_silenced(server: Server) -> None:
    other = server.guild.create_text_channel("ailleurs")
    await server.ask(server.admin, f"$silence <#{other.id}>")

    assert await server.ask(server.camille, SAD)
    await server.sacha.send(other, SAD)
    assert server.answers(other) == []


async def test_a_silent_channel_silences_its_threads_and_a_category_its_channels(
    server: Server, bot: EncourageBot
) -> None:
    parent = bot.get_channel(server.channel.id)
    assert isinstance(parent, discord.TextChannel)
    await parent.create_thread(name="fil", type=discord.ChannelType.public_thread)
    (thread,) = server.channel.threads
    await server.ask(server.admin, f"$silence <#{server.channel.id}>")
    await server.camille.send(thread, SAD)
    assert server.answers(thread) == []

    category = server.guild.create_category("Calme")
    quiet = server.guild.create_text_channel("tranquille", category=category)
    await server.ask(server.admin, f"$silence {category.id}")
    await server.sacha.send(quiet, SAD)
    assert server.answers(quiet) == []


async def test_at_most_25_channels_are_silent(server: Server) -> None:
    channels = [server.guild.create_text_channel(f"salon-{number}") for number in range(26)]
    for channel in channels[:-1]:
        await server.ask(server.admin, f"$silence <#{channel.id}>")

    assert "25 salons au plus" in await server.ask(server.admin, f"$silence <#{channels[-1].id}>")


async def test_the_menu_says_nothing_in_a_silent_channel(server: Server) -> None:
    message = await server.camille.send(server.channel, "coucou")
    await server.ask(server.admin, f"$silence <#{server.channel.id}>")

    result = await server.sacha.context_menu(server.channel, "Encourager", message)

    assert "Je me tais" in shown(result.response)


async def test_the_country_is_that_of_the_helplines(server: Server) -> None:
    await server.ask(server.admin, "$country Belgique")

    answer = await server.ask(server.camille, "je veux mourir")

    assert "0800 32 123" in answer
    assert "3114" not in answer


# Languages of clients


async def test_an_answer_for_one_person_is_in_that_persons_language(server: Server, client: Client) -> None:
    client.locale = "en-GB"

    assert "What I keep" in shown((await server.camille.slash(server.channel, "privacy show")).response)
    assert shown((await server.camille.slash(server.channel, "hello")).response) == "Bonjour !"
    await server.camille.send(server.channel, SAD)
    clicked = await server.camille.click(server.answers()[-1], label="Ne plus lire mes messages")
    assert "Noted" in shown(clicked.response)


async def test_a_client_in_a_language_that_is_not_spoken_gets_the_servers(server: Server, client: Client) -> None:
    client.locale = "ja"

    assert "Ce que je garde" in shown((await server.camille.slash(server.channel, "privacy show")).response)


# The panel


def nodes(components: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every component of a message, however deep."""
    for node in components:
        yield node
        yield from nodes(node.get("components", []))
        yield from nodes([node["accessory"]] if "accessory" in node else [])


def words(result: simcord.InteractionResult) -> str:
    """All the text of a panel."""
    assert result.response is not None
    contents = (node["content"] for node in nodes(result.response.components) if "content" in node)
    return with_plain_spaces("\n".join(contents))


def control(result: simcord.InteractionResult, custom_id: str) -> dict[str, Any]:
    assert result.response is not None
    (found,) = [node for node in nodes(result.response.components) if node.get("custom_id") == custom_id]
    return found


async def open_panel(
    server: Server, custom_id: str = ""
) -> tuple[simcord.InteractionResult, simcord.results.ResponseMessage]:
    """The panel, at the page that has a control."""
    *_, last = [page async for page in pages_of_panel(server, until=custom_id or "settings:responding")]
    assert last.response is not None
    return last, last.response


async def pages_of_panel(server: Server, until: str = "?") -> AsyncIterator[simcord.InteractionResult]:
    """The pages of a new panel, up to the one that has a control."""
    page = await server.admin.slash(server.channel, "settings")
    while True:
        yield page
        assert page.response is not None
        found = {str(node.get("custom_id")): node for node in nodes(page.response.components)}
        turn = [node for node in found.values() if node.get("label") in ("Page suivante", "Next page")]
        if any(id.startswith(until) for id in found) or not turn or turn[0].get("disabled"):
            return
        page = await server.admin.click(page.response, custom_id=turn[0]["custom_id"])


async def test_the_panel_is_seen_by_its_asker_alone_and_shows_every_setting(
    server: Server, languages: Mapping[str, Language]
) -> None:
    said = ""
    async for page in pages_of_panel(server):
        assert page.response is not None
        assert page.response.ephemeral
        assert len(list(nodes(page.response.components))) <= 40
        said += words(page)

    for name in SHOWN:
        assert f"**{languages['fr'].texts[f'settings.{name}.title']}**" in said


async def test_the_panel_says_each_thing_once_and_leads_to_the_words(server: Server, services: Services) -> None:
    await server.ask(server.admin, "$words add cafard")
    await server.ask(server.admin, "$silence on")
    result, message = await open_panel(server)
    said = words(result)

    assert f"<#{server.channel.id}>" not in said
    assert "Tout le monde peut ajouter" not in said
    assert "Langue parlée ici" not in said
    assert "1 mot que je lis comme triste" in said
    shown_words = await server.admin.click(message, custom_id="settings-words")
    assert shown_words.ephemeral
    assert "cafard" in shown(shown_words.response)


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_panel_fits_in_every_language(server: Server, client: Client, language: str) -> None:
    client.locale = language
    for name in ("triggers any", "contributors approval", "country GB", "cooldown 86399 86399", "helplines off"):
        await server.ask(server.admin, f"${name}")
    for number in range(MOST_SILENCED):
        await server.ask(server.admin, f"$silence {server.guild.create_text_channel(f'salon-{number}').mention}")

    async for page in pages_of_panel(server):
        assert page.response is not None
        assert len(words(page)) <= 4_000
        for node in nodes(page.response.components):
            for option in node.get("options", []):
                assert len(option["label"]) <= 100
                assert len(option.get("description") or "") <= 100


async def test_the_panel_speaks_the_askers_language(server: Server, client: Client) -> None:
    client.locale = "en-US"

    result, _ = await open_panel(server)

    assert "Who may add messages" in words(result)
    assert "Its members can approve messages" in words(result)


@pytest.mark.parametrize(
    ("custom_id", "value", "name", "expected", "effect"),
    [
        ("settings:triggers", "any", "triggers", Trigger.ANY, "« il est triste »"),
        ("settings:contributors", "approval", "contributors", Contributors.APPROVAL, "`/pending`"),
        ("settings:language", "en", "language", "en", "English"),
    ],
)
async def test_a_menu_saves_at_once_and_shows_its_effect(
    server: Server, services: Services, custom_id: str, value: str, name: str, expected: object, effect: str
) -> None:
    _, message = await open_panel(server, custom_id)

    result = await server.admin.select(message, [value], custom_id=custom_id)

    assert getattr(await chosen(server, services), name) == expected
    assert "✓ Enregistré." in words(result)
    assert effect in words(result).split("✓")[1]
    (option,) = [option for option in control(result, custom_id)["options"] if option.get("default")]
    assert option["value"] == value


@pytest.mark.parametrize("name", ["responding", "helplines"])
async def test_a_switch_turns_off_and_on_again(server: Server, services: Services, name: str) -> None:
    _, message = await open_panel(server, f"settings:{name}:off")

    off = await server.admin.click(message, custom_id=f"settings:{name}:off")
    assert not getattr(await chosen(server, services), name)
    assert control(off, f"settings:{name}:on")["label"] == "Activer"

    on = await server.admin.click(message, custom_id=f"settings:{name}:on")
    assert getattr(await chosen(server, services), name)
    assert control(on, f"settings:{name}:off")["label"] == "Désactiver"


async def test_silent_channels_are_chosen_in_a_menu(server: Server, services: Services) -> None:
    other = server.guild.create_text_channel("ailleurs")
    _, message = await open_panel(server, "settings:silence")

    result = await server.admin.select(message, [server.channel, other], custom_id="settings:silence")
    assert (await chosen(server, services)).silence == {server.channel.id, other.id}
    defaults = control(result, "settings:silence")["default_values"]
    assert {int(each["id"]) for each in defaults} == {server.channel.id, other.id}

    await server.admin.select(message, [], custom_id="settings:silence")
    assert (await chosen(server, services)).silence == frozenset()


async def test_pauses_the_prefix_and_the_country_are_typed_in_a_box(server: Server, services: Services) -> None:
    _, message = await open_panel(server, "settings:cooldown")

    box = await server.admin.click(message, custom_id="settings:cooldown")
    result = await server.admin.submit_modal(box, {"cooldown.member": "90", "cooldown.channel": "5"})
    assert "1 min 30 s" in words(result)
    _, message = await open_panel(server, "settings:prefix")
    box = await server.admin.click(message, custom_id="settings:prefix")
    result = await server.admin.submit_modal(box, {"prefix.label": "!"})
    assert "`!`" in words(result)
    _, message = await open_panel(server, "settings:country")
    box = await server.admin.click(message, custom_id="settings:country")
    result = await server.admin.submit_modal(box, {"country.label": "Belgique"})
    assert "Belgique" in words(result)

    kept = await chosen(server, services)
    assert (kept.cooldown, kept.prefix, kept.country) == (Pauses(90, 5), "!", "BE")


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("cooldown", {"cooldown.member": "soon", "cooldown.channel": "5"}, "/cooldown 120"),
        ("cooldown", {"cooldown.member": "99999", "cooldown.channel": "5"}, "/cooldown 120"),
        ("prefix", {"prefix.label": "a b"}, "/prefix"),
    ],
)
async def test_what_is_typed_wrong_in_a_box_changes_nothing_and_says_how(
    server: Server, services: Services, name: str, typed: dict[str, str], says: str
) -> None:
    _, message = await open_panel(server, f"settings:{name}")
    box = await server.admin.click(message, custom_id=f"settings:{name}")

    result = await server.admin.submit_modal(box, typed)

    assert result.ephemeral
    assert says in shown(result.response)
    assert await chosen(server, services) == ScopePreferences()


async def test_the_permission_is_checked_again_on_every_click(
    server: Server, services: Services, bot: EncourageBot
) -> None:
    _, message = await open_panel(server)
    box = await server.admin.click(message, custom_id="settings:cooldown")
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    member = await guild.fetch_member(server.admin.id)
    await member.remove_roles(*member.roles[1:])

    for result in (
        await server.admin.click(message, custom_id="settings:responding:off"),
        await server.admin.select(message, ["any"], custom_id="settings:triggers"),
        await server.admin.select(message, [server.channel], custom_id="settings:silence"),
        await server.admin.click(message, custom_id="settings:cooldown"),
        await server.admin.submit_modal(box, {"cooldown.member": "7", "cooldown.channel": "7"}),
    ):
        assert result.ephemeral
        assert "« Gérer le serveur »" in shown(result.response)
    assert await chosen(server, services) == ScopePreferences()


async def test_the_panel_works_after_a_restart(
    server: Server, env: simcord.Env, services: Services, settings: Settings, texts: Texts
) -> None:
    _, message = await open_panel(server)

    await env.restart_bot(make_bot(settings, services, texts, Health()))
    await server.admin.click(message, custom_id="settings:responding:off")
    await server.admin.select(message, ["any"], custom_id="settings:triggers")

    kept = await chosen(server, services)
    assert (kept.responding, kept.triggers) == (False, Trigger.ANY)


async def test_panels_leave_nothing_in_memory(server: Server, bot: EncourageBot) -> None:
    before = len(bot._connection._view_store._views)
    for state in ("off", "on", "off"):
        _, message = await open_panel(server)
        await server.admin.click(message, custom_id=f"settings:responding:{state}")

    assert len(bot._connection._view_store._views) == before


async def test_without_a_source_zenquotes_is_not_offered(server: Server) -> None:
    result, message = await open_panel(server)

    assert "mes citations intégrées" in words(result)
    assert not [node for node in nodes(message.components) if node.get("custom_id") == "settings:quotes"]


async def test_a_panel_with_more_than_a_message_holds_has_pages(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "MOST_COMPONENTS", 22)
    seen = ""
    result, message = await open_panel(server)
    while True:
        assert len(list(nodes(result.response.components if result.response else []))) <= 22
        seen += words(result)
        following = [each for each in nodes(message.components) if each.get("label") == "Page suivante"]
        if not following or following[0].get("disabled"):
            break
        result = await server.admin.click(message, label="Page suivante")
        assert result.response is not None
        message = result.response

    for name in SHOWN:
        assert f"**{server.env.bot.texts.text('fr', f'settings.{name}.title')}**" in seen  # type: ignore[attr-defined]


async def test_the_page_of_what_was_just_saved_is_shown(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "MOST_COMPONENTS", 25)
    _, message = await open_panel(server, "settings:helplines")

    result = await server.admin.click(message, custom_id="settings:helplines:off")

    assert "**Lignes d'écoute**" in words(result)
    assert control(result, "settings:helplines:on")


async def test_who_may_not_manage_the_server_turns_no_page(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "MOST_COMPONENTS", 22)
    _, message = await open_panel(server)
    server.env.backend.remove_member_role(server.guild.id, server.admin.id, server.guild.roles["Administration"].id)

    result = await server.admin.click(message, label="Page suivante")

    assert "« Gérer le serveur »" in shown(result.response)


async def test_more_countries_than_a_menu_holds_are_typed_in_a_box(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "MOST_OPTIONS", 5)
    _, message = await open_panel(server, "settings:country")

    box = await server.admin.click(message, custom_id="settings:country")
    result = await server.admin.submit_modal(box, {"country.label": "belgique"})
    assert (await chosen(server, services)).country == "BE"
    assert "Belgique" in words(result)

    box = await server.admin.click(message, custom_id="settings:country")
    refused = await server.admin.submit_modal(box, {"country.label": "Atlantis"})
    assert "Je ne connais pas ce pays" in shown(refused.response)
    assert (await chosen(server, services)).country == "BE"


async def test_a_control_of_a_setting_that_is_no_more_says_so(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    _, message = await open_panel(server)
    monkeypatch.setattr(panel, "SETTINGS", {})

    result = await server.admin.click(message, custom_id="settings:responding:off")

    assert "vient de changer" in shown(result.response)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0 0", "Je n'attends pas entre deux mots gentils."),
        ("60 0", "j'attends 1 min pour une même personne ; dans un même salon, je n'attends pas."),
        ("0 15", "j'attends 15 s dans un même salon ; pour une même personne, je n'attends pas."),
        ("x", "de 0 à 86 400 (un jour)"),
    ],
)
async def test_a_pause_of_no_length_is_said_to_be_none(server: Server, typed: str, said: str) -> None:
    assert said in await server.ask(server.admin, f"$cooldown {typed}")


@pytest.mark.parametrize("typed", ["anglais", "English", "ANGLAIS", "en"])
async def test_a_language_is_known_by_what_other_languages_call_it(server: Server, typed: str) -> None:
    assert "Here I speak English" in await server.ask(server.admin, f"$language {typed}")


async def test_a_role_is_chosen_in_the_panel(server: Server, services: Services) -> None:
    role = server.guild.create_role("Gardiens")
    _, message = await open_panel(server, "settings:role")

    await server.admin.select(message, [role], custom_id="settings:role")
    assert (await chosen(server, services)).role == role.id
    await server.admin.select(message, [], custom_id="settings:role")
    assert (await chosen(server, services)).role is None
