"""The server's own words, as managers add them and members meet them."""

import asyncio

import pytest

from bot.errors import UserError
from bot.models import Platform, Scope
from bot.services import Services
from bot.services.settings.vocabulary import LONGEST_WORD
from bot.services.settings.word_lists import MOST_WORDS, Words
from tests.conftest import Clock, Server, kind_word, make_server

HERE = Scope(Platform.DISCORD, 1)


async def test_a_word_that_was_added_is_answered_and_one_that_was_removed_is_not(server: Server, clock: Clock) -> None:
    assert not await server.ask(server.camille, "je suis bluesy")

    assert "« bluesy » compte comme triste ici" in await server.ask(server.admin, "$words add bluesy")
    assert kind_word(await server.ask(server.camille, "je suis bluesy"))

    clock.advance(seconds=600)
    assert "ne fait plus partie des mots" in await server.ask(server.admin, "$words remove BLUESY")
    assert not await server.ask(server.camille, "je suis bluesy")


@pytest.mark.parametrize("text", ["je suis pas bluesy", "il est bluesy", "« je suis bluesy »", "je suis bluesy mdr"])
async def test_a_word_goes_through_the_same_reading_rules(server: Server, text: str) -> None:
    await server.ask(server.admin, "$words add bluesy")

    assert not await server.ask(server.camille, text)


async def test_an_ignored_word_is_not_answered_but_danger_always_is(server: Server) -> None:
    await server.ask(server.admin, "$words ignore triste")
    await server.ask(server.admin, "$words ignore mourir")

    assert not await server.ask(server.camille, "je suis triste")
    assert kind_word(await server.ask(server.sacha, "je suis déprimé"))
    assert "3114" in await server.ask(server.camille, "je veux mourir")


async def test_with_the_tutorials_rule_any_sad_word_is_answered(server: Server) -> None:
    assert not await server.ask(server.camille, "il est triste")
    await server.ask(server.admin, "$triggers any")

    assert kind_word(await server.ask(server.camille, "il est triste"))
    assert not await server.ask(server.sacha, "il n'est pas triste")


async def test_the_test_command_reads_with_the_words_of_the_server(server: Server) -> None:
    await server.ask(server.admin, "$words add bluesy")
    await server.ask(server.admin, "$words ignore triste")

    assert "je lis de la tristesse" in await server.ask(server.camille, "$test je suis bluesy")
    assert "ni tristesse ni danger" in await server.ask(server.camille, "$test je suis triste")


async def test_the_list_shows_both_kinds(server: Server) -> None:
    assert "Aucun mot n'a encore été ajouté" in await server.ask(server.admin, "$words")
    await server.ask(server.admin, "$words add *cafard*")
    await server.ask(server.admin, "$words add seum")
    await server.ask(server.admin, "$words ignore spleen")

    for command in ("$words", "$words list"):
        answer = await server.ask(server.admin, command)
        assert "**2 mots qui comptent comme tristes ici" in answer
        assert r"\*cafard\* · seum" in answer
        assert "**1 mot auquel je ne réagis jamais" in answer


async def test_words_are_one_servers(server: Server) -> None:
    other = make_server(server.env, "Ailleurs")
    await server.ask(server.admin, "$words add bluesy")

    assert not await other.ask(other.camille, "je suis bluesy")


@pytest.mark.parametrize("command", ["words", "words add x", "words ignore x", "words remove x", "words list"])
async def test_only_managers_decide(server: Server, services: Services, command: str) -> None:
    assert "« Gérer le serveur »" in await server.ask(server.moderator, f"${command}")

    assert not (await services.preferences.get(Scope(Platform.DISCORD, server.guild.id))).words.sad


@pytest.mark.parametrize("command", ["add", "ignore", "remove"])
async def test_a_word_too_long_to_be_one_is_answered_and_marks_are_shown_as_typed(server: Server, command: str) -> None:
    assert "50 caractères" in await server.ask(server.admin, f"$words {command} {'mot ' * 400}")


async def test_what_is_typed_can_not_set_the_answer(server: Server) -> None:
    for command in ("remove", "add", "add", "ignore", "ignore", "remove"):
        assert r"« \*\*gras\*\* »" in await server.ask(server.admin, f"$words {command} **gras**")


@pytest.mark.parametrize("command", ["add", "ignore", "remove"])
async def test_a_command_without_its_word_says_how(server: Server, command: str) -> None:
    assert "$words add" in await server.ask(server.admin, f"$words {command}")


@pytest.mark.parametrize("word", ["cafard", "Cafard", "CAFARD ", "cafàrd"])
async def test_spellings_that_read_alike_are_one_word(services: Services, word: str) -> None:
    await services.words.add(HERE, "cafard")

    with pytest.raises(UserError, match="already"):
        await services.words.add(HERE, word)


async def test_a_word_is_one_thing_or_the_other(services: Services) -> None:
    await services.words.add(HERE, "cafard")
    chosen = await services.words.ignore(HERE, "Cafard")

    assert chosen.words == Words(ignored=("Cafard",))


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("", "words.unreadable"),
        ("...", "words.unreadable"),
        ("\u200b", "words.unreadable"),
        ("x" * (LONGEST_WORD + 1), "words.too_long"),
    ],
)
async def test_what_can_not_be_a_word_is_refused(services: Services, word: str, key: str) -> None:
    with pytest.raises(UserError) as refused:
        await services.words.add(HERE, word)

    assert refused.value.key == key


async def test_at_most_200_words_even_when_many_are_added_at_once(services: Services) -> None:
    results = await asyncio.gather(
        *(services.words.add(HERE, f"mot{number}") for number in range(MOST_WORDS // 2 + 10)),
        *(services.words.ignore(HERE, f"autre{number}") for number in range(MOST_WORDS // 2 + 10)),
        return_exceptions=True,
    )

    refused = [result for result in results if isinstance(result, UserError)]
    chosen = await services.preferences.get(HERE)
    assert [error.key for error in refused] == ["words.full"] * 20
    assert chosen.words.count == MOST_WORDS


async def test_a_word_that_is_not_there_can_not_be_removed(services: Services) -> None:
    with pytest.raises(UserError, match="unknown"):
        await services.words.remove(HERE, "cafard")


@pytest.mark.parametrize("word", ["suicide", "Suicidaire", "me tuer", "je veux mourir", "automutilation"])
async def test_what_is_always_reacted_to_can_not_be_ignored(server: Server, services: Services, word: str) -> None:
    answer = await server.ask(server.admin, f"$words ignore {word}")

    assert "j'y réagis toujours" in answer
    assert (await services.preferences.get(Scope(Platform.DISCORD, server.guild.id))).words.count == 0
