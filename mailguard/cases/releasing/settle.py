"""What the next hop said of a message, and what follows: released, undeliverable, or tried again later."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from mailguard.cases.addresses.bounces import note_answers
from mailguard.cases.life import take_step
from mailguard.cases.outbox import write_notice, write_sender_notice
from mailguard.cases.releasing.corrected import note_delivery
from mailguard.cases.releasing.job import ReleaseJob, is_ours
from mailguard.cases.releasing.recipients_left import approved_rows, goes_to, remaining_rows
from mailguard.cases.rows import lock_case
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.person import Role
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import CaseRow

RETRY = "retry"
"""The act in the audit trail of a person who has an undeliverable message sent again."""
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
_GIVE_UP = timedelta(days=5)
"""RFC 5321, section 4.5.4.1: give-up time of at least four to five days."""


def settle(
    store: Store, job: ReleaseJob, answers: dict[str, Answer], now: datetime, *, in_doubt: bool = False
) -> CaseState:
    """Write down what the next hop said of each recipient, and what follows: released, undeliverable, or try again.

    `in_doubt` leaves the mark of `start` as it is: nobody knows whether the next hop has the message. A worker that was
    too slow, whose claim is another's by now, can still say who has it, so that nobody else sends it there; what
    follows is the other's to say.
    """
    with store.writing() as session:
        row = lock_case(session, job.case_id)
        ours = is_ours(row, job)
        said = _worst(answers)
        for recipient in remaining_rows(session, job.case_id) if ours else approved_rows(session, job.case_id):
            answer = answers.get(goes_to(recipient))
            if answer is not None and recipient.delivered_at is None and (ours or answer.ok):
                recipient.answer = str(answer)
                recipient.delivered_at = now if answer.ok else None
                recipient.refused = answer.permanent
                session.add(recipient)
                if recipient.send_to and answer.ok:
                    note_delivery(session, job.case_id, recipient.send_to)
        session.flush()
        note_answers(session, store, answers, case_id=job.case_id)
        if not ours:
            details = {"answer": said, "note": "another worker had taken it over"}
            store.audit.append(session, "late answer", actor="guard", at=now, case_id=job.case_id, details=details)
            return CaseState(row.state)
        if not in_doubt:
            row.sending_at = None
            session.add(row)
        if remaining_rows(session, job.case_id):
            return try_later(store, session, row, said, now)
        refused = any(recipient.refused for recipient in approved_rows(session, job.case_id))
        end = CaseState.UNDELIVERABLE if refused else CaseState.RELEASED
        return conclude(store, session, job.case_id, end, said, now)


def postpone(store: Store, job: ReleaseJob, problem: str, now: datetime, *, in_doubt: bool = True) -> CaseState:
    """The next hop could not be reached: try again later. `in_doubt` is that of `settle`."""
    with store.writing() as session:
        row = lock_case(session, job.case_id)
        if not is_ours(row, job):
            return CaseState(row.state)
        if not in_doubt:
            row.sending_at = None
        return try_later(store, session, row, problem, now)


def refuse(store: Store, job: ReleaseJob, why: str, now: datetime) -> None:
    """Nothing is sent to an address that has ceased to be the customer's since the decision: a person looks again."""
    with store.writing() as session:
        if is_ours(lock_case(session, job.case_id), job):
            conclude(store, session, job.case_id, CaseState.UNDELIVERABLE, f"not sent: {why}", now)


def conclude(store: Store, session: Session, case_id: str, state: CaseState, answer: str, now: datetime) -> CaseState:
    """The end of a release, with the letters that tell of it, inside the caller's transaction."""
    row = take_step(session, case_id, state, now, release_at=None, claimed_until=None, last_answer=answer)
    act = "release" if state is CaseState.RELEASED else "undeliverable"
    store.audit.append(session, act, actor="guard", at=now, case_id=case_id, details={"answer": answer})
    if state is CaseState.RELEASED:
        instead = [recipient.address for recipient in approved_rows(session, case_id) if recipient.send_to]
        write_sender_notice(session, "released", row, at=now, details={"corrected": instead} if instead else None)
    else:
        details = {"answer": answer}
        write_sender_notice(session, "undeliverable", row, at=now, details=details)
        for person in (one for one in people_in(session, Role.OPS) if one.sees(row.team)):
            write_notice(session, "undeliverable", person.email, case=row, at=now, details=details)
    return state


def try_later(store: Store, session: Session, row: CaseRow, problem: str, now: datetime) -> CaseState:
    """Leave it to another attempt after a pause that doubles; after five days it is given up."""
    if _is_old(row.decided_at, now) and _is_old(_sent_again(session, row.id) or row.decided_at, now):
        return conclude(store, session, row.id, CaseState.UNDELIVERABLE, problem, now)
    row.release_at = now + min(_FIRST_PAUSE * 2 ** min(row.tries, 10), _LONGEST_PAUSE)
    row.tries += 1
    row.claimed_until, row.last_answer = None, problem
    session.add(row)
    return CaseState.APPROVED


def _is_old(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since > _GIVE_UP


def _sent_again(session: Session, case_id: str) -> datetime | None:
    """When a person last had it sent again: from then on there are five days anew."""
    retries = select(AuditRow.at).where(AuditRow.case_id == case_id, AuditRow.act == RETRY)
    return session.exec(retries.order_by(col(AuditRow.seq).desc()).limit(1)).first()


def _worst(answers: dict[str, Answer]) -> str:
    worst = max(answers.values(), key=lambda answer: answer.code, default=None)
    return str(worst) if worst else "no answer"
