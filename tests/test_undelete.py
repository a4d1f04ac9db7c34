"""A deletion can be taken back for five minutes, by whoever made it."""

import asyncio

import pytest

from bot.errors import StorageUnavailableError, UserError
from bot.models import Author, Contributors, Person, Platform, Scope
from bot.services import Services, deletions, encouragements
from bot.services.deletions import SECONDS_TO_UNDO
from tests.conftest import Clock, Server, shown
from tests.fake_telegram import ALEX, CAMILLE, FakeTelegram

HERE = Scope(Platform.DISCORD, 1)


async def test_who_deleted_takes_it_back_with_number_and_author(server: Server) -> None:
    await server.ask(server.camille, "$new Courage.")
    await server.ask(server.camille, "$new On est là.")
    await server.ask(server.camille, "$del 1 2")
    deleted = server.answers()[-1]

    assert (await server.sacha.click(deleted, label="Annuler la suppression")).ephemeral
    await server.camille.click(deleted, label="Annuler la suppression")

    assert shown(server.answers()[-1]) == "2 messages sont de retour : 1, 2."
    assert "**1.** Courage. — Camille\n**2.** On est là. — Camille" in await server.ask(server.sacha, "$list")


async def test_what_a_moderator_deleted_comes_back_as_the_authors(server: Server) -> None:
    await server.ask(server.camille, "$new Courage.")
    await server.ask(server.camille, "$new On est là.")
    await server.ask(server.moderator, "$del 1")
    await server.moderator.click(server.answers()[-1], label="Supprimer")
    assert "Courage" not in await server.ask(server.sacha, "$list")

    (gone,) = [answer for answer in server.answers() if "supprimé" in answer.content]
    await server.moderator.click(gone, label="Annuler la suppression")

    assert "**1.** Courage. — Camille" in await server.ask(server.sacha, "$list")


async def test_after_five_minutes_it_is_too_late(server: Server, clock: Clock) -> None:
    await server.ask(server.camille, "$new Courage.")
    await server.ask(server.camille, "$del 1")
    clock.advance(seconds=SECONDS_TO_UNDO)

    result = await server.camille.click(server.answers()[-1], label="Annuler la suppression")

    assert "C'est trop tard" in shown(result.response)
    assert "aucun message" in await server.ask(server.camille, "$list")


async def test_only_who_deleted_takes_it_back_and_only_once(services: Services) -> None:
    await services.encouragements.add(HERE, author=Author(1, "Camille"), text="Courage.")
    await services.encouragements.delete(HERE, 1, member_id=9, may_moderate=True)

    with pytest.raises(UserError, match=r"del\.too_late"):
        await services.encouragements.restore(HERE, 1, member_id=1)
    await services.encouragements.restore(HERE, 1, member_id=9)
    with pytest.raises(UserError, match=r"del\.too_late"):
        await services.encouragements.restore(HERE, 1, member_id=9)


async def test_what_can_not_be_taken_back_any_more_is_kept_nowhere(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "SECONDS_TO_UNDO", 0.0)
    await services.encouragements.add(HERE, author=Author(1, "Camille"), text="Courage.")
    await services.encouragements.delete(HERE, 1, member_id=1, may_moderate=False)

    await asyncio.sleep(0.01)

    assert services.encouragements._deletions._deleted == {}


async def test_the_same_message_is_not_there_twice(services: Services) -> None:
    author = Author(1, "Camille")
    await services.encouragements.add(HERE, author=author, text="Courage.")
    await services.encouragements.delete(HERE, 1, member_id=1, may_moderate=False)
    await services.encouragements.add(HERE, author=author, text="courage.")

    with pytest.raises(UserError, match=r"del\.not_restored"):
        await services.encouragements.restore(HERE, 1, member_id=1)


async def test_what_waited_or_hurt_somebody_goes_on_waiting_when_it_comes_back(services: Services) -> None:
    author = Author(1, "Camille")
    await services.preferences.change(HERE, contributors=Contributors.APPROVAL)
    await services.encouragements.add(HERE, author=author, text="Un")
    await services.encouragements.add(HERE, author=author, text="Deux", may_moderate=True)
    await services.encouragements.report(HERE, 2)
    await services.encouragements.delete(HERE, 1, 2, member_id=1, may_moderate=False)

    await services.encouragements.restore(HERE, 1, 2, member_id=1)

    assert await services.encouragements.list(HERE) == []
    first, second = [await services.encouragements.next_pending(HERE, after=number) for number in (0, 1)]
    assert first is not None
    assert second is not None
    assert (first.encouragement.reported, second.encouragement.reported) == (False, True)


async def test_a_list_that_is_full_again_takes_nothing_back(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encouragements, "MAX_PER_SCOPE", 1)
    author = Author(1, "Camille")
    await services.encouragements.add(HERE, author=author, text="Un")
    await services.encouragements.delete(HERE, 1, member_id=1, may_moderate=False)
    await services.encouragements.add(HERE, author=author, text="Deux")

    with pytest.raises(UserError, match=r"del\.not_restored"):
        await services.encouragements.restore(HERE, 1, member_id=1)


async def test_a_storage_that_fails_leaves_time_to_try_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await services.encouragements.add(HERE, author=Author(1, "Camille"), text="Courage.")
    await services.encouragements.delete(HERE, 1, member_id=1, may_moderate=False)

    async def fail(*_: object, **__: object) -> int:
        raise StorageUnavailableError

    with monkeypatch.context() as outage:
        outage.setattr(services.encouragements._storage, "restore_encouragements", fail)
        with pytest.raises(StorageUnavailableError):
            await services.encouragements.restore(HERE, 1, member_id=1)
    await services.encouragements.restore(HERE, 1, member_id=1)

    assert [kept.number for kept in await services.encouragements.list(HERE)] == [1]


async def test_nothing_comes_back_of_who_asked_to_be_forgotten(services: Services) -> None:
    await services.encouragements.add(HERE, author=Author(1, "Camille"), text="Courage.")
    await services.encouragements.delete(HERE, 1, member_id=9, may_moderate=True)
    await services.privacy.forget(Person(Platform.DISCORD, 1), private=None)

    with pytest.raises(UserError, match=r"del\.too_late"):
        await services.encouragements.restore(HERE, 1, member_id=9)


async def test_it_is_the_same_on_telegram(telegram: FakeTelegram) -> None:
    group = telegram.group()
    await telegram.say("/new Courage.", group)
    await telegram.say("/del 1", group)
    ((button,),) = telegram.sent()[-1]["reply_markup"]["inline_keyboard"]

    await telegram.deliver(telegram.click(button["callback_data"], group, ALEX))
    assert "aucun message" in await telegram.say("/list", group)
    await telegram.deliver(telegram.click(button["callback_data"], group, CAMILLE))
    assert "1. Courage. — Camille" in await telegram.say("/list", group)
