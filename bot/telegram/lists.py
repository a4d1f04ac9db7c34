"""The chat's messages, a page at a time, with buttons to turn it."""

import asyncio
import re
import time
from collections.abc import Sequence

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import MessageLimit

from bot.models import Encouragement, StartersUse
from bot.telegram.markup import formatted, units
from bot.telegram.reader import IncomingMessage
from bot.telegram.replies import Replies
from bot.text.lists import list_entry, nothing_listed, paginate, starters_note
from bot.text.sentences import Voice

TURN = re.compile(r"list:(-?[0-9]{1,20}):([0-9]{1,4})(?::([^\n]{1,20}))?")
# What a button can carry, in 64 bytes, of what was looked for.
LONGEST_SEARCH, MOST_BYTES = 20, 64
# What is left for the title, the line above and the number of the page.
ROOM = MessageLimit.MAX_TEXT_LENGTH - 500
# What others wait at most while a long list is made ready.
SECONDS_AT_ONCE = 0.002


async def show(
    replies: Replies,
    message: IncomingMessage,
    kept: Sequence[Encouragement],
    *,
    above: str = "",
    page: int = 1,
    search: str = "",
    undo: InlineKeyboardMarkup | None = None,
) -> None:
    """Answer with a page, under a line of text; `search` is what these messages were looked for with.

    The button to `undo` what was done comes last.
    """
    if not kept:
        said = "\n".join(filter(None, (above, nothing_listed(message.voice, search))))
        await replies.answer(message, said, keyboard=undo)
        return
    starters = message.preferences.starters
    text, keyboard = await _page(message.voice, kept, starters, page - 1, message.author.id, search)
    rows = [*(keyboard.inline_keyboard if keyboard else ()), *(undo.inline_keyboard if undo else ())]
    said = "\n".join(filter(None, (above, text)))
    await replies.answer(message, said, keyboard=InlineKeyboardMarkup(rows) if rows else None)


async def turn(
    query: CallbackQuery,
    voice: Voice,
    kept: Sequence[Encouragement],
    starters: StartersUse,
    *,
    asker_id: int,
    page: int,
    search: str,
) -> None:
    """Show another page of the list as it is now, in the place of the one whose button was clicked."""
    text, keyboard = nothing_listed(voice, search), None
    if kept:
        text, keyboard = await _page(voice, kept, starters, page, asker_id, search)
    shown = formatted(text)
    await query.answer()
    await query.edit_message_text(shown.text, entities=shown.entities, reply_markup=keyboard)


async def _page(
    voice: Voice, kept: Sequence[Encouragement], starters: StartersUse, page: int, asker_id: int, search: str
) -> tuple[str, InlineKeyboardMarkup | None]:
    pages = paginate(await _entries(voice, kept), room=ROOM, size=units)
    await asyncio.sleep(0)
    page = min(page, len(pages) - 1)
    text = f"**{voice.text('list.title')}**\n{pages[page]}"
    note = f"\n\n-# {starters_note(voice, starters)}"
    if len(pages) == 1:
        return f"{text}{note}", None
    buttons = [
        InlineKeyboardButton(f"{sign} {voice.text(key)}", callback_data=_turning(asker_id, there, search))
        for sign, key, there in (("◀️", "list.previous", page - 1), ("▶️", "list.next", page + 1))
        if 0 <= there < len(pages)
    ]
    number = voice.text("list.page", page=page + 1, pages=len(pages))
    return f"{text}\n{number}{note}", InlineKeyboardMarkup([buttons])


def _turning(asker_id: int, page: int, search: str) -> str:
    """Return what a button says of itself, with as much of what was looked for as there is room for."""
    data = f"list:{asker_id}:{page}"
    room = MOST_BYTES - len(data) - 1
    carried = search.encode()[:room].decode(errors="ignore")
    return f"{data}:{carried}" if carried else data


async def _entries(voice: Voice, kept: Sequence[Encouragement]) -> Sequence[str]:
    """Return the line of each message; everybody else has a turn in between."""
    entries, begin = [], time.perf_counter()
    for one in kept:
        entries.append(list_entry(voice, one))
        if time.perf_counter() - begin > SECONDS_AT_ONCE:
            await asyncio.sleep(0)
            begin = time.perf_counter()
    await asyncio.sleep(0)
    return entries
