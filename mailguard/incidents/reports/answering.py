"""What comes back with a report's link and code: the proof, the answer on deletion, and further words.

A form without the code changes nothing, whatever is sent; the fifth wrong code closes the link, and so does time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from mailguard.core.letter_code import (
    MOST_WRONG_CODES,
    digest_code,
    digest_link,
    group_code,
    is_code,
    make_code,
    make_link,
    same_digest,
)
from mailguard.core.secret import Secret
from mailguard.incidents.reports.keys import report_keys
from mailguard.incidents.reports.proof import gather_evidence, prove
from mailguard.incidents.reports.report import Channel, Deletion, Report, ReportState, report_of
from mailguard.incidents.reports.words import add_words
from mailguard.store.store import Store
from mailguard.store.tables.reader_reports import ReaderReportRow

READER = "reader"
"""Who answers is whoever reads the mailbox; nothing else is known of them."""


class Outcome(StrEnum):
    """What came of one try."""

    PROVED = "proved"
    ANSWERED = "answered"
    WRONG = "wrong"
    """The code is not right, or the link leads to nothing that is open."""


@dataclass(frozen=True, slots=True)
class ReportLetter:
    """What a letter about a report needs: link and code made anew."""

    report: Report
    link: Secret
    code: Secret


def read_report_letter(session: Session, store: Store, report_id: int) -> ReportLetter | None:
    """A report with its link and code, for the letter; None when there is none, or the link takes no code any more."""
    row = session.get(ReaderReportRow, report_id)
    if row is None or not _is_open(row, store.clock()):
        return None
    keys = report_keys(store, session)
    key = next((key for key in keys if digest_link(make_link(row.seed, key)) == row.link_digest), None)
    if key is None:
        return None
    code = group_code(make_code(row.seed, key))
    return ReportLetter(report_of(row), Secret(make_link(row.seed, key)), Secret(code))


def find_by_link(session: Session, link: str, now: datetime) -> Report | None:
    """The report of a link that takes codes; None for any other link. Changes nothing."""
    row = _find(session, link)
    return report_of(row) if row is not None and _is_open(row, now) else None


def answer(
    store: Store,
    link: str,
    code: str,
    *,
    deletion: Deletion | None = None,
    words: str = "",
    network: str = "",
) -> Outcome:
    """Take what came with link and code: first the proof, and once that is given the answer. Raises StoreError."""
    now = store.clock()
    with store.reading() as session:
        # Strangers who make links up never get as far as the writers' lock.
        row = _find(session, link)
        if row is None or not is_code(code) or not _is_open(row, now):
            return Outcome.WRONG
    if not same_digest(digest_code(link, code), row.code_digest):
        _count_wrong(store, row)
        return Outcome.WRONG
    evidence = gather_evidence(store, row) if row.state == ReportState.UNPROVED else None
    with store.writing() as session:
        store.audit.lock(session)
        row = session.get_one(ReaderReportRow, row.id, with_for_update=True)
        if not _is_open(row, now):
            return Outcome.WRONG
        if row.state == ReportState.UNPROVED and evidence is not None:
            prove(session, store, row, evidence)
            outcome = Outcome.PROVED
        else:
            outcome = Outcome.ANSWERED
        _take_deletion(session, store, row, deletion)
        if words.strip():
            add_words(session, store, row, words, Channel.PAGE, network=network, lettered=False)
            _note(session, store, row, "report added to")
        row.tries = 0
        session.add(row)
    return outcome


def _take_deletion(session: Session, store: Store, row: ReaderReportRow, deletion: Deletion | None) -> None:
    # Who says "not yet" may say "deleted" later; the last word counts, and each is in the audit trail.
    if deletion is None or row.deletion_asked_at is None:
        return
    row.deletion_answer, row.deletion_answered_at = deletion.value, store.clock()
    details = {"report": row.id, "answer": deletion.value}
    store.audit.append(session, "deletion answered", actor=READER, at=store.clock(), details=details)


def _note(session: Session, store: Store, row: ReaderReportRow, act: str) -> None:
    store.audit.append(session, act, actor=READER, at=store.clock(), details={"report": row.id})


def _count_wrong(store: Store, row: ReaderReportRow) -> None:
    counted = (
        update(ReaderReportRow)
        .where(col(ReaderReportRow.id) == row.id, col(ReaderReportRow.tries) < MOST_WRONG_CODES)
        .values(tries=ReaderReportRow.tries + 1)
    )
    with store.writing() as session:
        result = session.execute(counted)
        if isinstance(result, CursorResult) and result.rowcount:
            _note(session, store, row, "wrong code")


def _find(session: Session, link: str) -> ReaderReportRow | None:
    return session.exec(select(ReaderReportRow).where(ReaderReportRow.link_digest == digest_link(link))).one_or_none()


def _is_open(row: ReaderReportRow, now: datetime) -> bool:
    return row.tries < MOST_WRONG_CODES and row.expires_at > now and row.state != ReportState.DISMISSED
