"""The kind of setting that holds a server's own words."""

from collections.abc import Set
from dataclasses import asdict, dataclass
from typing import Any

from bot.errors import UserError
from bot.services.located_json import Located, expect_items, expect_members, expect_text
from bot.services.settings.kinds import Kind, expect_room
from bot.services.settings.vocabulary import Vocabulary

MOST_WORDS = 200
# The lists of `Words`.
LISTS = ("sad", "ignored")


@dataclass(frozen=True, slots=True)
class Words:
    """Words and short phrases as they were typed: those that count as sad, and those never to react to."""

    sad: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Return how many they are, in both lists."""
        return len(self.sad) + len(self.ignored)


@dataclass(frozen=True, slots=True)
class WordLists(Kind[Words]):
    """The words of `Words`, at most `MOST_WORDS` in all; two spellings that are read alike are the same word."""

    def plain(self, value: Words) -> object:
        return {name: list(words) for name, words in asdict(value).items()}

    def load(self, plain: Any) -> Words:
        return Words(**{name: tuple(words) for name, words in plain.items()})

    def read(self, found: Located, vocabulary: Vocabulary) -> Words:
        """Return the words; one in both lists, or twice in one, counts where it is first."""
        lists = expect_members(found, LISTS)
        known: set[str] = set()
        kept: dict[str, list[str]] = {name: [] for name in LISTS}
        for name in filter(lists.__contains__, kept):
            for item in expect_items(lists[name]):
                word = _on_a_line(item, vocabulary)
                form = vocabulary.form(word)
                if form in known:
                    continue
                known.add(form)
                kept[name].append(word)
                if len(known) > MOST_WORDS:
                    raise UserError("transfer.too_many_words", line=item.line, limit=MOST_WORDS)
        return self.load(kept)

    def merged(self, here: Words, brought: Words, vocabulary: Vocabulary, channels: Set[int]) -> Words:
        known = {vocabulary.form(word) for word in (*here.sad, *here.ignored)}

        def new(words: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(word for word in words if vocabulary.form(word) not in known)

        both = Words(here.sad + new(brought.sad), here.ignored + new(brought.ignored))
        expect_room("transfer.words_full", here.count, both.count, MOST_WORDS)
        return both


def _on_a_line(item: Located, vocabulary: Vocabulary) -> str:
    try:
        return vocabulary.word(expect_text(item))
    except UserError as error:
        key = {"words.unreadable": "transfer.word_empty", "words.too_long": "transfer.word_too_long"}.get(error.key)
        if key is None:
            raise
        raise UserError(key, line=item.line, **error.params) from None
