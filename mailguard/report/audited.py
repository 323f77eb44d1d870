"""What only the audit chain knows. Entries are found by their numbers, which grow with time: times have no index."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from mailguard.report.held import within
from mailguard.report.week import Week
from mailguard.store.audit.anchor import Anchor, anchor_of
from mailguard.store.tables.audit import AuditRow

_LEEWAY = 1000
"""Entries before and after: several nodes' clocks differ by a little."""


def count_undeliverable(session: Session, week: Week) -> int:
    """Approved messages that the next hop refused in the week.

    From the audit chain: a later retry changes the case's state, not that it was refused in this week.
    """
    low, high = first_at(session, week.start) - _LEEWAY, first_at(session, week.end) + _LEEWAY
    query = select(func.count(func.distinct(AuditRow.case_id))).where(
        col(AuditRow.seq).between(low, high), AuditRow.act == "undeliverable", *within(AuditRow.at, week)
    )
    return session.exec(query).one()


def read_anchor_before(session: Session, before: datetime, at: datetime) -> Anchor | None:
    """Where the audit chain ended `before` a moment, said at another; None when it had not begun."""
    high = first_at(session, before) + _LEEWAY
    query = select(AuditRow.seq).where(AuditRow.at < before, col(AuditRow.seq) <= high)
    seq = session.exec(query.order_by(col(AuditRow.seq).desc()).limit(1)).first()
    return None if seq is None else anchor_of(session, seq, at)


def first_at(session: Session, moment: datetime) -> int:
    """About the number of the first entry at a moment or after it; one more than the last where there is none."""
    low, high = 1, (session.exec(select(func.max(AuditRow.seq))).one() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        at = session.exec(select(AuditRow.at).where(AuditRow.seq == middle)).first()
        if at is None or at < moment:
            low = middle + 1
        else:
            high = middle
    return low
