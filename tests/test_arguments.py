"""What is typed after a command is understood, or refused with how to say it; it is never ignored."""

import pytest

from bot.models import Platform, Scope
from bot.services import Services
from bot.services.message_numbers import message_numbers
from tests.conftest import Server, shown
from tests.fake_telegram import CAMILLE, FakeTelegram


def scope_of(server: Server) -> Scope:
    return Scope(Platform.DISCORD, server.guild.id)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("3", [3]),
        ("2 3", [2, 3]),
        ("2, 3 ;4", [2, 3, 4]),
        ("#5", [5]),
        ("n°5", [5]),
        ("N° 5 n\u00ba 6", [5, 6]),
        ("n°\u00a05", [5]),
        ("3 3", [3]),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, numbers: list[int]) -> None:
    assert message_numbers(typed) == numbers


@pytest.mark.parametrize("typed", ["", "trois", "2-4", "0", "2 3 x", "9" * 19, "1 2 3 4 5 6 7 8 9 10 11"])
def test_what_is_no_number_is_none(typed: str) -> None:
    with pytest.raises(ValueError, match="no numbers"):
        message_numbers(typed)


async def test_del_deletes_several_or_none(server: Server) -> None:
    for number in range(1, 6):
        await server.ask(server.camille, f"$new Message {number}")

    assert "Il n'y a pas de message n° 9" in await server.ask(server.camille, "$del 1 9")
    assert "Message 1" in await server.ask(server.camille, "$list")
    assert "2 messages sont supprimés : 1, 2." in await server.ask(server.camille, "$del 1 2")
    assert "Le message n° 5 est supprimé." in await server.ask(server.camille, "$del n°5")
    assert "Le message n° 4 est supprimé." in await server.ask(server.camille, "$del #4")
    assert "**3.** Message 3" in await server.ask(server.camille, "$list")


NOT_UNDERSTOOD = [
    ("$words bidule", "`$words add <mot>`"),
    ("$privacy xyz", "`$privacy` pour savoir ce que je garde, `$privacy export`"),
    ("$privacy forget tout", "ou `$privacy forget` pour que je t'oublie"),
    ("$words list 2", "Écris `$words list`, sans rien après."),
    ("$settings quotes", "Écris `$settings`, sans rien après."),
    ("$pending 3", "Écris `$pending`, sans rien après."),
    ("$cooldown 1 2 3", "`$cooldown 120 15`"),
    ("$silence bidule", "`$silence on`"),
    ("$silence on on", "`$silence on`"),
    ("$silence #general on maintenant", "`$silence on`"),
]


async def test_what_is_not_understood_gets_the_usage_and_changes_nothing(server: Server, services: Services) -> None:
    before = await services.preferences.get(scope_of(server))
    for typed, usage in NOT_UNDERSTOOD:
        who = server.moderator if typed.startswith("$pending") else server.admin

        assert usage in await server.ask(who, typed), typed
        assert await services.preferences.get(scope_of(server)) == before, typed


@pytest.mark.parametrize("typed", ["$hello les amis", "$inspire moi", "$optin s'il te plaît", "$optout merci"])
async def test_people_may_go_on_speaking_after_a_command_that_takes_nothing(server: Server, typed: str) -> None:
    assert "Écris `" not in await server.ask(server.camille, typed)


async def test_a_page_of_the_list_is_asked_for_by_its_number(server: Server) -> None:
    for number in range(1, 12):
        await server.ask(server.camille, f"$new Message {number}")

    assert "**11.** Message 11" in await server.ask(server.camille, "$list 2")
    assert "Page 2 sur 2" in await server.ask(server.camille, "$list 99")
    assert "Page 2 sur 2" in shown((await server.camille.slash(server.channel, "list", search="2")).response)


async def test_the_list_is_searched_for_words_however_they_are_written(server: Server) -> None:
    for number in range(1, 13):
        await server.ask(server.camille, f"$new À demain, été n° {number}")
    await server.ask(server.camille, "$new Courage.")

    assert "**13.** Courage." in await server.ask(server.sacha, "$list COURAGE")
    found = await server.ask(server.sacha, "$list ete demain")
    assert "Courage" not in found
    assert "Page 1 sur 2" in found
    await server.sacha.click(server.answers()[-1], label="Page suivante")
    assert "n° 12" in shown(server.answers()[-1])
    assert "Courage" not in shown(server.answers()[-1])
    assert await server.ask(server.sacha, "$list *rien*") == (
        "Aucun message d'ici ne contient « \\*rien\\* ». Pour les voir tous : `$list`"
    )


async def test_two_pages_have_two_buttons(server: Server) -> None:
    for number in range(1, 12):
        await server.ask(server.camille, f"$new Message {number}")
    await server.ask(server.camille, "$list")

    assert [button.label for button in server.answers()[-1].components[0].children] == [  # type: ignore[union-attr]
        "Page précédente",
        "Page suivante",
    ]


async def test_help_explains_a_command_with_an_example(server: Server) -> None:
    answer = await server.ask(server.camille, "$help new")

    assert answer.splitlines() == [
        "$new <message>",
        "Ajoute un message d'encouragement ; {name} y devient le nom de la personne à qui je le dis.",
        "Exemple : `$new Tu vas y arriver.`",
    ]
    assert await server.ask(server.camille, "$help $NEW") == answer
    assert "$words remove <mot>" in await server.ask(server.camille, "$help words")
    assert "$privacy forget" in (await server.ask(server.camille, "$help privacy  forget")).splitlines()[0]
    assert "Je ne connais pas de commande « nosuch »" in await server.ask(server.camille, "$help nosuch")


async def test_help_offers_the_names_of_commands(server: Server) -> None:
    offered = await server.camille.autocomplete(server.channel, "help", "command", "pri")

    assert [choice["value"] for choice in offered] == ["privacy", "privacy export", "privacy forget"]


async def test_silence_alone_is_for_the_channel_where_it_is_typed(server: Server, services: Services) -> None:
    await server.ask(server.admin, "$silence on")
    assert (await services.preferences.get(scope_of(server))).silence == {server.channel.id}

    await server.ask(server.admin, "$silence off")
    assert (await services.preferences.get(scope_of(server))).silence == frozenset()


@pytest.mark.parametrize("typed", ["#Détente", "détente", "#DETENTE"])
async def test_a_channel_is_known_by_its_typed_name(server: Server, services: Services, typed: str) -> None:
    named = server.guild.create_text_channel("Détente")

    await server.ask(server.admin, f"$silence {typed} on")

    assert (await services.preferences.get(scope_of(server))).silence == {named.id}


async def test_telegram_understands_the_same(telegram: FakeTelegram) -> None:
    for number in range(1, 12):
        await telegram.say(f"/new Message {number}")

    assert "11. Message 11" in await telegram.say("/list 2")
    assert "Message 7" in await telegram.say("/list message 7")
    assert "Aucun message d'ici ne contient « absent »" in await telegram.say("/list absent")
    assert "2 messages sont supprimés : 2, 3." in await telegram.say("/del 2 3")
    assert "Le message n° 5 est supprimé." in await telegram.say("/del n°5")
    assert (await telegram.say("/help new")).splitlines()[0] == "/new <message>"
    assert "« nosuch »" in await telegram.say("/help nosuch")
    assert "/privacy forget pour que je t" in await telegram.say("/privacy xyz")


async def test_the_pages_of_a_search_are_turned_on_telegram(telegram: FakeTelegram) -> None:
    chat = telegram.private()
    for number in range(1, 13):
        await telegram.say(f"/new Soleil d'été {number}")
        await telegram.say(f"/new Pluie {number}")
    await telegram.say("/list été")
    (button,) = telegram.sent()[-1]["reply_markup"]["inline_keyboard"][0]

    await telegram.deliver(telegram.click(button["callback_data"], chat, CAMILLE))

    assert len(button["callback_data"].encode()) <= 64
    assert "Soleil d'été 12" in telegram.sent("editMessageText")[-1]["text"]
    assert "Pluie" not in telegram.sent("editMessageText")[-1]["text"]
