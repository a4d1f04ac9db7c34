"""Whether to answer somebody who is sad or in danger, and with what."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.errors import UserError
from bot.models import Country, Helpline, KindWord, Scope
from bot.services.cooldowns import Cooldowns
from bot.services.encouragements import Encouragements
from bot.services.feelings.reader import Attention, Feeling, Feelings, Reading, Rule
from bot.services.feelings.readings import NOTHING
from bot.services.helplines import Helplines
from bot.services.opt_outs import OptOuts
from bot.services.recently_used import RecentlyUsed
from bot.services.settings.preferences import DEFAULTS, is_silenced
from bot.services.settings.table import ScopePreferences

# One for 200 words takes 180 kB; most have none, and share one.
ATTENTIONS_REMEMBERED = 1_000
# A country is named in fewer words; more are a sentence, of somebody who wants to be heard.
WORDS_OF_A_SENTENCE = 5

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of a person, with all that was learnt of it on the way: nothing of that is asked for again.

    `channel_ids` are the channel and what it is in (a thread's channel, a category), `locale` is the language spoken
    there, and `reading` what of the message is to be answered.
    """

    scope: Scope
    author_id: int
    channel_ids: Sequence[int]
    preferences: ScopePreferences
    locale: str
    reading: Reading

    @property
    def feeling(self) -> Feeling:
        """Return what is to be answered."""
        return self.reading.feeling

    @property
    def channel_id(self) -> int:
        """Return where it was written."""
        return self.channel_ids[0]

    @property
    def is_silenced(self) -> bool:
        """Tell whether nothing but helplines may be said there unasked."""
        return is_silenced(self.preferences, self.channel_ids)


@dataclass(frozen=True, slots=True)
class Turn(Generic[T_co]):
    """An answer that is due; call `sent` once it has been sent, or the next message is due for one."""

    answer: T_co
    sent: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Support:
    """Whom somebody can turn to in danger, grief or worry: a country, and which of its lines to name, at most two.

    `is_of_suicide` tells that the message says that somebody died so, `is_of_pet` that it mourns an animal; `means`
    that it names the means, and that the emergency number comes before everything else.
    """

    feeling: Feeling
    country: Country
    lines: Sequence[Helpline]
    is_of_suicide: bool = False
    is_of_pet: bool = False
    means: bool = False


class Care:
    """Nothing of what is decided here is kept, but for the minutes of a cooldown."""

    def __init__(
        self,
        *,
        feelings: Feelings,
        opt_outs: OptOuts,
        cooldowns: Cooldowns,
        encouragements: Encouragements,
        helplines: Helplines,
    ) -> None:
        self._feelings = feelings
        self._plain = feelings.attention()
        self._opt_outs = opt_outs
        self._cooldowns = cooldowns
        self._encouragements = encouragements
        self._helplines = helplines
        self._attentions: RecentlyUsed[Scope, tuple[ScopePreferences, Attention]] = RecentlyUsed(ATTENTIONS_REMEMBERED)

    def read(
        self, text: str, scope: Scope, preferences: ScopePreferences, *, author_id: int, helplines_only: bool = False
    ) -> Reading:
        """Read a message for what its author feels and is to be answered; whoever has opted out is not read.

        Whatever else it asks for, a message may be a call for help: of a command, `helplines_only` are given.
        """
        if self._opt_outs.has(scope.platform, author_id):
            return NOTHING
        reading = self._feelings.read(text, attention=self._attention(scope, preferences))
        return NOTHING if helplines_only and not reading.feeling.calls_for_helplines else reading

    def read_to_encourage(self, text: str, scope: Scope, *, author_id: int) -> Reading:
        """Read a message that somebody else wants to encourage.

        Raises:
            UserError: its author must not be read, and so may be in any state.
        """
        if self._opt_outs.has(scope.platform, author_id):
            raise UserError("encourage.not_possible")
        return self._feelings.read(text)

    def may_be_a_place(self, typed: str) -> bool:
        """Tell whether what follows a request for helplines may name a country, rather than say how somebody is."""
        return len(typed.split()) < WORDS_OF_A_SENTENCE and self._feelings.read(typed).feeling is Feeling.NONE

    def explain(self, text: str, scope: Scope, preferences: ScopePreferences) -> Reading:
        """Read a sentence for the one who asks what would be read in it."""
        return self._feelings.read(text, attention=self._attention(scope, preferences))

    def _attention(self, scope: Scope, preferences: ScopePreferences) -> Attention:
        """Return what the scope wants read, made ready once after each change of its preferences."""
        if preferences is DEFAULTS:
            return self._plain
        known = self._attentions.get(scope)
        if known is not None and known[0] is preferences:
            return known[1]
        attention = self._feelings.attention(preferences.triggers, preferences.words.sad, preferences.words.ignored)
        self._attentions[scope] = (preferences, attention)
        return attention

    @asynccontextmanager
    async def kind_word(self, incoming: Incoming) -> AsyncIterator[Turn[KindWord] | None]:
        """Offer what to say to a member who is sad, or None: the server wants no answers, or one came just now."""
        if incoming.preferences.responding and not incoming.is_silenced and self._take_sad(incoming):
            async with self._picked(incoming) as turn:
                yield turn
        else:
            yield None

    @asynccontextmanager
    async def requested_word(self, incoming: Incoming, words: str = "") -> AsyncIterator[Turn[KindWord]]:
        """Offer what to say to a message that somebody wants to encourage, and that calls for no helplines.

        It is what that somebody has written, if anything.

        Raises:
            UserError: the words are none to say to anybody; the message's author spoke of suicide a short while ago,
                or somebody was answered just now; or the channel is a silent one.
        """
        if words:
            words = self._encouragements.trimmed(words, links=incoming.preferences.links)
        if self._cooldowns.are_kind_words_held(incoming.scope, member_id=incoming.author_id):
            raise UserError("encourage.crisis")
        if incoming.is_silenced:
            raise UserError("encourage.silenced")
        if not self._take_sad(incoming):
            raise UserError("encourage.too_soon")
        async with self._picked(incoming, words) as turn:
            yield turn

    @asynccontextmanager
    async def support(self, incoming: Incoming) -> AsyncIterator[Turn[Support] | None]:
        """Offer whom a member in danger, grief or worry can turn to.

        It is None when the server wants no answers, or the same came just now. This asks no database: an outage of it
        must not cost somebody in danger the answer.
        """
        scope, member_id, feeling = incoming.scope, incoming.author_id, incoming.feeling
        self._cooldowns.hold_kind_words(scope, member_id=member_id, feeling=feeling)
        taken = incoming.preferences.helplines and self._cooldowns.take_crisis(
            scope, member_id=member_id, feeling=feeling
        )
        if not taken:
            yield None
            return
        with ExitStack() as giving_back:
            giving_back.callback(self._cooldowns.give_back_crisis, scope, member_id=member_id, feeling=feeling)
            yield Turn(self._support(incoming), sent=giving_back.pop_all)

    def _support(self, incoming: Incoming) -> Support:
        country = self._helplines.home(incoming.locale, incoming.preferences.country)
        match incoming.feeling:
            case Feeling.GRIEF:
                lines = self._helplines.for_bereaved(country)
            case Feeling.WORRY:
                lines = self._helplines.for_relatives(country)
            case _:
                lines = self._helplines.listening(country)
        rule = incoming.reading.steps[-1].rule
        return Support(
            incoming.feeling,
            country,
            lines,
            is_of_suicide=rule is Rule.SUICIDE_GRIEF,
            is_of_pet=rule is Rule.PET,
            means=incoming.reading.names_means,
        )

    def _take_sad(self, incoming: Incoming) -> bool:
        return self._cooldowns.take_sad(
            incoming.scope, incoming.preferences, member_id=incoming.author_id, channel_id=incoming.channel_id
        )

    @asynccontextmanager
    async def _picked(self, incoming: Incoming, words: str = "") -> AsyncIterator[Turn[KindWord]]:
        """Offer these words, or a kind word, for which a turn was taken; it is given back when there is none."""
        scope, channel_id = incoming.scope, incoming.channel_id
        with ExitStack() as giving_back:
            giving_back.callback(
                self._cooldowns.give_back_sad, scope, member_id=incoming.author_id, channel_id=channel_id
            )
            word = KindWord(words)
            if not words:
                word = await self._encouragements.pick(
                    scope, locale=incoming.locale, channel_id=channel_id, reading=incoming.reading
                )
            yield Turn(word, sent=giving_back.pop_all)
