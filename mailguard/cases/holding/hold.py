"""Hold messages: sealed bodies, rows, audit entries and letters to write, in one commit."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Insert
from sqlalchemy.engine import Connection
from sqlmodel import insert

from mailguard.cases.holding.known_staff import KnownStaff
from mailguard.cases.holding.prepare import PreparedHold, Row
from mailguard.cases.holding.rewrap import fit_keys
from mailguard.cases.holding.staff_directory import Directory
from mailguard.cases.outbox import notice_row
from mailguard.store.store import Store
from mailguard.store.tables.cases import BodyRow, CaseRow, CaseWordRow, IdentityRow, RecipientRow
from mailguard.store.tables.outbox import NoticeRow

# Made once: SQLAlchemy keeps a statement's key with it, and to make both anew takes as long as to write three rows.
_CASES = insert(CaseRow.__table__)  # type: ignore[attr-defined]
_RECIPIENTS = insert(RecipientRow.__table__)  # type: ignore[attr-defined]
_WORDS = insert(CaseWordRow.__table__)  # type: ignore[attr-defined]
_IDENTITIES = insert(IdentityRow.__table__)  # type: ignore[attr-defined]
_NOTICES = insert(NoticeRow.__table__)  # type: ignore[attr-defined]
_BODIES = insert(BodyRow.__table__)  # type: ignore[attr-defined]


def write_holds(store: Store, holds: Sequence[PreparedHold], staff: KnownStaff | None = None) -> None:
    """Write some messages in one transaction: all of them are on the disk when this returns, or none when it raises.

    Who the senders are and whom to ask is looked up once for all, in `staff` where the caller keeps one. Raises
    StoreError; that of a lost connection leaves open whether the commit was done, and then the client's next try makes
    a second case rather than none.
    """
    with store.recording() as connection:
        write_hold_rows(store, connection, holds, staff or KnownStaff())


def write_hold_rows(store: Store, connection: Connection, holds: Sequence[PreparedHold], staff: KnownStaff) -> None:
    """The same inside the caller's transaction, as the last of its statements."""
    directory = staff.read(connection, max(held.received_at for held in holds))
    identities = [directory.sender_identities(held.written, held.login) for held in holds]
    # First the cases, then what refers to them; a statement each, however many they are.
    connection.execute(_CASES, [held.case for held in holds])
    _write(connection, _RECIPIENTS, [row for held in holds for row in held.recipients])
    _write(connection, _WORDS, [row for held in holds for row in held.words])
    _write(connection, _IDENTITIES, _identity_rows(holds, identities))
    _write(connection, _NOTICES, list(_notice_rows(holds, identities, directory)))
    connection.execute(_BODIES, [held.body for held in holds])
    # Last, because it puts the writers of all nodes in line (`audit_head`): they wait for a commit and no more.
    in_use = store.audit.append_all(connection, [held.entry for held in holds])
    fit_keys(store, connection, holds, in_use)


def _write(connection: Connection, statement: Insert, rows: list[Row]) -> None:
    if rows:
        connection.execute(statement, rows)


def _identity_rows(holds: Sequence[PreparedHold], identities: Sequence[frozenset[str]]) -> list[Row]:
    return [
        {"case_id": held.case_id, "address": address}
        for held, senders in zip(holds, identities, strict=True)
        for address in sorted(senders)
    ]


def _notice_rows(
    holds: Sequence[PreparedHold], identities: Sequence[frozenset[str]], directory: Directory
) -> Iterator[Row]:
    for held, senders in zip(holds, identities, strict=True):
        if held.sender_to_tell:
            yield notice_row("held", held.sender_to_tell, case_id=held.case_id, at=held.received_at)
        for person in directory.reviewers(senders, held.case["team"], held.received_at):
            yield notice_row("to_review", person.email, case_id=held.case_id, at=held.received_at)
