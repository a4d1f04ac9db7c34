"""Encouraging somebody by a command, with a kind word of the bot's or one's own words."""

import pytest
import simcord

from bot.languages import Language
from bot.services.cooldowns import SECONDS_AFTER_DANGER
from tests.conftest import Clock, Server, shown, starters
from tests.fake_telegram import SACHA, FakeTelegram

NOT_NOW = "Je ne peux pas le faire à ta place en ce moment."


async def test_a_member_gets_a_kind_word_from_another(server: Server, languages: dict[str, Language]) -> None:
    first, why = (await server.ask(server.camille, f"$encourage {server.sacha.mention}")).split("\n")

    assert first.removeprefix(f"<@{server.sacha.id}> ") in starters(languages["fr"])
    assert why.startswith("-# Camille t'envoie ce mot.")
    await server.sacha.click(server.answers()[-1], label="Ça va")
    assert server.answers() == []


async def test_ones_own_words_are_said_and_ping_nobody_else(server: Server, env: simcord.Env) -> None:
    answer = await server.ask(server.camille, f"$encourage {server.sacha.mention} Bravo {{name}}, @everyone t'attend !")

    assert answer.startswith(f"<@{server.sacha.id}> Bravo Sacha, @everyone t'attend !\n-# Camille")
    sent = next(each.json for each in reversed(env.http_requests) if "Bravo" in str(each.json))
    assert sent is not None
    assert sent["allowed_mentions"]["parse"] == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "`$encourage @quelqu'un`"),
        ("Sacha courage", "`$encourage @quelqu'un`"),
        ("{sacha} tue-toi", "pourrait blesser"),
        ("{sacha} https://example.org", "ni liens ni invitations"),
        ("{bot} courage", "robots"),
    ],
)
async def test_what_can_not_be_said_is_not(server: Server, typed: str, said: str) -> None:
    me = server.env.bot.user
    assert me is not None
    content = typed.format(sacha=server.sacha.mention, bot=me.mention)

    assert said in await server.ask(server.camille, f"$encourage {content}")


async def test_whoever_opted_out_or_was_in_danger_is_left_alone_and_nobody_learns_why(
    server: Server, clock: Clock
) -> None:
    await server.ask(server.sacha, "$optout")
    assert NOT_NOW in await server.ask(server.camille, f"$encourage {server.sacha.mention}")
    await server.ask(server.sacha, "$optin")
    await server.ask(server.sacha, "je veux mourir")

    assert NOT_NOW in await server.ask(server.camille, f"$encourage {server.sacha.mention} Courage")
    clock.advance(seconds=SECONDS_AFTER_DANGER)
    assert "Courage" in await server.ask(server.camille, f"$encourage {server.sacha.mention} Courage")
    assert NOT_NOW in await server.ask(server.admin, f"$encourage {server.sacha.mention} Encore")


async def test_it_is_a_slash_command_and_silent_channels_stay_silent(server: Server) -> None:
    result = await server.camille.slash(server.channel, "encourage", member=server.sacha, words="Courage")
    assert "Courage" in shown(result.response)
    assert not result.ephemeral

    await server.ask(server.admin, "$silence on")
    refused = await server.camille.slash(server.channel, "encourage", member=server.moderator, words="Bravo")
    assert refused.ephemeral
    assert NOT_NOW in shown(refused.response)


async def test_on_telegram_a_reply_may_carry_words(telegram: FakeTelegram) -> None:
    group = telegram.group()
    theirs = telegram.message("bonjour", group, SACHA)["message"]

    said = await telegram.say("/encourage Bravo {name} !", group, reply_to_message=theirs)
    assert said.startswith("Bravo Sacha !\nCamille t'envoie ce mot")
    assert "pourrait blesser" in await telegram.say("/encourage tue-toi", group, reply_to_message=theirs)
