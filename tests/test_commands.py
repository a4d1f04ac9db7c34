"""Every command, typed and slash, as members see it."""

import re
from dataclasses import replace

import discord
import pytest
import simcord

from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.errors import StorageUnavailableError, UnknownOutcomeError
from bot.health import Health
from bot.services import Services
from bot.text.sentences import Texts
from bot.wiring import make_bot
from tests.conftest import Clock, Server, make_server, shown

in_english = pytest.mark.parametrize("locale", ["en"], indirect=True)


async def test_hello_greets_in_french(server: Server) -> None:
    assert await server.ask(server.camille, "$hello") == "Bonjour !"


@in_english
async def test_hello_greets_in_english(server: Server) -> None:
    assert await server.ask(server.camille, "$hello") == "Hello!"


@pytest.mark.parametrize("text", ["$HELLO", "$Hello there", "$ hello", "$hello\nça va ?"])
async def test_commands_are_found_whatever_the_case_and_what_follows(server: Server, text: str) -> None:
    assert await server.ask(server.camille, text) == "Bonjour !"


async def test_the_mention_is_a_prefix_too(server: Server) -> None:
    me = server.env.bot.user
    assert me is not None

    assert await server.ask(server.camille, f"<@{me.id}> hello") == "Bonjour !"
    assert await server.ask(server.camille, f"<@!{me.id}> hello") == "Bonjour !"


async def test_inspire_gives_a_bundled_quote_and_its_author(server: Server, services: Services) -> None:
    answer = await server.ask(server.camille, "$inspire")

    assert re.fullmatch(r"« .+ » — \S.+, \*.+\*, \d{4}", answer)
    assert "ZenQuotes" not in answer


async def test_new_confirms_with_the_number(server: Server) -> None:
    first = await server.ask(server.camille, "$new Tu vas y arriver.")
    second = await server.ask(server.sacha, "$new   On est là.  ")

    assert first == "Nouveau message d'encouragement ajouté. C'est le n° 1."
    assert second == "Nouveau message d'encouragement ajouté. C'est le n° 2."


@in_english
async def test_new_confirms_in_english(server: Server) -> None:
    assert (await server.ask(server.camille, "$new You can do it.")).startswith("New encouraging message added.")


async def test_list_shows_numbers_texts_and_who_added_them(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")
    await server.ask(server.sacha, "$new On est là.")

    answer = await server.ask(server.moderator, "$list")

    assert "**1.** Tu vas y arriver. — Camille" in answer
    assert "**2.** On est là. — Sacha" in answer


async def test_an_empty_list_says_how_to_add(server: Server) -> None:
    answer = await server.ask(server.camille, "$list")

    assert "aucun message" in answer
    assert "$new" in answer


async def test_the_list_keeps_markdown_and_lines_of_a_message_from_breaking_it(server: Server) -> None:
    await server.ask(server.camille, "$new **gras** `code\n```\n# titre @everyone")

    answer = await server.ask(server.camille, "$list")

    assert r"\*\*gras\*\* \`code \`\`\` # titre @everyone — Camille" in answer


async def test_del_by_its_author_shows_what_remains(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")
    await server.ask(server.camille, "$new On est là.")

    answer = await server.ask(server.camille, "$del 1")

    assert "n° 1 est supprimé" in answer
    assert "**2.** On est là." in answer
    assert "Tu vas y arriver" not in answer


async def test_del_of_the_last_one_says_that_the_list_is_empty(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")

    assert "aucun message" in await server.ask(server.camille, "$del 1")


async def test_a_moderator_may_delete_any_message_when_asked_once(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")

    assert await server.ask(server.moderator, "$del 1") == (
        "Quelqu'un d'autre a ajouté ceci :\n**1.** Tu vas y arriver. — Camille\nJe supprime quand même ?"
    )
    question = server.answers()[-1]
    assert (await server.camille.click(question, label="Supprimer")).ephemeral
    assert "Tu vas y arriver." in await server.ask(server.camille, "$list")
    await server.moderator.click(question, label="Supprimer")
    assert any("supprimé" in shown(answer) for answer in server.answers())
    assert "aucun message" in await server.ask(server.camille, "$list")


async def test_what_is_not_to_be_deleted_after_all_stays(server: Server) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")
    await server.ask(server.moderator, "$del 1")

    await server.moderator.click(server.answers()[-1], label="Annuler")

    assert shown(server.answers()[-1]) == "D'accord : rien n'a été changé."
    assert "Tu vas y arriver." in await server.ask(server.camille, "$list")


async def test_a_number_is_never_given_twice(server: Server) -> None:
    await server.ask(server.camille, "$new Un")
    await server.ask(server.camille, "$del 1")

    assert "n° 2" in await server.ask(server.camille, "$new Deux")


async def test_responding_turns_off_and_on(server: Server, clock: Clock) -> None:
    off = ("false", "off", "non", "no", "faux", "NON", "False")
    on = ("true", "on", "oui", "yes", "vrai", "OUI", "True")
    for no, yes in zip(off, on, strict=True):
        assert await server.ask(server.admin, f"$responding {no}") == "Réponse désactivée.", no
        assert await server.ask(server.camille, "je suis triste") == "", no
        assert await server.ask(server.admin, f"$responding {yes}") == "Réponse activée.", yes
        assert await server.ask(server.camille, "je suis triste") != "", yes
        clock.advance(seconds=120)


async def test_responding_alone_tells_the_state(server: Server) -> None:
    assert await server.ask(server.admin, "$responding") == "Réponse activée."

    await server.ask(server.admin, "$responding off")

    assert await server.ask(server.admin, "$responding") == "Réponse désactivée."


@in_english
async def test_responding_in_english(server: Server) -> None:
    assert await server.ask(server.admin, "$responding true") == "Responding is on."
    assert await server.ask(server.admin, "$responding false") == "Responding is off."


async def test_responding_survives_a_restart(
    env: simcord.Env, server: Server, services: Services, texts: Texts, settings: Settings
) -> None:
    await server.ask(server.admin, "$responding off")

    await env.restart_bot(make_bot(settings, services, texts, Health()))

    assert await server.ask(server.camille, "je suis triste") == ""


async def test_help_names_every_command_with_an_example_and_begins_with_what_is_for_everyone(
    server: Server, bot: EncourageBot
) -> None:
    first = await server.ask(server.camille, "$help")
    pages = first
    (count,) = re.findall(r"Page 1 sur (\d+)", first)
    for _ in range(int(count) - 1):
        await server.camille.click(server.answers()[-1], label="Page suivante")
        pages += shown(server.answers()[-1])

    for command in bot.walk_commands():
        # What a group does alone is shown as the group.
        assert (f"`${command.qualified_name}`" in pages or f"`${command.qualified_name} " in pages) != (
            command.qualified_name == "words list"
        )
    for name in ("hello", "inspire", "new", "list", "del", "helpline", "test"):
        assert f"`${name}" in first
    assert "`$responding" not in first
    assert "Encourager" in first


@in_english
async def test_help_speaks_english(server: Server) -> None:
    assert "kind word" in await server.ask(server.camille, "$help")


@pytest.mark.published
async def test_every_command_is_a_slash_command(server: Server) -> None:
    everyone = {
        *("hello", "inspire", "new", "list", "edit", "del", "help", "helpline", "test", "optout", "optin", "encourage"),
        *("privacy show", "privacy export", "privacy forget"),
    }

    managers = {
        *(
            "settings",
            "responding",
            "triggers",
            "contributors",
            "cooldown",
            "links",
            "starters",
            "daily",
            "timezone",
            "role",
            "notices",
            "silence",
            "quotes",
            "language",
            "prefix",
        ),
        *("helplines", "country", "export", "import", "words add", "words ignore", "words remove", "words list"),
    }

    assert set(server.camille.available_commands(server.channel)) == everyone
    assert set(server.moderator.available_commands(server.channel)) == {*everyone, "pending"}
    assert set(server.admin.available_commands(server.channel)) == everyone | managers


@pytest.mark.published
async def test_slash_commands_do_what_typed_ones_do(server: Server) -> None:
    channel = server.channel
    await server.camille.slash(channel, "new", message="Tu vas y arriver.")

    assert shown((await server.camille.slash(channel, "hello")).response) == "Bonjour !"
    assert "» — " in shown((await server.camille.slash(channel, "inspire")).response)
    assert "Tu vas y arriver." in shown((await server.sacha.slash(channel, "list")).response)
    assert "aucun message" in shown((await server.camille.slash(channel, "del", number=1)).response)
    assert shown((await server.admin.slash(channel, "responding", value="off")).response) == "Réponse désactivée."
    assert shown((await server.admin.slash(channel, "responding")).response) == "Réponse désactivée."
    assert "`/new" in shown((await server.camille.slash(channel, "help")).response)


async def test_a_refused_slash_command_is_answered_to_the_asker_alone(server: Server) -> None:
    result = await server.camille.slash(server.channel, "del", number=7)

    assert result.ephemeral
    assert "n° 7" in shown(result.response)


async def test_each_server_has_a_list_of_its_own(env: simcord.Env, server: Server) -> None:
    other = make_server(env, "Le Verger")
    await server.ask(server.camille, "$new Tu vas y arriver.")
    await other.ask(other.camille, "$new On est là.")
    await other.ask(other.admin, "$responding off")

    assert "On est là" not in await server.ask(server.camille, "$list")
    assert "**1.** On est là." in await other.ask(other.camille, "$list")
    assert await server.ask(server.camille, "je suis triste") != ""


async def test_everything_works_in_a_private_conversation(env: simcord.Env, server: Server) -> None:
    alone = env.create_user("dominique", global_name="Dominique")
    await server.ask(server.camille, "$new Sur le serveur.")

    async def ask(text: str) -> str:
        await alone.send_dm(text)
        return shown(alone.dm_channel.last_message)

    assert await ask("$hello") == "Bonjour !"
    assert "n° 1" in await ask("$new Rien que pour moi.")
    assert "Rien que pour moi. — Dominique" in await ask("$list")
    assert await ask("$responding off") == "Réponse désactivée."
    assert await ask("$responding on") == "Réponse activée."
    assert await ask("je suis triste") != "je suis triste"
    assert "aucun message" in await ask("$del 1")
    assert shown((await alone.slash("hello")).response) == "Bonjour !"


async def test_a_private_conversation_shows_nothing_of_another(env: simcord.Env) -> None:
    one, two = env.create_user("un"), env.create_user("deux")
    await one.send_dm("$new Secret.")

    await two.send_dm("$list")

    assert "aucun message" in shown(two.dm_channel.last_message)


async def test_nobody_is_ever_pinged(env: simcord.Env, server: Server, clock: Clock) -> None:
    await server.ask(server.camille, f"$new @everyone @here {server.sacha.mention}")
    await server.ask(server.camille, "$list")
    for text in ["je suis triste"] * 20 + ["i want to kill myself"]:
        await server.ask(server.camille, text)
        clock.advance(seconds=120)
    await server.camille.context_menu(
        server.channel, "Encourager", await server.sacha.send(server.channel, f"bonjour {server.camille.mention}")
    )
    await server.ask(server.camille, f"$responding {server.sacha.mention}")

    sent = [
        request.json.get("data", request.json)
        for request in env.http_requests
        if request.method == "POST" and isinstance(request.json, dict)
    ]

    assert len(sent) > 20
    for body in sent:
        if "content" not in body and "embeds" not in body:
            continue
        assert body["allowed_mentions"]["parse"] == []
        assert not body["allowed_mentions"].get("replied_user")
        assert not body["allowed_mentions"].get("users")


async def test_answers_go_to_threads_too(server: Server, env: simcord.Env) -> None:
    thread_parent = server.env.bot.get_channel(server.channel.id)
    assert isinstance(thread_parent, discord.TextChannel)
    await thread_parent.create_thread(name="fil", type=discord.ChannelType.public_thread)
    thread = server.channel.threads[0]

    await server.camille.send(thread, "$hello")

    assert [shown(message) for message in server.answers(thread)] == ["Bonjour !"]


@pytest.mark.parametrize("text", ["$del 1", "$responding off"])
async def test_a_permission_in_one_channel_does_not_manage_the_whole_server(
    server: Server, env: simcord.Env, text: str
) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")
    guild = env.bot.get_guild(server.guild.id)
    assert guild is not None
    channel = guild.get_channel(server.channel.id)
    assert channel is not None
    sacha = await guild.fetch_member(server.sacha.id)
    await channel.set_permissions(sacha, manage_messages=True)

    assert "permission" in await server.ask(server.sacha, text)
    assert "Tu vas y arriver." in await server.ask(server.camille, "$list")


@pytest.mark.parametrize("prefix", ["!", "?!", "hé,"])
async def test_another_prefix_is_used_and_shown(
    services: Services, texts: Texts, settings: Settings, prefix: str
) -> None:
    bot = make_bot(replace(settings, prefix=prefix), services, texts, Health())
    async with simcord.run(bot) as env:
        server = make_server(env)

        assert await server.ask(server.camille, f"{prefix}hello") == "Bonjour !"
        assert await server.ask(server.camille, "$hello") == ""
        assert f"`{prefix}new" in await server.ask(server.camille, f"{prefix}list")


@pytest.mark.parametrize("text", ["🩷", "\U0001fae9", "👍🏽", "👨\u200d👩\u200d👧"])
async def test_emoji_of_any_age_are_messages(server: Server, text: str) -> None:
    assert "n° 1" in await server.ask(server.camille, f"$new {text}")


async def test_a_lone_mark_in_a_message_does_not_break_the_list(server: Server) -> None:
    await server.ask(server.camille, "$new voir C:/dossier/`x et")

    assert r"C:/dossier/\`x et" in await server.ask(server.camille, "$list")


async def test_the_events_of_the_gateway_reach_the_keep_alive_page(
    services: Services, texts: Texts, settings: Settings
) -> None:
    now = [0.0]
    health = Health(lambda: now[0])
    bot = make_bot(settings, services, texts, health)
    async with simcord.run(bot) as env:
        bot.dispatch("connect")
        await env.settle()
        now[0] += 1_000
        assert health.verdict().alive
        bot.dispatch("disconnect")
        await env.settle()
        now[0] += 1_000
        assert not health.verdict().alive
        bot.dispatch("resumed")
        await env.settle()
        assert health.verdict().alive


async def test_a_bot_that_is_stopping_takes_nothing_new(server: Server, bot: EncourageBot) -> None:
    bot.in_flight.stopping = True

    assert await server.ask(server.camille, "$hello") == ""
    assert await server.ask(server.camille, "je suis triste") == ""
    assert not (await server.camille.slash(server.channel, "hello")).acknowledged
    bot.in_flight.stopping = False


@pytest.mark.parametrize("text", ["$hello", "je veux mourir", "$hello je veux mourir"])
async def test_a_message_asks_for_the_settings_of_its_server_once(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """What fails is remembered nowhere else than in what the message carries on its way."""
    asked: list[object] = []

    async def fail(*arguments: object) -> None:
        asked.append(arguments)
        raise StorageUnavailableError("database is locked")

    monkeypatch.setattr(type(services.preferences._storage), "load_settings", fail)

    assert await server.ask(server.camille, text)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("error", "said"), [(StorageUnavailableError, "rien n'a été changé"), (UnknownOutcomeError, "Vérifie avant")]
)
async def test_a_storage_that_fails_says_what_is_known_of_a_change(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch, error: type[Exception], said: str
) -> None:
    async def fail(*_: object, **_more: object) -> None:
        raise error("the disk is gone")

    monkeypatch.setattr(type(services.preferences._storage), "add_encouragement", fail)

    assert said in await server.ask(server.camille, "$new Courage")


@pytest.mark.published
async def test_a_slash_command_that_has_changed_says_to_try_again(server: Server, bot: EncourageBot) -> None:
    bot.tree.remove_command("hello")

    result = await server.camille.slash(server.channel, "hello")

    assert result.ephemeral
    assert "Réessaie dans une minute" in shown(result.response)


async def test_a_thread_where_the_bot_may_not_write_is_left_alone(
    server: Server, env: simcord.Env, bot: EncourageBot
) -> None:
    channel = bot.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.create_thread(name="fil", type=discord.ChannelType.public_thread)
    (thread,) = server.channel.threads
    await channel.set_permissions(channel.guild.me, send_messages_in_threads=False)
    before = len(env.http_requests)

    await server.camille.send(thread, "$hello")

    assert len(env.http_requests) == before
