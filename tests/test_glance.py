"""What is found in the text of a message's frame is what reading the whole frame finds, or nothing."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord.internals.glance import glance
from tests.fake_payloads import GUILD_ID, MEMBER_ID, message_of_the_member

MESSAGE = message_of_the_member("bonjour", GUILD_ID)
FOUND = (GUILD_ID, MEMBER_ID, "bonjour")


def frame(data: dict[str, Any], **how: Any) -> str:
    return json.dumps({"t": "MESSAGE_CREATE", "s": 5, "op": 0, "d": data}, **how)


def as_discord_orders_it(**changes: Any) -> dict[str, Any]:
    data = MESSAGE | changes
    guild_id = data.pop("guild_id")
    return {**data, "guild_id": guild_id}


def by(**changes: Any) -> dict[str, Any]:
    """A message whose author has all this, told before the id, as Discord does with much of it."""
    return as_discord_orders_it(author=changes | {"id": str(MEMBER_ID)})


@pytest.mark.parametrize("how", [{}, {"separators": (",", ":"), "ensure_ascii": False}], ids=["spaced", "compact"])
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (MESSAGE, FOUND),
        (as_discord_orders_it(), FOUND),
        (as_discord_orders_it(content='"à\\\n😢"'), (GUILD_ID, MEMBER_ID, '"à\\\n😢"')),
        (as_discord_orders_it(message_reference={"guild_id": "7"}), FOUND),
        (MESSAGE | {"message_reference": {"guild_id": "1234567890123456789"}}, None),
        (by(primary_guild={"tag": "HEY", "identity_guild_id": "7"}), FOUND),
        (by(username='"id":"7","content":"x"'), FOUND),
        (by(collectibles={"nameplate": {"id": "7"}}), None),
        (by(username="}"), None),
        (MESSAGE | {"message_reference": {"guild_id": "7"}, "position": 1}, None),
        (as_discord_orders_it(referenced_message=MESSAGE), None),
        (as_discord_orders_it(message_snapshots=[{"message": {"content": "x"}}]), None),
    ],
)
def test_a_glance_finds_what_is_plain(how: dict[str, Any], data: dict[str, Any], found: Any) -> None:
    assert glance(frame(data, **how)) == found


@pytest.mark.parametrize(
    "data",
    [
        message_of_the_member("bonjour", None),
        as_discord_orders_it(guild_id=None),
        as_discord_orders_it(guild_id=7),
        as_discord_orders_it(content=None),
        as_discord_orders_it(content=["x"]),
        as_discord_orders_it(author={"id": None}),
        {"guild_id": "7"},
    ],
    ids=range(7),
)
def test_what_is_no_message_on_a_server_is_left_to_who_reads_it_all(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not|values|invalid"):
        glance(frame(data))


json_values = st.recursive(
    st.none() | st.integers(0, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("id", "content", "x")), inner),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.text(max_size=20), st.text(max_size=20), json_values, st.booleans())
def test_whatever_stands_in_a_message_nothing_else_is_taken_for_what_was_written(
    content: str, name: str, more: Any, ascii: bool
) -> None:
    data = as_discord_orders_it(content=content, embeds=[more], author={"username": name, "id": str(MEMBER_ID)})
    try:
        found = glance(frame(data, ensure_ascii=ascii))
    except ValueError:
        found = None

    assert found in (None, (GUILD_ID, MEMBER_ID, content))
