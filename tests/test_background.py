"""Work beside the bot: what fails is said at once, begun again, and shown to monitors."""

import asyncio
import json
import logging

import pytest

from bot import background
from bot.background import Background, Backoff
from bot.health import Health
from bot.services import Services
from bot.text.sentences import Texts
from tests.sites import ask, serving


class Work:
    """Fails as often as it is told to, then goes on for ever or ends."""

    def __init__(self, failures: int, *, ends: bool = False) -> None:
        self.failures = failures
        self.ends = ends
        self.begun = 0
        self.going_on = asyncio.Event()

    async def run(self) -> None:
        self.begun += 1
        if self.begun <= self.failures:
            raise RuntimeError("the disk is on fire")
        self.going_on.set()
        if not self.ends:
            await asyncio.Event().wait()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def watched(pauses: list[float]) -> Background:
    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    return Background(sleep=sleep)


async def test_work_that_fails_is_logged_at_once_and_begins_again_after_ever_longer_pauses(
    watched: Background, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(failures=9)
    async with watched.running(work.run, name="purge"):
        await asyncio.wait_for(work.going_on.wait(), 5)

        assert watched.failing == ["purge"]

    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert watched.failing == []
    records = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(records) == 9
    assert records[0].getMessage() == "purge has failed, and begins again in 5 s"
    assert records[0].exc_info


async def test_work_is_well_again_once_it_has_gone_on_for_a_while(
    watched: Background, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "SETTLED_SECONDS", 0.02)
    work = Work(failures=1)
    async with watched.running(work.run, name="purge"):
        await asyncio.wait_for(work.going_on.wait(), 5)
        assert watched.failing == ["purge"]

        await asyncio.sleep(0.05)

        assert watched.failing == []


async def test_work_that_ends_by_itself_is_not_begun_again(watched: Background) -> None:
    work = Work(failures=1, ends=True)
    async with watched.running(work.run, name="publish"):
        await asyncio.wait_for(work.going_on.wait(), 5)
        await asyncio.sleep(0.01)

        assert work.begun == 2
        assert watched.failing == []


async def test_readyz_names_the_work_that_fails(services: Services, texts: Texts) -> None:
    health, never = Health(), asyncio.Event()
    health.connected()

    async def wait(_seconds: float) -> None:
        await never.wait()

    background = Background(sleep=wait)
    work = Work(failures=1)

    async with serving(health, services, texts, background=background) as port:
        url = f"http://127.0.0.1:{port}/readyz"
        assert (await ask(url)).status == 200
        async with background.running(work.run, name="backup"):
            await asyncio.sleep(0.01)
            answer = await ask(url)
            assert (await ask(f"http://127.0.0.1:{port}/livez")).status == 200

    assert answer.status == 503
    told = json.loads(answer.text)
    assert (told["checks"]["background"], told["failing"]) == (False, ["backup"])


def test_a_pause_is_no_shorter_than_somebody_asks_for_and_begins_anew_once_it_works() -> None:
    backoff = Backoff(2, 60)
    asked = (0.0, 0.0, 50.0, 0.0, 0.0)

    assert [backoff.next(at_least=seconds) for seconds in asked] == [2, 4, 50, 60, 60]
    backoff.reset()

    assert backoff.next() == 2
