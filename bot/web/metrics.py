"""Numbers for Prometheus: totals since the start and the state of this moment, over all servers together.

Every name begins with `encourage_`, but those of the process, which are called the same whatever program it is.
"""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.health import Health
from bot.services import Services


class Metrics(Collector):
    """Reads what is known when Prometheus asks, so that counting costs the bot nothing; no label is an id."""

    def __init__(self, discord: Health | None, services: Services, telegram: Health | None = None) -> None:
        self._discord = discord
        self._telegram = telegram
        self._services = services
        self._database_write: float | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    async def render(self) -> bytes:
        """Return all numbers in Prometheus' text format."""
        self._database_write = await self._services.storage_check.write_seconds()
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield everything but what the process itself uses; a number that is not known now is left out."""
        tally = self._services.tally
        if self._discord is not None:
            yield from _of_discord(self._discord)
        if self._telegram is not None:
            yield from _of_telegram(self._telegram)
        yield _counter("encourage_replies", "Replies sent, by what they answer.", tally.replies.items())
        yield _counter("encourage_command_errors", "Commands not carried out, by reason.", tally.failures.items())
        quotes = self._services.quotes.state
        if quotes.ready is not None:
            yield _gauge("encourage_quotes_ready", "Quotes from the outside source in stock.", quotes.ready)
            yield _gauge("encourage_quotes_failing", "Whether that source failed the last time.", quotes.failing)
        yield _gauge("encourage_database_writable", "Whether a small write works.", self._database_write is not None)
        if self._database_write is not None:
            yield _gauge("encourage_database_write_seconds", "How long a small write takes.", self._database_write)


def _of_discord(health: Health) -> Iterator[Metric]:
    yield _gauge(
        "encourage_discord_connected", "Whether every shard of this process is connected.", health.verdict().connected
    )
    yield _gauge("encourage_discord_shards", "The shards that this process runs.", len(health.shard_ids))
    heartbeat = health.heartbeat()
    if heartbeat is not None:
        yield _gauge("encourage_discord_latency_seconds", "The slowest shard's heartbeat.", heartbeat.round_trip)
    yield _gauge("encourage_discord_servers", "The servers that the bot is in.", health.servers)
    yield CounterMetricFamily("encourage_discord_events", "Events received from Discord.", health.events)


def _of_telegram(health: Health) -> Iterator[Metric]:
    yield _gauge(
        "encourage_telegram_connected", "Whether Telegram can deliver to this process.", health.verdict().connected
    )
    yield CounterMetricFamily("encourage_telegram_updates", "Updates received from Telegram.", health.events)
    if health.pending is not None:
        yield _gauge("encourage_telegram_pending_updates", "Updates that wait at Telegram.", health.pending)


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value)


def _counter(name: str, documentation: str, counts: Iterable[tuple[str, int]]) -> Metric:
    family = CounterMetricFamily(name, documentation, labels=["kind"])
    for kind, count in counts:
        family.add_metric([kind], count)
    return family
