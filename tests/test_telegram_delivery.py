"""How updates of Telegram are taken: each once, in whatever order, and none lost."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing, suppress
from typing import Any

import aiohttp
import pytest
from telegram.error import NetworkError

from bot.config import Settings
from bot.languages import Language
from bot.models import Author, Delivery, Platform, Scope, Shards
from bot.services import Services
from bot.telegram import intake, request
from bot.telegram.limiter import MESSAGES_PER_GROUP
from bot.text.sentences import Texts
from bot.wiring import open_services
from tests.conftest import Clock, telegram_bot, with_plain_spaces
from tests.fake_telegram import BOT, BOT_ID, CAMILLE, SECRET, FakeTelegram
from tests.sites import ask


def kept_in(settings: Settings, table: str = "encouragements") -> int:
    with closing(sqlite3.connect(settings.database)) as database:
        (count,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(count)


async def test_without_the_secret_nothing_is_read(telegram: FakeTelegram) -> None:
    for secret in (None, "", "wrong", SECRET + "x", "s\u00e9cret"):
        answer = await telegram.post(telegram.message("/hello", telegram.private()), secret=secret)

        assert answer.status == 403, secret
        assert telegram.said() == [], secret


async def test_other_methods_are_none(telegram: FakeTelegram) -> None:
    assert (await ask(telegram.address)).status == 405


NO_UPDATES = [
    *(b"", b"{", b"[]", b"null", b'{"update_id": "1"}', b'{"update_id": true}', b'{"message": {}}'),
    *(b'{"update_id": -1}', b'{"update_id": 9223372036854775808}', b"\xff\xfe", b"[" * 100_000),
    *(b'{"update_id": 1, "message": {}}', b'{"update_id": 2, "message": 7}'),
]


@pytest.mark.parametrize("bodies", [NO_UPDATES, [b"x" * 1_500_000]], ids=["short", "long"])
async def test_what_is_no_update_is_confirmed_and_logged(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, bodies: list[bytes]
) -> None:
    for body in bodies:
        caplog.clear()
        with caplog.at_level(logging.WARNING, "bot"):
            answer = await telegram.post(body)

        assert answer.status == 200, body[:40]
        assert len(caplog.records) == 1, body[:40]
        assert await telegram.say("/hello") == "Bonjour !", body[:40]


async def test_an_update_of_a_kind_nobody_asked_for_is_confirmed(telegram: FakeTelegram) -> None:
    for update in (
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


async def test_a_copy_that_is_still_read_once_the_other_was_answered_is_not_answered(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> None:
    fake, answered = telegram_server, asyncio.Event()
    async with telegram_bot(fake, settings, services, texts) as connection:
        update = fake.message("je suis triste", fake.private())
        read = connection._intake.look(update)
        assert read is not None

        async def slowly() -> Any:
            found = await read()
            await answered.wait()
            return found

        copy = asyncio.create_task(connection._intake.handle(update["update_id"], slowly))
        assert len(await fake.deliver(update)) == 1
        answered.set()
        await copy

    assert len(fake.said()) == 1


@pytest.mark.parametrize("text", ["/hello", "/new Courage", "je suis triste", "je veux mourir"])
async def test_a_copy_that_comes_later_is_not_answered(telegram: FakeTelegram, clock: Clock, text: str) -> None:
    update = telegram.message(text, telegram.private())
    assert len(await telegram.deliver(update)) == 1
    clock.advance(seconds=10_000)

    assert await telegram.deliver(update) == []


async def test_one_message_that_is_the_whole_answer_goes_in_the_response(telegram: FakeTelegram) -> None:
    topic: dict[str, Any] = {"message_thread_id": 7, "is_topic_message": True}
    told = [await telegram.say(text, **topic) for text in ("/hello", "/new Courage", "/list", "/del 7", "/nothing")]

    assert all(told)
    assert telegram.in_responses == 5
    assert all(call["message_thread_id"] == 7 for call in telegram.sent())
    assert telegram.sent()[0]["link_preview_options"] == {"is_disabled": True}
    assert telegram.sent()[0]["reply_parameters"]["allow_sending_without_reply"]


@pytest.mark.parametrize("text", ["je suis triste", "je veux mourir", "/helpline", "/start", "/settings"])
async def test_what_has_buttons_or_parts_or_must_arrive_is_sent_by_a_call(telegram: FakeTelegram, text: str) -> None:
    assert await telegram.say(text, telegram.group(admins=(CAMILLE,)))
    assert telegram.in_responses == 0


async def test_helplines_that_a_link_leads_to_must_arrive_too(telegram: FakeTelegram) -> None:
    assert "3114" in await telegram.say("/start helpline-FR")
    assert telegram.in_responses == 0


async def test_an_update_that_comes_in_chunks_is_answered_as_any_other(telegram: FakeTelegram) -> None:
    async def chunks(update: dict[str, Any]) -> AsyncIterator[bytes]:
        yield json.dumps(update).encode()

    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    answers = []
    async with aiohttp.ClientSession(headers=headers) as session:
        for text in ("/hello", "gg", "/helpline"):
            update = telegram.message(text, telegram.private())
            async with session.post(telegram.address, data=chunks(update)) as response:
                answers.append((response.status, b"Bonjour" in await response.read(), len(telegram.sent())))

    assert answers == [(200, True, 0), (200, False, 0), (200, False, 1)]


async def test_what_was_sent_is_confirmed_before_it_is_kept_that_it_was(
    telegram: FakeTelegram, services: Services
) -> None:
    await telegram.say("/new Courage")
    telegram.delay = 0.3
    update = telegram.message("/del 1", telegram.private())
    posting = asyncio.create_task(telegram.post(update))
    await telegram.wait_for("sendMessage", 2)
    storage = services.deliveries._storage
    async with storage._database.alone():  # type: ignore[attr-defined]
        assert (await asyncio.wait_for(posting, 5)).status == 200

    assert await telegram.deliver(update) == []


async def test_who_has_hung_up_takes_no_answer_along(telegram: FakeTelegram, services: Services) -> None:
    update = telegram.message("/new Courage", telegram.private())
    storage = services.deliveries._storage
    async with storage._database.alone():  # type: ignore[attr-defined]
        posting = asyncio.create_task(telegram.post(update))
        await asyncio.sleep(0.1)
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)

    assert len(await telegram.deliver(update)) == 1
    assert await telegram.deliver(update) == []


async def test_a_second_part_that_can_not_be_sent_does_not_repeat_the_first(
    telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, send = iter([True, False]), request.AiohttpRequest.do_request

    async def second_fails(self: Any, url: str, *arguments: Any, **more: Any) -> Any:
        if url.endswith("/sendMessage") and not next(parts):
            raise NetworkError("reset")
        return await send(self, url, *arguments, **more)

    monkeypatch.setattr(request.AiohttpRequest, "do_request", second_fails)
    answer = await telegram.post(telegram.message("/start", telegram.private()))

    assert answer.status == 200
    assert len(telegram.said()) == 1


async def test_a_call_for_help_is_answered_though_the_connection_breaks_after_it_was_sent(
    telegram: FakeTelegram,
) -> None:
    telegram.hangs_up_after = {"sendMessage"}

    assert (await telegram.post(telegram.message("je veux mourir", telegram.private()))).status in (200, 503)
    assert "3114" in telegram.said()[0]


async def test_after_a_restart_a_change_that_was_not_answered_is_told_and_not_made_again(
    telegram_server: FakeTelegram, settings: Settings, texts: Texts, languages: Mapping[str, Language]
) -> None:
    chat = telegram_server.private()
    adding, deleting = telegram_server.message("/new Courage", chat), telegram_server.message("/del 1", chat)
    async with open_services(settings, languages) as services:
        for update in (adding, deleting):
            with services.deliveries.claiming(Delivery(Platform.TELEGRAM, update["update_id"])):
                scope = Scope(Platform.TELEGRAM, chat.id)
                if update is adding:
                    await services.encouragements.add(scope, author=Author(chat.id, "Camille"), text="Courage")
                else:
                    await services.encouragements.delete(scope, 1, member_id=chat.id, may_moderate=True)
    async with open_services(settings, languages) as services, telegram_bot(telegram_server, settings, services, texts):
        told = [*await telegram_server.deliver(adding), *await telegram_server.deliver(deleting)]

    assert told == ["C'est fait. Je n'avais peut-être pas pu te le dire."] * 2
    assert kept_in(settings) == 0


async def test_a_group_that_speaks_is_not_left(telegram: FakeTelegram, services: Services, clock: Clock) -> None:
    speaking, silent = telegram.group(), telegram.group()
    for chat in (speaking, silent):
        await telegram.say("/new Courage", chat)
        telegram.kicked.add(chat.id)
        await telegram.say("je suis triste", chat)
    await telegram.say("bonjour", speaking)
    bot = {"id": BOT_ID, "is_bot": True, "first_name": "Bot"}
    await telegram.deliver(telegram.message(None, silent, left_chat_member=bot))
    clock.advance(days=31)

    assert await services.privacy.purge() == 1
    assert len(await services.encouragements.list(Scope(Platform.TELEGRAM, speaking.id))) == 1


UNREADABLE_PARTS: list[dict[str, Any]] = [
    {"reply_to_message": {"poll": {"id": 7}, "message_id": "x"}},
    {"reply_to_message": []},
    {"reply_to_message": {"from": 7}},
    {"reply_to_message": {"from": BOT, "text": 7}},
    {"poll": 7},
    {"quote": {"text": []}},
    {"pinned_message": {"poll": 1}},
    {"external_reply": {"origin": {"type": "new"}}},
]


async def test_what_can_not_be_read_in_a_part_that_is_not_needed_costs_no_message(telegram: FakeTelegram) -> None:
    for part in UNREADABLE_PARTS:
        assert "3114" in await telegram.say("je veux mourir", telegram.group(), **part), part


async def test_kinds_of_updates_that_nobody_asked_for_are_dropped_without_a_word(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    for update in (telegram.update(poll={"id": 1}), telegram.update(channel_post=7), telegram.update(chat_boost=[])):
        assert (await telegram.post(update)).status == 200

    assert [record for record in caplog.records if record.name.startswith("bot")] == []


@pytest.mark.parametrize(("text", "answered"), [("je veux mourir", True), ("je suis triste", False), ("/hello", False)])
async def test_an_edited_message_is_read_for_danger_alone(telegram: FakeTelegram, text: str, answered: bool) -> None:
    message = telegram.message(text, telegram.private())["message"] | {"edit_date": 1_770_000_100}

    said = await telegram.deliver(telegram.update(edited_message=message))
    assert [("3114" in each) for each in said] == ([True] if answered else [])


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
    monkeypatch.setattr(intake, "HANDLING_SECONDS", 0.3)
    telegram.hold(telegram.private(), 2)
    await telegram.post(telegram.message("je suis triste", telegram.private()))
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
    posting = asyncio.create_task(telegram.post(telegram.message("je suis triste", telegram.private())))
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
        connection._intake.ready = False
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

    assert "triste" in await telegram.say("je suis triste")
    assert asyncio.get_running_loop().time() - begin >= 1
    assert len(telegram.sent()) == 2


async def test_an_answer_that_may_have_arrived_is_not_sent_again(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "READ_SECONDS", 0.2)
    telegram.delay = 0.6

    assert "triste" in await telegram.say("je suis triste")
    assert len(telegram.sent()) == 1
    assert "did not say whether an answer arrived" in caplog.text


async def test_when_telegram_is_out_of_reach_the_update_comes_again(telegram: FakeTelegram) -> None:
    update = telegram.message("je suis triste", telegram.private())
    await telegram.hang_up()
    assert (await telegram.post(update)).status == 503
    await telegram.start()

    assert len(await telegram.deliver(update)) == 1


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
            await telegram.say("je suis triste", chat)
        else:
            await telegram.deliver(telegram.membership("kicked", chat))
    await telegram.deliver(telegram.membership("member", back))
    clock.advance(days=31)

    assert await services.privacy.purge() == 1
    assert [len(await services.encouragements.list(Scope(Platform.TELEGRAM, chat.id))) for chat in (gone, back)] == [
        0,
        1,
    ]


@pytest.mark.parametrize("is_member", [True, False])
async def test_a_restricted_bot_has_left_only_a_group_that_it_is_no_member_of(
    telegram: FakeTelegram, services: Services, clock: Clock, is_member: bool
) -> None:
    group = telegram.group()
    await telegram.say("/new Courage", group)
    change = telegram.membership("restricted", group)
    rights = (
        *("change_info", "invite_users", "pin_messages", "manage_topics", "send_messages", "send_polls"),
        *("send_other_messages", "add_web_page_previews", "send_audios", "send_documents", "send_photos"),
        *("send_videos", "send_video_notes", "send_voice_notes", "edit_tag", "react_to_messages"),
    )
    change["my_chat_member"]["new_chat_member"] |= {f"can_{right}": False for right in rights} | {
        "is_member": is_member
    }
    await telegram.deliver(change)
    clock.advance(days=31)

    assert await services.privacy.purge() == (0 if is_member else 1)


async def test_an_update_that_takes_too_long_comes_again(
    telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "HANDLING_SECONDS", 0.2)
    telegram.delay = 1.0
    update = telegram.message("je suis triste", telegram.private())

    assert (await telegram.post(update)).status == 503

    telegram.delay = 0.0
    assert (await telegram.post(update)).status == 200


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
        await telegram.say("je suis triste", old)
        assert telegram.sent()[-1]["chat_id"] == new.id

    listed = await telegram.say("/list", new)
    assert "1. Courage" in listed
    assert listed.startswith("Encouraging")
    assert "number 2" in await telegram.say("/new Again", new)


async def test_what_changes_nothing_leaves_no_trace_of_its_delivery(telegram: FakeTelegram, settings: Settings) -> None:
    group = telegram.group()
    for text in ("bonjour", "/hello@AnotherBot", "il est triste", "/unknown", "/hello", "/list", "je veux mourir"):
        await telegram.say(text, group)

    assert kept_in(settings, "deliveries") == 0


async def test_what_was_handled_is_forgotten_after_two_days(
    telegram: FakeTelegram, settings: Settings, clock: Clock
) -> None:
    await telegram.say("/new Un")
    clock.advance(days=1.9)
    await telegram.say("/new Deux")
    assert kept_in(settings, "deliveries") == 2
    clock.advance(days=0.2)
    await telegram.say("/new Trois")

    async with asyncio.timeout(5):
        while kept_in(settings, "deliveries") != 2:
            await asyncio.sleep(0.01)


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


async def test_a_stop_does_not_wait_for_ever_for_what_hangs(
    telegram_server: FakeTelegram,
    settings: Settings,
    services: Services,
    texts: Texts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "DRAIN_SECONDS", 0.1)
    async with telegram_bot(telegram_server, settings, services, texts):
        telegram_server.delay = 5.0
        update = telegram_server.message("je suis triste", telegram_server.private())
        posting = asyncio.create_task(telegram_server.post(update))
        await telegram_server.wait_for("sendMessage")
        begin = asyncio.get_running_loop().time()

    assert asyncio.get_running_loop().time() - begin < 3
    with suppress(aiohttp.ClientError):
        assert (await posting).status == 503


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


async def test_that_a_change_was_made_is_told_as_soon_as_it_can_be_told(telegram: FakeTelegram) -> None:
    group = telegram.group()
    for _ in range(MESSAGES_PER_GROUP // 2):
        await telegram.say("/hello", group)
    adding = telegram.message("/new Courage", group)
    telegram.refuses_messages = True
    refused = [(await telegram.post(adding)).status for _ in range(3)]
    telegram.refuses_messages = False

    assert refused == [503] * 3
    assert await telegram.deliver(adding) == ["C'est fait. Je n'avais peut-être pas pu te le dire."]
    assert "1. Courage" in await telegram.say("/list", group)


async def test_after_a_click_that_could_not_be_answered_it_is_said_that_it_was_done(telegram: FakeTelegram) -> None:
    click = telegram.click("settings:responding:off", telegram.private())
    telegram.hangs_up_after = {"editMessageText"}
    assert (await telegram.post(click)).status == 503
    telegram.hangs_up_after.clear()
    before = len(telegram.sent("answerCallbackQuery"))
    await telegram.deliver(click)

    (told,) = telegram.sent("answerCallbackQuery")[before:]
    assert told["text"].startswith("C'est fait.")
