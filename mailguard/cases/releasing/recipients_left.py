"""Which recipients of a case were approved and still lack the message, and where it goes."""

from sqlmodel import Session, col, select

from mailguard.cases.deciding.approvals import approved_ways
from mailguard.store.tables.cases import CaseRow, RecipientRow


def remaining_addresses(session: Session, case: CaseRow) -> list[str]:
    """Those to send to, each once.

    Asked of the decisions, which nobody can change, and not of the recipients' rows alone (principle 3).
    """
    ways = approved_ways(session, case)
    left = [row for row in remaining_rows(session, case.id) if ways.get(row.address) == goes_to(row)]
    return list(dict.fromkeys(goes_to(row) for row in left))


def corrections(session: Session, case: CaseRow) -> dict[str, str]:
    """The addresses on record that get the message, by the recipients in whose place they do."""
    ways = approved_ways(session, case)
    rows = (row for row in approved_rows(session, case.id) if row.send_to is not None)
    return {row.address: goes_to(row) for row in rows if ways.get(row.address) == row.send_to}


def goes_to(row: RecipientRow) -> str:
    """The address that an approved recipient's copy is sent to."""
    return row.address if row.send_to is None else row.send_to


def remaining_rows(session: Session, case_id: str) -> list[RecipientRow]:
    """Approved, not delivered, and not refused for good."""
    return [row for row in approved_rows(session, case_id) if row.delivered_at is None and not row.refused]


def approved_rows(session: Session, case_id: str) -> list[RecipientRow]:
    """Everybody whom the decision let through, in the order of the envelope."""
    query = (
        select(RecipientRow)
        .where(RecipientRow.case_id == case_id, col(RecipientRow.approved).is_(True))
        .order_by(col(RecipientRow.position))
    )
    return list(session.exec(query))
