"""Whether the weekly report went out, for /metrics."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mailguard.core.errors import StoreError
from mailguard.core.settings import ReportSettings
from mailguard.report.overdue import overdue_weeks
from mailguard.store.store import Store


class ReportFigures(Collector):
    """Reads the store when Prometheus asks, so any node tells of all."""

    def __init__(self, store: Store, settings: ReportSettings) -> None:
        self._store, self._settings = store, settings

    def describe(self) -> Iterable[Metric]:
        """Registering must not ask the store."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """How many weeks wait; nothing without a database."""
        try:
            overdue = overdue_weeks(self._store, self._settings, self._store.clock())
        except StoreError:
            return
        yield GaugeMetricFamily(
            "mailguard_report_overdue", "Weekly reports that are hours late; 0 is well", value=len(overdue)
        )
