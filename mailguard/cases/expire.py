"""What time does to a case: nobody decided, or nobody needs the letter any more."""

from contextlib import suppress
from datetime import timedelta

from sqlmodel import col, delete, select

from mailguard.cases.life import ENDED, take_step
from mailguard.cases.outbox import write_sender_notice
from mailguard.core.case import CaseState
from mailguard.core.errors import AlreadyDecided
from mailguard.store.store import Store
from mailguard.store.tables import BodyRow, CaseRow


def expire(store: Store, days: int) -> list[str]:
    """Return to their senders, never send, the messages that have waited longer than `days`. Gives their case ids."""
    now = store.clock()
    with store.reading() as session:
        late = select(CaseRow.id).where(
            CaseRow.state == CaseState.HELD, col(CaseRow.received_at) < now - timedelta(days=days)
        )
        due = list(session.exec(late))
    expired = []
    for case_id in due:
        # Somebody may decide between the look and the step: then it is decided, and that is well.
        with suppress(AlreadyDecided), store.writing() as session:
            row = take_step(session, case_id, CaseState.EXPIRED, now)
            store.audit.append(session, "expiry", actor="guard", at=now, case_id=case_id)
            write_sender_notice(session, "expired", row, at=now)
            expired.append(case_id)
    return expired


def destroy_bodies(store: Store, days: int) -> int:
    """Destroy the sealed letters (data key and body) of cases that ended more than `days` ago. Gives their number."""
    now = store.clock()
    with store.writing() as session:
        old = select(CaseRow.id).where(
            col(CaseRow.state).in_(sorted(ENDED)), col(CaseRow.ended_at) < now - timedelta(days=days)
        )
        ids = list(session.exec(select(BodyRow.case_id).where(col(BodyRow.case_id).in_(old))))
        for case_id in ids:
            session.exec(delete(BodyRow).where(col(BodyRow.case_id) == case_id))
            store.audit.append(session, "body destroyed", actor="guard", at=now, case_id=case_id)
    return len(ids)
