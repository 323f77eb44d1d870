"""Tell those who were asked to decide that it is done: by another person, by the sender, or by the clock."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlmodel import Session, col, func, select

from mailguard.cases.outbox import write_notice
from mailguard.core.address import canonical
from mailguard.core.case import CaseState
from mailguard.notices.following import follow
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.outbox import NoticeRow
from mailguard.store.tables.people import UserRow

DEALT_WITH = "dealt_with"
ASKING = frozenset({"to_review", "reminder", "escalation"})
"""Letters that ask for a decision."""
ENDING = frozenset({"decision: approve", "decision: reject", "break glass", "withdrawal", "expiry"})
"""Acts after which a case may wait for nobody any more."""
_FOLLOWER = "dealt with"


def tell_dealt_with(store: Store, *, wanted: bool = True) -> int:
    """Write to everybody who has got a letter that asked for a decision, and did not decide themselves.

    Whose letter has not gone out yet needs none: it is not sent (`send`). Once, however many nodes call it. `wanted` is
    the configuration's word (`notices.dealt_with`). Gives the number of acts that were looked at. Raises StoreError.
    """
    return follow(store, _FOLLOWER, ENDING, partial(_tell, wanted=wanted, now=store.clock()))


def _tell(session: Session, acts: Sequence[AuditRow], *, wanted: bool, now: datetime) -> None:
    for case_id in dict.fromkeys(act.case_id for act in acts if act.case_id):
        case = session.get(CaseRow, case_id)
        if not wanted or case is None or case.state == CaseState.HELD:
            continue  # the first of two approvals, or taken back already
        mine = {canonical(address) for address in _deciders(session, case_id)}
        details = {"by": case.decided_by or "-"}
        for address in _asked(session, case_id):
            if canonical(address) not in mine:
                # It is not sent if the decision is taken back within the time for that.
                due = _undo_until(session, case_id)
                write_notice(session, DEALT_WITH, address, case=case, at=now, details=details, due=due)


def _asked(session: Session, case_id: str) -> list[str]:
    letters = (
        select(NoticeRow.to)
        .where(NoticeRow.case_id == case_id, col(NoticeRow.kind).in_(ASKING), col(NoticeRow.sent_at).is_not(None))
        .distinct()
    )
    return sorted(session.exec(letters))


def _deciders(session: Session, case_id: str) -> list[str]:
    people = select(UserRow.email).join(DecisionRow, col(DecisionRow.user_id) == col(UserRow.id))
    return list(session.exec(people.where(DecisionRow.case_id == case_id)))


def _undo_until(session: Session, case_id: str) -> datetime | None:
    return session.exec(select(func.max(DecisionRow.undo_until)).where(DecisionRow.case_id == case_id)).one()
