"""`{name}` in a kind word is the name of whoever it is said to."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import simcord

from bot.services import Services
from bot.text.kind_words import marked_word, plain_word
from bot.text.markdown import escape
from tests.conftest import Server, kind_word
from tests.fake_telegram import FakeTelegram, Somebody

UNPLEASANT = ["<@1>", "@everyone", "*Cam*", "[x](https://e.org)", "a\nb", "`", "||", "> q", "W" * 500]


@pytest.fixture
def the_last(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Say the newest kind word."""

    class Last(random.Random):
        def choice(self, seq: Any) -> Any:
            return seq[-1]

    monkeypatch.setattr(services.encouragements, "_rng", Last())


@pytest.mark.usefixtures("the_last")
async def test_a_kind_word_says_the_members_name(server: Server) -> None:
    await server.ask(server.sacha, "$new Courage, {name} ! {Name}, on est là.")

    assert kind_word(await server.ask(server.camille, "je suis triste")) == "Courage, Camille ! Camille, on est là."
    assert "Courage, {name} !" in await server.ask(server.sacha, "$list")


@pytest.mark.usefixtures("the_last")
async def test_a_name_pings_nobody_and_stays_a_name(server: Server, env: simcord.Env) -> None:
    user = env.create_user("autre", global_name="<@&1> @everyone *x*")
    member = server.guild.add_member(user)
    await server.ask(server.sacha, "$new Courage {name}")

    said = kind_word(await server.ask(member, "je suis triste"))

    assert said == "Courage \\<@\u2060&1> @\u2060everyone \\*x\\*"
    (sent,) = [
        each.json for each in env.http_requests if "Courage" in str(each.json) and "embeds" not in str(each.json)
    ][-1:]
    assert sent is not None
    assert sent["allowed_mentions"]["parse"] == []


@pytest.mark.parametrize("write", [marked_word, plain_word])
def test_an_answer_stays_within_a_message_whatever_people_are_called(write: Callable[[str, str], str]) -> None:
    for name in UNPLEASANT:
        said = write("{name}" * 166, name)

        assert len(said) < 1_700
        assert "\n" not in said


def test_a_word_that_is_shown_as_it_is_written_has_no_marks_of_its_own_or_of_a_name() -> None:
    assert plain_word("*Courage* {name}", "[x](y) _Zoé_") == escape("*Courage* [x](y) _Zoé_")
    assert escape("*") != "*"


async def test_a_name_on_telegram_is_the_first_name_and_mentions_nobody(
    telegram: FakeTelegram, services: Services, the_last: None
) -> None:
    group = telegram.group()
    await telegram.say("/new Courage {name} !", group)

    said: Sequence[str] = (await telegram.say("je suis triste", group, Somebody(77, "@Zoé *"))).splitlines()
    assert said[0] == "Courage @\u2060Zoé * !"
