"""What became of each message, as counts for the weekly report and figures for /metrics. Never an address there."""

from contextlib import suppress
from datetime import date
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, Counter, Histogram

from mailguard.core.address import domain_of
from mailguard.core.clock import Clock
from mailguard.core.errors import StoreError
from mailguard.core.verdict import Verdict
from mailguard.smtp.ports import Outcome
from mailguard.store.counts import Counts
from mailguard.store.store import Store


class Observer:
    """Called once for every message whose DATA was read."""

    def __init__(self, store: Store, time_zone: str, clock: Clock) -> None:
        self._store, self._zone, self._clock = store, ZoneInfo(time_zone), clock
        self._counts = Counts()
        self._day = self._today()
        self.registry = CollectorRegistry()
        self._messages = Counter("mailguard_messages", "Messages by fate", ["fate"], registry=self.registry)
        self._reasons = Counter("mailguard_hold_reasons", "Held messages by reason", ["reason"], registry=self.registry)
        self._identified = Counter(
            "mailguard_identified_messages", "Messages whose customer was found", registry=self.registry
        )
        self._seconds = Histogram(
            "mailguard_stage_seconds",
            "Time by stage of a message",
            ["stage"],
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 30),
            registry=self.registry,
        )

    def observe(self, outcome: Outcome) -> None:
        """Count one message."""
        self._turn_day()
        fate = _fate(outcome)
        self._messages.labels(fate).inc()
        for stage, milliseconds in outcome.milliseconds.items():
            self._seconds.labels(stage).observe(milliseconds / 1000)
        self._counts.add("seen")
        self._counts.add(fate)
        if outcome.judgement is None:
            return
        if outcome.judgement.customers:
            self._counts.add("identified")
            self._identified.inc()
        if outcome.case_id is not None:
            self._count_held(outcome)

    def flush(self) -> None:
        """Write the counts down. Raises StoreError; then they are kept for the next time."""
        self._counts.flush(self._store, self._day)

    def _count_held(self, outcome: Outcome) -> None:
        judgement = outcome.judgement
        if judgement is None:
            return
        for code in sorted({reason.code.value for reason in judgement.reasons}):
            self._counts.add("reason", code)
            self._reasons.labels(code).inc()
        for rule in sorted({finding.rule for finding in judgement.findings}):
            self._counts.add("rule", rule)
        self._counts.add("sender", outcome.envelope.reverse_path or "<>")
        held = [r.address for r in judgement.recipients if r.verdict is Verdict.HOLD]
        for domain in sorted({domain_of(address) for address in held}):
            self._counts.add("recipient_domain", domain)

    def _turn_day(self) -> None:
        today = self._today()
        if today != self._day:
            # Yesterday's last counts belong to yesterday. A database that is away must not stop the mail for it.
            self.flush_quietly()
            self._day = today

    def flush_quietly(self) -> None:
        """`flush`, with the counts kept when the database is away."""
        with suppress(StoreError):
            self.flush()

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()


def _fate(outcome: Outcome) -> str:
    if outcome.case_id is not None:
        return "held"
    if outcome.answer.ok:
        return "passed"
    return "deferred" if outcome.answer.temporary else "refused"
