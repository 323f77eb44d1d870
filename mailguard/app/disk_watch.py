"""The disk of the store, watched: a figure for /metrics, a line in the log, letters to ops."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mailguard.core.errors import StoreError
from mailguard.notices.troubles.disk import DISK_TROUBLE, DISK_WELL, tell_disk
from mailguard.store.database.disk import MEBIBYTE, Disk
from mailguard.store.store import Store

_log = structlog.get_logger("mailguard.disk")


class DiskFigures(Collector):
    """What is free, and where holding ends. Nothing where the store is on no disk of ours."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def describe(self) -> Iterable[Metric]:
        """Registering must not look at the disk."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Nothing when the disk does not answer."""
        try:
            room = self._disk.look()
        except StoreError:
            return
        if room is not None:
            yield GaugeMetricFamily("mailguard_disk_free_bytes", "Free on the disk of the store", value=room.free)
            yield GaugeMetricFamily(
                "mailguard_disk_reserve_bytes", "Free space below which nothing is held", value=room.reserve
            )


class DiskWatch:
    """Called by the clock; logs and writes letters when the reserve begins and when it has ended."""

    every = timedelta(seconds=10)

    def __init__(self, store: Store, to: Sequence[str]) -> None:
        self._store, self._to = store, to
        self._state = ""

    def look(self) -> None:
        """Raises StoreError; what could not be told is told by a later call."""
        room = self._store.disk.look()
        if room is None:
            return
        state = DISK_TROUBLE if room.is_short else DISK_WELL if room.is_ample else self._state
        if state == self._state:
            return
        figures = {"free_mb": room.free // MEBIBYTE, "reserve_mb": room.reserve // MEBIBYTE}
        if state == DISK_TROUBLE:
            _log.error("disk nearly full: mail to be held is deferred", **figures)
        elif self._state:
            _log.info("disk has room again", **figures)
        # Asked of the store only when the state changes here, and once after a start.
        tell_disk(self._store, self._to, room)
        self._state = state
