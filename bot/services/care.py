"""Whether to answer somebody who is sad or in danger, and with what."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.errors import UserError
from bot.models import Country, Scope
from bot.services.cooldowns import Cooldowns
from bot.services.encouragements import Encouragements
from bot.services.feelings.reader import Attention, Feeling, Feelings, Reading
from bot.services.helplines import Helplines
from bot.services.opt_outs import OptOuts
from bot.services.recently_used import RecentlyUsed
from bot.services.settings.preferences import is_silenced
from bot.services.settings.table import ScopePreferences

# One for 200 words takes 180 kB; most have none, and share one.
ATTENTIONS_REMEMBERED = 1_000

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of a person, with all that was learnt of it on the way: nothing of that is asked for again.

    `channel_ids` are the channel and what it is in (a thread's channel, a category), `locale` is the language spoken
    there, and `feeling` what of the message is to be answered.
    """

    scope: Scope
    author_id: int
    channel_ids: Sequence[int]
    preferences: ScopePreferences
    locale: str
    feeling: Feeling

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
        self._opt_outs = opt_outs
        self._cooldowns = cooldowns
        self._encouragements = encouragements
        self._helplines = helplines
        self._attentions: RecentlyUsed[Scope, tuple[ScopePreferences, Attention]] = RecentlyUsed(ATTENTIONS_REMEMBERED)

    def feeling(
        self, text: str, scope: Scope, preferences: ScopePreferences, *, author_id: int, in_command: bool = False
    ) -> Feeling:
        """Read a message for what its author feels and is to be answered; whoever has opted out is not read.

        Whatever else it asks for, a message may be a call for help: of a command, only danger is answered.
        """
        if self._opt_outs.has(scope.platform, author_id):
            return Feeling.NONE
        feeling = self._feelings.read(text, attention=self._attention(scope, preferences)).feeling
        return Feeling.NONE if in_command and not feeling.calls_for_helplines else feeling

    def feeling_to_encourage(self, text: str, scope: Scope, *, author_id: int) -> Feeling:
        """Read a message for what its author feels, by the languages' own rules, for somebody who wants to encourage.

        Raises:
            UserError: its author must not be read, and so may be in any state.
        """
        if self._opt_outs.has(scope.platform, author_id):
            raise UserError("encourage.not_possible")
        return self._feelings.read(text).feeling

    def explain(self, text: str, scope: Scope, preferences: ScopePreferences) -> Reading:
        """Read a sentence for the one who asks what would be read in it."""
        return self._feelings.read(text, attention=self._attention(scope, preferences))

    def _attention(self, scope: Scope, preferences: ScopePreferences) -> Attention:
        """Return what the scope wants read, made ready once after each change of its preferences."""
        known = self._attentions.get(scope)
        if known is not None and known[0] is preferences:
            return known[1]
        attention = self._feelings.attention(preferences.triggers, preferences.words.sad, preferences.words.ignored)
        self._attentions[scope] = (preferences, attention)
        return attention

    @asynccontextmanager
    async def kind_word(self, incoming: Incoming) -> AsyncIterator[Turn[str] | None]:
        """Offer what to say to a member who is sad, or None: the server wants no answers, or one came just now."""
        if incoming.preferences.responding and not incoming.is_silenced and self._take_sad(incoming):
            async with self._picked(incoming) as turn:
                yield turn
        else:
            yield None

    @asynccontextmanager
    async def requested_word(self, incoming: Incoming) -> AsyncIterator[Turn[str]]:
        """Offer what to say to a message that somebody wants to encourage, and that calls for no helplines.

        Raises:
            UserError: its author spoke of suicide a short while ago, or somebody was answered just now; or the channel
                is a silent one.
        """
        if self._cooldowns.are_kind_words_held(incoming.scope, member_id=incoming.author_id):
            raise UserError("encourage.crisis")
        if incoming.is_silenced:
            raise UserError("encourage.silenced")
        if not self._take_sad(incoming):
            raise UserError("encourage.too_soon")
        async with self._picked(incoming) as turn:
            yield turn

    @asynccontextmanager
    async def lines_in_crisis(self, incoming: Incoming) -> AsyncIterator[Turn[Sequence[Country]] | None]:
        """Offer whom a member in danger can call, or None: the server wants no answers, or one came just now.

        This asks no database: an outage of it must not cost somebody in danger the answer.
        """
        scope, member_id = incoming.scope, incoming.author_id
        self._cooldowns.hold_kind_words(scope, member_id=member_id)
        if not incoming.preferences.helplines or not self._cooldowns.take_crisis(scope, member_id=member_id):
            yield None
            return
        with ExitStack() as giving_back:
            giving_back.callback(self._cooldowns.give_back_crisis, scope, member_id=member_id)
            countries = self._helplines.countries(incoming.locale, incoming.preferences.country)
            yield Turn(countries, sent=giving_back.pop_all)

    def _take_sad(self, incoming: Incoming) -> bool:
        return self._cooldowns.take_sad(
            incoming.scope, incoming.preferences, member_id=incoming.author_id, channel_id=incoming.channel_id
        )

    @asynccontextmanager
    async def _picked(self, incoming: Incoming) -> AsyncIterator[Turn[str]]:
        """Offer the kind word for which a turn was taken; the turn is given back when there is none to be found."""
        scope, channel_id = incoming.scope, incoming.channel_id
        with ExitStack() as giving_back:
            giving_back.callback(
                self._cooldowns.give_back_sad, scope, member_id=incoming.author_id, channel_id=channel_id
            )
            word = await self._encouragements.pick(scope, locale=incoming.locale, channel_id=channel_id)
            yield Turn(word, sent=giving_back.pop_all)
