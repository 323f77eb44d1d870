"""Remind supervisors of what waits, before it expires."""

from datetime import datetime

from sqlmodel import Session

from mailguard.cases.deadlines.reached import REMIND_AT, REMINDER, list_due, reminded, take_due
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.approvals import open_right
from mailguard.cases.deciding.rights import Right, deputies_in, rights_in
from mailguard.cases.outbox import write_notice
from mailguard.core.person import Person, Role
from mailguard.store.people import people_in
from mailguard.store.store import Store


def remind(store: Store, terms: Terms) -> list[str]:
    """Write one reminder to every supervisor and deputy who may decide, for each case whose time for it has come.

    Once a case, however many nodes call it and however often. A case that nobody may decide is tried again, for
    somebody may be added. Gives the case ids. Raises StoreError.
    """
    return [case_id for case_id in list_due(store, terms, REMIND_AT) if _remind(store, case_id)]


def _remind(store: Store, case_id: str) -> bool:
    now = store.clock()
    with store.writing() as session:
        people = _reviewers(session, case_id, now)
        case = take_due(session, case_id, REMIND_AT, now) if people else None
        # A node of the version before knows no deadline; it may have written the letters already.
        if case is None or reminded(session, case_id):
            return False
        for person in people:
            write_notice(session, REMINDER, person.email, case=case, at=now)
        deadline = case.expires_at.isoformat() if case.expires_at else ""
        details = {"deadline": deadline, "to": [person.name for person in people]}
        store.audit.append(session, REMINDER, actor="guard", at=now, case_id=case_id, details=details)
    return True


def _reviewers(session: Session, case_id: str, now: datetime) -> list[Person]:
    """Supervisors and their deputies who may decide and have not: of two approvals one may be on record."""
    people = {person.user_id: person for person in (*people_in(session, Role.SUPERVISOR), *deputies_in(session, now))}
    return [
        person
        for person in people.values()
        if open_right(session, case_id, _supervising(rights_in(session, case_id, person, now)), now)
    ]


def _supervising(rights: list[Right]) -> list[Right]:
    # Administrators may decide too, but it is not their work: neither theirs nor their deputies'.
    return [right for right in rights if (right.giver or right.person).role is Role.SUPERVISOR]
