"""Approvals that broke the glass, and what was said of them afterwards."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from mailguard.cases.deciding.rights import Right, covers, is_beside_sender, on_record, recorded
from mailguard.core.person import DECIDING_ROLES, Person
from mailguard.store.store import Store
from mailguard.store.tables.decisions import AfterReviewRow, DecisionRow


@dataclass(frozen=True, slots=True)
class AfterReview:
    """Another second person's word."""

    by: str
    was_right: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BrokenGlass:
    """A message that left because somebody broke the glass."""

    case_id: str
    decision_id: int
    by: Person
    reason: str
    at: datetime
    review: AfterReview | None
    """None: nobody has looked at it afterwards."""


def broken_glass(session: Session, case_id: str) -> BrokenGlass | None:
    """How the message of a case left by breaking the glass; None when it did not."""
    return next(iter(_read(session, DecisionRow.case_id == case_id)), None)


def unreviewed(session: Session) -> list[BrokenGlass]:
    """Every one that nobody has reviewed, oldest first."""
    return _read(session, col(AfterReviewRow.decision_id).is_(None))


def can_review(store: Store, glass: BrokenGlass, person: Person) -> bool:
    """Whether it waits for a review, and the person may give it."""
    with store.reading() as session:
        return glass.review is None and may_review(session, glass, person, store.clock())


def may_review(session: Session, glass: BrokenGlass, person: Person, at: datetime) -> bool:
    """Whether the person may review it: a role that decides, not who broke the glass, nobody of the sender's side."""
    now = on_record(session, person.user_id)
    if now is None or now.role not in DECIDING_ROLES or not covers(session, glass.case_id, now):
        return False
    if is_beside_sender(session, glass.case_id, now, at):
        return False
    return not Right(now).shares_somebody(Right(glass.by))


def _read(session: Session, which: ColumnElement[bool] | bool) -> list[BrokenGlass]:
    query = (
        select(DecisionRow, AfterReviewRow)
        .outerjoin(AfterReviewRow, col(AfterReviewRow.decision_id) == col(DecisionRow.id))
        .where(col(DecisionRow.break_glass).is_(True), which)
        .order_by(col(DecisionRow.at), col(DecisionRow.id))
    )
    return [
        BrokenGlass(
            case_id=decision.case_id,
            decision_id=decision.id or 0,
            by=recorded(session, decision.user_id),
            reason=decision.reason,
            at=decision.at,
            review=_said(session, said) if said else None,
        )
        for decision, said in session.exec(query)
    ]


def _said(session: Session, row: AfterReviewRow) -> AfterReview:
    return AfterReview(recorded(session, row.user_id).name, row.was_right, row.reason, row.at)
