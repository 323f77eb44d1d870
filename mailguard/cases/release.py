"""Approved messages on their way out: which one is next, and what the next hop said."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from mailguard.cases.bouncing import note_answers
from mailguard.cases.life import take_step
from mailguard.cases.outbox import write_notice, write_sender_notice
from mailguard.cases.reading import envelope_of, open_body
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.decision import Action
from mailguard.core.envelope import Envelope
from mailguard.core.person import Role
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables import CaseRow, DecisionRow, RecipientRow

_CLAIM = timedelta(minutes=20)
"""Longer than a whole SMTP dialogue may take; a worker that died leaves its case to another after that."""
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
_GIVE_UP = timedelta(days=5)
"""RFC 5321, section 4.5.4.1: give-up time of at least four to five days."""


@dataclass(frozen=True, slots=True)
class ReleaseJob:
    """A message to send: the bytes that were judged, to the recipients that were approved and still lack it."""

    case_id: str
    envelope: Envelope
    raw: bytes


def claim(store: Store, now: datetime) -> ReleaseJob | None:
    """The approved case that is due and that no other worker is at; None when there is none.

    Raises StoreError, also when the sealed body is not the one that was judged.
    """
    with store.writing() as session:
        due = (
            select(CaseRow)
            .where(CaseRow.state == CaseState.APPROVED, col(CaseRow.release_at) <= now)
            .where(or_(col(CaseRow.claimed_until).is_(None), col(CaseRow.claimed_until) < now))
            .order_by(col(CaseRow.release_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = session.exec(due).one_or_none()
        if row is None:
            return None
        row.claimed_until = now + _CLAIM
        session.add(row)
        envelope = envelope_of(row, _approved(session, row))
    raw = open_body(store, row.id)
    if raw is None or not envelope.recipients:
        return None
    return ReleaseJob(row.id, envelope, raw)


def forget_claims(store: Store) -> None:
    """Free what a worker of ours had claimed when it died; to be called once, at start, before any worker runs.

    Only on SQLite, whose database belongs to one guard: on PostgreSQL another node may be at work on its claim, and
    there a claim ends by itself.
    """
    if store.engine.dialect.name == "sqlite":
        with store.writing() as session:
            session.execute(update(CaseRow).where(col(CaseRow.claimed_until).is_not(None)).values(claimed_until=None))


def settle(store: Store, job: ReleaseJob, answers: dict[str, Answer], now: datetime) -> CaseState:
    """Write down what the next hop said of each recipient, and what follows: released, undeliverable, or try again."""
    with store.writing() as session:
        for recipient in _open_recipients(session, job.case_id):
            if (answer := answers.get(recipient.address)) is not None:
                recipient.answer = str(answer)
                recipient.delivered_at = now if answer.ok else None
                recipient.refused = answer.permanent
                session.add(recipient)
        session.flush()
        note_answers(session, store, answers, case_id=job.case_id)
        worst = max(answers.values(), key=lambda answer: answer.code, default=None)
        said = str(worst) if worst else "no answer"
        if _open_recipients(session, job.case_id):
            return _postpone(store, session, job.case_id, said, now)
        end = CaseState.UNDELIVERABLE if _any_refused(session, job.case_id) else CaseState.RELEASED
        return _end(store, session, job.case_id, end, said, now)


def postpone(store: Store, job: ReleaseJob, problem: str, now: datetime) -> CaseState:
    """The next hop could not be reached: try again later."""
    with store.writing() as session:
        return _postpone(store, session, job.case_id, problem, now)


def _end(store: Store, session: Session, case_id: str, state: CaseState, answer: str, now: datetime) -> CaseState:
    row = take_step(session, case_id, state, now, release_at=None, claimed_until=None, last_answer=answer)
    act = "release" if state is CaseState.RELEASED else "undeliverable"
    store.audit.append(session, act, actor="guard", at=now, case_id=case_id, details={"answer": answer})
    if state is CaseState.RELEASED:
        write_sender_notice(session, "released", row, at=now)
    else:
        details = {"answer": answer}
        write_sender_notice(session, "undeliverable", row, at=now, details=details)
        for person in people_in(session, Role.OPS):
            write_notice(session, "undeliverable", person.email, case=row, at=now, details=details)
    return state


def _postpone(store: Store, session: Session, case_id: str, problem: str, now: datetime) -> CaseState:
    row = session.get(CaseRow, case_id, with_for_update=True)
    if row is None or row.state != CaseState.APPROVED:
        return CaseState(row.state) if row else CaseState.UNDELIVERABLE
    if row.decided_at is not None and now - row.decided_at > _GIVE_UP:
        return _end(store, session, case_id, CaseState.UNDELIVERABLE, problem, now)
    row.release_at = now + min(_FIRST_PAUSE * 2 ** min(row.tries, 10), _LONGEST_PAUSE)
    row.tries += 1
    row.claimed_until, row.last_answer = None, problem
    session.add(row)
    return CaseState.APPROVED


def _approved(session: Session, case: CaseRow) -> list[str]:
    # Asked of the decisions, which nobody can change, and not of the recipients' rows alone (principle 3).
    approvals = select(DecisionRow).where(DecisionRow.case_id == case.id, DecisionRow.action == Action.APPROVE)
    named = {(decision.user_id, address) for decision in session.exec(approvals) for address in decision.recipients}
    times = Counter(address for _, address in named)
    return [r.address for r in _open_recipients(session, case.id) if times[r.address] >= max(case.approvals_needed, 1)]


def _open_recipients(session: Session, case_id: str) -> list[RecipientRow]:
    query = (
        select(RecipientRow)
        .where(RecipientRow.case_id == case_id, col(RecipientRow.approved).is_(True))
        .where(col(RecipientRow.delivered_at).is_(None), col(RecipientRow.refused).is_(False))
        .order_by(col(RecipientRow.position))
    )
    return list(session.exec(query))


def _any_refused(session: Session, case_id: str) -> bool:
    query = select(RecipientRow).where(RecipientRow.case_id == case_id, col(RecipientRow.refused).is_(True))
    return session.exec(query).first() is not None
