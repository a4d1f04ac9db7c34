"""What people wrote next to what the bot says: it shows as it is, and reaches no further."""

import random
import re

import pytest
import simcord
from hypothesis import example, given
from hypothesis import strategies as st

from bot.models import Author, Platform, Scope, Written
from bot.services import Services
from bot.services.encouragements import MAX_LENGTH
from bot.services.feelings.readings import Feeling, Reading, Rule, Step
from bot.text.markdown import escape, on_one_line, with_plain_links, without_open_ends
from bot.text.readings import explanation
from bot.text.sentences import Texts, Voice
from tests.conftest import Clock, Server, make_server

MARKUP = st.text(st.sampled_from("\\`*_~|[]()<>#-@: \nab1\u202e\u0301"), max_size=60)
ESCAPED = re.compile(r"\\([^a-zA-Z0-9\s])")
EMOJI = "<:mon_coeur:1456074443980800016>"


def live(text: str) -> str:
    """The marks that no backslash turns off, in the way Discord reads backslashes: from left to right."""
    return "".join(re.findall(r"[\\`*_~|\[\]<]|^\s*[#>-]", ESCAPED.sub("x", text), re.MULTILINE))


@given(MARKUP)
@example("|`|")
@example("`>>>>>")
def test_nothing_in_an_escaped_text_is_markup(text: str) -> None:
    assert live(escape(text)) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *(("[SOS](https://example.org)", "SOS (https://example.org)"), ("[a](<https://b.c>)", "a (https://b.c)")),
        *(("[a [b]](https://c.d)", "[a [b]] (https://c.d)"), ('[a](https://b.c "d")', '[a] (https://b.c "d")')),
        *(("voir https://example.org", "voir https://example.org"), ("[tu] (moi)", "[tu] (moi)")),
    ],
)
def test_no_link_hides_its_address(text: str, shown: str) -> None:
    assert with_plain_links(text) == shown


@given(MARKUP)
def test_an_escaped_text_shows_what_was_written(text: str) -> None:
    settled = re.sub("\u202e|(?<=\u0301{3})\u0301", "", text)

    assert ESCAPED.sub(r"\1", escape(text)) == settled


@given(MARKUP)
@example("|`|")
@example("`>>>>>")
def test_nothing_in_a_kind_word_reaches_beyond_it(text: str) -> None:
    word = without_open_ends(text)

    assert "`" not in word
    assert "||" not in word
    assert not re.search(r"^\s*>>>", word, re.MULTILINE)
    assert len(word) <= len(text)


WRITTEN = [
    ("**gras** _ital_ ~~barré~~ ||caché||", r"\*\*gras\*\* \_ital\_ \~\~barré\~\~ \|\|caché\|\|"),
    ("`un` ``deux`` ```trois", r"\`un\` \`\`deux\`\` \`\`\`trois"),
    (r"déjà \` échappé", r"déjà \\\` échappé"),
    ("[clique `ici`]", r"\[clique \`ici\`\]"),
    ("# titre", r"\# titre"),
    ("-# tout petit", r"\-# tout petit"),
    (">>> cité", r"\>>> cité"),
    ("à <t:1:R>, </del:1> ou <id:guide>", r"à \<t:1:R>, \</del:1> ou \<id:guide>"),
    ("droite\u202e à gauche\u2066", "droite à gauche"),
    ("z\u0301\u0301\u0301\u0301\u0301\u0301", "z\u0301\u0301\u0301"),
    (f"courage {EMOJI}", f"courage {EMOJI}"),
    ("bravo <@1456074443980800016> !", "bravo <@1456074443980800016> !"),
    ("@everyone", "@everyone"),
]


async def test_the_list_shows_a_message_as_it_was_written(env: simcord.Env) -> None:
    for text, shown in WRITTEN:
        server = make_server(env, text[:20])
        await server.ask(server.camille, f"$new {text}")
        await server.ask(server.sacha, "$new Et la suite.")

        lines = (await server.ask(server.camille, "$list")).split("\n")

        assert f"**1.** {shown} — Camille" in lines, text
        assert "**2.** Et la suite. — Sacha" in lines, text


async def test_a_name_in_the_list_is_nobody_elses(server: Server, services: Services) -> None:
    name = f"`*{server.sacha.mention}\u202e"
    await services.encouragements.add(
        Scope(Platform.DISCORD, server.guild.id), author=Author(1, name), text="Tu vas y arriver."
    )

    assert rf"— \`\*\{server.sacha.mention}" in (await server.ask(server.camille, "$list")).split("\n")[1]


def say_only(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the choice fall on the last message of the list."""
    monkeypatch.setattr(services.encouragements, "_rng", _Last())


class _Last(random.Random):
    def choice(self, seq):  # type: ignore[no-untyped-def]
        return seq[-1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tape `/helpline", "Tape /helpline"),
        ("```\nTu vas y arriver", "\nTu vas y arriver"),
        ("||Surprise ! Tu vas y arriver", "Surprise ! Tu vas y arriver"),
        (">>> Tu vas\ny arriver", "> Tu vas\ny arriver"),
        ("**Tu vas** y _arriver_ :|", "**Tu vas** y _arriver_ :|"),
    ],
)
async def test_a_kind_word_leaves_the_line_below_it_alone(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    await server.ask(server.moderator, f"$new {text}")
    say_only(services, monkeypatch)

    word, _, why = (await server.ask(server.camille, "i am so sad")).rpartition("\n")

    assert word == said
    assert why.startswith("-# ")


async def test_the_longest_kind_word_full_of_markup_still_fits(
    server: Server, services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.ask(server.moderator, f"$new a{'`' * (MAX_LENGTH - 1)}")
    await server.ask(server.moderator, f"$new {'|*' * (MAX_LENGTH // 2)}")
    say_only(services, monkeypatch)

    assert await server.ask(server.camille, "i am so sad")
    clock.advance(seconds=120)
    assert await server.ask(server.camille, "i am so sad")


@pytest.mark.parametrize("name", ["text", "author"])
def test_a_sentence_shows_what_people_wrote_as_they_wrote_it(texts: Texts, name: str) -> None:
    """Whatever the sentence calls it, its type says that somebody wrote it; what the bot writes keeps its looks."""
    params: dict[str, object] = {"number": 1, "text": "**x**", "author": "**x**"}
    written = Written("*un*\n||deux|| \u202e[trois](x)")
    as_written = r"\*un\* \|\|deux\|\| \[trois\](x)"

    said = texts.text("fr", "list.entry", **{**params, name: written})

    assert said == texts.text("fr", "list.entry", **{**params, name: as_written})


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_an_explanation_fits_in_one_message_whatever_it_cites(texts: Texts, locale: str) -> None:
    voice = Voice(texts, locale, "$")
    longest = max(Rule, key=lambda rule: len(voice.text(f"test.rule_{rule}")))
    last = Step(Rule.DANGER, "je veux mourir")

    for cited in ("*" * 4_000, "|a" * 2_000, "a" * 81, "mot\n" * 1_000, "😢" * 300):
        text = explanation(voice, Reading(Feeling.DANGER, (*[Step(longest, cited)] * 9, last)))
        assert len(text) <= 2_000
        assert "je veux mourir" in text
        assert text.count("…") >= 4, "what is cited is cut before a step is left out"


def test_one_line_is_one_line() -> None:
    assert on_one_line(" a\n\nb\u2028c\u202e \x85d ") == "a b c d"
    assert on_one_line("\u00a0«\u00a0a\u202f!\u00a0\u202f b\u00a0") == "«\u00a0a\u202f! b"
