"""Figures of the breach register for /metrics."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mailguard.core.clock import Clock
from mailguard.core.settings import IncidentSettings
from mailguard.incidents.breaches.running import Overdue, overdue
from mailguard.store.store import Store


class BreachFigures(Collector):
    """Reads the store when Prometheus asks: clocks run out by themselves."""

    def __init__(self, store: Store, settings: IncidentSettings, now: Clock) -> None:
        self._store, self._settings, self._now = store, settings, now

    def describe(self) -> Iterable[Metric]:
        """Registering must not ask the store."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Clocks that have run out, of breaches that are not closed."""
        late = GaugeMetricFamily("mailguard_breach_clocks_overdue", "Deadlines of open breaches that have passed")
        late.add_metric([], len(read_overdue(self._store, self._settings, self._now())))
        return (late,)


def read_overdue(store: Store, settings: IncidentSettings, now: datetime) -> list[Overdue]:
    """The deadlines that have passed, for every page and for /metrics. Raises StoreError."""
    with store.reading() as session:
        return overdue(session, settings, now)
