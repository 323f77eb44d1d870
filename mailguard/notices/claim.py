"""The outbox: which letter is due, and what became of it. A claim moves `due_at` ahead: no second worker takes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select, update

from mailguard.cases.confirming import LETTER as CONFIRMATION
from mailguard.cases.confirming import confirmation_key
from mailguard.customers.confirmations import Question, read_question
from mailguard.notices.facts import CaseFacts, read_facts
from mailguard.store.store import Store
from mailguard.store.tables import NoticeRow

CLAIM = timedelta(minutes=20)
"""Longer than one SMTP dialogue may take; after that the letter of a worker that died is another's."""
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_GIVE_UP = timedelta(days=5)
"""RFC 5321, section 4.5.4.1: give-up time of at least four to five days."""
_LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that is ours to send, and what it tells of: a case, or a question that is open still."""

    notice: NoticeRow
    facts: CaseFacts | None = None
    question: Question | None = None


def claim(store: Store, now: datetime) -> Claimed | None:
    """The letter that is due longest, marked as ours; None when there is none. Raises StoreError."""
    due = (
        select(NoticeRow)
        .where(col(NoticeRow.due_at) <= now, col(NoticeRow.sent_at).is_(None))
        .order_by(col(NoticeRow.due_at), col(NoticeRow.id))
        .limit(1)
    )
    with store.reading() as session:
        # An idle worker only reads: the writers' lock is for those who have something to write.
        if session.exec(due).first() is None:
            return None
    with store.writing() as session:
        notice = session.exec(due.with_for_update(skip_locked=True)).first()
        if notice is None:
            return None
        notice.due_at = now + CLAIM
        notice.tries += 1
        session.add(notice)
        if notice.kind == CONFIRMATION:
            key = confirmation_key(store)
            return Claimed(
                notice, question=read_question(session, int(notice.details.get("question", 0)), now, key=key)
            )
        return Claimed(notice, facts=read_facts(session, notice.case_id) if notice.case_id else None)


def mark_sent(store: Store, notice: NoticeRow, answer: str, now: datetime) -> None:
    """The next hop has taken it."""
    _settle(store, notice, sent_at=now, due_at=None, last_answer=answer[:_LONGEST_ANSWER])


def give_up(store: Store, notice: NoticeRow, why: str) -> None:
    """It will not be sent: refused for good, or nobody is there to read it."""
    _settle(store, notice, due_at=None, last_answer=why[:_LONGEST_ANSWER])


def postpone(store: Store, notice: NoticeRow, why: str, now: datetime) -> bool:
    """Try again after a pause that doubles; False when it is too old for that and was given up."""
    if now - notice.created_at > _GIVE_UP:
        give_up(store, notice, why)
        return False
    pause = min(_FIRST_PAUSE * 2 ** min(notice.tries - 1, 10), _LONGEST_PAUSE)
    _settle(store, notice, due_at=now + pause, last_answer=why[:_LONGEST_ANSWER])
    return True


def _settle(store: Store, notice: NoticeRow, **values: object) -> None:
    # Whoever claimed it after us (we were too slow) has counted `tries` up: then the word is theirs.
    statement = update(NoticeRow).where(col(NoticeRow.id) == notice.id, col(NoticeRow.tries) == notice.tries)
    with store.writing() as session:
        session.execute(statement.values(**values))
