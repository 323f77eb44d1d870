"""Where the figures come from: daily counts, cases, decisions and the audit chain, each read once for all weeks."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, or_
from sqlmodel import Session, col, select

from mailguard.core.address import domain_of
from mailguard.report.week import Week
from mailguard.store.tables import AuditRow, CaseRow, CountRow, DecisionRow, RecipientRow


@dataclass(frozen=True, slots=True)
class HeldCase:
    """What the report needs of a case."""

    state: str
    sender: str
    reasons: frozenset[str]
    rules: frozenset[str]
    domains: frozenset[str] = frozenset()

    def keys(self, measure: str) -> frozenset[str]:
        """The keys under which this case counts in a ranking."""
        if measure == "sender":
            return frozenset({self.sender})
        return {"reason": self.reasons, "rule": self.rules, "recipient_domain": self.domains}[measure]


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision."""

    case_id: str
    action: str
    took: timedelta
    first: bool
    """Not a second one on the same case (an undeliverable message that was given back)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """From when until when a case waited for its decision."""

    case_id: str
    since: datetime
    until: datetime | None

    def at(self, moment: datetime) -> bool:
        """Whether it was waiting at that moment."""
        return self.since < moment and (self.until is None or self.until >= moment)


class Source:
    """Reads for a span of weeks that follow each other, as things stood at `now`."""

    def __init__(self, session: Session, span: Sequence[Week], now: datetime) -> None:
        self._session = session
        self._first, self._last = span[0], span[-1]
        self._ends = [min(now, week.end) for week in span if week.start <= now]
        self._starts = [week.start for week in span]
        self._counts = self._read_counts()
        self._decided = self._read_decided()
        self._cases: dict[date, list[HeldCase]] = {}

    def counted(self, week: Week) -> Counter[str]:
        """The week's daily counts by measure."""
        return self._counts.get(week.monday, Counter())

    def counted_keys(self, measure: str, week: Week) -> Counter[str]:
        """The week's daily counts of one measure by key."""
        total = func.sum(CountRow.count)
        query = (
            select(CountRow.key, total)
            .where(CountRow.measure == measure, col(CountRow.day).between(week.monday, week.sunday))
            .group_by(col(CountRow.key))
        )
        return Counter({key: int(count) for key, count in self._session.exec(query)})

    def held(self, week: Week) -> int:
        """Messages that were held in the week."""
        return self._session.exec(select(func.count()).where(*_within(CaseRow.received_at, week))).one()

    def ended(self, week: Week) -> Counter[str]:
        """Cases that ended in the week, by state."""
        query = select(CaseRow.state, func.count()).where(*_within(CaseRow.ended_at, week)).group_by(CaseRow.state)
        return Counter(dict(self._session.exec(query).all()))

    def stopped(self, week: Week, reasons: Collection[str]) -> int:
        """Cases with one of the reasons at a recipient that were rejected or withdrawn in the week."""
        # The column holds a list of codes and nothing else, so a quoted code in its text is that code.
        text = cast(col(RecipientRow.reasons), String)
        query = (
            select(func.count(func.distinct(CaseRow.id)))
            .join(RecipientRow)
            .where(*_within(CaseRow.ended_at, week), col(CaseRow.state).in_(("rejected", "withdrawn")))
            .where(or_(*(text.contains(f'"{code}"', autoescape=True) for code in sorted(reasons))))
        )
        return self._session.exec(query).one()

    def undeliverable(self, week: Week) -> int:
        """Approved messages that the next hop refused in the week."""
        # From the audit chain: a later retry changes the case's state, not that it was refused in this week.
        query = select(func.count(func.distinct(AuditRow.case_id))).where(
            AuditRow.act == "undeliverable", *_within(AuditRow.at, week)
        )
        return self._session.exec(query).one()

    def cases(self, week: Week) -> list[HeldCase]:
        """Every case that was held in the week."""
        if week.monday not in self._cases:
            inside = _within(CaseRow.received_at, week)
            domains: dict[str, set[str]] = {}
            recipients = select(RecipientRow.case_id, RecipientRow.address).join(CaseRow)
            for case_id, address in self._session.exec(recipients.where(RecipientRow.verdict != "pass", *inside)):
                domains.setdefault(case_id, set()).add(domain_of(address))
            query = select(CaseRow.id, CaseRow.state, CaseRow.reverse_path, CaseRow.judgement).where(*inside)
            self._cases[week.monday] = [
                _case(state, sender, judgement, domains.get(case_id, set()))
                for case_id, state, sender, judgement in self._session.exec(query)
            ]
        return self._cases[week.monday]

    def decided(self, week: Week) -> list[Decided]:
        """Every decision of the week, in order."""
        return self._decided.get(week.monday, [])

    def waiting(self) -> list[Waiting]:
        """Every case that was waiting for a decision at the end of some week of the span."""
        if not self._ends:
            return []
        first = (
            select(col(DecisionRow.case_id).label("case_id"), func.min(DecisionRow.at).label("at"))
            .group_by(col(DecisionRow.case_id))
            .subquery()
        )
        # The first of two approvals leaves the case waiting.
        decided = case((col(CaseRow.approvals_needed) > 1, col(CaseRow.decided_at)), else_=first.c.at)
        until = func.coalesce(decided, CaseRow.ended_at, type_=CaseRow.ended_at.type)  # type: ignore[union-attr]
        undecided = or_(
            *(
                and_(col(CaseRow.received_at) < end, or_(col(CaseRow.state) == "held", until >= end))
                for end in self._ends
            )
        )
        query = select(CaseRow.id, CaseRow.received_at, until).outerjoin(first, first.c.case_id == CaseRow.id)
        return [Waiting(case_id, since, until) for case_id, since, until in self._session.exec(query.where(undecided))]

    def audit_head(self, moment: datetime) -> tuple[int, str] | None:
        """Number and digest of the last audit entry before a moment."""
        query = select(AuditRow.seq, AuditRow.digest).where(AuditRow.at < moment).order_by(col(AuditRow.seq).desc())
        return self._session.exec(query.limit(1)).first()

    def _read_counts(self) -> dict[date, Counter[str]]:
        total: Any = func.sum(CountRow.count)
        query = (
            select(col(CountRow.day), CountRow.measure, total)
            .where(col(CountRow.day).between(self._first.monday, self._last.sunday), CountRow.key == "")
            .group_by(col(CountRow.day), col(CountRow.measure))
        )
        counts: dict[date, Counter[str]] = {}
        for day, measure, count in self._session.exec(query):
            counts.setdefault(day - timedelta(days=day.weekday()), Counter())[measure] += int(count)
        return counts

    def _read_decided(self) -> dict[date, list[Decided]]:
        query = (
            select(DecisionRow, CaseRow.received_at, CaseRow.approvals_needed)
            .join(CaseRow, col(CaseRow.id) == col(DecisionRow.case_id))
            .where(col(DecisionRow.at) >= self._first.start, col(DecisionRow.at) < self._last.end)
            .order_by(col(DecisionRow.at), col(DecisionRow.id))
        )
        known: set[str] = set()
        approvals: Counter[str] = Counter()
        decided: dict[date, list[Decided]] = {}
        for decision, received_at, needed in self._session.exec(query):
            case_id, action, at = decision.case_id, decision.action, decision.at
            approvals[case_id] += action == "approve"
            if action == "approve" and approvals[case_id] < needed:
                # One of two approvals is no decision yet.
                continue
            monday = self._first.after(bisect_right(self._starts, at) - 1).monday
            decided.setdefault(monday, []).append(Decided(case_id, action, at - received_at, case_id not in known))
            known.add(case_id)
        return decided


def _within(moment: Any, week: Week) -> tuple[ColumnElement[bool], ...]:
    return col(moment) >= week.start, col(moment) < week.end


def _case(state: str, sender: str, judgement: Mapping[str, Any], domains: set[str]) -> HeldCase:
    return HeldCase(
        state=state,
        sender=sender or "<>",
        reasons=frozenset(str(reason["code"]) for reason in judgement.get("reasons", ())),
        rules=frozenset(str(finding["rule"]) for finding in judgement.get("findings", ())),
        domains=frozenset(domains),
    )
