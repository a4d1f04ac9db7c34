"""Numbers for Prometheus where it may never ask: what makes them is loaded with the first request."""

import asyncio
from typing import TYPE_CHECKING

from bot.health import Health
from bot.services import Services

if TYPE_CHECKING:
    from bot.web.metrics import Metrics


class MetricsWhenAsked:
    """Makes the metrics when they are asked for."""

    def __init__(self, discord: Health | None, services: Services, telegram: Health | None) -> None:
        self._discord = discord
        self._services = services
        self._telegram = telegram
        self._metrics: Metrics | None = None

    async def render(self) -> bytes:
        """Return all numbers in Prometheus' text format."""
        if self._metrics is None:
            # Beside the rest: it takes longer than anybody should wait for an answer.
            await asyncio.to_thread(_load)
            self._metrics = self._metrics or _load()(self._discord, self._services, self._telegram)
        return await self._metrics.render()


def _load() -> "type[Metrics]":
    from bot.web.metrics import Metrics

    return Metrics
