"""What `/del` offers while a member types."""

import asyncio
from typing import Any

import pytest
import simcord

from bot.models import Author, Contributors, Platform, Scope
from bot.services import Services
from bot.services.encouragements import MOST_SEARCHES as MOST
from tests.conftest import Server, shown


def scope_of(server: Server) -> Scope:
    return Scope(Platform.DISCORD, server.guild.id)


async def offered(member: simcord.MemberActor, server: Server, typed: str) -> list[dict[str, Any]]:
    return await member.autocomplete(server.channel, "del", "number", typed)


async def numbers(member: simcord.MemberActor, server: Server, typed: str) -> list[int]:
    return [choice["value"] for choice in await offered(member, server, typed)]


@pytest.fixture
async def garden(server: Server, services: Services) -> Server:
    """A server with thirty messages of Camille's: Message 1 to Message 30."""
    for number in range(1, 31):
        await services.encouragements.add(
            scope_of(server), author=Author(server.camille.id, "Camille"), text=f"Message {number}"
        )
    return server


async def test_before_anything_is_typed_the_newest_are_offered(garden: Server) -> None:
    choices = await offered(garden.camille, garden, "")

    assert choices[0] == {"name": "30. Message 30", "value": 30}
    assert [choice["value"] for choice in choices] == list(range(30, 5, -1))


async def test_a_number_finds_itself_first_then_those_that_begin_like_it(garden: Server) -> None:
    assert (await numbers(garden.camille, garden, "2"))[:5] == [2, 29, 28, 27, 26]
    assert await numbers(garden.camille, garden, "12") == [12]


async def test_any_part_of_the_text_finds_it_whatever_the_case_and_accents(server: Server) -> None:
    await server.ask(server.camille, "$new Un été au cœur\ndes bords de l'eau")
    await server.ask(server.camille, "$new On va y arriver")

    for typed in ("COEUR", "cœur", "ete au", "  été   AU ", "1. un été", "bords"):
        assert await numbers(server.camille, server, typed) == [1], typed
    assert await numbers(server.camille, server, "é") == [2, 1]


async def test_of_many_searches_at_once_few_are_made(garden: Server, services: Services) -> None:
    """Each holds the whole list."""
    search = services.encouragements.search
    searches = [
        search(scope_of(garden), "Message", member_id=garden.camille.id, may_moderate=False) for _ in range(3 * MOST)
    ]
    found = await asyncio.gather(*searches)

    assert list(map(bool, found)) == [True] * MOST + [False] * 2 * MOST
    assert await numbers(garden.camille, garden, "12") == [12]


async def test_what_nothing_is_like_finds_nothing(garden: Server) -> None:
    assert await offered(garden.camille, garden, "introuvable") == []
    assert await offered(garden.camille, garden, "9" * 30) == []


async def test_a_choice_is_one_short_line(server: Server) -> None:
    await server.ask(server.camille, "$new Un\ndeux \u202etrois " + "a" * 200)

    (choice,) = await offered(server.camille, server, "deux")

    assert choice["name"].startswith("1. Un deux trois aaa")
    assert len(choice["name"]) == 100
    assert choice["name"].endswith("a…")


async def test_only_what_the_member_may_delete_is_offered(garden: Server) -> None:
    await garden.ask(garden.sacha, "$new Message de Sacha")

    assert await numbers(garden.sacha, garden, "message") == [31]
    assert 31 not in await numbers(garden.camille, garden, "")
    assert await numbers(garden.moderator, garden, "message 3") == [30, 3]
    assert (await numbers(garden.moderator, garden, ""))[0] == 31


async def test_ones_own_waiting_messages_are_offered_and_can_be_taken_back(server: Server, services: Services) -> None:
    await services.preferences.change(scope_of(server), contributors=Contributors.APPROVAL)
    await server.ask(server.camille, "$new Tu vas y arriver.")
    assert await offered(server.sacha, server, "") == []
    (choice,) = await offered(server.camille, server, "arriver")

    result = await server.camille.slash(server.channel, "del", number=choice["value"])

    assert "n° 1 est supprimé" in shown(result.response)


async def test_a_private_conversation_offers_its_own(env: simcord.Env, garden: Server) -> None:
    alone = env.create_user("dominique")
    await alone.send_dm("$new Rien que pour moi")

    choices = await alone.autocomplete("del", "number", "")

    assert choices == [{"name": "1. Rien que pour moi", "value": 1}]


async def test_what_a_list_is_searched_for_holds_every_word_however_they_are_written(services: Services) -> None:
    scope = Scope(Platform.DISCORD, 1)
    for text in ("Tout passera, promis.", "Tout ira.", "Ça passera."):
        await services.encouragements.add(scope, author=Author(1, "Camille"), text=text)

    for typed, expected in {"PASSERA tout": [1], "ca": [3], "tout": [1, 2], "tout rien": []}.items():
        assert [kept.number for kept in await services.encouragements.list(scope, typed)] == expected
