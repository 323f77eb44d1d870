"""The rows of cases, by their ids."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from mailguard.core.errors import NoSuchCase
from mailguard.store.tables.cases import CaseRow, RecipientRow


def case_row(session: Session, case_id: str) -> CaseRow:
    """One case. Raises NoSuchCase."""
    return _there(session.get(CaseRow, case_id), case_id)


def case_row_now(session: Session, case_id: str) -> CaseRow:
    """The same as it stands in the database, whatever the session has of it. Raises NoSuchCase."""
    return _there(session.get(CaseRow, case_id, populate_existing=True), case_id)


def lock_case(session: Session, case_id: str) -> CaseRow:
    """The same, and nobody else changes it before this transaction ends. Raises NoSuchCase."""
    return _there(session.get(CaseRow, case_id, with_for_update=True, populate_existing=True), case_id)


def recipient_rows(session: Session, case_id: str) -> list[RecipientRow]:
    """The recipients of a case in the order of the envelope."""
    return recipients_of(session, [case_id])[case_id]


def recipients_of(session: Session, case_ids: Sequence[str]) -> dict[str, list[RecipientRow]]:
    """The same of several, by case."""
    query = select(RecipientRow).where(col(RecipientRow.case_id).in_(case_ids)).order_by(col(RecipientRow.position))
    found: dict[str, list[RecipientRow]] = {case_id: [] for case_id in case_ids}
    for recipient in session.exec(query):
        found[recipient.case_id].append(recipient)
    return found


def _there(case: CaseRow | None, case_id: str) -> CaseRow:
    if case is None:
        raise NoSuchCase(f"there is no case {case_id}")
    return case
