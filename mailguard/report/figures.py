"""The figures of one week beside those of the seven weeks before it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mailguard.report.sources import Source, Waiting
from mailguard.report.week import Week, read_week
from mailguard.store.store import Store

SPAN = 8
"""Weeks in the trend, the reported one included."""
TOP = 10
RECIPIENT_REASONS = frozenset({"namesake", "lookalike", "typo_domain", "other_customer", "unrelated", "disputed"})
"""Reasons that doubt the recipient, not the content."""
BUCKETS = (
    ("up to 5 min", timedelta(minutes=5)),
    ("to 15 min", timedelta(minutes=15)),
    ("to 1 h", timedelta(hours=1)),
    ("to 4 h", timedelta(hours=4)),
    ("to 1 day", timedelta(days=1)),
    ("longer", timedelta.max),
)


@dataclass(frozen=True, slots=True)
class Totals:
    """One week in numbers. Messages are counted in the week they came in, decisions in the week they were taken."""

    week: str
    seen: int = 0
    passed: int = 0
    held: int = 0
    refused: int = 0
    deferred: int = 0
    identified: int = 0
    """Messages whose customer was found."""
    approved: int = 0
    rejected: int = 0
    withdrawn: int = 0
    expired: int = 0
    undeliverable: int = 0
    wrong_recipient: int = 0
    """Held because of the recipient, then rejected or withdrawn: mail that would have reached the wrong reader."""
    waiting: int = 0
    """Undecided at the end of the week."""
    decision_p50: float | None = None
    """Seconds from the hold to the decision, half of the decisions were faster (nearest rank); None without any."""
    decision_p90: float | None = None

    @property
    def held_share(self) -> float | None:
        """Held of seen, 0 to 1; None when nothing was seen."""
        return self.held / self.seen if self.seen else None

    @property
    def identified_share(self) -> float | None:
        """Identified of seen, 0 to 1; None when nothing was seen."""
        return min(1.0, self.identified / self.seen) if self.seen else None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a ranking: a reason, rule, sender or domain."""

    key: str
    count: int
    before: int
    """The week before."""
    approved: int | None = None
    """How many of `count` were approved; None where the cases are gone and only their counts remain."""


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The last entry of the audit chain in that week: printed here, it anchors the chain outside the guard."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class WeeklyFigures:
    """Everything that a weekly report says."""

    week: Week
    as_of: datetime
    """End of the week, or now when the week is not over."""
    weeks: tuple[Totals, ...]
    """Eight weeks, the reported one last."""
    by_reason: tuple[Line, ...]
    by_rule: tuple[Line, ...]
    senders: tuple[Line, ...]
    domains: tuple[Line, ...]
    decision_times: tuple[tuple[str, int], ...]
    """How many decisions took how long."""
    oldest_case: str | None
    oldest_since: datetime | None
    audit: AuditHead | None

    @property
    def this(self) -> Totals:
        """The reported week."""
        return self.weeks[-1]

    @property
    def before(self) -> Totals:
        """The week before."""
        return self.weeks[-2]

    @property
    def complete(self) -> bool:
        """Whether the week is over."""
        return self.as_of >= self.week.end


def weekly_figures(store: Store, week: str, zone: ZoneInfo | str) -> WeeklyFigures:
    """Work out a week's figures; the same for a past week whenever it is asked.

    Raises InputError for a name that is no ISO week, StoreError when the database does not answer.
    """
    last = read_week(week, ZoneInfo(zone) if isinstance(zone, str) else zone)
    span = tuple(last.after(n) for n in range(1 - SPAN, 1))
    now = store.clock()
    with store.reading() as session:
        source = Source(session, span, now)
        waiting = source.waiting()
        weeks = tuple(_totals(source, one, waiting, now) for one in span)
        decided = source.decided(last)
        as_of = min(now, last.end)
        oldest = min((w for w in waiting if w.at(as_of)), key=lambda w: w.since, default=None)
        head = source.audit_head(last.end)
        rankings = {
            measure: _rank(source, measure, last) for measure in ("reason", "rule", "sender", "recipient_domain")
        }
    return WeeklyFigures(
        week=last,
        as_of=as_of,
        weeks=weeks,
        by_reason=rankings["reason"],
        by_rule=rankings["rule"],
        senders=rankings["sender"][:TOP],
        domains=rankings["recipient_domain"][:TOP],
        decision_times=_histogram([d.took for d in decided if d.first]),
        oldest_case=oldest.case_id if oldest else None,
        oldest_since=oldest.since if oldest else None,
        audit=AuditHead(*head) if head else None,
    )


def _totals(source: Source, week: Week, waiting: Sequence[Waiting], now: datetime) -> Totals:
    counted = source.counted(week)
    held = max(counted["held"], source.held(week))
    decided = source.decided(week)
    took = sorted(d.took for d in decided if d.first)
    ended = source.ended(week)
    as_of = min(now, week.end)
    return Totals(
        week=week.name,
        # A crash loses counts and never a held message: then more was held than the counts have seen.
        seen=max(counted["seen"], counted["passed"] + held),
        passed=counted["passed"],
        held=held,
        refused=counted["refused"],
        deferred=counted["deferred"],
        identified=counted["identified"],
        approved=len({d.case_id for d in decided if d.action == "approve"}),
        rejected=len({d.case_id for d in decided if d.action == "reject"}),
        withdrawn=ended["withdrawn"],
        expired=ended["expired"],
        undeliverable=source.undeliverable(week),
        wrong_recipient=source.stopped(week, RECIPIENT_REASONS),
        waiting=sum(w.at(as_of) for w in waiting) if week.start <= now else 0,
        decision_p50=_rank_value(took, 0.5),
        decision_p90=_rank_value(took, 0.9),
    )


def _rank(source: Source, measure: str, week: Week) -> tuple[Line, ...]:
    now, approved = _keys(source, measure, week)
    before, _ = _keys(source, measure, week.after(-1))
    keys = sorted(now | before, key=lambda key: (-now[key], -before[key], key))
    return tuple(Line(key, now[key], before[key], approved[key] if approved is not None else None) for key in keys)


def _keys(source: Source, measure: str, week: Week) -> tuple[Counter[str], Counter[str] | None]:
    """Counts by key, from the cases or from the daily counts: either can only have lost some, so the larger is right.

    Counts are lost in a crash, cases when they are removed after their retention.
    """
    cases = source.cases(week)
    counted = source.counted_keys(measure, week)
    if len(cases) < source.counted(week)["held"] and counted:
        return counted, None
    everything: Counter[str] = Counter()
    approved: Counter[str] = Counter()
    for case in cases:
        keys = case.keys(measure)
        everything.update(keys)
        if case.state in {"approved", "released", "undeliverable"}:
            approved.update(keys)
    return everything, approved


def _rank_value(ordered: Sequence[timedelta], share: float) -> float | None:
    return ordered[math.ceil(share * len(ordered)) - 1].total_seconds() if ordered else None


def _histogram(times: Sequence[timedelta]) -> tuple[tuple[str, int], ...]:
    counts = Counter(next(label for label, limit in BUCKETS if time <= limit) for time in times)
    return tuple((label, counts[label]) for label, _ in BUCKETS)
