"""Remind supervisors, once a day, of approvals by broken glass that nobody has reviewed."""

from datetime import datetime, timedelta

from sqlmodel import Session, func, select

from mailguard.cases.deciding.glass_reviews import BrokenGlass, broken_glass, may_review, unreviewed
from mailguard.cases.outbox import write_notice
from mailguard.core.person import DECIDING_ROLES, Person, Role
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.outbox import NoticeRow

KIND = "after_review"
_ONCE_IN = timedelta(days=1)


def remind_reviewers(store: Store) -> list[str]:
    """Write to every supervisor who may review it, or else to every such admin; a day after it was done, and daily.

    Once a day, however many nodes call it and however often. Gives the case ids. Raises StoreError.
    """
    now = store.clock()
    with store.reading() as session:
        late = [glass.case_id for glass in unreviewed(session) if now - glass.at >= _ONCE_IN]
    return [case_id for case_id in late if _remind(store, case_id, now)]


def _remind(store: Store, case_id: str, now: datetime) -> bool:
    with store.writing() as session:
        # The lock on the case puts two nodes in line: the second one sees the first one's letters.
        case = session.get(CaseRow, case_id, with_for_update=True)
        glass = broken_glass(session, case_id)
        if case is None or glass is None or glass.review is not None or _told_lately(session, case_id, now):
            return False
        readers = _readers(session, glass, now)
        for person in readers:
            write_notice(
                session, KIND, person.email, case=case, at=now, details={"reason": glass.reason, "by": glass.by.name}
            )
    return bool(readers)


def _told_lately(session: Session, case_id: str, now: datetime) -> bool:
    mine = select(func.max(NoticeRow.created_at)).where(NoticeRow.case_id == case_id, NoticeRow.kind == KIND)
    last = session.exec(mine).one()
    return last is not None and now - last < _ONCE_IN


def _readers(session: Session, glass: BrokenGlass, now: datetime) -> list[Person]:
    may = [p for p in people_in(session) if p.role in DECIDING_ROLES and may_review(session, glass, p, now)]
    return [person for person in may if person.role is Role.SUPERVISOR] or may
