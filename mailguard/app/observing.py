"""What became of each message, as counts for the weekly report and figures for /metrics. Never an address there."""

from contextlib import suppress
from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, Counter, Histogram

from mailguard.app.tally import Tally
from mailguard.core.clock import Clock
from mailguard.core.errors import StoreError
from mailguard.report.counted import ADDED, ALIVE, STAGE
from mailguard.report.health import slot_of
from mailguard.report.latency import step_of
from mailguard.store.counts import Counts
from mailguard.store.store import Store


class Observer:
    """Called once for every message whose DATA was read."""

    def __init__(self, store: Store, time_zone: str, clock: Clock) -> None:
        self._store, self._zone, self._clock = store, ZoneInfo(time_zone), clock
        self._counts = Counts()
        self._day = self._today()
        self._alive: tuple[date, str] | None = None
        self.registry = CollectorRegistry()
        messages = Counter("mailguard_messages", "Messages by fate", ["fate"], registry=self.registry)
        # Kept: prometheus-client looks at each name and value of a label anew.
        self._messages = cache(messages.labels)
        self._split = Counter(
            "mailguard_split_messages",
            "Messages held for some recipients and passed on to others",
            registry=self.registry,
        )
        self._twice = Counter(
            "mailguard_duplicate_risks",
            "Messages that clients were told to send again though the next hop may have them",
            registry=self.registry,
        )
        self._reasons = Counter("mailguard_hold_reasons", "Held messages by reason", ["reason"], registry=self.registry)
        self._identified = Counter(
            "mailguard_identified_messages", "Messages whose customer was found", registry=self.registry
        )
        seconds = Histogram(
            "mailguard_stage_seconds",
            "Time by stage of a message",
            ["stage"],
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 30),
            registry=self.registry,
        )
        self._seconds = cache(seconds.labels)

    def observe(self, tally: Tally) -> None:
        """Count one message."""
        self._turn_day()
        self._messages(tally.fate).inc()
        for stage, milliseconds in tally.milliseconds.items():
            self._seconds(stage).observe(milliseconds / 1000)
        self._count_times(tally)
        if tally.system:
            self._counts.add("system", tally.system)
        self._counts.add("seen")
        self._counts.add(tally.fate)
        if tally.split:
            self._counts.add("split")
            self._split.inc()
        if tally.may_come_twice:
            self._counts.add("may_come_twice")
            self._twice.inc()
        if tally.identified:
            self._counts.add("identified")
            self._identified.inc()
        for code in tally.reasons:
            self._counts.add("reason", code)
            self._reasons.labels(code).inc()
        for measure, keys in (("rule", tally.rules), ("recipient_domain", tally.domains)):
            for key in keys:
                self._counts.add(measure, key)
        for measure, one in (("sender", tally.sender), ("language", tally.language)):
            if one:
                self._counts.add(measure, one)

    def flush(self) -> None:
        """Write the counts down, and that the guard is alive. Raises StoreError; they are kept for the next time."""
        self._turn_day()
        self._count_life()
        self._counts.flush(self._store, self._day)

    def close(self) -> None:
        """The last flush. A database that is away by then costs a few seconds' counts."""
        with suppress(StoreError):
            self._counts.flush(self._store, self._day)

    def _count_times(self, tally: Tally) -> None:
        for stage, milliseconds in tally.milliseconds.items():
            self._counts.add(f"{STAGE}{stage}", step_of(milliseconds))
        # What the guard adds by itself: neither the client's time nor the next hop's.
        added = [tally.milliseconds[stage] for stage in ("judge", "hold") if stage in tally.milliseconds]
        if added:
            self._counts.add(ADDED, step_of(sum(added)))

    def _count_life(self) -> None:
        now = self._clock()
        slot = slot_of(now, datetime.combine(self._day, time.min, self._zone))
        # Once a slot: that it is there is all that is asked.
        if (self._day, slot) != self._alive:
            self._alive = self._day, slot
            self._counts.add(ALIVE, slot)

    def _turn_day(self) -> None:
        today = self._today()
        if today != self._day:
            # Yesterday's last counts belong to yesterday. A database that is away must not stop the mail for it.
            with suppress(StoreError):
                self._counts.flush(self._store, self._day)
            self._day = today

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()
