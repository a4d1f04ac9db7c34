"""A stop lets every answer under way be sent, whatever it answers."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

import discord
import pytest
import simcord

from bot.config import Settings
from bot.discord.client import EncourageBot
from bot.discord.context import EncourageContext
from tests.conftest import Server

Doing = Callable[[], Awaitable[simcord.InteractionResult]]


async def slash_command(server: Server) -> Doing:
    return lambda: server.camille.slash(server.channel, "optout")


async def click_on_a_button_that_outlives_restarts(server: Server) -> Doing:
    await server.ask(server.camille, "je suis triste")
    (answer,) = server.answers()
    return lambda: server.camille.click(answer, label="Ne plus lire mes messages")


async def click_on_a_panel(server: Server) -> Doing:
    panel = (await server.admin.slash(server.channel, "settings")).response
    assert panel is not None
    return lambda: server.admin.click(panel, custom_id="settings:responding:off")


async def form(server: Server) -> Doing:
    box = await server.camille.slash(server.channel, "new")
    return lambda: server.camille.submit_modal(box, {"message": "Courage"})


@pytest.mark.parametrize(
    "prepare",
    [slash_command, click_on_a_button_that_outlives_restarts, click_on_a_panel, form],
    ids=lambda f: f.__name__,
)
async def test_what_somebody_has_begun_is_answered_before_the_stop(
    server: Server, bot: EncourageBot, settings: Settings, prepare: Callable[[Server], Awaitable[Doing]]
) -> None:
    do = await prepare(server)
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as other:
        # Whatever writes waits as long as somebody else does.
        other.execute("BEGIN IMMEDIATE")
        doing = asyncio.ensure_future(do())
        await asyncio.sleep(0.2)
        stopping = asyncio.create_task(bot.in_flight.drain())
        await asyncio.sleep(0.1)
        was_waited_for = not stopping.done()
        other.execute("ROLLBACK")
    result = await doing
    await stopping

    assert was_waited_for
    assert result.acknowledged
    assert not any(bot.services.tally.failures.values())


async def test_a_refusal_under_way_is_sent_before_the_stop(
    server: Server, bot: EncourageBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes wrong in a typed command is answered by a task of its own."""
    sending, send = asyncio.Event(), EncourageContext.send

    async def send_slowly(context: EncourageContext, *args: Any, **kwargs: Any) -> discord.Message:
        sending.set()
        await asyncio.sleep(0.2)
        return await send(context, *args, **kwargs)

    monkeypatch.setattr(EncourageContext, "send", send_slowly)
    asking = asyncio.ensure_future(server.ask(server.camille, "$del abc"))
    await asyncio.wait_for(sending.wait(), 5)
    await bot.in_flight.drain()

    assert len(server.answers()) == 1
    await asking
