"""What is made of the headers in which a client says what it prefers."""

import pytest

from bot.web.negotiation import language, prefers_html


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        ("text/*", False),
        ("text/plain", False),
        ("text/html", True),
        ("TEXT/HTML; charset=utf-8", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html, */*", True),
        ("text/html, text/plain", False),
        ("text/plain;q=0.9, text/html", True),
        ("text/html;q=0.8, text/plain", False),
        ("text/html;q=0.8, */*", False),
        ("text/html;q=0", False),
        ("text/html;q=0, */*", False),
        ("text/html;q=2", False),
        ("text/html;q=nan", False),
        ("text/html;level=1;q=0.5", True),
        ("image/png", False),
        (",;,=;q", False),
    ],
)
def test_html_is_for_who_asks_for_it(accept: str, html: bool) -> None:
    assert prefers_html(accept) is html


@pytest.mark.parametrize(
    ("accept_language", "code"),
    [
        ("", "fr"),
        ("en", "en"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("fr;q=0.4, en;q=0.6", "en"),
        ("de-DE, en;q=0.5", "en"),
        ("de", "fr"),
        ("*", "fr"),
        ("de, *;q=0.5, en;q=0.4", "fr"),
        ("en;q=0", "fr"),
        ("en;q=x, de", "fr"),
        ("EN-us", "en"),
    ],
)
def test_the_language_is_the_one_wanted_most_of_those_there_are(accept_language: str, code: str) -> None:
    assert language(accept_language, {"fr", "en"}, "fr") == code
