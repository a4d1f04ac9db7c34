"""What somebody really wrote: without quotations, code or links, without differences of case or accents, in words."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import compress
from operator import ne

# Only a message that holds one of these can hold anything to take out.
_MARKS = re.compile(r"[`|<>«“„\"@_]")
# What is taken out, with the marks of which each holds one, in this order: a link may hold any of the other marks.
# Each takes linear time, whatever it meets.
_NOT_SPOKEN = (
    (("://", "www."), re.compile(r"(?:(?<!\w)\w++://|www\.)\S+")),
    (("@",), re.compile(r"(?<![\w<])@\w+")),
    (("_",), re.compile(r"(?<!\w)(?!\w_\w(?!\w))[^\W_]++(?:_[^\W_]++)++")),
    (("<",), re.compile(r"<(?:@[!&]?|#|a?:\w{1,32}:|/[^<>:]{1,100}:|t:-?)\d{1,20}(?::\w)?>")),
    (("```",), re.compile(r"```.*?```", re.DOTALL)),
    (("`",), re.compile(r"``.+?``|`[^`]+`", re.DOTALL)),
)
_NOT_THE_AUTHORS = (
    (("||",), re.compile(r"\|\|.*?\|\|", re.DOTALL)),
    ((">>>",), re.compile(r"^ *>>> .*", re.DOTALL | re.MULTILINE)),
    ((">",), re.compile(r"^ *>.*$", re.MULTILINE)),
    (("«", "“", "„", '"'), re.compile(r"«[^«»]*»|“[^“”„]*”|„[^„“”]*[“”]|\"[^\"\n]*\"")),
)
# Control, format and separator characters, marks that show only on another one, and the letters and symbols that show
# nothing. A character that is not yet in this Python's Unicode ("Cn") may well be a new emoji.
_UNSEEN = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp", "Mn"))
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_INVISIBLE = re.compile("[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]")
# Marks are put in order by comparing each with the others of its pile: nobody needs so many, nor so many emoji.
_PILE = re.compile(r"([^\w\s\x00-\x7f]{32})[^\w\s\x00-\x7f]+")
_MAY_BE_A_PILE = re.compile(r"[^\x00-\x7f]{33}")
_SPELLED = dict.fromkeys("’‘ʼ＇´`", "'") | {"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae"}
_TO_SPELL = re.compile("[’‘ʼ＇´`œæŒÆ]")

# The words of a folded text, and its tokens: its words, its line ends, its punctuation and its emoji, one by one.
WORD = re.compile(r"[^\W_]+")
TOKEN = re.compile(r"[^\W_]+|\n|[^\w\s'*~#-]")
# Each emoticon in its usual spellings, by the emoji that is the same face; a run of dots is one, as it trails off.
_FACES = (
    ("😢", r":[',]-?\(+|:'c(?!\w)|;-?\(+(?!\w)"),
    ("😭", r"(?<!\w)t_+t(?!\w)|;_+;"),
    ("☹", r"[:=]-?[(\[]+(?!\w)|(?<!\w):-?c(?!\w)"),
    ("😕", r"[:=]-?[/\\]+(?![\w/])"),
    ("🙂", r"[:=;]-?\)+|(?<!\w)[:=]-?[dp3](?!\w)|\^_*\^"),
    ("💔", r"</3+(?!\w)"),
    ("♥", r"<3+(?!\w)"),
    ("…", r"\.\.+"),
)
MAY_BE_A_FACE = re.compile(r"[:;=^_<.]\S")
# The look ahead is only for speed: most characters begin no face.
_FACE = re.compile("(?=[:;=t^<.])(?:" + "|".join(f"({face})" for _, face in _FACES) + ")")
STRETCHED = re.compile(r"(\w)\1\1")
_RUN = re.compile(r"(.)\1*", re.DOTALL)


def is_visible(character: str) -> bool:
    """Tell whether one character shows anything."""
    return unicodedata.category(character) not in _UNSEEN and character not in _BLANKS


def own_words(text: str) -> str:
    """Return the text without links, mentions, custom emoji, code, spoilers, quoted lines and quotations."""
    return without_others_words(all_words(text))


def without_others_words(text: str) -> str:
    """Return what `all_words` left of a text without its spoilers, quoted lines and quotations."""
    return _take_out(_NOT_THE_AUTHORS, text) if _MARKS.search(text) is not None else text


def all_words(text: str) -> str:
    """Return the text without links, mentions, custom emoji and code, but with what it hides or quotes."""
    if _MARKS.search(text) is not None or "://" in text or "www." in text:
        return _take_out(_NOT_SPOKEN, text)
    return text


def _take_out(several: Iterable[tuple[Sequence[str], re.Pattern[str]]], text: str) -> str:
    for marks, taken_out in several:
        if any(mark in text for mark in marks):
            text = taken_out.sub(" ", text)
    return text


def fold(text: str) -> str:
    """Return the text in lower case, without accents, ligatures or invisible characters, with straight apostrophes.

    Folding what is folded changes nothing.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    text = _decompose(_flatten(_spell(text).casefold()))
    # Once more: a decomposition can bring out a capital or another mark (as in some letter-like symbols).
    return _flatten(_spell(_decompose(_INVISIBLE.sub("", text).casefold())))


def draw_faces(folded: str) -> str:
    """Return a folded text with its emoticons as emoji, each between spaces. What is drawn stays as it is."""
    if MAY_BE_A_FACE.search(folded) is None:
        return folded
    return _FACE.sub(lambda match: f" {_FACES[(match.lastindex or 1) - 1][0]} ", folded)


def tokenize(folded: str) -> list[str]:
    """Return the tokens of a folded text."""
    return TOKEN.findall(draw_faces(folded))


def squeeze(word: str) -> str:
    """Return the word with each of its letters said once in a row: what all its stretched spellings share."""
    return "".join(_RUN.findall(word))


def stretched_words(folded: str) -> Iterator[tuple[int, int]]:
    """Yield where the words begin and end (one past) in which a letter or a digit stands three times in a row."""
    done = 0
    for match in STRETCHED.finditer(folded):
        begin = match.start()
        if begin >= done and folded[begin] != "_":
            end = match.end()
            while end < len(folded) and folded[end].isalnum():
                end += 1
            while begin > done and folded[begin - 1].isalnum():
                begin -= 1
            yield begin, end
            done = end


def squeezed(words: Set[str]) -> dict[str, str]:
    """Return the last of the words, in order, by what it shares with its stretched spellings, if that is another."""
    # All of them at once: one by one takes ten times as long.
    text = "\n".join(words)
    once = "".join(compress(text, map(ne, text, f"{text[1:]}\n")))
    found: dict[str, str] = {}
    for short, word in zip(once.split("\n"), words, strict=True):
        if short != word and word > (found.get(short) or (short if short in words else "")):
            found[short] = word
    return found


def _flatten(text: str) -> str:
    """Return a text without what is too much in its piles."""
    return text if _MAY_BE_A_PILE.search(text) is None else _PILE.sub(r"\1", text)


def _spell(text: str) -> str:
    return _TO_SPELL.sub(lambda match: _SPELLED[match[0]], text)


def _decompose(text: str) -> str:
    """Take letters and accents apart; a text of ligatures that stand for whole sentences stays as long as it is."""
    decomposed = unicodedata.normalize("NFKD", text)
    return decomposed if len(decomposed) <= 2 * len(text) else unicodedata.normalize("NFD", text)
