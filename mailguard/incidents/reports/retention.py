"""The end of reports: with everything that was said in them."""

from datetime import timedelta

from sqlalchemy import and_, or_
from sqlmodel import col, delete

from mailguard.core.settings import StoreSettings
from mailguard.incidents.reports.report import ReportState
from mailguard.store.store import Store
from mailguard.store.tables.reader_reports import ReaderReportRow

_UNPROVED_DAYS = 30
"""What nobody has proved is a stranger's word about an address that may not be theirs."""


def prune_reports(store: Store, settings: StoreSettings) -> int:
    """Remove reports older than `metadata_days`, and unproved ones after a month; gives their number.

    A breach that came of one has its own facts in the register. Raises StoreError.
    """
    now = store.clock()
    received = col(ReaderReportRow.received_at)
    unproved = and_(
        col(ReaderReportRow.state) == ReportState.UNPROVED,
        received < now - timedelta(days=min(_UNPROVED_DAYS, settings.metadata_days)),
    )
    old = or_(received < now - timedelta(days=settings.metadata_days), unproved)
    with store.writing() as session:
        removed = session.execute(delete(ReaderReportRow).where(old).returning(col(ReaderReportRow.id))).all()
        for (number,) in removed:
            store.audit.append(session, "report removed", actor="guard", at=now, details={"report": number})
    return len(removed)
