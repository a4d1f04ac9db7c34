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


def private(**changes: Any) -> dict[str, Any]:
    return message_of_the_member("$aide", None) | changes


@pytest.mark.parametrize("how", [{}, {"separators": (",", ":"), "ensure_ascii": False}], ids=["spaced", "compact"])
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (MESSAGE, None),
        (as_discord_orders_it(), FOUND),
        (as_discord_orders_it(content='"à\\\n😢"'), (GUILD_ID, MEMBER_ID, '"à\\\n😢"')),
        (as_discord_orders_it(message_reference={"guild_id": "7"}), FOUND),
        (MESSAGE | {"message_reference": {"guild_id": "1234567890123456789"}}, None),
        (by(primary_guild={"tag": "HEY", "identity_guild_id": "7"}), FOUND),
        (by(username='"id":"7","content":"x"'), FOUND),
        (by(username='}}{"'), FOUND),
        (as_discord_orders_it(embeds=[{"author": {"name": "{"}}], mentions=[{"id": "7"}]), None),
        (private(message_reference={"guild_id": "7"}), None),
        (private(application={"guild_id": "7"}), None),
        (private(application={"guild_id": "7" * 27}), None),
        (private(application={"guild_id": "7" * 28}), None),
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
        by(collectibles={"nameplate": {"id": "7"}}),
        by(username="}}", collectibles={"nameplate": {"id": "7"}}),
        {"guild_id": "7"},
    ],
    ids=range(9),
)
def test_what_is_no_message_on_a_server_is_left_to_who_reads_it_all(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not|values|invalid|Expecting"):
        glance(frame(data))


NAMES = ("id", "content", "author", "guild_id", "x")
ESCAPED = ('"', "\\", "{", "}}", '"content":"', '\\"id":"7', "😢", "\u2028", "a")
texts = st.lists(st.sampled_from(ESCAPED) | st.text(max_size=3), max_size=6).map("".join)
json_values = st.recursive(
    st.none() | st.integers(0, 9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=3),
    max_leaves=8,
)
GUILD_IDS = st.sampled_from((str(GUILD_ID), None))
PLACES = ("embeds", "message_reference", "member", "poll", "zeta")


@settings(max_examples=50)
@given(
    texts, texts, json_values, json_values, st.sampled_from(PLACES), st.sampled_from((str(GUILD_ID), None)), st.data()
)
def test_whatever_stands_in_a_message_nothing_else_is_taken_for_what_was_written(
    content: str, name: str, more: Any, theirs: Any, place: str, guild_id: str | None, chance: st.DataObject
) -> None:
    author = {"username": name, "x": theirs, "id": str(MEMBER_ID)}
    data = message_of_the_member(content, None) | {"author": author, place: more}
    if guild_id is not None:
        data["guild_id"] = guild_id
    data = {name: data[name] for name in chance.draw(st.permutations([*data]))}
    try:
        found = glance(frame(data, separators=(",", ":"), ensure_ascii=chance.draw(st.booleans())))
    except ValueError:
        found = None

    assert found is None or (guild_id is not None and found == (GUILD_ID, MEMBER_ID, content))
