"""Where the figures come from: daily counts, cases, decisions and the audit chain, each read once for all weeks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from mailguard.core.address import domain_of
from mailguard.report.week import Week, week_of
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
    at: datetime
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
    """Reads for a span of weeks that follow each other."""

    def __init__(self, session: Session, span: Sequence[Week]) -> None:
        self._session = session
        self._first, self._last = span[0], span[-1]
        self._start, self._end = self._first.start, self._last.end
        self._counts = self._read_counts()
        self._held = Counter(week_of(at, self._zone).monday for at in self._read_held())
        self._undeliverable = self._read_undeliverable()
        self._ended = self._read_ended()
        self._cases: dict[date, list[HeldCase]] = {}

    @property
    def _zone(self) -> Any:
        return self._last.zone

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
        return self._held[week.monday]

    def ended(self, week: Week) -> list[HeldCase]:
        """Cases that ended in the week without being sent."""
        return self._ended.get(week.monday, [])

    def undeliverable(self, week: Week) -> int:
        """Approved messages that the next hop refused in the week."""
        return self._undeliverable[week.monday]

    def cases(self, week: Week) -> list[HeldCase]:
        """Every case that was held in the week."""
        if week.monday not in self._cases:
            inside = (col(CaseRow.received_at) >= week.start, col(CaseRow.received_at) < week.end)
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

    def decided(self) -> list[Decided]:
        """Every decision of the span, in order."""
        query = (
            select(DecisionRow.case_id, DecisionRow.action, DecisionRow.at, CaseRow.received_at)
            .join(CaseRow, col(CaseRow.id) == col(DecisionRow.case_id))
            .where(col(DecisionRow.at) >= self._start, col(DecisionRow.at) < self._end)
            .order_by(col(DecisionRow.at), col(DecisionRow.id))
        )
        known: set[str] = set()
        decided = []
        for case_id, action, at, received_at in self._session.exec(query):
            decided.append(Decided(case_id, action, at, at - received_at, case_id not in known))
            known.add(case_id)
        return decided

    def waiting(self) -> list[Waiting]:
        """Every case that waited for a decision at some time of the span."""
        first = (
            select(col(DecisionRow.case_id).label("case_id"), func.min(DecisionRow.at).label("at"))
            .group_by(col(DecisionRow.case_id))
            .subquery()
        )
        until = func.coalesce(first.c.at, CaseRow.ended_at, type_=CaseRow.ended_at.type)  # type: ignore[union-attr]
        query = (
            select(CaseRow.id, CaseRow.received_at, until)
            .outerjoin(first, first.c.case_id == CaseRow.id)
            .where(col(CaseRow.received_at) < self._end)
            .where(or_(col(CaseRow.state) == "held", until >= self._start))
        )
        return [Waiting(case_id, since, until) for case_id, since, until in self._session.exec(query)]

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
            monday = day - timedelta(days=day.weekday())
            counts.setdefault(monday, Counter())[measure] += int(count)
        return counts

    def _read_held(self) -> Sequence[datetime]:
        at = col(CaseRow.received_at)
        return self._session.exec(select(CaseRow.received_at).where(at >= self._start, at < self._end)).all()

    def _read_ended(self) -> dict[date, list[HeldCase]]:
        at = col(CaseRow.ended_at)
        query = select(CaseRow.ended_at, CaseRow.state, CaseRow.reverse_path, CaseRow.judgement).where(
            at >= self._start, at < self._end, CaseRow.state != "released"
        )
        ended: dict[date, list[HeldCase]] = {}
        for moment, state, sender, judgement in self._session.exec(query):
            monday = week_of(moment, self._zone).monday if moment else self._last.monday
            ended.setdefault(monday, []).append(_case(state, sender, judgement, set()))
        return ended

    def _read_undeliverable(self) -> Counter[date]:
        # From the audit chain: a later retry changes the case's state, not that it was refused in this week.
        query = select(AuditRow.case_id, AuditRow.at).where(
            AuditRow.act == "undeliverable", AuditRow.at >= self._start, AuditRow.at < self._end
        )
        return Counter(
            monday
            for _, monday in {(case_id, week_of(at, self._zone).monday) for case_id, at in self._session.exec(query)}
        )


def _case(state: str, sender: str, judgement: Mapping[str, Any], domains: set[str]) -> HeldCase:
    return HeldCase(
        state=state,
        sender=sender or "<>",
        reasons=frozenset(str(reason["code"]) for reason in judgement.get("reasons", ())),
        rules=frozenset(str(finding["rule"]) for finding in judgement.get("findings", ())),
        domains=frozenset(domains),
    )
