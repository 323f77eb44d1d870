"""What time does to a case that nobody decides."""

from contextlib import suppress

from mailguard.cases.deadlines.reached import EXPIRES_AT, list_due, reminded
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.life import take_step
from mailguard.cases.outbox import write_sender_notice
from mailguard.core.case import CaseState
from mailguard.core.errors import AlreadyDecided
from mailguard.store.store import Store


def expire(store: Store, terms: Terms) -> list[str]:
    """Return to their senders, never send, the messages whose time is up. Gives their case ids. Raises StoreError.

    Also when the guard was down and reminded nobody: the sender was promised that day, and must not go on believing
    that it may still go out. The letter says then that nobody was reminded.
    """
    expired = []
    for case_id in list_due(store, terms, EXPIRES_AT):
        now = store.clock()
        # Somebody may decide between the look and the step: then it is decided, and that is well.
        with suppress(AlreadyDecided), store.writing() as session:
            row = take_step(session, case_id, CaseState.EXPIRED, now)
            told = {"reminded": bool(reminded(session, case_id))}
            details = told | {"deadline": row.expires_at.isoformat() if row.expires_at else ""}
            store.audit.append(session, "expiry", actor="guard", at=now, case_id=case_id, details=details)
            write_sender_notice(session, "expired", row, at=now, details=told)
            expired.append(case_id)
    return expired
