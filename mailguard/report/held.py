"""What was held in a week, read from the cases."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, or_
from sqlmodel import Session, col, select

from mailguard.cases.deciding.standing import stands
from mailguard.core.address import domain_of
from mailguard.report.week import Week
from mailguard.store.tables.cases import CaseRow, RecipientRow
from mailguard.store.tables.decisions import DecisionRow

LET_THROUGH = frozenset({"approved", "released", "undeliverable"})


@dataclass(frozen=True, slots=True)
class HeldCase:
    """What the report needs of a case."""

    state: str
    sender: str
    reasons: frozenset[str]
    rules: frozenset[str]
    recipients: frozenset[str] = frozenset()
    """Those that were held."""

    @property
    def domains(self) -> frozenset[str]:
        """Of the held recipients."""
        return frozenset(domain_of(address) for address in self.recipients)


@dataclass(frozen=True, slots=True)
class Waiting:
    """From when until when a case waited for its decision."""

    case_id: str
    since: datetime
    until: datetime | None

    def at(self, moment: datetime) -> bool:
        """Whether it was waiting at that moment."""
        return self.since < moment and (self.until is None or self.until >= moment)


REAL = col(CaseRow.seeded).is_(False)
"""Not made up to measure attention: such cases are counted nowhere but among the misses."""


def within(moment: Any, week: Week) -> tuple[ColumnElement[bool], ...]:
    """The condition that a column lies in the week."""
    return col(moment) >= week.start, col(moment) < week.end


def read_cases(session: Session, week: Week) -> list[HeldCase]:
    """Every case that was held in the week."""
    inside = (REAL, *within(CaseRow.received_at, week))
    recipients: dict[str, set[str]] = {}
    held = select(RecipientRow.case_id, RecipientRow.address).join(CaseRow)
    for case_id, address in session.exec(held.where(RecipientRow.verdict != "pass", *inside)):
        recipients.setdefault(case_id, set()).add(address)
    query = select(CaseRow.id, CaseRow.state, CaseRow.reverse_path, CaseRow.judgement).where(*inside)
    return [
        _case(state, sender, judgement, recipients.get(case_id, set()))
        for case_id, state, sender, judgement in session.exec(query)
    ]


def count_held(session: Session, week: Week) -> int:
    """Messages that were held in the week."""
    return session.exec(select(func.count()).where(REAL, *within(CaseRow.received_at, week))).one()


def count_ended(session: Session, week: Week) -> Counter[str]:
    """Cases that ended in the week, by state."""
    query = select(CaseRow.state, func.count()).where(REAL, *within(CaseRow.ended_at, week)).group_by(CaseRow.state)
    return Counter(dict(session.exec(query).all()))


def count_stopped(session: Session, week: Week, reasons: Collection[str]) -> int:
    """Cases of which a recipient with one of the reasons got nothing, by a word of the week.

    Rejected or withdrawn as a whole, or approved for the other recipients only.
    """
    # The column holds a list of codes and nothing else, so a quoted code in its text is that code.
    text = cast(col(RecipientRow.reasons), String)
    of_reasons = or_(*(text.contains(f'"{code}"', autoescape=True) for code in sorted(reasons)))
    # What could not be delivered to all may be given back after some have got it.
    doubted = and_(of_reasons, col(RecipientRow.delivered_at).is_(None))
    ended = (
        select(CaseRow.id)
        .join(RecipientRow)
        .where(REAL, *within(CaseRow.ended_at, week), col(CaseRow.state).in_(("rejected", "withdrawn")), doubted)
    )
    left_out = (
        select(CaseRow.id).join(RecipientRow).where(*_approved_in(week), col(RecipientRow.approved).is_(False), doubted)
    )
    return len({*session.exec(ended), *session.exec(left_out)})


def count_corrected(session: Session, week: Week) -> int:
    """Cases approved in the week for some recipients only, or for an address on record instead."""
    query = select(func.count(func.distinct(CaseRow.id))).join(RecipientRow)
    otherwise = or_(col(RecipientRow.approved).is_(False), col(RecipientRow.send_to).is_not(None))
    return session.exec(query.where(*_approved_in(week), otherwise)).one()


def read_waiting(session: Session, ends: Sequence[datetime]) -> list[Waiting]:
    """Every case that was waiting for a decision at one of the moments, and some that were not."""
    if not ends:
        return []
    first = (
        select(col(DecisionRow.case_id).label("case_id"), func.min(DecisionRow.at).label("at"))
        .where(stands())
        .group_by(col(DecisionRow.case_id))
        .subquery()
    )
    # The first of two approvals leaves the case waiting.
    decided = case((col(CaseRow.approvals_needed) > 1, col(CaseRow.decided_at)), else_=first.c.at)
    until = func.coalesce(decided, CaseRow.ended_at, type_=CaseRow.ended_at.type)  # type: ignore[union-attr]
    undecided = and_(col(CaseRow.received_at) < max(ends), or_(col(CaseRow.state) == "held", until >= min(ends)))
    query = select(CaseRow.id, CaseRow.received_at, until).outerjoin(first, first.c.case_id == CaseRow.id)
    return [Waiting(case_id, since, until) for case_id, since, until in session.exec(query.where(REAL, undecided))]


def _approved_in(week: Week) -> tuple[ColumnElement[bool], ...]:
    decided = select(DecisionRow.case_id).where(*within(DecisionRow.at, week), DecisionRow.action == "approve")
    return col(CaseRow.id).in_(decided), col(CaseRow.state).in_(LET_THROUGH), *within(CaseRow.decided_at, week)


def _case(state: str, sender: str, judgement: Mapping[str, Any], recipients: set[str]) -> HeldCase:
    return HeldCase(
        state=state,
        sender=sender or "<>",
        reasons=frozenset(str(reason["code"]) for reason in judgement.get("reasons", ())),
        rules=frozenset(str(finding["rule"]) for finding in judgement.get("findings", ())),
        recipients=frozenset(recipients),
    )
