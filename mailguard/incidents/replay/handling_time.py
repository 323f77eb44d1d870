"""How long a reviewer works on one case: what an extra hold costs."""

from datetime import datetime, timedelta
from statistics import median_low

from sqlalchemy import and_
from sqlmodel import Session, col, select

from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.people import UserRow

ASSUMED = timedelta(minutes=2)
"""Where too little is measured."""
_FEWEST = 20
_LONGEST = timedelta(minutes=15)
"""Whoever opened the case before that was at something else meanwhile."""


def measure_handling(session: Session, since: datetime) -> timedelta | None:
    """The median time from when the decider opened the case to the decision; None below 20 such decisions.

    Not from the hold: a case that came in at night waited for the morning, and cost nobody's time. Decisions by scripts
    are left out, for a script opens no page.
    """
    opened = and_(
        col(AuditRow.case_id) == col(DecisionRow.case_id),
        col(AuditRow.act) == "view",
        col(AuditRow.actor) == col(UserRow.name),
        col(AuditRow.at) <= col(DecisionRow.at),
    )
    query = (
        select(DecisionRow.id, DecisionRow.at, AuditRow.at)
        .join(UserRow, col(UserRow.id) == col(DecisionRow.user_id))
        .join(AuditRow, opened)
        .where(DecisionRow.at >= since)
    )
    longest: dict[int | None, timedelta] = {}
    for decision, at, begun in session.exec(query):
        if at - begun <= _LONGEST:
            longest[decision] = max(longest.get(decision, at - begun), at - begun)
    return median_low(longest.values()) if len(longest) >= _FEWEST else None
