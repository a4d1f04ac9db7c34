"""What somebody in danger, in grief or worried about somebody else is told: three answers, each with who listens."""

import discord
import pytest

from bot.discord.client import EncourageBot
from tests.conftest import Clock, Server, kind_word, shown, with_plain_spaces

DANGER = "je veux mourir"
GRIEF = "ma mère est morte hier"
WORRY = "mon amie veut se suicider"


def labels(message: discord.Message) -> list[str | None]:
    return [
        child.label
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for child in row.children
        if isinstance(child, discord.Button)
    ]


@pytest.mark.parametrize(
    ("said", "begin", "inside"),
    [
        (DANGER, "Ça a l'air très lourd à porter.", "Si tu penses au suicide"),
        (GRIEF, "Toutes mes condoléances.", "dire son nom"),
        ("my brother killed himself", "Toutes mes condoléances.", "Un suicide n'a jamais une seule cause."),
        (WORRY, "Tu fais bien d'en parler.", "Est-ce que tu penses au suicide ?"),
    ],
)
async def test_danger_grief_and_worry_have_sentences_of_their_own(
    server: Server, said: str, begin: str, inside: str
) -> None:
    await server.ask(server.sacha, "$new Courage, ça passera")

    answer = await server.ask(server.camille, said)

    assert answer.startswith(begin)
    assert inside in answer
    assert "3114" in answer
    assert "je n'ai prévenu personne" in answer
    assert "Tu es en danger" not in answer
    assert "Courage" not in answer


async def test_where_means_are_named_the_emergency_number_comes_first_and_once(server: Server) -> None:
    answer = await server.ask(server.camille, "i took the whole bottle")

    assert "**15 ou 112**" in answer.splitlines()[0]
    assert answer.count("112") == 1
    assert "3114" in answer


async def test_suicide_is_named_to_the_bereaved_only_when_they_have_named_it(server: Server) -> None:
    assert "une seule cause" not in await server.ask(server.camille, GRIEF)


async def test_who_mourns_an_animal_gets_condolences_and_no_line(server: Server) -> None:
    answer = await server.ask(server.camille, "mon chat est mort")

    assert answer.startswith("Toutes mes condoléances.")
    assert "suicide" not in answer
    assert "3114" not in answer
    assert "cette personne" not in answer
    assert labels(server.answers()[-1]) == ["Ne plus lire mes messages"]


@pytest.mark.parametrize("said", [GRIEF, WORRY])
async def test_where_no_line_says_that_it_is_for_them_the_bereaved_and_the_worried_are_told_where_to_look(
    server: Server, said: str
) -> None:
    await server.ask(server.admin, "$country suisse")

    answer = await server.ask(server.camille, said)

    assert "**143**" not in answer
    assert "findahelpline.com" in answer
    assert "Pour trouver" in answer


async def test_danger_is_answered_right_after_grief(server: Server) -> None:
    await server.ask(server.camille, GRIEF)
    assert await server.ask(server.camille, GRIEF) == ""

    assert "Si tu penses au suicide" in await server.ask(server.camille, DANGER)


async def test_a_kind_word_comes_a_day_after_danger_and_ten_minutes_after_grief(server: Server, clock: Clock) -> None:
    await server.ask(server.camille, DANGER)
    await server.ask(server.sacha, GRIEF)

    clock.advance(seconds=601)
    assert kind_word(await server.ask(server.sacha, "je suis triste"))
    clock.advance(seconds=86_000 - 601)
    assert await server.ask(server.camille, "je suis triste") == ""
    clock.advance(seconds=401)

    assert kind_word(await server.ask(server.camille, "je suis triste"))


async def test_in_danger_all_lines_are_shown_to_whoever_asks_for_them_privately(server: Server) -> None:
    await server.ask(server.admin, "$country royaume-uni")
    await server.camille.send(server.channel, DANGER)
    answer = server.answers()[-1]
    assert labels(answer) == ["En privé", "Ne plus lire mes messages"]
    assert "Papyrus" not in answer.content

    for member in (server.camille, server.sacha):
        result = await member.click(answer, label="En privé")

        assert result.ephemeral
        lines = shown(result.response)
        assert "Papyrus" in lines
        assert "texto au 85258" in lines
        assert "findahelpline.com" in lines
    assert len(server.answers()) == 2


async def test_the_loudest_button_is_not_the_one_that_ends_the_reading(server: Server) -> None:
    await server.camille.send(server.channel, DANGER)

    (row,) = server.answers()[-1].components
    assert isinstance(row, discord.ActionRow)
    first, last = (child for child in row.children if isinstance(child, discord.Button))
    assert first.style is discord.ButtonStyle.primary
    assert last.style is discord.ButtonStyle.secondary


async def test_who_opts_out_is_told_that_helplines_stop_too(server: Server) -> None:
    await server.camille.send(server.channel, DANGER)

    result = await server.camille.click(server.answers()[-1], label="Ne plus lire mes messages")

    assert "lignes d'écoute" in with_plain_spaces(shown(result.response))


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (f"$helpline {DANGER}", "3114"),
        (f"$hello {DANGER}", "Bonjour !"),
        (f"$new {DANGER}", "je ne le garde pas"),
        (DANGER, ""),
        (f"$nothing {DANGER}", ""),
    ],
)
async def test_what_is_asked_for_within_ten_minutes_of_the_helplines_is_given(
    server: Server, bot: EncourageBot, typed: str, answer: str
) -> None:
    assert "Si tu penses au suicide" in await server.ask(server.camille, typed)

    again = await server.ask(server.camille, typed)

    assert answer in again if answer else again == ""
    assert "Si tu penses au suicide" not in again
