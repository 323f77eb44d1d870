"""News out of the audit trail, for letters and webhooks that tell of other people's acts.

An act and its entry are one transaction, and the entries have numbers without a gap. Whoever reads on from a number
that is on record therefore misses no act and tells of none twice, on however many nodes, and no act has to know who
wants to hear of it.
"""

from collections.abc import Callable, Collection, Sequence

from sqlmodel import Session, col, select

from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditFollowerRow, AuditHeadRow, AuditRow

_MOST = 500
"""Entries in one transaction."""


def follow(store: Store, name: str, acts: Collection[str], tell: Callable[[Session, Sequence[AuditRow]], None]) -> int:
    """Hand on the entries of these acts that are new since the last call under that name, each once.

    `tell` writes what follows from them inside the transaction that notes how far it has come. A name that is new
    begins with what comes after this call. Gives how many there were. Raises StoreError.
    """
    with store.reading() as session:
        mark, head = session.get(AuditFollowerRow, name), session.exec(select(AuditHeadRow.seq)).one()
        if mark is not None and mark.seq >= head:
            return 0
    told = 0
    while True:
        with store.writing() as session:
            mark = session.get(AuditFollowerRow, name, with_for_update=True)
            head = session.exec(select(AuditHeadRow.seq)).one()
            if mark is None:
                session.add(AuditFollowerRow(name=name, seq=head))
                return told
            until = min(head, mark.seq + _MOST)
            span = select(AuditRow).where(col(AuditRow.seq) > mark.seq, col(AuditRow.seq) <= until)
            rows = session.exec(span.where(col(AuditRow.act).in_(acts)).order_by(col(AuditRow.seq))).all()
            if rows:
                tell(session, rows)
            told += len(rows)
            mark.seq = until
            session.add(mark)
        if until == head:
            return told
