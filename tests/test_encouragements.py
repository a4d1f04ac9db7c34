"""The rules of the kind messages, apart from any platform."""

import asyncio
import random
from datetime import UTC, datetime

import pytest

from bot.errors import UserError
from bot.languages import Language
from bot.models import Author, Platform, Scope, Starters
from bot.services import Services
from bot.services.feelings.reader import Feeling, Reading, Rule, Step

CAMILLE = Author(1, "Camille")
SACHA = Author(2, "Sacha")
A_LITTLE_SAD = Reading(Feeling.SAD, (Step(Rule.OWN_STATE, "je suis triste"),))


@pytest.fixture(params=[Platform.DISCORD, Platform.TELEGRAM])
def scope(request: pytest.FixtureRequest) -> Scope:
    return Scope(request.param, 42)


async def test_a_message_keeps_its_author_and_the_time_in_utc(services: Services, scope: Scope) -> None:
    before = datetime.now(UTC)
    added = await services.encouragements.add(scope, author=CAMILLE, text="  Courage \n")

    assert added.text == "Courage"
    assert added.author == CAMILLE
    assert before <= added.created_at <= datetime.now(UTC)
    assert list(await services.encouragements.list(scope)) == [added]


@pytest.mark.parametrize(
    ("one", "other"), [("Élan", "ÉLAN"), ("é", "e\u0301"), ("a  b", " A\tB "), ("Straße", "STRASSE"), ("a", "a\u200b")]
)
async def test_the_same_text_in_other_clothes_is_a_duplicate(
    services: Services, scope: Scope, one: str, other: str
) -> None:
    await services.encouragements.add(scope, author=CAMILLE, text=one)

    with pytest.raises(UserError) as refusal:
        await services.encouragements.add(scope, author=SACHA, text=other)
    assert refusal.value.key == "new.duplicate"


@pytest.mark.parametrize("number", [-1, 0, 2**63, 10**19 - 1])
async def test_a_number_that_no_message_can_have_is_a_plain_mistake(
    services: Services, scope: Scope, number: int
) -> None:
    with pytest.raises(UserError) as refusal:
        await services.encouragements.delete(scope, number, member_id=CAMILLE.id, may_moderate=True)

    assert refusal.value.key == "del.bad_number"
    assert not await services.encouragements.approve(scope, number)
    assert not await services.encouragements.refuse(scope, number)
    await services.encouragements.report(scope, number)
    assert await services.encouragements.next_pending(scope, after=number) is None


async def test_a_deleted_text_may_come_back(services: Services, scope: Scope) -> None:
    await services.encouragements.add(scope, author=CAMILLE, text="Courage")
    await services.encouragements.delete(scope, 1, member_id=CAMILLE.id, may_moderate=False)

    assert (await services.encouragements.add(scope, author=SACHA, text="Courage")).number == 2


async def test_of_two_who_delete_the_same_message_at_once_one_is_told_that_it_is_gone(
    services: Services, scope: Scope
) -> None:
    await services.encouragements.add(scope, author=CAMILLE, text="Courage")

    outcomes = await asyncio.gather(
        *(services.encouragements.delete(scope, 1, member_id=CAMILLE.id, may_moderate=False) for _ in range(2)),
        return_exceptions=True,
    )

    assert [each.key for each in outcomes if isinstance(each, UserError)] == ["del.unknown"]
    assert None in outcomes


async def test_the_choice_is_fair(services: Services, scope: Scope, languages: dict[str, Language]) -> None:
    await services.encouragements.add(scope, author=CAMILLE, text="Courage")

    said = [
        (await services.encouragements.pick(scope, locale="en", channel_id=1, reading=A_LITTLE_SAD)).text
        for _ in range(1_350)
    ]

    starters = languages["en"].starters
    for text in (*starters.exhorting, *starters.listening, "Courage"):
        assert 18 < said.count(text) < 90


async def test_two_channels_do_not_disturb_each_other(services: Services, scope: Scope) -> None:
    last: dict[int, str] = {}
    for _ in range(100):
        channel = random.choice([1, 2])
        word = await services.encouragements.pick(scope, locale="fr", channel_id=channel, reading=A_LITTLE_SAD)
        assert word.text != last.get(channel)
        last[channel] = word.text


async def test_two_scopes_do_not_disturb_each_other_where_a_channel_has_the_same_id(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.encouragements, "_starters", {"en": Starters((), ("One", "Two"))})
    scopes = [Scope(Platform.DISCORD, 1), Scope(Platform.TELEGRAM, 1)]

    said = [
        [await services.encouragements.pick(scope, locale="en", channel_id=1, reading=A_LITTLE_SAD) for scope in scopes]
        for _ in range(4)
    ]

    for one, other in zip(said[:-1], said[1:], strict=True):
        assert one[0] != other[0]
        assert one[1] != other[1]


async def test_the_memory_of_preferences_follows_the_bots_own_writes(services: Services, scope: Scope) -> None:
    assert (await services.preferences.get(scope)).responding
    await services.preferences.change(scope, responding=False)

    assert not (await services.preferences.get(scope)).responding
    await services.deliveries.move(scope, other := Scope(scope.platform, 43))
    assert (await services.preferences.get(scope)).responding
    assert not (await services.preferences.get(other)).responding


IN_TEARS_OR_DESPAIR = [
    *("je suis en larmes", "je pleure", "i feel hopeless", "je suis désespéré", "i cried all night"),
    *("je suis au bout du rouleau", "bonjour", "je suis triste 😭", "i am sad :'(", "i am sad. i was in tears all day"),
    *("je suis triste, j'ai perdu tout espoir", "je suis triste, jpleure depuis hier", "i am so sad, nothing helps"),
]
A_LITTLE_SAD_ONLY = ["je suis triste", "i am so sad", "je suis triste, ma mamie est à l'hôpital"]


@pytest.mark.parametrize("locale", ["fr", "en"])
async def test_nobody_in_tears_or_despair_is_told_to_cheer_up(
    services: Services, scope: Scope, languages: dict[str, Language], locale: str
) -> None:
    exhorting = {*languages[locale].starters.exhorting}
    told = set()
    for text in (*IN_TEARS_OR_DESPAIR, *A_LITTLE_SAD_ONLY):
        reading = services.feelings.read(text)
        for _ in range(100):
            word = await services.encouragements.pick(scope, locale=locale, channel_id=1, reading=reading)
            told |= {text} if word.text in exhorting else set()

    assert told == {*A_LITTLE_SAD_ONLY}
