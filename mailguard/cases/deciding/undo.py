"""Take a decision back, for as long as nothing has followed from it."""

from datetime import datetime

from sqlmodel import Session

from mailguard.cases.addresses.remembering import forget_decision
from mailguard.cases.deciding.rights import Right, require_rights, rights_in
from mailguard.cases.deciding.standing import last_decision, open_decisions
from mailguard.cases.life import step_back
from mailguard.cases.outbox import recall_notices
from mailguard.cases.rows import lock_case, recipient_rows
from mailguard.core.case import CaseState
from mailguard.core.errors import AlreadyDecided
from mailguard.core.person import Person
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import DecisionRow, UndoneRow

UNDO = "undo"
"""The act in the audit trail."""


def undo(store: Store, case_id: str, person: Person) -> None:
    """Take back the last decision on a case, or the person's own approval: the message is held as if it was not taken.

    By whoever took it or another second person, until its `undo_until`, and only while no release worker has had the
    message: of fifty that race with the worker, one takes it back or none does. It counts for nothing afterwards, what
    it had remembered is forgotten and no letter tells of it; that it was there stands in the audit trail. Raises
    NotYours, AlreadyDecided (too late, or there is nothing to take back), NoSuchCase.
    """
    with store.writing() as session:
        case, now = lock_case(session, case_id), store.clock()
        right = require_rights(session, case_id, person, now, lock=True)[0]
        decision = _undoable(session, case, person, now)
        if decision is None:
            raise AlreadyDecided(f"case {case_id} is {case.state}; there is nothing that can still be taken back")
        details = {"decision": decision.action, "was": case.state, "recipients": decision.recipients}
        if case.state != CaseState.HELD:
            # Of two approvals the second has ended the case, and written the letters.
            _hold_again(session, case_id, case.decided_at or decision.at, right, now)
        # Only now: no decision is taken back of a case that may leave (trigger `undone_right`).
        session.flush()
        session.add(UndoneRow(decision_id=decision.id or 0, user_id=person.user_id, at=now))
        store.audit.append(session, UNDO, actor=right.name, at=now, case_id=case_id, details=details)


def undo_until(store: Store, case_id: str, person: Person) -> datetime | None:
    """Until when the person could take something back; None when there is nothing, or it is not theirs."""
    now = store.clock()
    with store.reading() as session:
        case = session.get(CaseRow, case_id)
        if case is None or not rights_in(session, case_id, person, now):
            return None
        decision = _undoable(session, case, person, now)
        return decision.undo_until if decision else None


def _undoable(session: Session, case: CaseRow, person: Person, at: datetime) -> DecisionRow | None:
    """The decision that the person would take back: of several approvals their own, else the last one."""
    found = open_decisions(session, case.id, at)
    if case.state == CaseState.REJECTED:
        # An approval from before the rejection is not what somebody means who takes the rejection back.
        last = last_decision(session, case.id)
        return last if last in found else None
    if case.state not in {CaseState.HELD, CaseState.APPROVED} or case.claims or case.sending_at:
        return None
    return next((one for one in found if one.user_id == person.user_id), next(iter(found), None))


def _hold_again(session: Session, case_id: str, decided_at: datetime, right: Right, now: datetime) -> None:
    step_back(session, case_id)
    recipients = recipient_rows(session, case_id)
    forget_decision(session, recipients, by=right.name, at=now)
    if not recall_notices(session, case_id, decided_at, "the decision was taken back"):
        raise AlreadyDecided(f"case {case_id} is decided for good: the letter that tells of it is on its way")
    for recipient in recipients:
        recipient.approved = recipient.send_to = None
        session.add(recipient)
