"""How updates of Telegram are taken: each once, in whatever order, and none lost."""

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing

import pytest

from bot.config import Settings
from bot.languages import Language
from bot.models import Author, Platform, Scope, Shards
from bot.services import Services
from bot.telegram import dispatcher, request
from bot.text.sentences import Texts
from bot.wiring import open_services
from tests.conftest import Clock, telegram_bot, with_plain_spaces
from tests.fake_telegram import CAMILLE, SECRET, FakeTelegram
from tests.sites import ask


def kept_in(settings: Settings, table: str = "encouragements") -> int:
    with closing(sqlite3.connect(settings.database)) as database:
        (count,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(count)


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "s\u00e9cret"])
async def test_without_the_secret_nothing_is_read(telegram: FakeTelegram, secret: str | None) -> None:
    answer = await telegram.post(telegram.message("/hello", telegram.private()), secret=secret)

    assert answer.status == 403
    assert telegram.said() == []


async def test_other_methods_are_none(telegram: FakeTelegram) -> None:
    assert (await ask(telegram.address)).status == 405


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b'{"update_id": "1"}', b'{"update_id": true}', b'{"message": {}}'),
        *(b'{"update_id": -1}', b'{"update_id": 9223372036854775808}', b"\xff\xfe", b"[" * 100_000),
        *(b'{"update_id": 1, "message": {}}', b'{"update_id": 1, "message": 7}', b"x" * 1_500_000),
    ],
    ids=lambda body: body[:20].decode("latin-1"),
)
async def test_what_is_no_update_is_confirmed_and_logged(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    with caplog.at_level(logging.WARNING, "bot"):
        answer = await telegram.post(body)

    assert answer.status == 200
    assert len(caplog.records) == 1
    assert await telegram.say("/hello") == "Bonjour !"


async def test_an_update_of_a_kind_nobody_asked_for_is_confirmed(telegram: FakeTelegram) -> None:
    for update in (
        telegram.update(edited_message=telegram.message("/hello", telegram.private())["message"]),
        telegram.update(something_new={"a": 1}),
        telegram.update(),
    ):
        assert (await telegram.post(update)).status == 200
    assert telegram.said() == []


@pytest.mark.parametrize("text", ["secret 4711", 4711])
async def test_an_update_that_can_not_be_read_is_let_go_and_stops_no_other(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, text: str | int
) -> None:
    misshapen = telegram.message("", telegram.private(), entities=[{"type": "pre", "offset": "x", "length": 1}])
    misshapen["message"]["text"] = text

    with caplog.at_level(logging.DEBUG, "bot"):
        answer = await telegram.post(misshapen)

    assert answer.status == 200
    assert "can't be read" in caplog.text
    assert "4711" not in caplog.text
    assert await telegram.say("/hello") == "Bonjour !"


async def test_half_a_character_hides_no_call_for_help(telegram: FakeTelegram) -> None:
    assert "3114" in await telegram.say("je veux mourir \ud83d")


async def test_a_large_update_is_taken(telegram: FakeTelegram) -> None:
    update = telegram.message("/hello", telegram.private()) | {"padding": "x" * 700_000}

    assert await telegram.deliver(update) == ["Bonjour !"]


async def test_twenty_copies_at_once_are_answered_once(telegram: FakeTelegram, settings: Settings) -> None:
    telegram.delay = 0.2
    update = telegram.message("/new Courage", telegram.private())

    answers = await asyncio.gather(*(telegram.post(update) for _ in range(20)))

    assert {answer.status for answer in answers} == {200}
    assert len(telegram.said()) == 1
    assert kept_in(settings) == 1


@pytest.mark.parametrize("text", ["/hello", "/new Courage", "je suis triste", "je veux mourir"])
async def test_a_copy_that_comes_later_is_not_answered(telegram: FakeTelegram, clock: Clock, text: str) -> None:
    update = telegram.message(text, telegram.private())
    assert len(await telegram.deliver(update)) == 1
    clock.advance(seconds=10_000)

    assert await telegram.deliver(update) == []


async def test_updates_that_overtake_each_other_are_all_answered(telegram: FakeTelegram) -> None:
    updates = [telegram.message(f"/new Message {number}", telegram.group()) for number in range(6)]

    for update in (updates[3], updates[0], updates[5], updates[1], updates[4], updates[2]):
        assert len(await telegram.deliver(update)) == 1


async def test_after_a_restart_a_copy_is_still_a_copy(
    telegram_server: FakeTelegram, settings: Settings, texts: Texts, languages: Mapping[str, Language]
) -> None:
    update = telegram_server.message("/new Courage", telegram_server.private())
    for said in (1, 0):
        telegram_server.calls.clear()
        async with (
            open_services(settings, languages) as services,
            telegram_bot(telegram_server, settings, services, texts),
        ):
            assert len(await telegram_server.deliver(update)) == said


async def test_what_was_changed_and_not_answered_is_not_changed_again(
    telegram: FakeTelegram, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "HANDLING_SECONDS", 0.3)
    telegram.waits = [60]
    update = telegram.message("/new Courage", telegram.private())

    first = await telegram.post(update)
    assert (first.status, kept_in(settings)) == (503, 1)
    assert int(first.headers["Retry-After"]) > 0
    assert await telegram.deliver(update) == ["C'est fait. Je n'avais peut-être pas pu te le dire."]
    assert kept_in(settings) == 1
    assert await telegram.deliver(update) == []


async def test_two_processes_that_take_the_same_update_at_once_answer_it_once(
    telegram: FakeTelegram, settings: Settings, texts: Texts, languages: Mapping[str, Language]
) -> None:
    update, first = telegram.message("/new Courage", telegram.private()), telegram.address
    async with open_services(settings, languages) as other, telegram_bot(telegram, settings, other, texts):
        with closing(sqlite3.connect(settings.database, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            posting = [asyncio.create_task(telegram.post(update))]
            await asyncio.sleep(0.1)
            telegram.address = first
            posting.append(asyncio.create_task(telegram.post(update)))
            await asyncio.sleep(0.1)
        answers = await asyncio.gather(*posting)

    assert [answer.status for answer in answers] == [200, 200]
    assert len(telegram.said()) == 1
    assert kept_in(settings) == 1


async def test_an_answer_is_sent_before_its_update_is_confirmed(telegram: FakeTelegram) -> None:
    telegram.delay = 0.3
    posting = asyncio.create_task(telegram.post(telegram.message("/hello", telegram.private())))
    await telegram.wait_for("sendMessage")

    assert not posting.done()
    assert (await posting).status == 200


async def test_chats_do_not_wait_for_each_other(telegram: FakeTelegram) -> None:
    telegram.delay = 0.3
    begin = asyncio.get_running_loop().time()
    await asyncio.gather(*(telegram.say("/hello", telegram.group()) for _ in range(10)))

    assert asyncio.get_running_loop().time() - begin < 2


async def test_before_it_is_ready_updates_come_again(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> None:
    async with telegram_bot(telegram_server, settings, services, texts) as connection:
        connection._dispatcher.ready = False
        answer = await telegram_server.post(telegram_server.message("/hello", telegram_server.private()))

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert telegram_server.said() == []


@pytest.fixture
def locked(settings: Settings, services: Services) -> sqlite3.Connection:
    """A connection that keeps the database from everybody else; closing it ends that."""
    connection = sqlite3.connect(settings.database, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


async def test_while_the_database_is_down_updates_come_again(
    telegram: FakeTelegram, locked: sqlite3.Connection, settings: Settings
) -> None:
    update = telegram.message("/new Courage", telegram.private())
    with closing(locked):
        assert (await telegram.post(update)).status == 503
        assert telegram.said() == []

    assert len(await telegram.deliver(update)) == 1
    assert kept_in(settings) == 1


async def test_somebody_in_danger_needs_no_database(
    telegram: FakeTelegram, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR

    async def fail(*_arguments: object, **_more: object) -> None:
        raise error

    storage = services.deliveries._storage
    monkeypatch.setattr(storage._database.connection, "execute_fetchall", fail)  # type: ignore[attr-defined]
    monkeypatch.setattr(storage._database.connection, "execute", fail)  # type: ignore[attr-defined]
    sad, in_danger = (telegram.message(text, telegram.private()) for text in ("je suis triste", "je veux mourir"))

    assert (await telegram.post(sad)).status == 503
    assert (await telegram.post(in_danger)).status == 200
    (said,) = telegram.said()
    assert "3114" in said


@pytest.mark.parametrize("text", ["je suis triste", "je veux mourir"])
async def test_an_answer_that_did_not_arrive_comes_with_the_next_message(telegram: FakeTelegram, text: str) -> None:
    group = telegram.group()
    telegram.refused[group.id] = "Bad Request: not enough rights to send text messages to the chat"
    assert await telegram.say(text, group) == ""
    del telegram.refused[group.id]

    assert await telegram.say(text, group) != ""
    assert await telegram.say(text, group) == ""


async def test_asked_to_wait_it_waits_and_answers_once(telegram: FakeTelegram) -> None:
    telegram.waits = [1]
    begin = asyncio.get_running_loop().time()

    assert await telegram.say("/hello") == "Bonjour !"
    assert asyncio.get_running_loop().time() - begin >= 1
    assert len(telegram.sent()) == 2


async def test_an_answer_that_may_have_arrived_is_not_sent_again(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "READ_SECONDS", 0.2)
    telegram.delay = 0.6

    assert await telegram.say("/hello") == "Bonjour !"
    assert len(telegram.sent()) == 1
    assert "did not say whether an answer arrived" in caplog.text


async def test_when_telegram_is_out_of_reach_the_update_comes_again(telegram: FakeTelegram) -> None:
    update = telegram.message("/hello", telegram.private())
    await telegram.hang_up()
    assert (await telegram.post(update)).status == 503
    await telegram.start()

    assert await telegram.deliver(update) == ["Bonjour !"]


async def test_a_refused_answer_is_no_reason_to_send_the_update_again(telegram: FakeTelegram) -> None:
    telegram.refused[CAMILLE.id] = "Bad Request: not enough rights to send text messages to the chat"

    assert (await telegram.post(telegram.message("/hello", telegram.private()))).status == 200


async def test_an_unforeseen_error_is_answered_and_logged_once(
    telegram: FakeTelegram, services: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise LookupError("not foreseen")

    monkeypatch.setattr(services.quotes, "next", fail)
    answer = await telegram.say("/inspire")

    assert answer.startswith("Désolé")
    (logged,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert logged.getMessage().split()[1] in answer


@pytest.mark.parametrize("how", ["refused", "told"])
async def test_a_chat_that_removes_the_bot_is_purged_after_30_days_unless_it_comes_back(
    telegram: FakeTelegram, services: Services, clock: Clock, how: str
) -> None:
    gone, back = telegram.group(), telegram.group()
    for chat in (gone, back):
        await telegram.say("/new Courage", chat)
        if how == "refused":
            telegram.kicked.add(chat.id)
            await telegram.say("/hello", chat)
        else:
            await telegram.deliver(telegram.membership("kicked", chat))
    await telegram.deliver(telegram.membership("member", back))
    clock.advance(days=31)

    assert await services.privacy.purge() == 1
    assert [len(await services.encouragements.list(Scope(Platform.TELEGRAM, chat.id))) for chat in (gone, back)] == [
        0,
        1,
    ]


@pytest.mark.parametrize("told", ["by the old", "by the new", "by both", "by a refusal"])
async def test_a_group_that_becomes_a_supergroup_keeps_everything(telegram: FakeTelegram, told: str) -> None:
    old, new = telegram.group(type="group", admins=(CAMILLE,)), telegram.group(admins=(CAMILLE,))
    await telegram.say("/new Courage", old)
    await telegram.say("/language en", old)
    if told in ("by the old", "by both"):
        await telegram.deliver(telegram.message(None, old, migrate_to_chat_id=new.id))
    if told in ("by the new", "by both"):
        await telegram.deliver(telegram.message(None, new, migrate_from_chat_id=old.id))
    if told == "by a refusal":
        telegram.migrated[old.id] = new.id
        await telegram.say("/hello", old)
        assert [(call["chat_id"], call["text"]) for call in telegram.sent()[-1:]] == [(new.id, "Hello!")]

    listed = await telegram.say("/list", new)
    assert "1. Courage" in listed
    assert listed.startswith("Encouraging")
    assert "number 2" in await telegram.say("/new Again", new)


async def test_chatter_touches_no_disk(telegram: FakeTelegram, settings: Settings) -> None:
    group = telegram.group()
    for text in ("bonjour", "/hello@AnotherBot", "il est triste", "/unknown"):
        await telegram.say(text, group)

    assert kept_in(settings, "deliveries") == 0


async def test_what_was_handled_is_forgotten_after_two_days(
    telegram: FakeTelegram, settings: Settings, clock: Clock
) -> None:
    await telegram.say("/hello")
    clock.advance(days=1.9)
    await telegram.say("/hello")
    assert kept_in(settings, "deliveries") == 2
    clock.advance(days=0.2)
    await telegram.say("/hello")

    assert kept_in(settings, "deliveries") == 2


async def test_a_stop_lets_what_is_under_way_be_answered(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> None:
    async with telegram_bot(telegram_server, settings, services, texts):
        telegram_server.delay = 0.5
        update = telegram_server.message("/hello", telegram_server.private())
        posting = asyncio.create_task(telegram_server.post(update))
        await telegram_server.wait_for("sendMessage")

    assert (await posting).status == 200
    assert with_plain_spaces(telegram_server.said()[0]) == "Bonjour !"


async def test_without_discord_purges_come_and_leave_discords_servers_alone(services: Services, clock: Clock) -> None:
    server, group = Scope(Platform.DISCORD, 1), Scope(Platform.TELEGRAM, -1)
    for scope in (server, group):
        await services.privacy.joined(scope)
        await services.encouragements.add(scope, author=Author(1, "Camille"), text="Courage")
    await services.privacy.left(group)
    await services.privacy.present([], Shards(frozenset()))
    clock.advance(days=31)

    assert await services.privacy.purge() == 1
    clock.advance(days=31)
    assert await services.privacy.purge() == 0
    assert len(await services.encouragements.list(server)) == 1
