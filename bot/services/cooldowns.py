"""How long the bot keeps quiet after it has spoken; in memory only, and not longer than it must."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from math import inf

from bot.models import Scope
from bot.services.feelings.readings import Feeling
from bot.services.settings.table import ScopePreferences

SECONDS_PER_CRISIS = 600.0
SECONDS_AFTER_DANGER = 86_400.0
SECONDS_BETWEEN_SWEEPS = 60.0
MOST_REMEMBERED = 10_000


class Cooldown:
    """Remembers what has just happened, and for how long; of that at most the latest 10,000."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def is_running(self, key: Hashable, seconds: float) -> bool:
        """Tell whether `key` was started less than `seconds` ago."""
        began, _ = self._began.get(key, (-inf, 0.0))
        return self._clock() - began < seconds

    def start(self, key: Hashable, seconds: float) -> None:
        """Start it for `key`, now; after `seconds` it is forgotten."""
        self._began[key] = (self._clock(), seconds)
        self._began.move_to_end(key)
        if len(self._began) > MOST_REMEMBERED:
            self._began.popitem(last=False)

    def stop(self, key: Hashable) -> None:
        """Stop it for `key`."""
        self._began.pop(key, None)

    def forget_what_is_over(self) -> None:
        """Forget every key whose time is over."""
        now = self._clock()
        for key in [key for key, (began, seconds) in self._began.items() if now - began >= seconds]:
            del self._began[key]


class Cooldowns:
    """When a member may be answered again; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._member = Cooldown(clock)
        self._channel = Cooldown(clock)
        self._crisis = Cooldown(clock)
        self._held = Cooldown(clock)
        self._held_in_danger = Cooldown(clock)

    def take_sad(self, scope: Scope, preferences: ScopePreferences, *, member_id: int, channel_id: int) -> bool:
        """Take the turn to answer a sad message, if no cooldown of the member or the channel runs."""
        member, channel = (scope, member_id), (scope, channel_id)
        for_member, for_channel = preferences.cooldown.member, preferences.cooldown.channel
        if self.are_kind_words_held(scope, member_id=member_id):
            return False
        if self._member.is_running(member, for_member) or self._channel.is_running(channel, for_channel):
            return False
        self._member.start(member, for_member)
        self._channel.start(channel, for_channel)
        return True

    def hold_kind_words(self, scope: Scope, *, member_id: int, feeling: Feeling = Feeling.DANGER) -> None:
        """Say no kind word to a member for a while: a day after danger, nobody is told to cheer up."""
        key = (scope.platform, member_id)
        if feeling is Feeling.DANGER:
            self._held_in_danger.start(key, SECONDS_AFTER_DANGER)
        else:
            self._held.start(key, SECONDS_PER_CRISIS)

    def are_kind_words_held(self, scope: Scope, *, member_id: int) -> bool:
        """Tell whether this member spoke of suicide within a day, or of a loss a short while ago, wherever that was."""
        key = (scope.platform, member_id)
        return self._held.is_running(key, SECONDS_PER_CRISIS) or self._held_in_danger.is_running(
            key, SECONDS_AFTER_DANGER
        )

    def give_back_sad(self, scope: Scope, *, member_id: int, channel_id: int) -> None:
        """Give the turn back: the kind word did not reach the member."""
        self._member.stop((scope, member_id))
        self._channel.stop((scope, channel_id))

    def forget_what_is_over(self) -> None:
        """Forget everybody whose time is over, and not only when the next message comes."""
        for cooldown in (self._member, self._channel, self._crisis, self._held, self._held_in_danger):
            cooldown.forget_what_is_over()

    async def keep_forgetting(self) -> None:
        """Forget what is over every minute, for ever; run it beside the bot."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_SWEEPS)
            self.forget_what_is_over()

    def take_crisis(self, scope: Scope, *, member_id: int, feeling: Feeling = Feeling.DANGER) -> bool:
        """Take the turn to give a member the helplines, if that was not done for such a message a short while ago."""
        key = (scope, member_id, feeling)
        if self._crisis.is_running(key, SECONDS_PER_CRISIS):
            return False
        self._crisis.start(key, SECONDS_PER_CRISIS)
        return True

    def give_back_crisis(self, scope: Scope, *, member_id: int, feeling: Feeling = Feeling.DANGER) -> None:
        """Give the turn back: the helplines did not reach the member."""
        self._crisis.stop((scope, member_id, feeling))
