"""What a scope wants read in its messages, made ready once: whose sadness, and which words count or never do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from bot.models import Trigger
from bot.services.feelings.elements import pauses
from bot.services.feelings.places import find_places
from bot.services.feelings.plain_text import WORD, squeeze
from bot.services.feelings.spelling import Spelling
from bot.services.feelings.spoken import Spoken

Form = tuple[str, ...]


class WordList:
    """Some words and phrases, each looked for by the longest of its tokens."""

    def __init__(self, forms: Iterable[Form] = ()) -> None:
        self._by_key: defaultdict[str, list[tuple[int, Form]]] = defaultdict(list)
        for form in sorted(set(forms), key=len, reverse=True):
            key = max(form, key=lambda token: (not pauses(token), len(token)))
            self._by_key[key].append((form.index(key), form))
        self.keys = frozenset(self._by_key)
        self.words = frozenset(token for several in self._by_key.values() for _, form in several for token in form)

    def spans(self, spoken: Spoken) -> Iterator[tuple[int, int]]:
        """Yield where each of them begins and ends (one past), the longest first where several stand."""
        tokens = spoken.tokens
        tries = {key: len(self._by_key[key]) for key in self.keys & spoken.words}
        for place in find_places(spoken, tries):
            for offset, form in self._by_key[tokens[place]]:
                begin, end = place - offset, place - offset + len(form)
                if begin >= 0 and tuple(tokens[begin:end]) == form:
                    yield begin, end

    def places(self, spoken: Spoken) -> frozenset[int]:
        """Return the places of all the tokens that are a part of one of them."""
        if self.keys.isdisjoint(spoken.words):
            return frozenset()
        return frozenset(place for span in self.spans(spoken) for place in range(*span))


@dataclass(frozen=True, slots=True)
class Focus:
    """What a scope wants, in the words of one language; `entries` are those by which a message may hold a sad one."""

    trigger: Trigger
    sad: WordList
    ignored: WordList
    entries: frozenset[str]

    @classmethod
    def of(cls, trigger: Trigger, sad: Iterable[Form], ignored: Iterable[Form], spelling: Spelling) -> Self:
        """Write the words out as the messages will be."""
        words, never = (WordList(tuple(spelling.write_out(form)) for form in forms) for forms in (sad, ignored))
        return cls(trigger, words, never, spelling.entries(words.keys))


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """What a scope wants read, in each language by code; made by `Feelings.attention`.

    `entries` are the words by which a message may hold a sad one of the scope's own, `usual` is how a word is spelled
    by what its stretched spellings share, and `kept_fillers` are the fillers that are a part of the scope's words;
    no message without one of `filler_entries` holds one.
    """

    ignored_words: tuple[str, ...]
    focuses: Mapping[str, Focus]
    entries: frozenset[str]
    emoji: frozenset[str]
    usual: Mapping[str, str]
    kept_fillers: frozenset[Form]
    filler_entries: frozenset[str]

    @classmethod
    def of(
        cls,
        trigger: Trigger,
        sad: Sequence[Form],
        ignored: Sequence[Form],
        spellings: Mapping[str, Spelling],
        ignored_words: tuple[str, ...],
    ) -> Self:
        """Make it ready for these languages."""
        focuses = {code: Focus.of(trigger, sad, ignored, spelling) for code, spelling in spellings.items()}
        entries = frozenset[str]().union(*(focus.entries for focus in focuses.values()))
        kept_fillers = frozenset[Form]()
        for spelling in spellings.values():
            kept_fillers |= spelling.fillers_in((*sad, *ignored))
            if trigger is Trigger.ANY:
                kept_fillers |= spelling.fillers_that_may_deny
        filler_starts = {filler[0] for filler in kept_fillers}
        return cls(
            ignored_words=ignored_words,
            focuses=focuses,
            entries=entries,
            emoji=frozenset(filter(pauses, entries)),
            usual={squeeze(token): token for form in (*sad, *ignored) for token in form},
            kept_fillers=kept_fillers,
            filler_entries=frozenset[str]().union(
                *(spelling.entries(filler_starts) for spelling in spellings.values())
            ),
        )

    def may_be_in(self, folded: str, words: Iterable[str] | None = None) -> bool:
        """Tell whether a folded text, whose words may be known already, may hold one of the scope's own sad words."""
        if not self.entries:
            return False
        if not self.entries.isdisjoint(WORD.findall(folded) if words is None else words):
            return True
        return bool(self.emoji) and not folded.isascii() and not self.emoji.isdisjoint(folded)
