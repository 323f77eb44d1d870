"""How many messages wait until their pictures are read, for /metrics."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mailguard.cases.awaiting.claim import count_unread
from mailguard.core.errors import StoreError
from mailguard.store.store import Store


class ReadingFigures(Collector):
    """Reads the store when Prometheus asks, so any node tells of all."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> Iterable[Metric]:
        """Registering must not ask the store."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Nothing without a database."""
        try:
            waiting = count_unread(self._store)
        except StoreError:
            return
        yield GaugeMetricFamily(
            "mailguard_awaiting_reading", "Messages kept until their pictures are read", value=waiting
        )
