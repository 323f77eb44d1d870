"""A report as a value, and the look at one or at all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from mailguard.core.errors import NoSuchReport
from mailguard.store.store import Store
from mailguard.store.tables.reader_reports import ReaderReportRow

CODE_FOR = timedelta(days=7)
"""How long the code of a letter is taken."""
PROVED_FOR = timedelta(days=90)
"""How long after the proof the same code takes the answer on deletion, and answers to questions."""


class ReportState(StrEnum):
    """`unproved -> proved -> opened | triage | dismissed`; triage may open or dismiss each."""

    UNPROVED = "unproved"
    """Whoever wrote has not shown that the address is theirs."""
    PROVED = "proved"
    TRIAGE = "triage"
    """A person of the staff has to look at it, or has asked the reporter for more."""
    OPENED = "opened"
    """A breach of the register came of it."""
    DISMISSED = "dismissed"


class Channel(StrEnum):
    """How a report came."""

    PAGE = "page"
    MAILBOX = "mailbox"
    STAFF = "staff"


class Deletion(StrEnum):
    """What a reader says of the letters that were not meant for them."""

    DELETED = "deleted"
    NOT_YET = "not_yet"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Report:
    """One report without its words."""

    id: int
    state: ReportState
    channel: Channel
    address: str
    language: str
    message_ref: str
    received_at: datetime
    expires_at: datetime
    proved_at: datetime | None
    by: str
    breach_id: str | None
    question: str
    question_at: datetime | None
    dismissal: str
    deletion_asked_at: datetime | None
    deletion_answer: Deletion | None
    deletion_answered_at: datetime | None
    traced: Mapping[str, Any] = field(default_factory=dict)
    """`total`, `first_at`, `last_at`, `messages` (`number`, `id`, `at`, `fate`, `case_id` each), `customers`."""


def read_report(session: Session, report_id: int) -> Report:
    """One report. Raises NoSuchReport."""
    return report_of(require_row(session, report_id))


def list_reports(
    store: Store, *, states: frozenset[ReportState] | None = None, before: int | None = None, limit: int = 50
) -> list[Report]:
    """Reports in these states (None: all), newest first, behind the number `before`. Raises StoreError."""
    query = select(ReaderReportRow).order_by(col(ReaderReportRow.id).desc()).limit(limit)
    if states is not None:
        query = query.where(col(ReaderReportRow.state).in_(sorted(states)))
    if before is not None:
        query = query.where(col(ReaderReportRow.id) < before)
    with store.reading() as session:
        return [report_of(row) for row in session.exec(query)]


def require_row(session: Session, report_id: int, *, locked: bool = False) -> ReaderReportRow:
    """The row of a report, on wish locked until the transaction ends. Raises NoSuchReport."""
    row = session.get(ReaderReportRow, report_id, with_for_update=locked or None)
    if row is None:
        raise NoSuchReport(f"there is no report {report_id}")
    return row


def report_of(row: ReaderReportRow) -> Report:
    """The value of a row."""
    return Report(
        id=row.id or 0,
        state=ReportState(row.state),
        channel=Channel(row.channel),
        address=row.address,
        language=row.language,
        message_ref=row.message_ref,
        received_at=row.received_at,
        expires_at=row.expires_at,
        proved_at=row.proved_at,
        by=row.by,
        breach_id=row.breach_id,
        question=row.question,
        question_at=row.question_at,
        dismissal=row.dismissal,
        deletion_asked_at=row.deletion_asked_at,
        deletion_answer=Deletion(row.deletion_answer) if row.deletion_answer else None,
        deletion_answered_at=row.deletion_answered_at,
        traced=row.traced,
    )
