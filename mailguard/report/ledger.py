"""Weeks worked out from what the store keeps, each once; a week that was reported is taken from its report."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any, Protocol, TypeVar

from sqlmodel import Session

from mailguard.core.settings import Settings
from mailguard.core.teams import Teams
from mailguard.report import decided, held
from mailguard.report.audited import count_undeliverable
from mailguard.report.breaches import count_open, count_opened, running_clocks
from mailguard.report.counted import ADDED, STAGE, read_keys, read_totals
from mailguard.report.health import availability, register_health
from mailguard.report.latency import seconds_within
from mailguard.report.standings import Standing, count_as, standings_of
from mailguard.report.totals import Line, Totals
from mailguard.report.week import Week
from mailguard.store.store import Store
from mailguard.store.tables.people import UserRow

RECIPIENT_REASONS = frozenset({"namesake", "lookalike", "typo_domain", "other_customer", "unrelated", "disputed"})
"""Reasons that doubt the recipient, not the content."""
WHOLE = ("reason", "rule", "language", "team", "partner")
"""Rankings that are kept with all of their keys, so that a mean can be told."""
STAGES = ("read", "judge", "hold", "next_hop")
_COUNTED = ("reason", "rule", "sender", "recipient_domain", "language", "system", ADDED, *(STAGE + s for s in STAGES))
_NOTHING: Counter[str] = Counter()
_T = TypeVar("_T")


class Reported(Protocol):
    """What a ledger needs of a week that was reported."""

    @property
    def this(self) -> Totals:
        """The week in numbers."""
        ...

    def ranking(self, measure: str) -> tuple[Line, ...]:
        """The ranking by a measure."""
        ...


class Ledger:
    """For a span of weeks that follow each other, as things stood at `now`."""

    def __init__(
        self,
        session: Session,
        store: Store,
        settings: Settings,
        span: Sequence[Week],
        reported: Mapping[str, Reported] | None = None,
    ) -> None:
        self.session, self.now = session, store.clock()
        self._store, self._settings = store, settings
        self._span = span
        self._reported = reported or {}
        self._teams = Teams.of(settings)
        self._known: dict[tuple[str, str], Any] = {}

    def totals(self, week: Week) -> Totals:
        """The week in numbers."""
        if week.name in self._reported:
            return self._reported[week.name].this
        return self._once("totals", week, self._totals)

    def words(self, week: Week) -> list[decided.Word]:
        """What was decided in the week."""
        return self._once("words", week, lambda week: decided.read_words(self.session, week))

    def people(self, week: Week) -> dict[int, UserRow]:
        """Who decided."""
        return self._once(
            "people", week, lambda week: decided.read_people(self.session, {w.user_id for w in self.words(week)})
        )

    def unread(self, week: Week) -> list[decided.Word]:
        """Approvals without reading."""
        return self._once(
            "unread", week, lambda week: decided.unread(self.session, self.words(week), self.people(week))
        )

    def standings(self, measure: str, week: Week) -> Mapping[str, Standing]:
        """What was held in the week by key: from the cases or from the daily counts; either may have lost some.

        Counts are lost in a crash, cases when they are removed after their retention; the larger is right.
        """
        if measure in WHOLE and week.name in self._reported:
            lines = self._reported[week.name].ranking(measure)
            return {line.key: Standing(line.count, line.approved, line.rejected) for line in lines if line.count}
        return self._once(measure, week, lambda week: self._standings(measure, week))

    def steps(self, stage: str, week: Week) -> Mapping[str, int]:
        """The histogram of a stage's times."""
        return self._counted(week)[STAGE + stage]

    @cached_property
    def waiting(self) -> list[held.Waiting]:
        """Every case that was waiting at the end of some week of the span that was not reported yet."""
        open_weeks = [week for week in self._span if week.start <= self.now and week.name not in self._reported]
        return held.read_waiting(self.session, [min(self.now, week.end) for week in open_weeks])

    def _once(self, what: str, week: Week, work: Callable[[Week], _T]) -> _T:
        key = (what, week.name)
        if key not in self._known:
            self._known[key] = work(week)
        known: _T = self._known[key]
        return known

    @cached_property
    def _sums(self) -> Mapping[Any, Counter[str]]:
        return read_totals(self.session, self._span[0], self._span[-1])

    def _cases(self, week: Week) -> list[held.HeldCase]:
        cases: list[held.HeldCase] = self._once("cases", week, lambda week: held.read_cases(self.session, week))
        return cases

    def _counted(self, week: Week) -> dict[str, Counter[str]]:
        counted: dict[str, Counter[str]] = self._once(
            "counted", week, lambda week: read_keys(self.session, week, _COUNTED)
        )
        return counted

    def _standings(self, measure: str, week: Week) -> dict[str, Standing]:
        counted = count_as(measure, self._counted(week), self._teams)
        gone = len(self._cases(week)) < self._sums.get(week.monday, _NOTHING)["held"]
        if measure in ("language", "system") or (gone and counted):
            return {key: Standing(count) for key, count in counted.items()}
        return standings_of(self._cases(week), measure, self._teams)

    def _totals(self, week: Week) -> Totals:
        counted, session = self._sums.get(week.monday, _NOTHING), self.session
        as_of, begun = min(self.now, week.end), week.start <= self.now
        held_here = max(counted["held"], held.count_held(session, week))
        words = self.words(week)
        final, first = [w for w in words if w.final], [w for w in words if w.first]
        took = sorted(word.took for word in first)
        ended = held.count_ended(session, week)
        clocks = running_clocks(session, self._settings.incidents, as_of) if begun else ()
        added = self._counted(week)[ADDED]
        unreadable = self.standings("reason", week).get("unreadable")
        attention = decided.count_attention(session, week)
        return Totals(
            week=week.name,
            # A crash loses counts and never a held message: then more was held than the counts have seen.
            seen=max(counted["seen"], counted["passed"] + held_here),
            passed=counted["passed"],
            held=held_here,
            refused=counted["refused"],
            deferred=counted["deferred"],
            identified=counted["identified"],
            split=counted["split"],
            may_come_twice=counted["may_come_twice"],
            approved=len({w.case_id for w in final if w.action == "approve"}),
            rejected=len({w.case_id for w in final if w.action == "reject"}),
            withdrawn=ended["withdrawn"],
            expired=ended["expired"],
            undeliverable=count_undeliverable(session, week),
            wrong_recipient=held.count_stopped(session, week, RECIPIENT_REASONS),
            attention_wrong=attention.wrong,
            test_cases=attention.tests,
            test_missed=attention.missed,
            broken_glass=decided.count_broken_glass(session, week),
            unreviewed=decided.count_unreviewed(session, as_of) if begun else 0,
            waiting=sum(w.at(as_of) for w in self.waiting) if begun else 0,
            decision_p50=_rank_value(took, 0.5),
            decision_p90=_rank_value(took, 0.9),
            corrected=held.count_corrected(session, week),
            decided=len(first),
            unreminded=len(first) - len(decided.reminded_before(session, words)),
            unread=len(self.unread(week)),
            second_opinions=sum(w.agrees is not None for w in words),
            agreed=sum(w.agrees is True for w in words),
            unreadable=unreadable.count if unreadable else 0,
            added_p50=seconds_within(added, 0.5),
            added_p99=seconds_within(added, 0.99),
            availability=availability(session, week, as_of),
            breaches_opened=count_opened(session, week),
            breaches_open=count_open(session, as_of) if begun else 0,
            breaches_overdue=len({one.breach for one in clocks if one.overdue}),
            **register_health(self._store, self._settings.register_, week, self.now),
        )


def _rank_value(ordered: Sequence[timedelta], share: float) -> float | None:
    return ordered[math.ceil(share * len(ordered)) - 1].total_seconds() if ordered else None
