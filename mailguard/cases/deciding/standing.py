"""Decisions that count: those that nobody has taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, select

from mailguard.store.tables.decisions import DecisionRow, UndoneRow


def stands() -> ColumnElement[bool]:
    """The condition on `DecisionRow`."""
    return ~exists().where(col(UndoneRow.decision_id) == col(DecisionRow.id))


def last_decision(session: Session, case_id: str) -> DecisionRow | None:
    """The decision on a case that was taken last, of those that stand."""
    query = select(DecisionRow).where(DecisionRow.case_id == case_id, stands()).order_by(col(DecisionRow.id).desc())
    return session.exec(query).first()


def open_decisions(session: Session, case_id: str, at: datetime) -> list[DecisionRow]:
    """Those on a case that may be taken back at that moment, the latest first."""
    query = select(DecisionRow).where(DecisionRow.case_id == case_id, *_open(at))
    return list(session.exec(query.order_by(col(DecisionRow.id).desc())))


def last_moment(session: Session, case_id: str, at: datetime) -> datetime | None:
    """When none of them can be taken back any more; None: none can now."""
    moments = (decision.undo_until for decision in open_decisions(session, case_id, at))
    return max((moment for moment in moments if moment is not None), default=None)


def still_open(session: Session, case_ids: Sequence[str], at: datetime) -> frozenset[str]:
    """Those of the cases with such a decision."""
    query = select(DecisionRow.case_id).where(col(DecisionRow.case_id).in_(case_ids), *_open(at))
    return frozenset(session.exec(query))


def _open(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(DecisionRow.undo_until) > at, stands()
