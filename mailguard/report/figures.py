"""The figures of one week beside those of the seven weeks before it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mailguard.core.settings import Settings
from mailguard.report.audited import read_anchor_before
from mailguard.report.breaches import running_clocks
from mailguard.report.coaching import lessons
from mailguard.report.ledger import Ledger
from mailguard.report.parts import deciders, histogram, proposals, rank, stage_times
from mailguard.report.totals import Decider, Lesson, Line, Proposal, RunningClock, StageTime, Totals
from mailguard.report.week import Week, read_week
from mailguard.store.audit.anchor import Anchor
from mailguard.store.store import Store

SPAN = 8
"""Weeks in the trend, the reported one included."""
TOP = 10


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
    audit: Anchor | None
    """Where the audit chain ended with the week: printed here, it is kept outside the guard."""
    by_language: tuple[Line, ...] = ()
    by_team: tuple[Line, ...] = ()
    by_partner: tuple[Line, ...] = ()
    systems: tuple[Line, ...] = ()
    """Logins and addresses by which most mail came in, passed mail included."""
    stages: tuple[StageTime, ...] = ()
    deciders: tuple[Decider, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    clocks: tuple[RunningClock, ...] = ()
    lessons: tuple[Lesson, ...] = ()

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

    def ranking(self, measure: str) -> tuple[Line, ...]:
        """The ranking by a measure of the daily counts."""
        return {
            "reason": self.by_reason,
            "rule": self.by_rule,
            "language": self.by_language,
            "team": self.by_team,
            "partner": self.by_partner,
            "sender": self.senders,
            "recipient_domain": self.domains,
            "system": self.systems,
        }[measure]


def weekly_figures(
    store: Store,
    week: str,
    zone: ZoneInfo | str,
    settings: Settings | None = None,
    reported: Mapping[str, WeeklyFigures] | None = None,
) -> WeeklyFigures:
    """Work out a week's figures; weeks before it that are in `reported` are as they were reported.

    Raises InputError for a name that is no ISO week, StoreError when the database does not answer.
    """
    last = read_week(week, ZoneInfo(zone) if isinstance(zone, str) else zone)
    return next(figures_of_span(store, (last,), settings or Settings(), reported))


def figures_of_span(
    store: Store, weeks: Sequence[Week], settings: Settings, reported: Mapping[str, WeeklyFigures] | None = None
) -> Iterator[WeeklyFigures]:
    """As `weekly_figures` for weeks that follow each other; each is looked up once for all reports that show it."""
    span = (*(weeks[0].after(n) for n in range(1 - SPAN, 0)), *weeks)
    with store.reading() as session:
        ledger = Ledger(session, store, settings, span, reported)
        for week in weeks:
            yield _figures(ledger, week, settings, store)


def _figures(ledger: Ledger, last: Week, settings: Settings, store: Store) -> WeeklyFigures:
    span = tuple(last.after(n) for n in range(1 - SPAN, 1))
    as_of = min(ledger.now, last.end)
    oldest = min((w for w in ledger.waiting if w.at(as_of)), key=lambda w: w.since, default=None)
    return WeeklyFigures(
        week=last,
        as_of=as_of,
        weeks=tuple(ledger.totals(one) for one in span),
        by_reason=rank(ledger, "reason", span),
        by_rule=rank(ledger, "rule", span),
        by_language=rank(ledger, "language", span),
        by_team=rank(ledger, "team", span),
        by_partner=rank(ledger, "partner", span),
        senders=rank(ledger, "sender", span)[:TOP],
        domains=rank(ledger, "recipient_domain", span)[:TOP],
        systems=rank(ledger, "system", span)[:TOP],
        decision_times=histogram([word.took for word in ledger.words(last) if word.first]),
        oldest_case=oldest.case_id if oldest else None,
        oldest_since=oldest.since if oldest else None,
        audit=read_anchor_before(ledger.session, last.end, as_of),
        stages=tuple(stage_times(ledger, last)),
        deciders=deciders(ledger, last, store),
        proposals=proposals(ledger, span),
        clocks=running_clocks(ledger.session, settings.incidents, as_of) if last.start <= ledger.now else (),
        lessons=lessons(store, settings, last.start, as_of),
    )
