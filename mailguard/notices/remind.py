"""Remind supervisors of what waits, before it expires."""

from datetime import timedelta

from sqlmodel import Session, col, select

from mailguard.cases.four_eyes import is_second_person
from mailguard.cases.outbox import write_notice
from mailguard.core.case import CaseState
from mailguard.core.person import Role
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables import CaseRow, NoticeRow


def remind(store: Store, expire_days: int) -> list[str]:
    """Write one reminder to every supervisor who may decide, for each case that has waited half its time.

    Once a case, however many nodes call it and however often. Gives the case ids. Raises StoreError.
    """
    now = store.clock()
    half = now - timedelta(days=expire_days) / 2
    reminded = select(NoticeRow.case_id).where(NoticeRow.kind == "reminder", col(NoticeRow.case_id).is_not(None))
    late = (
        select(CaseRow.id)
        .where(CaseRow.state == CaseState.HELD, col(CaseRow.received_at) < half, col(CaseRow.id).not_in(reminded))
        .order_by(col(CaseRow.received_at))
    )
    with store.reading() as session:
        due = list(session.exec(late))
    written = []
    for case_id in due:
        with store.writing() as session:
            if _write(session, case_id, store):
                written.append(case_id)
    return written


def _write(session: Session, case_id: str, store: Store) -> bool:
    # The lock on the case puts two nodes in line: the second one sees the first one's letters.
    case = session.exec(select(CaseRow).where(CaseRow.id == case_id).with_for_update()).one_or_none()
    known = select(NoticeRow.id).where(NoticeRow.case_id == case_id, NoticeRow.kind == "reminder")
    if case is None or case.state != CaseState.HELD or session.exec(known).first() is not None:
        return False
    readers = [p for p in people_in(session, Role.SUPERVISOR) if is_second_person(session, case_id, p)]
    for person in readers:
        write_notice(session, "reminder", person.email, case=case, at=store.clock())
    return bool(readers)
