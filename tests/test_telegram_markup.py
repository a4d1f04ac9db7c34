"""What the bot says becomes Telegram's entities, and what people wrote stays as it is."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.markup import Formatted, formatted, messages, units
from bot.text.markdown import escape


def looks(markdown: str) -> list[tuple[str, str]]:
    """Each part that looks special, and how."""
    whole = formatted(markdown)
    text = whole.text.encode("utf-16-le")
    return [
        (text[2 * each.offset : 2 * (each.offset + each.length)].decode("utf-16-le"), str(each.type))
        for each in whole.entities
    ]


def test_marks_become_entities_that_count_in_utf_16() -> None:
    markdown = "😢 **gras** et *penché*\n• `/new Courage` 🌻 `/list` [ici](<https://a.example/b>) <https://c.example>"

    assert formatted(markdown).text == "😢 gras et penché\n• /new Courage 🌻 /list ici https://c.example"
    assert looks(markdown) == [("gras", "bold"), ("penché", "italic"), ("/new Courage", "code"), ("ici", "text_link")]
    assert formatted(markdown).entities[-1].url == "https://a.example/b"


def test_a_small_line_is_in_italics() -> None:
    assert looks("Courage\n-# Parce que **voilà**") == [("Parce que voilà", "italic"), ("voilà", "bold")]


@given(st.text(alphabet=st.sampled_from("ab_*~`|\\[]()<>#->: \n/@é😢") | st.characters(codec="utf-8")))
def test_what_is_escaped_is_shown_as_it_was_written(text: str) -> None:
    whole = formatted(escape(text))

    assert whole.entities == ()
    assert whole.text == re.sub(r"\\(.)", r"\1", escape(text))


def test_a_long_text_is_divided_at_line_ends_and_nothing_is_lost() -> None:
    lines = [f"**{number}.** {'😢' * 300}" for number in range(20)]
    parts = messages("\n".join(lines))

    assert 2 < len(parts) < 6
    assert all(units(part.text) <= 4096 for part in parts)
    assert "\n".join(part.text for part in parts) == formatted("\n".join(lines)).text
    assert sum(len(part.entities) for part in parts) == 20


def test_a_line_longer_than_a_message_is_divided_too() -> None:
    parts = messages("😢" * 5_000)

    assert "".join(part.text for part in parts) == "😢" * 5_000
    assert all(units(part.text) <= 4096 for part in parts)


def test_nothing_is_no_message() -> None:
    assert list(messages("\n")) == []
    assert formatted("") == Formatted()
