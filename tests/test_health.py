"""What follows from what each shard has said."""

import pytest

from bot.health import GRACE_SECONDS, Health, Heartbeat
from tests.conftest import Clock


@pytest.fixture
def health(clock: Clock) -> Health:
    health = Health(clock.monotonic)
    health.expect([0, 1])
    return health


def test_it_is_alive_only_if_every_shard_is_connected_within_the_grace(health: Health, clock: Clock) -> None:
    health.connected(0)
    clock.advance(seconds=GRACE_SECONDS)
    assert health.verdict().key == "alive.never_connected"

    health.connected(1)
    assert health.verdict().alive

    health.disconnected(0)
    clock.advance(seconds=GRACE_SECONDS - 1)
    health.disconnected(1)
    assert health.verdict().alive
    assert not health.verdict().connected

    clock.advance(seconds=1)
    verdict = health.verdict()
    assert (verdict.alive, verdict.key, verdict.seconds) == (False, "alive.disconnected", GRACE_SECONDS)


def test_a_shard_that_is_not_run_here_any_more_does_not_count(health: Health, clock: Clock) -> None:
    health.connected(0)
    clock.advance(seconds=GRACE_SECONDS)
    health.expect([0])

    assert health.verdict().connected


def test_it_has_been_connected_since_the_last_shard_was(health: Health, clock: Clock) -> None:
    health.connected(0)
    clock.advance(seconds=100)
    health.connected(1)
    clock.advance(seconds=50)
    health.connected(0)

    assert health.verdict().seconds == 50


def test_a_heartbeat_is_that_of_the_slowest_shard_with_its_age(health: Health, clock: Clock) -> None:
    health.connected(0)
    health.connected(1)
    health.heartbeat_answered(0, Heartbeat(0.2, 1.0))
    assert health.heartbeat() is None

    health.heartbeat_answered(1, Heartbeat(0.1, 0.0))
    clock.advance(seconds=30)
    assert health.heartbeat() == Heartbeat(0.2, 31.0)


def test_an_outage_leaves_no_old_heartbeat(health: Health) -> None:
    health.expect([0])
    health.connected()
    health.heartbeat_answered(0, Heartbeat(0.2, 1.0))
    health.disconnected()
    assert health.heartbeat() is None

    health.connected()
    assert health.heartbeat() is None


def test_the_last_event_is_that_of_the_most_silent_shard(health: Health, clock: Clock) -> None:
    health.connected(0)
    assert health.seconds_since_last_event() is None

    health.connected(1)
    clock.advance(seconds=40)
    health.heard(0, 3)
    assert health.seconds_since_last_event() == 40
    assert health.events == 3
