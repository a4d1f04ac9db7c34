"""What any storage promises, on each engine."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.databases import opened
from bot.models import (
    Author,
    Backlog,
    Delivery,
    Person,
    Platform,
    Progress,
    Scope,
)
from bot.postgres_url import PostgresURL
from bot.storage.base import (
    AlreadyClaimedError,
    DuplicateEncouragementError,
    ScopeFullError,
    Storage,
    TooManyPendingError,
)
from bot.storage.postgres_connection import PostgresConnection
from bot.storage.sqlite import SQLiteConnection
from tests.engines import empty_postgres

HERE = Scope(Platform.DISCORD, 2**62)
ELSEWHERE = Scope(Platform.TELEGRAM, -(2**62))
NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
THERE = Scope(Platform.DISCORD, 7)
PRIVATE = Scope(Platform.DISCORD, 8)
CAMILLE = Author(2**63 - 1, "Camille")
SACHA = Author(2, "Sacha")


async def add(
    storage: Storage,
    text: str,
    *,
    scope: Scope = HERE,
    limit: int = 500,
    author: Author = CAMILLE,
    pending_limit: int | None = None,
    created_at: datetime = NOW,
) -> int:
    added = await storage.add_encouragement(
        scope,
        author=author,
        text=text,
        key=text,
        created_at=created_at,
        limit=limit,
        pending_limit=pending_limit,
    )
    assert added.pending == (pending_limit is not None)
    return added.number


async def test_what_is_added_comes_back_whole(storage: Storage) -> None:
    number = await add(storage, "Tu vas\ny arriver \U0001f33b")

    (kept,) = await storage.list_encouragements(HERE)
    assert (kept.number, kept.text, kept.author, kept.created_at) == (
        number,
        "Tu vas\ny arriver \U0001f33b",
        CAMILLE,
        NOW,
    )
    assert kept.created_at.tzinfo is not None
    assert await storage.find_encouragement(HERE, number) == kept


async def test_scopes_see_nothing_of_each_other(storage: Storage) -> None:
    same_id_elsewhere = Scope(Platform.TELEGRAM, HERE.id)
    await add(storage, "ici")
    await storage.save_settings(HERE, {"responding": False})

    for scope in (ELSEWHERE, same_id_elsewhere):
        assert await storage.list_encouragements(scope) == []
        assert await storage.find_encouragement(scope, 1) is None
        assert not await storage.delete_encouragements(scope, [1])
        assert await storage.load_settings(scope) == {}
        assert await add(storage, "ici", scope=scope) == 1


async def test_numbers_are_never_given_twice(storage: Storage) -> None:
    assert [await add(storage, "un"), await add(storage, "deux")] == [1, 2]
    assert await storage.delete_encouragements(HERE, [2])
    assert not await storage.delete_encouragements(HERE, [2])

    assert await add(storage, "trois") == 3


async def test_a_duplicate_or_a_full_scope_changes_nothing(storage: Storage) -> None:
    await add(storage, "un", limit=1)

    with pytest.raises(DuplicateEncouragementError):
        await add(storage, "un", limit=1)
    with pytest.raises(ScopeFullError):
        await add(storage, "deux", limit=1)

    assert [kept.number for kept in await storage.list_encouragements(HERE)] == [1]
    assert await add(storage, "trois") == 2


async def test_what_is_pending_has_a_number_and_is_listed_apart(storage: Storage) -> None:
    await add(storage, "un")
    assert await add(storage, "deux", pending_limit=100) == 2
    assert await add(storage, "ailleurs", scope=THERE, pending_limit=100) == 1
    assert await add(storage, "trois") == 3

    assert [kept.number for kept in await storage.list_encouragements(HERE)] == [1, 3]
    (pending,) = await storage.list_pending(HERE)
    assert (pending.number, pending.text, pending.author, pending.created_at) == (2, "deux", CAMILLE, NOW)
    assert pending.pending
    assert await storage.find_encouragement(HERE, 2) == pending
    of_camille = await storage.list_encouragements_of(Person(Platform.DISCORD, CAMILLE.id))
    assert [kept.pending for scope, kept in of_camille if scope == HERE] == [False, True, False]


async def test_what_is_pending_counts_as_kept_and_as_a_duplicate(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux", pending_limit=1)

    with pytest.raises(TooManyPendingError):
        await add(storage, "trois", limit=3, pending_limit=1)
    with pytest.raises(ScopeFullError):
        await add(storage, "trois", limit=2, pending_limit=1)
    with pytest.raises(ScopeFullError):
        await add(storage, "trois", limit=2)
    for text, pending in (("un", False), ("deux", True)):
        for pending_limit in (None, 1):
            with pytest.raises(DuplicateEncouragementError) as refusal:
                await add(storage, text, limit=2, pending_limit=pending_limit)
            assert refusal.value.pending is pending
    assert await add(storage, "trois", limit=3) == 3


@pytest.mark.parametrize("decision", ["approve", "refuse"])
async def test_a_decision_is_made_once(storage: Storage, decision: str) -> None:
    approved = decision == "approve"
    decide = storage.approve_encouragement if approved else storage.refuse_encouragement
    await add(storage, "un", pending_limit=100)
    await add(storage, "un", scope=THERE, pending_limit=100)
    await add(storage, "deux")

    assert await decide(HERE, 1)

    for again in (storage.approve_encouragement, storage.refuse_encouragement):
        assert not await again(HERE, 1)
        assert not await again(HERE, 2)
        assert not await again(HERE, 3)
    assert [kept.text for kept in await storage.list_encouragements(HERE)] == (["un"] if approved else []) + ["deux"]
    assert await storage.list_pending(HERE) == []
    assert len(await storage.list_pending(THERE)) == 1
    assert await add(storage, "trois") == 3


async def test_what_is_pending_can_be_deleted_like_the_rest(storage: Storage) -> None:
    await add(storage, "un", pending_limit=100)

    assert await storage.delete_encouragements(HERE, [1])
    assert not await storage.approve_encouragement(HERE, 1)


async def test_what_hurt_somebody_waits_again_under_its_number_until_it_is_approved(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "un", scope=THERE)
    await add(storage, "deux", pending_limit=1)

    assert await storage.report_encouragement(HERE, 1, now=NOW)
    for number in (1, 2, 3):
        assert not await storage.report_encouragement(HERE, number, now=NOW)
    assert await storage.list_encouragements(HERE) == []
    waiting = await storage.list_pending(HERE)
    assert [(kept.number, kept.text, kept.reported) for kept in waiting] == [(1, "un", True), (2, "deux", False)]
    assert len(await storage.list_encouragements(THERE)) == 1
    assert await storage.approve_encouragement(HERE, 1)

    assert [kept.reported for kept in await storage.list_encouragements(HERE)] == [False]


async def test_what_hurt_somebody_has_been_pending_since_then(storage: Storage) -> None:
    later = NOW + timedelta(days=40)
    await add(storage, "un")
    await storage.report_encouragement(HERE, 1, now=later)

    assert await storage.delete_pending_before(later) == 0
    assert await storage.delete_pending_before(later + timedelta(seconds=1)) == 1


async def test_moderators_are_told_of_a_backlog_once_until_the_hour_is_over(storage: Storage) -> None:
    hour = timedelta(hours=1)
    await add(storage, "un")
    await add(storage, "deux", pending_limit=9)
    await add(storage, "trois", scope=THERE, pending_limit=9)
    await storage.save_settings(HERE, {"notices": "7"})
    reported = NOW + timedelta(minutes=1)
    await storage.report_encouragement(HERE, 1, now=reported)
    assert await storage.list_backlogs(HERE.platform) == [Backlog(HERE, count=2, newest=reported, told=None)]

    claims = await asyncio.gather(*(storage.claim_notice(HERE, now=NOW, since=NOW - hour) for _ in range(9)))
    assert sorted(claims) == [False] * 8 + [True]
    (backlog,) = await storage.list_backlogs(HERE.platform)
    assert backlog.told == NOW
    soon, later = NOW + hour - timedelta(seconds=1), NOW + hour
    assert not await storage.claim_notice(HERE, now=soon, since=soon - hour)
    assert await storage.claim_notice(HERE, now=later, since=later - hour)

    assert not await storage.claim_notice(Scope(HERE.platform, 404), now=NOW, since=NOW)
    assert await storage.list_backlogs(Platform.TELEGRAM) == []
    assert (await storage.load_settings(HERE))["notices"] == "7"


async def test_a_new_text_waits_like_a_new_message_where_there_is_room_to_wait(storage: Storage) -> None:
    later = NOW + timedelta(days=1)
    await add(storage, "un")
    await add(storage, "deux", pending_limit=9)
    with pytest.raises(TooManyPendingError):
        await storage.edit_encouragement(HERE, 1, text="trois", key="trois", now=later, pending_limit=1)
    for key in ("deux", "un"):
        with pytest.raises(DuplicateEncouragementError):
            await storage.edit_encouragement(HERE, 1 if key == "deux" else 2, text=key, key=key, now=later)
    assert [kept.text for kept in await storage.list_encouragements(HERE)] == ["un"]

    listed = await storage.edit_encouragement(HERE, 1, text="UN", key="un", now=later)
    waiting = await storage.edit_encouragement(HERE, 1, text="trois", key="trois", now=later, pending_limit=2)
    still = await storage.edit_encouragement(HERE, 2, text="quatre", key="quatre", now=later)

    assert [kept and (kept.text, kept.created_at, kept.pending) for kept in (listed, waiting, still)] == [
        ("UN", NOW, False),
        ("trois", later, True),
        ("quatre", NOW, True),
    ]
    assert await storage.edit_encouragement(HERE, 9, text="x", key="x", now=later) is None
    assert await storage.edit_encouragement(THERE, 1, text="x", key="x", now=later) is None


async def test_what_was_deleted_comes_back_as_it_was_and_nothing_twice(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux", pending_limit=9)
    await storage.report_encouragement(HERE, 1, now=NOW)
    before = await storage.list_pending(HERE)
    gone = {kept.text: kept for kept in await storage.delete_encouragements(HERE, [1, 2])}

    assert await storage.restore_encouragements(HERE, gone, limit=1) == 1
    assert await storage.restore_encouragements(HERE, gone, limit=9) == 1
    assert await storage.restore_encouragements(HERE, gone, limit=9) == 0
    assert await storage.restore_encouragements(THERE, gone, limit=9) == 0

    assert await storage.list_pending(HERE) == before
    assert await storage.list_encouragements(HERE) == []


@pytest.mark.parametrize("told", [None, NOW])
async def test_a_notice_that_could_not_be_said_is_as_if_never_claimed(storage: Storage, told: datetime | None) -> None:
    hour = timedelta(hours=1)
    await add(storage, "un", pending_limit=9)
    await storage.save_settings(HERE, {"notices": "7"})
    if told is not None:
        assert await storage.claim_notice(HERE, now=told, since=told - hour)
    before = await storage.list_backlogs(HERE.platform)
    assert await storage.claim_notice(HERE, now=NOW + hour, since=NOW)

    await storage.return_notice(HERE, told=told)

    assert await storage.list_backlogs(HERE.platform) == before
    assert [backlog.told for backlog in before] == [told]
    assert await storage.load_settings(THERE) == {}


async def test_a_day_is_claimed_once_for_its_word_and_none_before_it(storage: Storage) -> None:
    today, yesterday, tomorrow = (NOW.date() + timedelta(days=days) for days in (0, -1, 1))
    for scope in (HERE, ELSEWHERE):
        await storage.save_settings(scope, {"daily": {"channel": "7", "time": "9:00"}})
    await storage.save_settings(THERE, {"notices": "7"})
    assert await storage.list_scopes_with_daily(HERE.platform) == [HERE]
    assert await storage.load_daily(HERE) == (None, frozenset())

    claims = await asyncio.gather(*(storage.claim_daily(HERE, today, {f"{number}"}) for number in range(9)))
    assert sorted(claims) == [False] * 8 + [True]
    day, said = await storage.load_daily(HERE)
    assert (day, len(said)) == (today, 1)
    assert not await storage.claim_daily(HERE, yesterday, {"a"})
    assert await storage.claim_daily(HERE, tomorrow, {"a", "b"})

    assert await storage.load_daily(HERE) == (tomorrow, frozenset({"a", "b"}))
    assert await storage.load_daily(ELSEWHERE) == (None, frozenset())
    assert not await storage.claim_daily(Scope(HERE.platform, 404), today, {"a"})


async def test_only_what_has_been_pending_too_long_is_deleted_beyond_recovery(
    place: Path | PostgresURL, storage: Storage
) -> None:
    later = NOW + timedelta(days=1)
    await add(storage, "une vieille attente", pending_limit=100)
    await add(storage, "une vieille attente", scope=ELSEWHERE, pending_limit=100)
    await add(storage, "listé")
    await add(storage, "attend depuis peu", pending_limit=100, created_at=later)

    assert await storage.delete_pending_before(NOW) == 0
    assert await storage.delete_pending_before(later) == 2
    assert await storage.delete_pending_before(later) == 0

    assert [kept.text for kept in await storage.list_pending(HERE)] == ["attend depuis peu"]
    assert [kept.text for kept in await storage.list_encouragements(HERE)] == ["listé"]
    for file in place.parent.iterdir() if isinstance(place, Path) else ():
        assert b"une vieille attente" not in file.read_bytes(), file.name


async def test_a_hundred_decisions_at_once_are_one_each(storage: Storage) -> None:
    for number in range(20):
        await add(storage, f"message {number}", pending_limit=100)

    decided = await asyncio.gather(
        *(storage.approve_encouragement(HERE, n) for n in range(1, 21) for _ in range(2)),
        *(storage.refuse_encouragement(HERE, n) for n in range(1, 21) for _ in range(2)),
        *(storage.approve_encouragement(HERE, n) for n in range(1, 21)),
    )

    assert sum(decided) == 20
    assert await storage.list_pending(HERE) == []


async def test_preferences_do_not_disturb_the_numbers(storage: Storage) -> None:
    await add(storage, "un")
    await storage.save_settings(HERE, {"responding": False})
    await storage.save_settings(HERE, {"responding": None})
    await storage.save_settings(HERE, {"responding": False})

    assert await storage.load_settings(HERE) == {"responding": False}
    assert await add(storage, "deux") == 2


async def test_a_scope_with_a_message_and_no_choice_has_the_defaults(storage: Storage) -> None:
    await add(storage, "un")

    assert await storage.load_settings(HERE) == {}


async def test_a_setting_is_kept_by_its_name_whatever_it_holds(storage: Storage) -> None:
    chosen: dict[str, object] = {
        "on": True,
        "text": "!?🐧",
        "numbers": {"one": 0, "other": 86_400},
        "lists": {"sad": ["seum", "l'été"], "empty": []},
    }
    await storage.save_settings(HERE, chosen)
    assert await storage.load_settings(HERE) == chosen

    await storage.save_settings(HERE, {"text": "$", "on": None})

    del chosen["on"]
    assert await storage.load_settings(HERE) == {**chosen, "text": "$"}


async def import_into(storage: Storage, texts: Sequence[str], *, scope: Scope = HERE, limit: int = 500) -> int:
    return await storage.import_scope(
        scope,
        author=SACHA,
        texts={text: text for text in texts},
        created_at=NOW,
        limit=limit,
        settings={"prefix": "!"},
    )


async def test_an_import_adds_what_is_new_under_the_next_numbers_and_keeps_the_preferences(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux")
    await storage.delete_encouragements(HERE, [2])

    assert await import_into(storage, ["trois", "un", "quatre"]) == 2

    kept = [(one.number, one.text, one.author, one.created_at) for one in await storage.list_encouragements(HERE)]
    assert kept == [(1, "un", CAMILLE, NOW), (3, "trois", SACHA, NOW), (4, "quatre", SACHA, NOW)]
    assert await storage.load_settings(HERE) == {"prefix": "!"}
    assert await storage.list_keys(HERE) == {"un", "trois", "quatre"}
    assert await storage.list_keys(ELSEWHERE) == set()
    assert await add(storage, "cinq") == 5


async def test_an_import_of_preferences_alone_gives_no_number(storage: Storage) -> None:
    assert await import_into(storage, []) == 0

    assert await storage.load_settings(HERE) == {"prefix": "!"}
    assert await add(storage, "un") == 1


async def test_an_import_that_does_not_fit_changes_nothing(storage: Storage) -> None:
    await add(storage, "un")

    with pytest.raises(ScopeFullError):
        await import_into(storage, ["un", "deux", "trois"], limit=2)

    assert await storage.list_keys(HERE) == {"un"}
    assert await storage.load_settings(HERE) == {}
    assert await add(storage, "quatre") == 2
    assert await import_into(storage, ["un"], limit=1) == 0


async def test_a_cancelled_import_is_there_whole_or_not_at_all(storage: Storage) -> None:
    seen = set()
    for turns in range(30):
        scope = Scope(Platform.DISCORD, 1000 + turns)
        task = asyncio.create_task(import_into(storage, [str(number) for number in range(50)], scope=scope))
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        state = (len(await storage.list_keys(scope)), (await storage.load_settings(scope)).get("prefix"))
        assert state in ((0, None), (50, "!"))
        seen.add(state)
        assert await add(storage, "après", scope=scope) == state[0] + 1
    assert (0, None) in seen


async def test_a_persons_encouragements_are_found_in_every_scope(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux", author=SACHA)
    await add(storage, "trois", scope=THERE)
    await add(storage, "ailleurs", scope=ELSEWHERE)

    found = await storage.list_encouragements_of(Person(Platform.DISCORD, CAMILLE.id))

    assert [(scope, kept.text, kept.author) for scope, kept in found] == [
        (THERE, "trois", CAMILLE),
        (HERE, "un", CAMILLE),
    ]


async def test_a_person_can_be_forgotten_without_losing_the_messages(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux", author=SACHA)
    await add(storage, "trois", scope=THERE)
    await add(storage, "ailleurs", scope=ELSEWHERE)
    camille = Person(Platform.DISCORD, CAMILLE.id)

    await storage.forget_person(camille, None)
    await storage.forget_person(camille, None)

    assert await storage.list_encouragements_of(camille) == []
    assert [(kept.text, kept.author) for kept in await storage.list_encouragements(HERE)] == [
        ("un", None),
        ("deux", SACHA),
    ]
    assert [kept.author for kept in await storage.list_encouragements(ELSEWHERE)] == [CAMILLE]
    with pytest.raises(DuplicateEncouragementError):
        await add(storage, "un")
    assert await storage.delete_encouragements(HERE, [1])


async def test_what_a_forgotten_person_had_pending_is_deleted(storage: Storage) -> None:
    await add(storage, "un", pending_limit=100)
    await add(storage, "deux", pending_limit=100, author=SACHA)
    await add(storage, "trois", scope=ELSEWHERE, pending_limit=100)

    await storage.forget_person(Person(Platform.DISCORD, CAMILLE.id), None)

    assert [kept.text for kept in await storage.list_pending(HERE)] == ["deux"]
    assert [kept.text for kept in await storage.list_pending(ELSEWHERE)] == ["trois"]
    assert await add(storage, "un") == 3


async def test_opt_outs_are_kept_once_each_and_by_platform(place: Path | PostgresURL) -> None:
    one, two = Person(Platform.DISCORD, 2**63 - 1), Person(Platform.TELEGRAM, 2**63 - 1)
    async with opened(place) as storage:
        await storage.add_opt_out(one)
        await storage.add_opt_out(one)
        await storage.add_opt_out(two)
        await storage.remove_opt_out(two)
        await storage.remove_opt_out(two)

    async with opened(place) as storage:
        assert [*await storage.load_opt_outs(Platform.DISCORD)] == [one.id]
        assert not await storage.load_opt_outs(Platform.TELEGRAM)
        assert await storage.has_opted_out(one)
        assert not await storage.has_opted_out(two)


async def test_opt_outs_are_read_in_order_and_none_is_missed_between_two_steps(
    place: Path | PostgresURL, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [-7, -1, 0, 1, 2, 3, 10**17, 2**63 - 1]
    async with opened(place) as storage:
        for id in reversed(ids):
            await storage.add_opt_out(Person(Platform.TELEGRAM, id))
        for at_once in (2, 3, len(ids), 100):
            for engine in (SQLiteConnection, PostgresConnection):
                monkeypatch.setattr(engine, "ids_at_once", at_once)

            assert [*await storage.load_opt_outs(Platform.TELEGRAM)] == ids


async def test_only_servers_left_long_ago_are_deleted_with_all_they_had(storage: Storage) -> None:
    for scope in (HERE, THERE, PRIVATE):
        await add(storage, "un", scope=scope)
    await storage.record_servers(Platform.DISCORD, [HERE.id, THERE.id], now=NOW)
    await storage.record_departure(HERE, now=NOW)
    await storage.record_departure(HERE, now=NOW + timedelta(days=29))

    assert await storage.delete_servers_left_before(NOW) == []
    assert await storage.delete_servers_left_before(NOW + timedelta(seconds=1)) == [HERE]
    assert await storage.delete_servers_left_before(NOW + timedelta(days=999)) == []

    assert await storage.list_encouragements(HERE) == []
    assert len(await storage.list_encouragements(THERE)) == 1


async def test_servers_that_are_missing_were_left_and_those_present_were_not(storage: Storage) -> None:
    later = NOW + timedelta(days=1)
    await storage.record_servers(Platform.DISCORD, [HERE.id, THERE.id], now=NOW)
    await storage.record_servers(Platform.DISCORD, [THERE.id], now=NOW)
    await storage.record_servers(Platform.DISCORD, [], now=later)
    await storage.record_arrival(THERE)

    assert await storage.delete_servers_left_before(later + timedelta(days=1)) == [HERE]


async def test_a_server_that_only_uses_commands_is_not_missing_until_it_stops(storage: Storage) -> None:
    day = NOW.date()
    for scope in (HERE, THERE, PRIVATE):
        await add(storage, "un", scope=scope)
    await storage.record_departure(HERE, now=NOW)
    for _ in range(2):
        await storage.record_use(HERE, day=day)
    await storage.record_servers(Platform.DISCORD, [], now=NOW)

    assert await storage.list_servers_left() == []
    assert await storage.delete_servers_left_before(NOW + timedelta(days=999)) == []
    assert await storage.delete_servers_unused_since(day) == []
    tomorrow = day + timedelta(days=1)
    assert await storage.delete_servers_unused_since(tomorrow, among=lambda server: server != HERE) == []
    assert await storage.delete_servers_unused_since(tomorrow) == [HERE]
    assert await storage.list_keys(HERE) == set()
    assert len(await storage.list_keys(THERE)) == len(await storage.list_keys(PRIVATE)) == 1


async def test_a_server_that_takes_the_bot_in_again_counts_as_it_did_before(storage: Storage) -> None:
    for scope in (HERE, THERE):
        await storage.record_use(scope, day=NOW.date())
    await storage.record_servers(Platform.DISCORD, [HERE.id], now=NOW)
    await storage.record_arrival(THERE)
    assert await storage.delete_servers_unused_since(NOW.date() + timedelta(days=999)) == []

    await storage.record_servers(Platform.DISCORD, [], now=NOW)
    assert set(await storage.list_servers_left()) == {HERE, THERE}


async def test_what_is_said_of_some_servers_says_nothing_of_the_others(storage: Storage) -> None:
    await storage.record_servers(Platform.DISCORD, [HERE.id, THERE.id], now=NOW)
    await storage.record_servers(Platform.DISCORD, [], now=NOW, among=lambda id: id == HERE.id)
    later = NOW + timedelta(days=1)
    assert await storage.delete_servers_left_before(later, among=lambda server: server != HERE) == []

    assert await storage.delete_servers_left_before(later) == [HERE]


async def test_the_servers_of_another_platform_are_not_missing(storage: Storage) -> None:
    await storage.record_arrival(ELSEWHERE)
    await storage.record_servers(Platform.DISCORD, [], now=NOW)

    assert await storage.delete_servers_left_before(NOW + timedelta(days=1)) == []


async def test_a_server_that_was_never_seen_can_be_left(storage: Storage) -> None:
    await add(storage, "un")
    await storage.record_departure(HERE, now=NOW)

    assert await storage.delete_servers_left_before(NOW + timedelta(days=1)) == [HERE]


async def test_the_private_scope_of_who_is_forgotten_is_emptied_but_gives_no_number_twice(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "un", scope=THERE)
    await storage.save_settings(HERE, {"responding": False})

    await storage.forget_person(Person(Platform.DISCORD, SACHA.id), HERE)

    assert await storage.list_encouragements(HERE) == []
    assert await storage.load_settings(HERE) == {}
    assert len(await storage.list_encouragements(THERE)) == 1
    assert await add(storage, "deux") == 2


async def test_the_digest_of_the_commands_is_kept(storage: Storage) -> None:
    assert await storage.load_published_commands() is None
    await storage.save_published_commands("a")
    await storage.save_published_commands("b")

    assert await storage.load_published_commands() == "b"


async def test_two_hundred_tasks_at_once_lose_nothing(storage: Storage) -> None:
    numbers = await asyncio.gather(*(add(storage, f"message {i}") for i in range(200)))
    tries = (storage.delete_encouragements(HERE, [number]) for number in range(1, 101) for _ in range(2))
    deleted = await asyncio.gather(*tries)

    assert sorted(numbers) == list(range(1, 201))
    assert sum(map(len, deleted)) == 100
    assert [kept.number for kept in await storage.list_encouragements(HERE)] == list(range(101, 201))


async def test_a_cancelled_write_leaves_no_transaction_open(storage: Storage) -> None:
    for turns in range(12):
        task = asyncio.create_task(add(storage, f"cancelled after {turns} turns"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        assert await add(storage, f"after {turns}")


async def test_what_was_kept_is_there_after_reopening(place: Path | PostgresURL) -> None:
    async with opened(place) as storage:
        await add(storage, "un")
        await storage.delete_encouragements(HERE, [1])
        await add(storage, "deux")

    async with opened(place) as storage:
        assert [(kept.number, kept.text) for kept in await storage.list_encouragements(HERE)] == [(2, "deux")]


STEPS = st.lists(st.tuples(st.sampled_from(["add", "delete"]), st.integers(1, 8), st.text(min_size=1)), max_size=25)
SAME_FIXTURES = [HealthCheck.function_scoped_fixture]


@given(STEPS)
@settings(max_examples=25, suppress_health_check=SAME_FIXTURES)
def test_any_sequence_does_in_a_file_what_a_dictionary_would(tmp_path: Path, steps: list[tuple[str, int, str]]) -> None:
    asyncio.run(_compare_with_a_dictionary(tmp_path / f"{os.urandom(8).hex()}.db", HERE, steps, lambda text: text))


@pytest.fixture
def url() -> PostgresURL:
    return asyncio.run(empty_postgres())


@given(STEPS)
@settings(max_examples=10, deadline=None, suppress_health_check=SAME_FIXTURES)
def test_any_sequence_does_on_a_server_what_a_dictionary_would(
    url: PostgresURL, steps: list[tuple[str, int, str]]
) -> None:
    scope = Scope(Platform.DISCORD, int.from_bytes(os.urandom(7)))
    asyncio.run(_compare_with_a_dictionary(url, scope, steps, lambda text: text.replace("\0", "\ufffd")))


async def _compare_with_a_dictionary(
    place: Path | PostgresURL, scope: Scope, steps: list[tuple[str, int, str]], kept_as: Callable[[str], str]
) -> None:
    async with opened(place) as storage:
        expected: dict[int, str] = {}
        given_out = 0
        for step, number, text in steps:
            if step == "delete":
                deleted = await storage.delete_encouragements(scope, [number])
                assert bool(deleted) == (expected.pop(number, None) is not None)
            elif kept_as(text) in expected.values():
                with pytest.raises(DuplicateEncouragementError):
                    await add(storage, text, scope=scope)
            else:
                given_out += 1
                assert await add(storage, text, scope=scope) == given_out
                expected[given_out] = kept_as(text)
        kept = await storage.list_encouragements(scope)
        assert {one.number: one.text for one in kept} == expected


def where(place: Path | PostgresURL) -> str:
    """What DATABASE is to be."""
    return place.whole if isinstance(place, PostgresURL) else str(place)


WRITER = """
import asyncio, sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from bot.errors import StorageUnavailableError
from bot.models import Author, Platform, Scope
from bot.config import Settings
from bot.databases import opened

async def main():
    settings = Settings.from_env({"DATABASE": sys.argv[1]})
    async with opened(settings.postgres or settings.database) as storage:
        for i in range(10**6):
            await storage.add_encouragement(
                Scope(Platform.DISCORD, 1), author=Author(1, "x"), text=str(i), key=str(i),
                created_at=datetime.now(UTC), limit=10**9,
            )
            print(i + 1, flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
async def test_what_was_confirmed_survives_kill_9(place: Path | PostgresURL) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, where(place), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(50):
        await process.stdout.readline()
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    confirmed = 50 + rest.count(b"\n")

    async with opened(place) as storage:
        kept = await storage.list_encouragements(Scope(Platform.DISCORD, 1))
    assert [one.number for one in kept[:confirmed]] == list(range(1, confirmed + 1))
    assert len(kept) - confirmed in (0, 1)
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


UPDATE = Delivery(Platform.TELEGRAM, 4711)


LONG_AGO = NOW - timedelta(days=2)


async def test_a_delivery_is_claimed_with_the_first_change_and_with_nothing_else(storage: Storage) -> None:
    with storage.claiming(UPDATE, now=NOW):
        await storage.list_encouragements(HERE)
        await storage.check_write()
        assert await storage.progress_of(UPDATE) is Progress.NEW
        await add(storage, "un")
        await add(storage, "deux")
    await add(storage, "trois")

    assert await storage.progress_of(UPDATE) is Progress.CHANGED
    assert await storage.progress_of(Delivery(Platform.DISCORD, UPDATE.id)) is Progress.NEW


async def test_a_change_that_fails_claims_nothing(storage: Storage) -> None:
    await add(storage, "un")
    with storage.claiming(UPDATE, now=NOW):
        with pytest.raises(DuplicateEncouragementError):
            await add(storage, "un")

        assert await storage.progress_of(UPDATE) is Progress.NEW


async def test_what_is_claimed_is_not_changed_again(storage: Storage) -> None:
    async def once(text: str) -> bool:
        with storage.claiming(UPDATE, now=NOW):
            try:
                await add(storage, text)
            except AlreadyClaimedError:
                return False
            return True

    assert sum(await asyncio.gather(*(once(str(number)) for number in range(20)))) == 1
    assert len(await storage.list_encouragements(HERE)) == 1


async def test_what_is_answered_is_known_until_it_is_forgotten(storage: Storage) -> None:
    await storage.finish_delivery(UPDATE, now=NOW, forget_before=LONG_AGO)
    assert await storage.progress_of(UPDATE) is Progress.ANSWERED

    later = Delivery(Platform.TELEGRAM, 3)
    await storage.finish_delivery(later, now=NOW + timedelta(days=3), forget_before=NOW + timedelta(days=1))
    assert await storage.progress_of(UPDATE) is Progress.NEW
    assert await storage.progress_of(later) is Progress.ANSWERED


async def test_a_scope_moves_with_all_it_has(storage: Storage) -> None:
    await add(storage, "un")
    await add(storage, "deux")
    await add(storage, "trois", pending_limit=9)
    await storage.delete_encouragements(HERE, [1])
    await storage.save_settings(HERE, {"language": "en"})
    await storage.record_arrival(HERE)

    for _ in range(2):
        await storage.move_scope(HERE, THERE)

        assert [(kept.number, kept.text, kept.author) for kept in await storage.list_encouragements(THERE)] == [
            (2, "deux", CAMILLE)
        ]
        assert [kept.number for kept in await storage.list_pending(THERE)] == [3]
        assert await storage.load_settings(THERE) == {"language": "en"}
    assert await storage.list_keys(HERE) == set()
    assert await storage.load_settings(HERE) == {}
    assert await add(storage, "quatre", scope=THERE) == 4
    assert await storage.delete_servers_left_before(NOW + timedelta(days=1)) == []


async def test_a_scope_that_has_something_already_makes_room(storage: Storage) -> None:
    for text in ("un", "deux"):
        await add(storage, text)
    for text in ("deux", "trois", "quatre"):
        await add(storage, text, scope=THERE)
    await storage.save_settings(THERE, {"responding": False})
    await storage.save_settings(HERE, {"language": "en"})

    await storage.move_scope(HERE, THERE)

    kept = {each.number: each.text for each in await storage.list_encouragements(THERE)}
    assert kept == {1: "un", 2: "deux", 4: "trois", 5: "quatre"}
    assert await storage.load_settings(THERE) == {"responding": False}
    assert await add(storage, "cinq", scope=THERE) == 6


async def test_a_scope_with_nothing_moves_nothing(storage: Storage) -> None:
    await add(storage, "un", scope=THERE)
    await storage.move_scope(HERE, THERE)

    assert [kept.number for kept in await storage.list_encouragements(THERE)] == [1]
