"""Figures of the register for /metrics: how old it is, how large, and which source fails."""

import math
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from mailguard.core.clock import Clock
from mailguard.core.errors import RegisterError
from mailguard.core.settings import RegisterSettings
from mailguard.customers.freshness import freshness

_BY_HAND = "file"


class RegisterFigures(Collector):
    """Reads the store when Prometheus asks, so the figures are right after a restart and with several nodes."""

    def __init__(self, engine: Engine, settings: RegisterSettings, clock: Clock) -> None:
        self._engine, self._settings, self._clock = engine, settings, clock

    def describe(self) -> Iterable[Metric]:
        """Registering must not ask the store."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Age, customers and trouble of each source, and whether the register is stale. Nothing without a database."""
        age = GaugeMetricFamily(
            "mailguard_register_age_seconds", "Since the last sync that came through; +Inf: never", labels=["source"]
        )
        customers = GaugeMetricFamily("mailguard_register_customers", "Customers on record", labels=["source"])
        failing = GaugeMetricFamily(
            "mailguard_register_sync_failing", "1: the last sync did not come through", labels=["source"]
        )
        stale = GaugeMetricFamily("mailguard_register_stale", "1: too old, and sensitive mail is held")
        try:
            known = freshness(self._engine, self._settings, self._clock)
        except RegisterError:
            return
        for source in known.sources:
            label = [source.name or _BY_HAND]
            age.add_metric(label, math.inf if source.age_hours is None else source.age_hours * 3600)
            customers.add_metric(label, source.customers)
            failing.add_metric(label, bool(source.problem))
        stale.add_metric([], known.stale)
        yield from (age, customers, failing, stale)
