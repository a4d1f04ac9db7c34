"""Whether to answer somebody who is sad or in danger, and with what."""

from collections.abc import Sequence

from bot.errors import UserError
from bot.models import Country, Scope, ScopePreferences
from bot.services.cooldowns import Cooldowns
from bot.services.encouragements import Encouragements
from bot.services.feelings.reader import Attention, Feeling, Feelings, Reading
from bot.services.helplines import Helplines
from bot.services.opt_outs import OptOuts
from bot.services.recently_used import RecentlyUsed
from bot.services.settings.preferences import Preferences, is_silenced

# One for 200 words takes 180 kB; most have none, and share one.
ATTENTIONS_REMEMBERED = 1_000


class Care:
    """Nothing of what is decided here is kept, but for the minutes of a cooldown."""

    def __init__(
        self,
        *,
        feelings: Feelings,
        opt_outs: OptOuts,
        cooldowns: Cooldowns,
        preferences: Preferences,
        encouragements: Encouragements,
        helplines: Helplines,
    ) -> None:
        self._feelings = feelings
        self._opt_outs = opt_outs
        self._cooldowns = cooldowns
        self._preferences = preferences
        self._encouragements = encouragements
        self._helplines = helplines
        self._attentions: RecentlyUsed[Scope, tuple[ScopePreferences, Attention]] = RecentlyUsed(ATTENTIONS_REMEMBERED)

    def feeling(self, text: str, scope: Scope, preferences: ScopePreferences, *, author_id: int) -> Feeling:
        """Read a message for what its author feels; whoever has opted out is not read."""
        if self._opt_outs.has(scope.platform, author_id):
            return Feeling.NONE
        return self._feelings.read(text, attention=self._attention(scope, preferences)).feeling

    def explain(self, text: str, scope: Scope, preferences: ScopePreferences) -> Reading:
        """Read a sentence for the one who asks what would be read in it."""
        return self._feelings.read(text, attention=self._attention(scope, preferences))

    def _attention(self, scope: Scope, preferences: ScopePreferences) -> Attention:
        """Return what the scope wants read, made ready once after each change of its preferences."""
        known = self._attentions.get(scope)
        if known is not None and known[0] is preferences:
            return known[1]
        attention = self._feelings.attention(preferences.trigger, preferences.sad_words, preferences.ignored_words)
        self._attentions[scope] = (preferences, attention)
        return attention

    async def kind_word(self, scope: Scope, *, locale: str, member_id: int, channel_ids: Sequence[int]) -> str | None:
        """Return what to say to a member who is sad, or None: the server wants no answers, or one came just now.

        `channel_ids` are the channel and what it is in: a thread's channel, a category.
        """
        preferences = await self._preferences.get(scope)
        if not preferences.responding or is_silenced(preferences, channel_ids):
            return None
        channel_id = channel_ids[0]
        if not self._cooldowns.take_sad(scope, preferences, member_id=member_id, channel_id=channel_id):
            return None
        return await self._pick(scope, locale=locale, member_id=member_id, channel_id=channel_id)

    async def word_for(
        self, scope: Scope, *, text: str, author_id: int, locale: str, channel_ids: Sequence[int]
    ) -> str | None:
        """Return what to say to a message that somebody wants to encourage, or None when it calls for helplines.

        Raises:
            UserError: its author must not be read, and so may be in any state; or somebody was answered just now; or
                the channel is a silent one.
        """
        if self._opt_outs.has(scope.platform, author_id):
            raise UserError("encourage.not_possible")
        if self._feelings.read(text).feeling.calls_for_helplines:
            return None
        if self._cooldowns.are_kind_words_held(scope, member_id=author_id):
            raise UserError("encourage.crisis")
        preferences = await self._preferences.get(scope)
        if is_silenced(preferences, channel_ids):
            raise UserError("encourage.silenced")
        channel_id = channel_ids[0]
        if not self._cooldowns.take_sad(scope, preferences, member_id=author_id, channel_id=channel_id):
            raise UserError("encourage.too_soon")
        return await self._pick(scope, locale=locale, member_id=author_id, channel_id=channel_id)

    async def _pick(self, scope: Scope, *, locale: str, member_id: int, channel_id: int) -> str:
        """Return the kind word for which a turn was taken; without one, the turn is given back."""
        try:
            return await self._encouragements.pick(scope, locale=locale, channel_id=channel_id)
        except BaseException:
            self.word_not_given(scope, member_id=member_id, channel_id=channel_id)
            raise

    def word_not_given(self, scope: Scope, *, member_id: int, channel_id: int) -> None:
        """Note that a kind word could not be sent, so that the next sad message gets one."""
        self._cooldowns.give_back_sad(scope, member_id=member_id, channel_id=channel_id)

    async def lines_in_crisis(self, scope: Scope, *, locale: str, member_id: int) -> Sequence[Country] | None:
        """Return whom a member in danger can call, or None: the server wants no answers, or one came just now."""
        self._cooldowns.hold_kind_words(scope, member_id=member_id)
        # The lines need no database: an outage of it must not cost somebody in danger the answer.
        preferences = await self._preferences.get_or_default(scope)
        if not preferences.helplines or not self._cooldowns.take_crisis(scope, member_id=member_id):
            return None
        return self._helplines.countries(locale, preferences.country)

    def lines_not_given(self, scope: Scope, *, member_id: int) -> None:
        """Note that the lines could not be sent, so that the member's next message gets them."""
        self._cooldowns.give_back_crisis(scope, member_id=member_id)

    async def lines(self, scope: Scope, *, locale: str) -> Sequence[Country]:
        """Return the lines of the scope's country, for anyone who asks."""
        preferences = await self._preferences.get_or_default(scope)
        return self._helplines.countries(locale, preferences.country)
