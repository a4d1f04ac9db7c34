"""Reads whether the author of a message is sad, or in danger; by rules, with the words and the rule that decided.

The code knows no language: each language's words are in its `feelings.toml`, whose comments say what each list means.
"""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from bot.models import Trigger
from bot.services.feelings.attention import Attention, Form
from bot.services.feelings.classes import Classes
from bot.services.feelings.danger import DANGERS
from bot.services.feelings.first_look import LONG, FirstLook
from bot.services.feelings.kept import Kept
from bot.services.feelings.loved_ones import ORDER, is_of
from bot.services.feelings.masks import Masks
from bot.services.feelings.plain_text import (
    STRETCHED,
    TOKEN,
    all_words,
    draw_faces,
    fold,
    own_words,
    squeeze,
    squeezed,
    stretched_words,
    tokenize,
    without_others_words,
)
from bot.services.feelings.politeness import look_for_danger, without_courtesies
from bot.services.feelings.readings import FEELING_OF, NOTHING, Feeling, Reading, Rule, Step
from bot.services.feelings.refusals import Refusals
from bot.services.feelings.rules import Rules
from bot.services.feelings.spoken import Spoken
from bot.services.recently_used import RecentlyUsed

__all__ = ["Attention", "Feeling", "Feelings", "Reading", "Rule", "Step"]

ATTENTIONS_REMEMBERED = 50
QUOTES = '"«»“”„'


class Feelings(Kept):
    """The reader: `tables` are the `feelings.toml` of each language, by code."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        # People are polite in any language, whatever they write in.
        courtesies = frozenset(chain.from_iterable(table["courtesies"] for table in tables.values()))
        tables = {
            code: {**table, "classes": Classes(table["classes"], table["everyday"]), "courtesies": courtesies}
            for code, table in tables.items()
        }
        refusals = Refusals([*tables.values()])
        self._rules = {code: Rules(table, refusals) for code, table in tables.items()}
        for table in tables.values():
            table["classes"].make_ready()
        self._first_look = FirstLook(
            [(rules.spelling, rules.opening) for rules in self._rules.values()],
            frozenset[str]().union(*(rules.openers for rules in self._rules.values())),
        )
        self._squeezed = squeezed(set[str]().union(*self._known()))
        self._dangerous = frozenset[str]().union(
            *(rules.spelling.entries(rules.danger.words) for rules in self._rules.values())
        )
        self._masks = Masks(frozenset[str]().union(*(rules.danger.masked for rules in self._rules.values())))
        cruelties = [rules.cruelty for rules in self._rules.values()]
        self._cruel_masks = Masks(frozenset[str]().union(*(cruelty.masked for cruelty in cruelties)))
        cruel = set[str]().union(*(one.vocabulary for one in cruelties))
        self._cruel_words = {word: word for word in cruel} | squeezed(cruel)
        self._heavy = tuple(f" {stem}" for rules in self._rules.values() for stem in rules.sadness.heavy)
        self._attentions: RecentlyUsed[tuple[Trigger, tuple[str, ...], tuple[str, ...]], Attention]
        self._attentions = RecentlyUsed(ATTENTIONS_REMEMBERED)
        self._plain = self._make_attention(Trigger.OWN, (), ())
        for table in tables.values():
            table["classes"].forget()

    def attention(
        self,
        trigger: Trigger = Trigger.OWN,
        sad_words: tuple[str, ...] = (),
        ignored_words: tuple[str, ...] = (),
    ) -> Attention:
        """Return what to read for whoever wants this: the same three values are made ready once.

        `sad_words` count besides the languages' own, under the same rules. `ignored_words` never count, nor do the sad
        words and phrases that hold them. Each is a word, a phrase or an emoji as somebody typed it. Neither changes
        what is read as danger.
        """
        if trigger is Trigger.OWN and not sad_words and not ignored_words:
            return self._plain
        wanted = (trigger, sad_words, ignored_words)
        known = self._attentions.get(wanted)
        if known is None:
            known = self._attentions[wanted] = self._make_attention(trigger, sad_words, ignored_words)
        return known

    def normal_form(self, word: str) -> str:
        """Return what is looked for when a scope adds this word: two words with the same one are the same.

        It is empty when nothing is left to look for, such as in a lone letter, a number or punctuation.
        """
        return " ".join(self._form(word))

    def speaks_of_danger(self, word: str) -> bool:
        """Tell whether a word, or a phrase, is about dying or self-harm: it is read whatever a scope ignores."""
        return not self._dangerous.isdisjoint(self._form(word)) or self.read(word).feeling is Feeling.DANGER

    def read(self, text: str, languages: Collection[str] | None = None, attention: Attention | None = None) -> Reading:
        """Read a message by the rules of these languages or of all, as a scope wants it read; danger always alike."""
        attention = attention or self._plain
        if self._first_look.lets_go(text, attention):
            return NOTHING
        return self._read_closely(text, languages, attention)

    def _read_closely(self, text: str, languages: Collection[str] | None, attention: Attention) -> Reading:
        whole = all_words(text)
        own = without_others_words(whole)
        reading = self._read_own(text, whole, own, languages, attention)
        if whole == own or reading.feeling.calls_for_helplines:
            return reading
        return self._read_quoted(whole, languages) or reading

    def _read_own(
        self, text: str, whole: str, own: str, languages: Collection[str] | None, attention: Attention
    ) -> Reading:
        usual, heard = self._heard(own, attention)
        tokens = tokenize(usual)
        words = [token for token in tokens if token.isalnum()]
        own_word = attention.may_be_in(heard, words if heard is usual else None)
        if not own_word and not (self._holds_entry(words) and (len(text) > LONG or self._first_look.may_stand(words))):
            return NOTHING
        heard_as_usual = heard is usual and attention.filler_entries.isdisjoint(words)
        spoken = self._spoken(tokens, languages, attention if heard_as_usual else self._plain)
        steps: list[Step] = []
        spoken, code = look_for_danger(self._rules, spoken, attention.kept_fillers, steps)
        plainly = spoken
        if code is not None:
            return self._read_danger(spoken, code, attention, steps)
        denied = next((step for step in steps if step.rule is Rule.NEGATED), None)
        # Sad, and speaking of suicide: a danger, whatever word a scope would rather not hear.
        if attention.ignored_words and denied is None and self.read(text, languages).feeling is Feeling.DANGER:
            return self.read(text, languages)
        if self._look_for_loved_ones(spoken, attention, steps) or (
            denied is None and self._look_for_told(spoken, steps)
        ):
            return Reading(FEELING_OF[steps[-1].rule], tuple(steps))
        if denied is not None:
            attention = self._plain
        elif attention is not self._plain:
            if steps or not self._dangerous.isdisjoint(words):
                # Where death is spoken of, only whom the languages' own rules find sad gets a kind word.
                attention = self.attention(ignored_words=attention.ignored_words)
            if not heard_as_usual:
                spoken = without_courtesies(
                    self._rules, self._spoken(tokenize(heard), languages, attention), attention.kept_fillers
                )
        self._look_for_sadness(spoken, attention, steps)
        if not steps or steps[-1].rule not in FEELING_OF:
            return Reading(Feeling.NONE, tuple(steps)) if steps else NOTHING
        spoken_of = denied or self._spoken_of(
            whole, steps[-1].words, plainly if languages is None and whole == own else None
        )
        if spoken_of is not None and attention is not self._plain:
            return self.read(text, languages)
        if spoken_of is not None:  # not somebody to cheer up, if only somebody else's suicide is meant, or denied
            steps.append(Step(Rule.SPOKEN_OF, spoken_of.words))
        return Reading(FEELING_OF[steps[-1].rule], tuple(steps), is_heavy=self._is_heavy(tokens))

    def _read_danger(
        self, spoken: Mapping[str, Spoken], code: str, attention: Attention, steps: Sequence[Step]
    ) -> Reading:
        """Return whose danger it is that the last step found, in this language."""
        # The very words that are a danger are said in one language; what is one only together, in any.
        about = spoken if steps[-1].rule is Rule.VEILED else {code: spoken[code]}
        others: list[Step] = []
        if self._look_for_loved_ones(about, attention, others) and is_of(others[-1], steps[-1]):
            return Reading(FEELING_OF[others[-1].rule], tuple(others))
        one = spoken[code]
        if any(f"{told} {steps[-1].words}" in " ".join(one.tokens) for told in self._rules[code].loved_ones.tells(one)):
            return Reading(Feeling.WORRY, (Step(Rule.WORRY, steps[-1].words),))
        if self._rules[code].told.is_of_another(steps[-1], spoken[code]):
            told: list[Step] = []
            if self._look_for_told(about, told):
                return Reading(Feeling.WORRY, tuple(told))
            if told:
                return Reading(Feeling.NONE, tuple(told))
        return Reading(Feeling.DANGER, tuple(steps))

    def _look_for_told(self, spoken: Mapping[str, Spoken], steps: list[Step]) -> bool:
        """Add what would be a danger if whom it is said of had said it, in any language; tell whether it counts."""
        told = next((step for code, one in spoken.items() if (step := self._rules[code].told.step(one))), None)
        steps += [] if told is None else [told]
        return told is not None and told.rule is Rule.WORRY

    def _read_quoted(self, whole: str, languages: Collection[str] | None) -> Reading | None:
        """Return the worry of whoever quotes somebody they know, who speaks of dying; None otherwise."""
        for code, one in self._spoken(tokenize(self._heard(whole, self._plain)[0]), languages, self._plain).items():
            steps: list[Step] = []
            self._rules[code].danger.look_for(one, steps)
            if steps and steps[-1].rule in DANGERS and any(self._rules[code].loved_ones.tells(one)):
                return Reading(Feeling.WORRY, (Step(Rule.WORRY, steps[-1].words),))
        return None

    def _heard(self, text: str, attention: Attention) -> tuple[str, str]:
        """Return a text folded, without masks, its stretched words as the languages spell them; and as a scope does."""
        folded = self._masks.take_off(fold(text))
        if attention.emoji:
            folded = draw_faces(folded)
        if STRETCHED.search(folded) is None:
            return folded, folded
        usual = self._unstretch(folded, {})
        return usual, self._unstretch(folded, attention.usual) if attention.usual else usual

    def _is_heavy(self, tokens: Sequence[str]) -> bool:
        """Tell whether a message of these tokens says more than a little sadness, in any language."""
        spelled = [rules.spelling.write_out(tokens) for rules in self._rules.values()]
        spaced = f" {' '.join(chain(tokens, *spelled))}"
        return any(stem in spaced for stem in self._heavy)

    def knows(self, word: str) -> bool:
        """Tell whether a folded word, stretched or not, is one that some language reads."""
        short = squeeze(word)
        return short in self._squeezed or any(short in words for words in self._known())

    def _holds_entry(self, words: Sequence[str]) -> bool:
        return not all(rules.entries.isdisjoint(words) for rules in self._rules.values())

    def _known(self) -> Iterator[Collection[str]]:
        return chain.from_iterable(rules.known for rules in self._rules.values())

    def wounds(self, text: str) -> bool:
        """Tell whether a message, said to somebody sad, would be cruel; what a scope ignores changes nothing."""
        folded = self._cruel_masks.take_off(fold(text))
        tokens = tokenize(self._unstretch(folded, self._cruel_words))
        return any(
            rules.cruelty.stands_in(Spoken(rules.spelling.spell_out(tokens, rules.spelling.phrases_that_may_deny)))
            for rules in self._rules.values()
        )

    def _spoken_of(self, whole: str, sad: str, heard: Mapping[str, Spoken] | None) -> Step | None:
        """Return where a whole message, with what it quotes or hides, speaks of suicide or self-harm.

        `heard` are its words where nothing is quoted or hidden, and so no danger can be left in it.
        """
        spoken = heard
        if spoken is None:
            usual, _ = self._heard(whole, self._plain)
            spoken = self._spoken(tokenize(usual), None, self._plain)
        for code, one in spoken.items():
            steps: list[Step] = []
            if heard is None:
                self._rules[code].danger.look_for(one, steps)
            if steps and steps[-1].rule in DANGERS:
                return steps[-1]
            if (found := self._rules[code].danger.spoken_of(one, sad)) is not None:
                return found
            if self._rules[code].danger.despairs(one, self._rules[code].sadness.places(one)):
                return Step(Rule.SPOKEN_OF, sad)
        return None

    def _spoken(
        self, tokens: Sequence[str], languages: Collection[str] | None, attention: Attention
    ) -> Mapping[str, Spoken]:
        """Return the tokens of a message as each language that knows one of them spells it out."""
        words = frozenset(tokens)
        return {
            code: Spoken(rules.spelling.spell_out(tokens, attention.kept_fillers, words))
            for code, rules in self._rules.items()
            if not (rules.entries.isdisjoint(words) and attention.focuses[code].entries.isdisjoint(words))
            and (languages is None or code in languages)
        }

    def _look_for_loved_ones(self, spoken: Mapping[str, Spoken], attention: Attention, steps: list[Step]) -> bool:
        """Add what was looked at, with what counts most at the end; tell whether anything counts."""
        found = [
            step
            for code, one in spoken.items()
            for step in self._rules[code].loved_ones.steps(one, attention.focuses[code].ignored.places(one))
        ]
        counts = min(
            (step for step in found if step.rule in ORDER), key=lambda step: ORDER.index(step.rule), default=None
        )
        steps += [step for step in found if step.rule not in ORDER]
        if counts is not None:
            steps.append(counts)
        return counts is not None

    def _look_for_sadness(self, spoken: Mapping[str, Spoken], attention: Attention, steps: list[Step]) -> None:
        """Add what was looked at, until something counts: in every language its own words, then the scope's."""
        for code, one in spoken.items():
            self._rules[code].sadness.look_for(one, attention.focuses[code], steps)
            if steps and steps[-1].rule in FEELING_OF:
                return
        refused: list[Step] = []
        for code, one in spoken.items():
            for step in self._rules[code].sadness.added_steps(one, attention.focuses[code]):
                if step.rule in FEELING_OF:
                    steps.append(step)
                    return
                refused.append(step)
        # What a language does not understand, it takes for somebody else's.
        steps += dict.fromkeys([step for step in refused if step.rule is not Rule.NOT_THE_AUTHOR] or refused)

    def _unstretch(self, folded: str, usual: Mapping[str, str]) -> str:
        """Return a text with its stretched words spelled as in `usual`, or else as the languages spell them."""
        parts: list[str] = []
        done = 0
        for begin, end in stretched_words(folded):
            squeezed = squeeze(folded[begin:end])
            parts += folded[done:begin], usual.get(squeezed) or self._squeezed.get(squeezed, squeezed)
            done = end
        return "".join((*parts, folded[done:]))

    def _make_attention(
        self, trigger: Trigger, sad_words: tuple[str, ...], ignored_words: tuple[str, ...]
    ) -> Attention:
        sad, ignored = ([form for form in map(self._form, words) if form] for words in (sad_words, ignored_words))
        spellings = {code: rules.spelling for code, rules in self._rules.items()}
        return Attention.of(trigger, sad, ignored, spellings, ignored_words)

    def _form(self, word: str) -> Form:
        """Return the tokens of a scope's word, or none when they say nothing."""
        folded = fold(own_words(" ".join(word.split()).strip(f"{QUOTES} ")))
        tokens = [token for token in TOKEN.findall(self._unstretch(folded, {})) if token not in QUOTES]
        if not any(_is_emoji(token) or _is_word(token) for token in tokens):
            return ()
        said = [place for place, token in enumerate(tokens) if token[0].isalnum() or _is_emoji(token)]
        return tuple(tokens[said[0] : said[-1] + 1])


def _is_word(token: str) -> bool:
    """Tell whether a token is more than a number or a lone letter, which are parts of too many other things."""
    return token[0].isalnum() and not token.isdigit() and (len(token) > 1 or not token.isascii())


def _is_emoji(token: str) -> bool:
    return not token.isascii() and unicodedata.category(token[0]) in ("So", "Sk")
