"""What a server asks of the reader: whose sadness counts, words of its own, and words never to react to."""

import time
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import Trigger
from bot.services.feelings.reader import Attention, Feeling, Reading, Rule
from tests.reading import FEELINGS, KEYS
from tests.test_feelings import CASES, HOSTILE, takes_long

OWN, ANY = Trigger.OWN, Trigger.ANY
# A noun, an adjective, a verb and phrases of each language, with and without a subject of their own; emoji; a filler.
WORDS = (
    *("zbeul", "cafardeux", "bade", "dans le gouffre", "j'ai la boule au ventre", "loose", "pff"),
    *("dumps", "bluesy", "mope", "down bad", "I can't even", "the sunday scaries"),
    *("😢", "❤️‍🩹"),
)


def read(text: str, trigger: Trigger = OWN, words: tuple[str, ...] = (), ignored: tuple[str, ...] = ()) -> Reading:
    return FEELINGS.read(text, attention=FEELINGS.attention(trigger, words, ignored))


def decided_otherwise(
    wanted: Mapping[Rule, Sequence[str]], trigger: Trigger, words: tuple[str, ...] = ()
) -> list[tuple[str, Rule]]:
    """The texts of which another rule decides, and which."""
    decided = [
        (text, rule, read(text, trigger, words).steps[-1].rule) for rule, texts in wanted.items() for text in texts
    ]
    return [(text, other) for text, rule, other in decided if other is not rule]


ABOUT_ANYBODY = {
    Rule.ANYBODY: [
        *("he is sad", "are you sad?", "sad?", "my sister is so depressed", "she isn't angry but sad", "a lonely man"),
        *("he can't come because he is sad", "I have never seen anybody so sad", "she is sad and he is angry"),
        *(
            "il est triste",
            "c'est triste",
            "c triste",
            "ma sœur est triste",
            "t'es triste ?",
            "triste ?",
            "film triste",
        ),
        *("il est si triste", "il est quand même triste", "il s'est senti triste", "il vient pas car il est triste"),
        *(
            "il est plus triste que jamais",
            "jamais vu quelqu'un d'aussi triste",
            "elle est trop sad",
            "il est TRIIISTE",
        ),
    ],
    Rule.NEGATED: [
        *("he is not sad", "nobody is sad", "she isn't really sad", "not a sad day", "don't be sad", "he isnt sad"),
        *("I don't think he is sad", "there is no sadness here", "no one here is lonely", "he never looked sad"),
        *("il n'est pas triste", "personne n'est triste", "personne est triste", "c'est pas triste", "c pa triste"),
        *("elle est pas sad", "elle n'a pas l'air triste", "sois pas triste", "je veux pas que tu sois triste"),
        *(
            "il est plus triste",
            "ni triste ni gai",
            "déprime pas",
            "il est loin d'être triste",
            "y a personne de triste",
            "il n'est pas misérable",
            "he's not miserable",
        ),
    ],
    Rule.UNREAL: [
        *("if he is sad", "when she's sad she eats", "tell me if you are sad", "I would be sad if it closed"),
        *("s'il est triste", "si ma sœur est triste", "quand elle est triste elle mange", "ça serait triste"),
    ],
    Rule.IDIOM: ["sad song", "sad but true", "les Misérables", "triste sire"],
    Rule.JOKE: ["he is so sad lol", "il est triste mdr", "elle est sad ptdr"],
    Rule.NOT_THE_AUTHOR: ["il est brisé", "she is broken", "they are angry"],
    Rule.OWN_STATE: ["je suis triste", "I feel so lonely"],
    Rule.PHRASE: ["j'ai envie de pleurer"],
    Rule.NO_WORD: ["« il est triste »", "`he is sad`", "||il est triste||", "> he is sad", "https://x.y/he-is-sad"],
}


def test_a_server_may_want_every_sad_word_whoever_it_is_about() -> None:
    assert decided_otherwise(ABOUT_ANYBODY, ANY) == []


def test_by_default_only_the_author_counts() -> None:
    assert [text for text in ABOUT_ANYBODY[Rule.ANYBODY] if read(text).feeling is not Feeling.NONE] == []


OF_ITS_OWN = {
    Rule.OWN_STATE: [
        *("j'ai le zbeul", "jai trop le zbeul", "g un gros zbeul", "ça me donne le zbeul", "j'ai vraiment le zbeul"),
        *("je suis cafardeux", "JE SUIS CAFARDEUX", "chui cafardeuuux", "jsuis tro cafardeux"),
        *("je suis dans le gouffre", "jui ds le gouffre", "je bade", "je bade trop", "je bade plus que jamais"),
        *("I have the dumps", "I'm in the dumps", "I've got the sunday scaries", "im so bluesy", "I mope all day"),
        *("I'm tired and bluesy", "I'm down bad", "I'm down baaad"),
    ],
    Rule.BARE_STATE: [
        *(
            "le zbeul",
            "gros zbeul ce soir",
            "quel zbeul !",
            "cafardeux",
            "trop cafardeux",
            "la looooose",
            "pff",
            "pfff !",
        ),
        *("bluesy today", "so bluesy", "down bad rn", "never been so bluesy", "not gonna lie, bluesy"),
        *("😢", "il est parti 😢", "he doesn't call 😢", "ça va ? 😢", "bof ❤️‍🩹"),
    ],
    Rule.PHRASE: ["bon, j'ai la boule au ventre ce soir", "ok i can't even", "hier j'ai la booooule au ventre"],
    Rule.NEGATED: [
        *("je suis pas cafardeux", "jsuis pa cafardeux", "j'ai pas le zbeul", "je n'ai plus le zbeul", "je bade pas"),
        *("I'm not bluesy", "im not really bluesy", "I don't have the dumps", "I don't mope", "not bluesy"),
        *("je suis pas 😢", "pas 😢", "I'm not 😢"),
    ],
    Rule.QUESTION: ["cafardeux ?", "bluesy?", "😢 ?"],
    Rule.UNREAL: ["si je suis cafardeux je dors", "if I am bluesy I sleep", "when I'm in the dumps I eat"],
    Rule.JOKE: ["je suis cafardeux lol", "so bluesy, mdr", "j'ai le zbeul ptdr", "😢😂"],
    Rule.NOT_THE_AUTHOR: [
        *(
            "il est cafardeux",
            "il a le zbeul",
            "t'as le zbeul ?",
            "elle est dans le gouffre",
            "il bade",
            "film cafardeux",
        ),
        *("he is bluesy", "are you bluesy?", "she has the dumps", "he's down bad", "bluesy music"),
    ],
    Rule.NO_WORD: ["« je suis cafardeux »", "`bluesy`", "||bluesy||", "> I'm down bad", "<:bluesy:123456789012345678>"],
}


def test_a_servers_own_word_is_read_as_the_languages_words_are() -> None:
    assert decided_otherwise(OF_ITS_OWN, OWN, WORDS) == []


FOR_ANYBODY = {
    Feeling.SAD: [
        *("il est cafardeux", "t'as le zbeul ?", "il bade", "elle est dans le gouffre", "tu t'es senti cafardeux"),
        *("he is bluesy", "are you bluesy?", "she has the dumps", "he's down bad", "elle est bluesy", "cafardeux ?"),
    ],
    Feeling.NONE: [
        *("il est pas cafardeux", "il est pa cafardeux", "il n'est pas bluesy", "personne a le zbeul", "il bade pas"),
        *(
            "he isn't bluesy",
            "he isnt cafardeux",
            "nobody has the dumps",
            "no one is bluesy",
            "she is not dans le gouffre",
        ),
        *("si tu es cafardeux", "if you're bluesy", "quand il a le zbeul", "il est bluesy mdr", "he is cafardeux lmao"),
    ],
}


def test_a_servers_own_word_may_count_whoever_it_is_about() -> None:
    for wanted, texts in FOR_ANYBODY.items():
        assert [text for text in texts if read(text, ANY, WORDS).feeling is not wanted] == []


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("j'ai mal à la tête", ("mal",), Rule.IDIOM),
        ("j'ai mal", ("mal",), Rule.OWN_STATE),
        ("he sang a sad song", ("sad song",), Rule.NOT_THE_AUTHOR),
        ("sad song", ("sad song",), Rule.BARE_STATE),
        ("sad songs", ("sad song",), Rule.IDIOM),
        ("vide", ("vide",), Rule.BARE_STATE),
        ("je suis triste", ("triste",), Rule.OWN_STATE),
        ("oh no", ("oh no",), Rule.BARE_STATE),
        ("no", ("oh no",), Rule.NO_WORD),
        ("not gonna lie", ("lie",), Rule.NOT_THE_AUTHOR),
    ],
)
def test_a_servers_own_word_may_be_one_that_the_languages_know(text: str, words: tuple[str, ...], wanted: Rule) -> None:
    assert read(text, OWN, words).steps[-1].rule is wanted


IGNORED = [
    ("je suis triste", ("triste",), Rule.IGNORED),
    ("TRIIISTE", ("Triste",), Rule.IGNORED),
    ("je suis tristounet", ("triste",), Rule.IGNORED),
    ("I am sad", ("sad", "lonely"), Rule.IGNORED),
    ("I am sad and lonely", ("sad",), Rule.OWN_STATE),
    ("je suis triste et déprimé", ("triste",), Rule.OWN_STATE),
    ("j'ai envie de pleurer", ("pleurer",), Rule.IGNORED),
    ("j'ai envie de pleurer", ("envie",), Rule.IGNORED),
    ("I miss my dog so much", ("miss",), Rule.IGNORED),
    ("I miss my cat so much", ("my dog",), Rule.PHRASE),
    ("sad bot, I'm sad", ("sad bot",), Rule.OWN_STATE),
    ("so sad bot", ("sad bot",), Rule.IGNORED),
    ("je suis triste", ("je suis",), Rule.OWN_STATE),
    ("je suis cafardeux", ("cafardeux",), Rule.IGNORED),
    ("je suis dans le gouffre", ("gouffre",), Rule.IGNORED),
    ("😢", ("😢",), Rule.IGNORED),
    ("j'ai la boule au ventre", ("ventre",), Rule.IGNORED),
]


@pytest.mark.parametrize("trigger", [OWN, ANY])
def test_an_ignored_word_never_counts_and_others_still_do(trigger: Trigger) -> None:
    for text, ignored, rule in IGNORED:
        assert read(text, trigger, WORDS, ignored).steps[-1].rule is rule, text


@pytest.mark.parametrize("text", ["il est triste", "he is sad"])
def test_an_ignored_word_counts_for_nobody(text: str) -> None:
    assert read(text, ANY, ignored=("triste", "sad")).steps[-1].rule is Rule.IGNORED


DANGERS = [
    *("je veux mourir", "je veux me tuer", "je pense au suicide", "je me scarifie", "i want to die", "gonna kms"),
    *("I want to kill myself", "i've been cutting myself again", "I'm suicidal", "he is sad and i want to die"),
    *("je suis cafardeux et je veux mourir", "bluesy. i want to kill myself", "je bade pas, je veux me tuer"),
    *("i don't want to kill myself but i am so sad", "je veux pas me suicider mais je suis triste"),
]
DANGEROUS_WORDS = ("mourir", "je veux mourir", "suicide", "kill", "kill myself", "die", "want to die", "sad", "triste")


@pytest.mark.parametrize("trigger", Trigger)
def test_danger_comes_first_whatever_a_server_added_or_ignored(trigger: Trigger) -> None:
    for attention in (
        FEELINGS.attention(trigger, WORDS, DANGEROUS_WORDS),
        FEELINGS.attention(trigger, DANGEROUS_WORDS, WORDS),
        FEELINGS.attention(trigger, (*WORDS, *DANGEROUS_WORDS), (*WORDS, *DANGEROUS_WORDS)),
    ):
        for text in DANGERS:
            reading = FEELINGS.read(text, attention=attention)

            assert reading == FEELINGS.read(text)
            assert reading.feeling is Feeling.DANGER, text


DEATH = [
    *("mourir", "suicide", "die, suiciiide", "he wants to die", "ma sœur est triste, elle parle de suicide"),
    *("un film triste, dsuicide", "bluesy, dsuicide"),
    *("my sister is so sad she tried to kill herself", "i don't want to die but i'm bluesy"),
]


@pytest.mark.parametrize("text", DEATH)
def test_where_death_is_spoken_of_what_a_server_wants_is_no_reason_for_a_kind_word(text: str) -> None:
    assert read(text, ANY, (*WORDS, *DANGEROUS_WORDS)).feeling in (Feeling.NONE, Feeling.WORRY)


def test_where_death_is_spoken_of_an_ignored_word_stays_ignored() -> None:
    text = "je suis triste, j'ai lu un livre qui m'a tuée"

    assert read(text).feeling is Feeling.SAD
    assert read(text, ANY, WORDS, ("triste",)).feeling is Feeling.NONE


@pytest.mark.parametrize(
    ("words", "form"),
    [
        (("cafard", "Cafard", " cafard ", "CAFARD !", "« cafard »", '"cafard"', "caf\u200bard", "cafard…"), "cafard"),
        (("déprimé", "DEPRIME", "de\u0301prime\u0301"), "deprime"),
        (("J'ai  le seum", "j\u2019ai le\nseum!"), "j ai le seum"),
        (("triiiste", "triste"), "triste"),
        (("😢", "😢 ", "😢\ufe0f"), "😢"),
        (("悲しい",), "悲しい"),
    ],
)
def test_words_with_the_same_normal_form_are_the_same_word(words: tuple[str, ...], form: str) -> None:
    assert {FEELINGS.normal_form(word) for word in words} == {form}


NOTHING_TO_LOOK_FOR = [
    *("", "  ", "...", "?", ":(", "</3", "42", "t", "é", "mmm", "hhh", "T_T"),
    *("`code`", "||hidden||", "https://x.y", "<:sad:123456789012345678>", "<@123456789012345678>"),
]


@pytest.mark.parametrize("word", NOTHING_TO_LOOK_FOR)
def test_a_word_may_leave_nothing_to_look_for(word: str) -> None:
    assert FEELINGS.normal_form(word) == ""
    assert read(f"je suis {word}", ANY, (word,)) == read(f"je suis {word}")


def test_the_same_wishes_are_made_ready_once() -> None:
    words = ("cafardeux", "bluesy")
    same = tuple(word.lower() for word in words)

    assert FEELINGS.attention(ANY, words, ("sad",)) is FEELINGS.attention(ANY, same, ("sad",))
    assert FEELINGS.attention(OWN, (), ()) is FEELINGS.attention()
    assert FEELINGS.attention(OWN, words) is not FEELINGS.attention(ANY, words)


def test_a_language_may_be_left_out_for_a_servers_own_words_too() -> None:
    attention = FEELINGS.attention(OWN, ("bluesy",))

    assert FEELINGS.read("i am bluesy", ["fr"], attention).feeling is Feeling.NONE
    assert FEELINGS.read("i am bluesy", ["en"], attention).feeling is Feeling.SAD


anything = st.text(max_size=30) | st.sampled_from([*WORDS, *DANGEROUS_WORDS, *KEYS, "oh", "pas mal"])
many = st.lists(anything, max_size=6).map(tuple)
attentions = st.builds(FEELINGS.attention, st.sampled_from(Trigger), many, many)
messages = st.text(max_size=200) | st.lists(
    st.sampled_from([*KEYS, *DANGERS, *WORDS, "je", "suis", "i", "am", "not", "pas", "oh", ".", "lol"]),
    max_size=25,
).map(" ".join)


@given(messages, attentions)
def test_danger_is_read_alike_whatever_a_server_wants(text: str, attention: Attention) -> None:
    wanted, default = FEELINGS.read(text, attention=attention), FEELINGS.read(text)

    assert (wanted.feeling is Feeling.DANGER) == (default.feeling is Feeling.DANGER)


@given(messages)
def test_wanting_more_never_loses_what_is_read_by_default(text: str) -> None:
    default = FEELINGS.read(text).feeling
    if default is not Feeling.NONE:
        assert read(text, ANY).feeling is default
        assert read(text, OWN, WORDS).feeling is default


# Spellings that are written out as several words: they are read as those.
WRITTEN_OUT = {
    spelling
    for rules in FEELINGS._rules.values()
    for spelling in rules.spelling.spellings
    if len(rules.spelling.meant(spelling)) > 1
}


@given(anything)
def test_a_normal_form_is_its_own_and_is_looked_for(word: str) -> None:
    form = FEELINGS.normal_form(word)

    assert FEELINGS.normal_form(form) == form
    if form and FEELINGS._dangerous.isdisjoint(form.split()) and WRITTEN_OUT.isdisjoint(form.split()):
        assert read(f"{form} zbeul", OWN, ("zbeul", word)) == read(f"{form} zbeul", OWN, ("zbeul", form))
        assert read(form, OWN, (word,)).steps[0].rule is not Rule.NO_WORD


def test_the_corpus_is_read_as_before_by_a_server_that_wants_other_words() -> None:
    attention = FEELINGS.attention(OWN, ("zbeul", "bluesy"), ("quokka", "in the moon"))
    for text, reading in CASES[::4]:
        assert FEELINGS.read(text, attention=attention).feeling == reading


STARTS = ("zor", "quel ba", "dans le wi", "je su", "so mo")
TWO_HUNDRED = (
    tuple(f"{start}{end:c}{start[0]}" for start in STARTS for end in range(ord("à"), ord("à") + 39)) + WORDS[:5]
)
DEMANDING = FEELINGS.attention(ANY, TWO_HUNDRED, TWO_HUNDRED[::-1])


def seconds(texts: list[str], attention: Attention | None = None) -> float:
    begin = time.process_time()
    for text in texts:
        FEELINGS.read(text, attention=attention)
    return time.process_time() - begin


def test_no_text_takes_long_however_many_words_a_server_has() -> None:
    texts = [*HOSTILE.values(), " ".join(TWO_HUNDRED), "😢" * 4000, "seuuum " * 570]

    assert [text[:40] for text in texts if takes_long(text[:4000], DEMANDING, limit=20)] == []


def is_little(measured: list[tuple[float, float]]) -> bool:
    return min(slow for _, slow in measured) < 2 * min(fast for fast, _ in measured)


def test_two_hundred_words_cost_an_ordinary_message_little() -> None:
    """1.3 times is what a quiet machine measures."""
    texts = [text for text, reading in CASES if reading == Feeling.NONE][::4]
    attention = FEELINGS.attention(OWN, TWO_HUNDRED)
    measured = [(seconds(texts), seconds(texts, attention)) for _ in range(2)]
    while len(measured) < 7 and not is_little(measured):
        measured.append((seconds(texts), seconds(texts, attention)))

    assert is_little(measured)
