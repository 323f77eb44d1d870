"""Which held cases have reached one of their deadlines, each given to one node once."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from mailguard.cases.deadlines.terms import Terms
from mailguard.core.case import CaseState
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.outbox import NoticeRow

REMIND_AT, ESCALATE_AT, EXPIRES_AT = col(CaseRow.remind_at), col(CaseRow.escalate_at), col(CaseRow.expires_at)
REMINDER = "reminder"
"""Kind of the letter to those who may decide."""
_BATCH = 500


def list_due(store: Store, terms: Terms, deadline: Any) -> list[str]:
    """Ids of held cases that have reached it, the longest overdue first. Raises StoreError.

    Those whose time is up altogether are due for their expiry only: a reminder of what is being returned would be noise
    from a guard that was down for a week. A case that has no deadlines yet, because an older version held it, is given
    them by these terms.
    """
    _reckon_missing(store, terms)
    with store.reading() as session:
        query = select(CaseRow.id).where(*_is_due(deadline, store.clock())).order_by(deadline)
        return list(session.exec(query))


def take_due(session: Session, case_id: str, deadline: Any, now: datetime) -> CaseRow | None:
    """The case, if its letter is due still, locked to the end of the transaction and the deadline taken off its row.

    None when another node was quicker, or somebody has decided meanwhile.
    """
    locked = select(CaseRow).where(CaseRow.id == case_id, *_is_due(deadline, now)).with_for_update()
    # Read again: whoever looked at it before in this transaction has it as it was before the lock.
    case = session.exec(locked.execution_options(populate_existing=True)).one_or_none()
    if case is not None:
        setattr(case, deadline.key, None)
        session.add(case)
    return case


def reminded(session: Session, case_id: str) -> list[str]:
    """To whose addresses a reminder was written."""
    letters = select(NoticeRow.to).where(NoticeRow.case_id == case_id, NoticeRow.kind == REMINDER)
    return sorted(set(session.exec(letters)))


def _is_due(deadline: Any, now: datetime) -> Sequence[Any]:
    held = CaseRow.state == CaseState.HELD
    return (held, deadline <= now) if deadline is EXPIRES_AT else (held, deadline <= now, now < EXPIRES_AT)


def _reckon_missing(store: Store, terms: Terms) -> None:
    bare = (col(CaseRow.state) == CaseState.HELD, EXPIRES_AT.is_(None))
    query = select(CaseRow.id, CaseRow.received_at).where(*bare).order_by(col(CaseRow.received_at)).limit(_BATCH)
    while True:
        with store.reading() as session:
            cases = session.exec(query).all()
        if not cases:
            return
        with store.writing() as session:
            for case_id, received_at in cases:
                deadlines = asdict(terms.reckon(received_at))
                session.execute(update(CaseRow).where(col(CaseRow.id) == case_id, *bare).values(**deadlines))
