"""Events of the gateway that Discord would never send: of every kind that the bot takes, with anything anywhere."""

import random
from typing import Any

from tests.events import NAMES, Event, anything
from tests.fake_payloads import GUILD_ID, channel_of, guild, message_of_the_member, slash_command

OTHER_GUILD_ID = GUILD_ID + 9_000
COMMANDS = ("hello", "new", "del", "list", "settings", "responding", "helpline", "pending", "import", "words add")
CLICKS = ("settings:responding:off", "opt-out:7", "fine:7", "hurt:7:1", "helplines:FR", "pending:approve:1", "page:1")


def hostile_event(chance: random.Random) -> Event:
    """Return the name and the data of an event with a few things in it that do not belong there."""
    name, data = chance.choice((_message, _message, _interaction, _interaction, _of_a_guild))(chance)
    if chance.random() < 0.02:
        data = anything(chance)
    for _ in range(chance.randint(0, 3)):
        _break(data, chance)
    return name, data


def _message(chance: random.Random) -> Event:
    text = chance.choice(("$new Courage.", "$list", "je suis triste", "je veux mourir", "$test je pleure", "bonjour"))
    return "MESSAGE_CREATE", message_of_the_member(text, chance.choice((GUILD_ID, None, _new_id(chance))))


def _interaction(chance: random.Random) -> Event:
    asked = slash_command(chance.choice(COMMANDS), GUILD_ID, message="Courage.", value="off", number="1")
    match chance.randrange(4):
        case 0:
            asked |= {"type": 3, "data": {"custom_id": chance.choice(CLICKS), "component_type": 2, "values": []}}
            asked["message"] = message_of_the_member("Courage.", GUILD_ID) | {"components": []}
        case 1:
            row = {"type": 1, "components": [{"type": 4, "custom_id": "x", "value": "Courage."}]}
            asked |= {"type": 5, "data": {"custom_id": chance.choice(CLICKS), "components": [row]}}
        case 2:
            said = message_of_the_member("je suis triste", GUILD_ID)
            menu = {"id": "7", "type": 3, "name": "Encourager", "target_id": said["id"]}
            asked["data"] = menu | {"resolved": {"messages": {said["id"]: said}}}
    return "INTERACTION_CREATE", asked


def _of_a_guild(chance: random.Random) -> Event:
    id = chance.choice((OTHER_GUILD_ID, OTHER_GUILD_ID + 1, OTHER_GUILD_ID + 2))
    whole = guild(id)
    part = chance.choice((whole["channels"][0], whole["roles"][0], whole["members"][0], whole))
    data = dict(part) | {"id": str(_new_id(chance)), "guild_id": str(id), "channel_id": str(channel_of(id))}
    data |= {"role": whole["roles"][0] | {"id": str(_new_id(chance))}, "parent_id": str(channel_of(id)), "threads": []}
    thread = {"owner_id": "7", "message_count": 1, "member_count": 1, "thread_metadata": {"archived": False}}
    if chance.random() < 0.1:
        return "GUILD_CREATE", whole
    return chance.choice(NAMES), data | thread


def _new_id(chance: random.Random) -> int:
    return GUILD_ID + 10_000 + chance.randrange(10**9)


def _break(data: Any, chance: random.Random) -> None:
    """Put anything in the place of something, or take it away."""
    while True:
        keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
        if not keys:
            return
        key = chance.choice(list(keys))
        inside = data[key]
        if isinstance(inside, dict | list) and inside and chance.random() < 0.6:
            data = inside
        elif chance.random() < 0.3:
            del data[key]
            return
        else:
            data[key] = anything(chance)
            return
