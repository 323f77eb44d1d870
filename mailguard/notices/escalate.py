"""Tell those above the supervisors of what nobody decides, before it expires."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from mailguard.cases.deadlines.reached import ESCALATE_AT, list_due, reminded, take_due
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.rights import covers
from mailguard.cases.outbox import write_notice
from mailguard.core.address import canonical
from mailguard.core.person import Role
from mailguard.store.people import people_in
from mailguard.store.store import Store

KIND = "escalation"


def escalate(store: Store, terms: Terms) -> list[str]:
    """Write one letter to everybody in `cases.escalate_to`, or else with the role ops or admin, for each case whose
    time for it has come.

    Once a case, however many nodes call it and however often; where there is nobody to tell, it is tried again. The
    letter names who was reminded. Gives the case ids. Raises StoreError.
    """
    return [case_id for case_id in list_due(store, terms, ESCALATE_AT) if _escalate(store, terms, case_id)]


def _escalate(store: Store, terms: Terms, case_id: str) -> bool:
    now = store.clock()
    with store.writing() as session:
        addresses = _higher_up(session, case_id, terms.cases.escalate_to)
        case = take_due(session, case_id, ESCALATE_AT, now) if addresses else None
        if case is None:
            return False
        details: dict[str, Any] = {"reminded": reminded(session, case_id)}
        for address in addresses:
            write_notice(session, KIND, address, case=case, at=now, details=details)
        deadline = case.expires_at.isoformat() if case.expires_at else ""
        details = {"deadline": deadline, "to": addresses}
        store.audit.append(session, KIND, actor="guard", at=now, case_id=case_id, details=details)
    return True


def _higher_up(session: Session, case_id: str, chosen: Sequence[str]) -> list[str]:
    above = [person for person in people_in(session) if person.role in (Role.OPS, Role.ADMIN)]
    addresses = chosen or [person.email for person in above if covers(session, case_id, person)]
    first = {canonical(address): address for address in reversed(addresses) if address}
    return sorted(first.values())
