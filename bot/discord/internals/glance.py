"""Finds who wrote what where in the text of a frame, without reading the rest of what Discord tells of a message.

Quotation marks within what people write are escaped there, so that a name with its marks is nothing but a name.
"""

import json
import re

CONTENT, AUTHOR, GUILD, ID = '"content":', '"author":', '"guild_id":', '"id":'
# More than an id takes, with what stands around it.
ID_LENGTH = 32
STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')


def glance(text: str) -> tuple[int, int, str] | None:
    """Return the server, the author and the words of the message that a frame tells of.

    It is None where that is not plain, such as where the message comes with another one.

    Raises:
        ValueError: what is looked for is missing, or is not what it would be.
    """
    content = text.index(CONTENT) + len(CONTENT)
    if text.find(CONTENT, content) > 0:
        return None
    author = text.index(AUTHOR) + len(AUTHOR)
    # What a link shows may have an author too.
    if text.find(AUTHOR, author) > 0:
        return None
    id = text.index(ID, author)
    before = text[author:id]
    if before.count("{") != 1 or "}" in before:
        # It is the author's own, and not that of something that the author has, or it makes no sense here.
        json.loads(f"{before}{ID}0}}")
    id += len(ID)
    guild = text.rindex(GUILD) + len(GUILD)
    _, guild_id, rest = text[guild:].split('"', 2)
    # At the very end, it is the message's own; elsewhere, it may be that of something which a private message has.
    if rest != "}}":
        return None
    begin = text.index('"', content, content + 2) + 1
    end = text.index('"', begin)
    said = text[begin:end]
    if "\\" in said:
        whole = STRING.match(text, begin - 1)
        said = json.loads(whole[0] if whole is not None else "")
    return int(guild_id), int(text[id : id + ID_LENGTH].split('"', 2)[1]), said
