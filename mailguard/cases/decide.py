"""A person's steps in the life of a case: approve, reject, withdraw, try again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from mailguard.cases.approvals import approvals_of, counting_approvals, has_approved
from mailguard.cases.four_eyes import is_second_person, is_sender
from mailguard.cases.life import take_step
from mailguard.cases.outbox import write_sender_notice
from mailguard.cases.reading import ReadLetter
from mailguard.cases.reasons import check_reason
from mailguard.cases.remembering import REMEMBER_DAYS, check_until, remember_decision
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, BadDecision, NoSuchCase, NotYours
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


def decide(
    store: Store,
    case_id: str,
    decision: Decision,
    person: Person,
    read: ReadLetter = read_letter,
    *,
    remember_days: int = REMEMBER_DAYS,
) -> CaseState:
    """Approve or reject a held message, once; gives the case's state, which is `held` while another must approve too.

    The approval that completes a case lets through the recipients that all of its approvals name. What is said of an
    address and a customer is remembered: an approval until the decision's day, or for `remember_days` (0: only until
    the decision's day).
    Raises NotYours (no second person, or one who has approved already), AlreadyDecided, BadDecision (no such recipient,
    no reason, a reason that repeats a secret of the letter, a day that cannot be), NoSuchCase.
    """
    check_reason(store, case_id, person, decision.reason, read)
    now = store.clock()
    check_until(decision, now)
    with store.writing() as session:
        # Of two people who approve at the same moment, the second must see the first one's approval.
        case = _lock_case(session, case_id)
        _require_second_person(session, case_id, person)
        recipients = _recipients(session, case_id)
        chosen = _chosen(decision, recipients)
        before = _approvals_before(session, case, person) if chosen else []
        approved = _agreed(chosen, before)
        taken = _write_down(session, case_id, decision, person, chosen, now)
        details: dict[str, Any] = {"recipients": chosen, "reason": decision.reason}
        given = len({approval.user_id for approval in (*before, taken)})
        if chosen and case.approvals_needed > 1:
            details["approvals"] = f"{given} of {case.approvals_needed}"
        state = CaseState.APPROVED if approved else CaseState.REJECTED
        if approved and given < case.approvals_needed:
            state = CaseState.HELD
        else:
            was_held = case.state == CaseState.HELD
            _finish(session, case_id, state, recipients, approved, taken, person)
            if was_held:
                until = remember_decision(
                    session, [*before, taken], recipients, by=person.name, at=now, days=remember_days
                )
                details |= {"remembered_until": until.isoformat()} if until else {}
        act = f"decision: {decision.action.value}"
        store.audit.append(session, act, actor=person.name, at=now, case_id=case_id, details=details)
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


def _finish(
    session: Session,
    case_id: str,
    state: CaseState,
    recipients: Sequence[RecipientRow],
    approved: Sequence[str],
    taken: DecisionRow,
    person: Person,
) -> None:
    """The case's step, each recipient's fate, and the letter about those who are turned away."""
    case = take_step(
        session,
        case_id,
        state,
        taken.at,
        only_from=CaseState.HELD if approved else None,
        decided_at=taken.at,
        decided_by=person.name,
        decision_reason=taken.reason,
        release_at=taken.at if approved else None,
    )
    for recipient in recipients:
        recipient.approved = recipient.address in approved
        session.add(recipient)
    turned_away = [r.address for r in recipients if not r.approved and r.delivered_at is None]
    if turned_away:
        details = {"reason": taken.reason, "recipients": turned_away, "by": person.name}
        write_sender_notice(session, "rejected", case, at=taken.at, details=details)


def _write_down(
    session: Session, case_id: str, decision: Decision, person: Person, chosen: list[str], now: datetime
) -> DecisionRow:
    row = DecisionRow(
        case_id=case_id,
        user_id=person.user_id,
        action=decision.action,
        reason=decision.reason,
        recipients=chosen,
        remember=decision.remember,
        remember_until=decision.remember_until,
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def _approvals_before(session: Session, case: CaseRow, person: Person) -> list[DecisionRow]:
    """The approvals that this one is added to."""
    if case.state != CaseState.HELD:
        raise AlreadyDecided(f"case {case.id} is {case.state}; it cannot become approved")
    if has_approved(approvals_of(session, case.id), person):
        raise NotYours("you have approved this message already: another second person must approve it too")
    return [decision for decision, _ in counting_approvals(session, case.id)]


def _agreed(chosen: list[str], before: Sequence[DecisionRow]) -> list[str]:
    """The recipients that every approval names. Raises BadDecision where there are some, and none that all name."""
    agreed = [address for address in chosen if all(address in decision.recipients for decision in before)]
    if chosen and not agreed:
        names = ", ".join(dict.fromkeys(address for decision in before for address in decision.recipients))
        raise BadDecision(f"the approval before yours is for others ({_told(names)}): choose of these, or reject")
    return agreed


def _chosen(decision: Decision, recipients: Sequence[RecipientRow]) -> list[str]:
    if decision.action is Action.REJECT:
        if not decision.reason.strip():
            raise BadDecision("say why: the sender is told the reason")
        return []
    known = [r.address for r in recipients]
    wanted = known if decision.recipients is None else list(decision.recipients)
    if not wanted:
        raise BadDecision("choose at least one recipient, or reject the message")
    if unknown := set(wanted) - set(known):
        raise BadDecision(f"not a recipient of this message: {_told(', '.join(sorted(unknown)))}")
    return [address for address in known if address in set(wanted)]


def _told(addresses: str) -> str:
    # Repeated for the person who typed it; half characters cannot be written into any answer.
    return addresses[:500].encode("utf-8", "replace").decode()


def _lock_case(session: Session, case_id: str) -> CaseRow:
    case = session.get(CaseRow, case_id, with_for_update=True)
    if case is None:
        raise NoSuchCase(f"there is no case {case_id}")
    return case


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
