"""The audit chain, checked from end to end by the clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, select

from mailguard.notices.troubles.trouble import begin, end
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow

CHECKED = "chain checked"
"""The act in the audit trail: by it any node knows when one of them has looked last."""

_log = structlog.get_logger("mailguard.audit")


def tell_chain(store: Store, hours: int, to: Sequence[str]) -> bool:
    """Check the whole chain if no node has done so for so many hours (0: never), and tell ops when it is broken.

    Gives whether it was checked. Raises StoreError.
    """
    with store.reading() as session:
        if not hours or not _is_due(session, store.clock(), hours):
            return False
    with store.writing() as session:
        # Written down before: of several nodes the first one walks, and one that dies of it is not followed by all.
        store.audit.lock(session)
        now = store.clock()
        if not _is_due(session, now, hours):
            return False
        store.audit.append(session, CHECKED, actor="guard", at=now)
    with store.reading() as session:
        entries, bad = store.audit.verify(session)
    if bad is None:
        _log.info("audit chain is whole", entries=entries)
        end(store, "audit", to=to)
    else:
        _log.error("audit chain is broken", entry=bad.seq, problem=bad.problem)
        begin(store, "audit", to=to, details={"entry": bad.seq, "problem": bad.problem}, again=timedelta(days=1))
    return True


def _is_due(session: Session, now: datetime, hours: int) -> bool:
    # From the end: the last one is near it.
    query = select(AuditRow.at).where(AuditRow.act == CHECKED).order_by(col(AuditRow.seq).desc()).limit(1)
    last = session.exec(query).first()
    return last is None or now - last >= timedelta(hours=hours)
