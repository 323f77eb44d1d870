"""The outbox: which letter is due, and what became of it. A claim moves `due_at` ahead: no second worker takes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from mailguard.cases.addresses.confirming import LETTER as CONFIRMATION
from mailguard.cases.addresses.confirming import confirmation_key, earlier_confirmation_keys
from mailguard.cases.deciding.rights import on_record
from mailguard.customers.confirmations import Question, read_question
from mailguard.incidents.reports.answering import ReportLetter, read_report_letter
from mailguard.notices.digest.due import DIGEST
from mailguard.notices.digest.waiting import Digest, read_digest
from mailguard.notices.facts import CaseFacts, read_facts
from mailguard.notices.reader_report import READER_LETTERS
from mailguard.store.claiming import next_row
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow

CLAIM = timedelta(minutes=20)
"""Longer than one SMTP dialogue may take; after that the letter of a worker that died is another's."""
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_GIVE_UP = timedelta(days=5)
"""RFC 5321, section 4.5.4.1: give-up time of at least four to five days."""
_LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that is ours to send, and what it tells of: a case, a question or report that is open still, or all that
    waits for its reader."""

    notice: NoticeRow
    facts: CaseFacts | None = None
    question: Question | None = None
    report: ReportLetter | None = None
    digest: Digest | None = None


def claim(store: Store, now: datetime) -> Claimed | None:
    """The letter that is due longest, marked as ours; None when there is none. Raises StoreError."""
    due = (
        select(NoticeRow)
        .where(col(NoticeRow.due_at) <= now, col(NoticeRow.sent_at).is_(None))
        .order_by(col(NoticeRow.due_at), col(NoticeRow.id))
    )
    with next_row(store, due) as found:
        if found is None:
            return None
        session, notice = found
        notice.due_at = now + CLAIM
        notice.tries += 1
        session.add(notice)
        if notice.kind == CONFIRMATION:
            number = int(notice.details.get("question", 0))
            key, earlier = confirmation_key(store), earlier_confirmation_keys(store, session)
            return Claimed(notice, question=read_question(session, number, now, key=key, earlier=earlier))
        if notice.kind in READER_LETTERS:
            return Claimed(notice, report=read_report_letter(session, store, int(notice.details.get("report", 0))))
        if notice.kind == DIGEST:
            return Claimed(notice, digest=_digest(session, notice, now))
        return Claimed(notice, facts=read_facts(session, notice.case_id) if notice.case_id else None)


def _digest(session: Session, notice: NoticeRow, now: datetime) -> Digest | None:
    person = on_record(session, int(notice.details.get("user", 0)))
    since = notice.details.get("since")
    return read_digest(session, person, datetime.fromisoformat(since) if since else None, now) if person else None


def mark_sent(store: Store, notice: NoticeRow, answer: str, now: datetime) -> None:
    """The next hop has taken it."""
    _settle(store, notice, answer, due_at=None, sent_at=now)


def give_up(store: Store, notice: NoticeRow, why: str) -> None:
    """It will not be sent: refused for good, or nobody is there to read it."""
    _settle(store, notice, why, due_at=None)


def postpone(store: Store, notice: NoticeRow, why: str, now: datetime) -> bool:
    """Try again after a pause that doubles; False when it is too old for that and was given up."""
    if now - notice.created_at > _GIVE_UP:
        give_up(store, notice, why)
        return False
    pause = min(_FIRST_PAUSE * 2 ** min(notice.tries - 1, 10), _LONGEST_PAUSE)
    _settle(store, notice, why, due_at=now + pause)
    return True


def wait_until(store: Store, notice: NoticeRow, moment: datetime, why: str) -> None:
    """It may be needed still, which that moment tells."""
    _settle(store, notice, why, due_at=moment)


def _settle(store: Store, notice: NoticeRow, answer: str, **values: object) -> None:
    # Whoever claimed it after us (we were too slow) has counted `tries` up: then the word is theirs.
    statement = update(NoticeRow).where(col(NoticeRow.id) == notice.id, col(NoticeRow.tries) == notice.tries)
    with store.writing() as session:
        session.execute(statement.values(last_answer=answer[:_LONGEST_ANSWER], **values))
