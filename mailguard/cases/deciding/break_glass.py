"""Breaking the glass: an approval that stands alone because nobody else is there. Loud, and reviewed afterwards."""

import unicodedata
from datetime import datetime

import structlog
from sqlmodel import Session

from mailguard.cases.deciding.approvals import count_people, counting_approvals, open_right
from mailguard.cases.deciding.rights import Right, may_break, on_record, rights_in
from mailguard.cases.outbox import write_notice
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, BadDecision, NotYours
from mailguard.core.person import Person, Role
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import DecisionRow

BROKEN = "break glass"
"""The act in the audit trail, which is an approval."""
LETTER = "break_glass"
SHORTEST_REASON = 20
"""Characters. "urgent" tells nobody anything afterwards."""
_TOLD = frozenset({Role.OPS, Role.ADMIN, Role.SUPERVISOR})

_log = structlog.get_logger("mailguard.cases")


def needs_breaking(session: Session, case: CaseRow, person: Person, at: datetime) -> bool:
    """Whether an ordinary approval by the person would not let the message out."""
    if case.state != CaseState.HELD:
        return False
    right = open_right(session, case.id, rights_in(session, case.id, person, at), at)
    return right is None or count_people(counting_approvals(session, case.id, at)) + 1 < case.approvals_needed


def could_break(store: Store, case_id: str, person: Person) -> bool:
    """Whether breaking the glass is open to the person, and would do what an ordinary approval does not."""
    with store.reading() as session:
        case, now = session.get(CaseRow, case_id), store.clock()
        if case is None or not may_break(session, case_id, person, now):
            return False
        return needs_breaking(session, case, person, now)


def break_glass(session: Session, case: CaseRow, decision: Decision, person: Person, at: datetime) -> Right:
    """The right by which the approval stands alone. Raises NotYours, AlreadyDecided, BadDecision."""
    if decision.action is not Action.APPROVE or decision.on_behalf_of is not None:
        raise BadDecision("the glass is broken by an approval of one's own, in nobody's place")
    if decision.send_to_record:
        raise BadDecision("who breaks the glass sends the message as it is: a corrected address can wait")
    now = on_record(session, person.user_id)
    if now is None or not may_break(session, case.id, person, at):
        raise NotYours("neither the sender's side nor an auditor can break the glass")
    if len(_visible(decision.reason)) < SHORTEST_REASON:
        raise BadDecision(
            "say in at least %(least)s characters why it cannot wait for another person", least=SHORTEST_REASON
        )
    if case.state != CaseState.HELD:
        raise AlreadyDecided(f"case {case.id} is {case.state}; it cannot become approved")
    if not needs_breaking(session, case, person, at):
        raise BadDecision("the glass need not be broken: an ordinary approval of yours lets this message out")
    return Right(now)


def _visible(reason: str) -> str:
    """What a reader sees: runs of blanks are one, control and format characters nothing."""
    shown = (ch for ch in reason if ch.isspace() or unicodedata.category(ch)[0] != "C")
    return " ".join("".join(shown).split())


def sound_alarm(session: Session, case: CaseRow, taken: DecisionRow, person: Person) -> None:
    """Tell everybody whom it concerns, in the transaction of the approval itself."""
    details = {"reason": taken.reason, "by": person.name}
    for reader in people_in(session):
        if reader.role in _TOLD and reader.sees(case.team):
            write_notice(session, LETTER, reader.email, case=case, at=taken.at, details=details)
    _log.error("glass broken", case=case.id, user=person.user_id, decision=taken.id)
