"""What the staff do with reports: make one, ask the reporter for more, dismiss it, open a breach."""

from datetime import datetime, timedelta

from sqlmodel import Session

from mailguard.cases.outbox import write_notice
from mailguard.core.errors import AlreadyDecided, BadDecision, CannotAsk, NotYours
from mailguard.core.person import Person
from mailguard.core.settings import Settings
from mailguard.incidents.breaches.breach import Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.incidents.reports.intake import Submission, add_report
from mailguard.incidents.reports.proof import (
    Evidence,
    describe_evidence,
    facts_of,
    gather_evidence,
    tell_staff,
)
from mailguard.incidents.reports.report import PROVED_FOR, Channel, Report, ReportState, report_of, require_row
from mailguard.incidents.reports.words import TRIAGE_ROLES, add_words
from mailguard.incidents.tracing.trace import read_wanted, trace
from mailguard.store.store import Store
from mailguard.store.tables.reader_reports import ReaderReportRow

QUESTION_LETTER = "report_question"
LONGEST_QUESTION = 1000
LONGEST_REASON = 1000
_PAUSE = timedelta(days=1)
"""Between two questions to one reporter: letters to strangers are few."""


def report_leak(store: Store, settings: Settings, person: Person, words: str, about: str = "") -> int:
    """One of the staff says that this may be a leak; gives the report's number. Every role may.

    `about` is an address, a customer's number or a message's id: what the journal has of it is kept with the report.
    Nothing is disputed and nobody is written to outside. Raises BadDecision without words, StoreError.
    """
    if not words.strip():
        raise BadDecision("say what happened")
    said = Submission(person.email, words, Channel.STAFF, settings.notices.language, about[:300])
    evidence = _trace(store, about)
    with store.writing() as session:
        store.audit.lock(session)
        now = store.clock()
        row = add_report(session, store, said, now, state=ReportState.TRIAGE, by=person.name)
        row.traced, row.expires_at = describe_evidence(evidence), now + PROVED_FOR
        session.add(row)
        add_words(session, store, row, words, Channel.STAFF, network="", lettered=False)
        details = {"report": row.id, "channel": Channel.STAFF.value}
        store.audit.append(session, "report received", actor=person.name, at=now, details=details)
        tell_staff(session, row, now)
        return row.id or 0


def ask_reporter(store: Store, report_id: int, question: str, person: Person) -> Report:
    """Have a letter with the question sent to the reporter, in their language; the answer comes to the same report.

    Raises NotYours, NoSuchReport, AlreadyDecided, BadDecision without a question, CannotAsk (the address is not
    proved, or a question went there within a day), StoreError.
    """
    text = " ".join(question.split())
    if not text or len(text) > LONGEST_QUESTION:
        raise BadDecision("write a question of at most %(most)s characters", most=LONGEST_QUESTION)
    with store.writing() as session:
        row, now = _take_up(session, store, report_id, person), store.clock()
        if row.state == ReportState.UNPROVED:
            raise CannotAsk("nobody has shown that the address is the reporter's: it can be asked once that is proved")
        if row.question_at is not None and now - row.question_at < _PAUSE:
            raise CannotAsk("a question went to the reporter within a day: give them time")
        row.question, row.question_at, row.expires_at = text, now, now + PROVED_FOR
        row.state = row.state if row.state == ReportState.OPENED else ReportState.TRIAGE
        write_notice(session, QUESTION_LETTER, row.address, case=None, at=now, details={"report": row.id})
        return _done(session, store, row, "reporter asked", person, now)


def dismiss_report(store: Store, report_id: int, reason: str, person: Person) -> Report:
    """Nothing more is done about it. Disputes that came of it stand until somebody takes them back in the register.

    Raises NotYours, NoSuchReport, AlreadyDecided (dismissed, or a breach was opened), BadDecision without a reason.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise BadDecision("write why, in at most %(most)s characters", most=LONGEST_REASON)
    with store.writing() as session:
        row = _take_up(session, store, report_id, person)
        if row.breach_id is not None:
            raise AlreadyDecided(f"breach {row.breach_id} was opened from it: close that one")
        row.state, row.dismissal = ReportState.DISMISSED, reason.strip()
        return _done(session, store, row, "report dismissed", person, store.clock())


def open_breach_from(store: Store, report_id: int, person: Person) -> Report:
    """Open a breach in the register with what the report and its trace tell.

    Raises NotYours, NoSuchReport, AlreadyDecided (dismissed, or opened before), StoreError.
    """
    with store.reading() as session:
        known = require_row(session, report_id)
    evidence = _trace(store, known.message_ref) if known.channel == Channel.STAFF else gather_evidence(store, known)
    with store.writing() as session:
        row, now = _take_up(session, store, report_id, person), store.clock()
        if row.breach_id is not None:
            raise AlreadyDecided(f"breach {row.breach_id} was opened from it already")
        facts = facts_of(row, evidence, now)
        row.breach_id = open_breach(
            session, store, facts, origin=Origin.REPORT, by=person.name, at=now, report_id=row.id
        )
        row.state = ReportState.OPENED
        return _done(session, store, row, "breach opened from report", person, now)


def _take_up(session: Session, store: Store, report_id: int, person: Person) -> ReaderReportRow:
    if person.role not in TRIAGE_ROLES:
        raise NotYours("reports are worked on by supervisors, ops and admins")
    store.audit.lock(session)
    row = require_row(session, report_id, locked=True)
    if row.state == ReportState.DISMISSED:
        raise AlreadyDecided(f"report {report_id} is dismissed")
    return row


def _done(session: Session, store: Store, row: ReaderReportRow, act: str, person: Person, now: datetime) -> Report:
    session.add(row)
    details = {"report": row.id, "breach": row.breach_id}
    store.audit.append(session, act, actor=person.name, at=now, details=details)
    return report_of(row)


def _trace(store: Store, about: str) -> Evidence:
    if not about.strip():
        return Evidence((), frozenset(), 0)
    found = trace(store, read_wanted(about))
    return Evidence(tuple(message for message in found.messages if message.has_gone), frozenset(), found.total)
