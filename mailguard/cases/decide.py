"""A person's steps in the life of a case: approve, reject, withdraw, try again."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from mailguard.cases.four_eyes import is_second_person, is_sender
from mailguard.cases.life import take_step
from mailguard.cases.outbox import write_sender_notice
from mailguard.cases.reading import ReadLetter
from mailguard.cases.reasons import check_reason
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, NoSuchCase, NotYours
from mailguard.core.person import Person
from mailguard.message.read import read_letter
from mailguard.store.store import Store
from mailguard.store.tables import CaseRow, DecisionRow, RecipientRow


def may_decide(store: Store, case_id: str, person: Person) -> bool:
    """Whether the person is a second person for this case and has a role that decides."""
    with store.reading() as session:
        return is_second_person(session, case_id, person)


def may_withdraw(store: Store, case_id: str, person: Person) -> bool:
    """Whether the case is the person's own message."""
    with store.reading() as session:
        return is_sender(session, case_id, person)


def decide(store: Store, case_id: str, decision: Decision, person: Person, read: ReadLetter = read_letter) -> CaseState:
    """Approve or reject a held message, once.

    Raises NotYours (no second person), AlreadyDecided, BadDecision (no such recipient, no reason, a reason that repeats
    a secret of the letter), NoSuchCase.
    """
    check_reason(store, case_id, person, decision.reason, read)
    now = store.clock()
    with store.writing() as session:
        _require_second_person(session, case_id, person)
        recipients = _recipients(session, case_id)
        approved = _approved(decision, recipients)
        session.add(
            DecisionRow(
                case_id=case_id,
                user_id=person.user_id,
                action=decision.action,
                reason=decision.reason,
                recipients=approved,
                at=now,
            )
        )
        session.flush()
        state = CaseState.APPROVED if approved else CaseState.REJECTED
        case = take_step(
            session,
            case_id,
            state,
            now,
            only_from=CaseState.HELD if approved else None,
            decided_at=now,
            decided_by=person.name,
            decision_reason=decision.reason,
            release_at=now if approved else None,
        )
        for recipient in recipients:
            recipient.approved = recipient.address in approved
            session.add(recipient)
        store.audit.append(
            session,
            f"decision: {decision.action.value}",
            actor=person.name,
            at=now,
            case_id=case_id,
            details={"recipients": approved, "reason": decision.reason},
        )
        turned_away = [r.address for r in recipients if not r.approved and r.delivered_at is None]
        if turned_away:
            details = {"reason": decision.reason, "recipients": turned_away, "by": person.name}
            write_sender_notice(session, "rejected", case, at=now, details=details)
    return state


def withdraw(store: Store, case_id: str, person: Person) -> None:
    """Take back one's own message while it is held. Raises NotYours for anybody but the sender, AlreadyDecided."""
    now = store.clock()
    with store.writing() as session:
        _require_case(session, case_id)
        if not is_sender(session, case_id, person):
            raise NotYours("only the sender can withdraw a message")
        case = take_step(session, case_id, CaseState.WITHDRAWN, now, decided_at=now, decided_by=person.name)
        write_sender_notice(session, "withdrawn", case, at=now)
        store.audit.append(session, "withdrawal", actor=person.name, at=now, case_id=case_id)


def retry(store: Store, case_id: str, person: Person) -> None:
    """Send an undeliverable message again, on the approval that it has. Raises NotYours, AlreadyDecided."""
    now = store.clock()
    with store.writing() as session:
        _require_second_person(session, case_id, person)
        again = {"release_at": now, "tries": 0, "claimed_until": None}
        take_step(session, case_id, CaseState.APPROVED, now, only_from=CaseState.UNDELIVERABLE, **again)
        for recipient in _recipients(session, case_id):
            recipient.refused = False
            session.add(recipient)
        store.audit.append(session, "retry", actor=person.name, at=now, case_id=case_id)


def _approved(decision: Decision, recipients: Sequence[RecipientRow]) -> list[str]:
    if decision.action is Action.REJECT:
        if not decision.reason.strip():
            raise BadDecision("say why: the sender is told the reason")
        return []
    known = [r.address for r in recipients]
    wanted = known if decision.recipients is None else list(decision.recipients)
    if not wanted:
        raise BadDecision("choose at least one recipient, or reject the message")
    if unknown := set(wanted) - set(known):
        # Repeated for the person who typed it; half characters cannot be written into any answer.
        told = ", ".join(sorted(unknown))[:500].encode("utf-8", "replace").decode()
        raise BadDecision(f"not a recipient of this message: {told}")
    return [address for address in known if address in set(wanted)]


def _require_second_person(session: Session, case_id: str, person: Person) -> None:
    _require_case(session, case_id)
    if not is_second_person(session, case_id, person):
        raise NotYours("a second person must decide: not the sender, and a supervisor or admin")


def _require_case(session: Session, case_id: str) -> None:
    if session.get(CaseRow, case_id) is None:
        raise NoSuchCase(f"there is no case {case_id}")


def _recipients(session: Session, case_id: str) -> Sequence[RecipientRow]:
    query = select(RecipientRow).where(RecipientRow.case_id == case_id).order_by(col(RecipientRow.position))
    return session.exec(query).all()
