"""Take what a stranger says, and send a code to the address that they say is theirs. Nothing else follows from it.

Whether the address is known here makes no difference to anything that happens before the proof, so nothing can be
learned about a customer. An address has one open report at a time: who writes again adds to it, and the letter with its
code goes out again, three times a day at most.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from mailguard.cases.outbox import write_notice
from mailguard.core.address import canonical, domain_of, is_plain
from mailguard.core.ids import new_token
from mailguard.core.letter_code import MOST_WRONG_CODES, digest_code, digest_link, make_code, make_link
from mailguard.core.one_line import one_line
from mailguard.core.settings import Settings
from mailguard.incidents.reports.keys import report_key
from mailguard.incidents.reports.limits import look_for_room
from mailguard.incidents.reports.report import CODE_FOR, Channel, ReportState
from mailguard.incidents.reports.words import add_words
from mailguard.store.store import Store
from mailguard.store.tables.reader_reports import ReaderReportRow

CODE_LETTER = "report_code"
"""The letter's kind in the outbox. Its details hold the report's number and nothing else."""
LONGEST_REF = 300
_TALKING = (ReportState.PROVED.value, ReportState.TRIAGE.value, ReportState.OPENED.value)


@dataclass(frozen=True, slots=True)
class Submission:
    """What came in, unproved as it is."""

    address: str
    words: str
    channel: Channel
    language: str
    message_ref: str = ""
    network: str = ""


class Taken(StrEnum):
    """What became of it; a stranger is told only whether to come back later."""

    LETTER = "letter"
    """A letter with the code goes out."""
    QUIETLY = "quietly"
    """No letter: the address has had enough for a day, or is one that no letter goes to."""
    LATER = "later"
    """Too much from that network, or from everywhere: nothing was kept."""


def take_submission(store: Store, settings: Settings, said: Submission) -> Taken:
    """Write a report down and its letter into the outbox, in one transaction. Raises StoreError.

    The address has to be one that can be written to (`core.address.is_plain`).
    """
    now = store.clock()
    if not is_writable(said.address, settings):
        return Taken.QUIETLY
    with store.reading() as session:
        # Floods never get as far as the writers' lock.
        if not look_for_room(session, said.address, said.network, now).submissions:
            return Taken.LATER
    with store.writing() as session:
        store.audit.lock(session)
        room = look_for_room(session, said.address, said.network, now)
        if not room.submissions:
            return Taken.LATER
        row = _talking(session, said) or _open(session, said.address, now)
        # A mail may claim to come from anybody: it makes one letter, and what comes after adds to its report.
        lettered = room.letter and (row is None or (row.state == ReportState.UNPROVED and said.channel is Channel.PAGE))
        if row is None:
            row = add_report(session, store, said, now, state=ReportState.UNPROVED)
        kept = add_words(session, store, row, said.words, said.channel, network=said.network, lettered=lettered)
        if lettered:
            write_notice(session, CODE_LETTER, row.address, case=None, at=now, details={"report": row.id})
        if kept:
            details = {"report": row.id, "channel": said.channel.value}
            store.audit.append(session, "report received", actor="reader", at=now, details=details)
    return Taken.LETTER if lettered else Taken.QUIETLY


def is_writable(address: str, settings: Settings) -> bool:
    """Whether a letter may go there: an address of one reading, with a domain, and none of the guard's own."""
    own = {canonical(settings.notices.from_address), canonical(settings.incidents.address)}
    return is_plain(address) and "." in domain_of(address) and canonical(address) not in own


def add_report(
    session: Session, store: Store, said: Submission, now: datetime, *, state: ReportState, by: str = ""
) -> ReaderReportRow:
    """A new report with link and code of its own, inside the caller's transaction."""
    seed, key = new_token(), report_key(store)
    link = make_link(seed, key)
    row = ReaderReportRow(
        state=state,
        channel=said.channel,
        address=said.address,
        canonical=canonical(said.address),
        language=said.language,
        seed=seed,
        link_digest=digest_link(link),
        code_digest=digest_code(link, make_code(seed, key)),
        message_ref=one_line(said.message_ref, LONGEST_REF),
        received_at=now,
        expires_at=now + CODE_FOR,
        by=by,
    )
    session.add(row)
    session.flush()
    return row


def _open(session: Session, address: str, now: datetime) -> ReaderReportRow | None:
    """The report of the address that waits for its code."""
    query = select(ReaderReportRow).where(
        ReaderReportRow.canonical == canonical(address),
        ReaderReportRow.state == ReportState.UNPROVED,
        col(ReaderReportRow.tries) < MOST_WRONG_CODES,
        col(ReaderReportRow.expires_at) > now,
    )
    return session.exec(query.order_by(col(ReaderReportRow.id).desc()).limit(1)).first()


def _talking(session: Session, said: Submission) -> ReaderReportRow | None:
    """The report that a mail goes on with: its writer has proved the address before, and answers by mail."""
    if said.channel is not Channel.MAILBOX:
        return None
    query = select(ReaderReportRow).where(
        ReaderReportRow.canonical == canonical(said.address), col(ReaderReportRow.state).in_(_TALKING)
    )
    return session.exec(query.order_by(col(ReaderReportRow.id).desc()).limit(1)).first()
