"""Disputed addresses: one wrong reader's "this is not me" holds every later message to that address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlmodel import Session

from mailguard.core.address import canonical
from mailguard.core.errors import NoSuchPair
from mailguard.customers.moments import as_utc
from mailguard.customers.paging import behind, contains
from mailguard.customers.tables.memory import DISPUTES, DisputeRow

_STANDING = select(DISPUTES).where(DISPUTES.c.revoked_at.is_(None))


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute that stands."""

    id: int
    address: str
    customer_id: str | None
    """The customer that the address does not belong to; None: it belongs to no customer."""
    by: str
    at: datetime


def dispute(session: Session, address: str, customer_id: str | None, by: str, at: datetime) -> None:
    """Put a dispute on record, inside the caller's transaction. The register's own rows stay as the source has them."""
    session.add(
        DisputeRow(
            canonical=canonical(address),
            address=address,
            customer_id=customer_id,
            disputed_by=by,
            disputed_at=as_utc(at),
        )
    )


def is_disputed(session: Session, address: str, customer_id: str) -> bool:
    """Whether a dispute of that address about that customer stands."""
    same = (DISPUTES.c.canonical == canonical(address), DISPUTES.c.customer_id == customer_id)
    return session.execute(_STANDING.where(*same).limit(1)).first() is not None


def revoke(session: Session, address: str, customer_id: str | None, by: str, at: datetime) -> int:
    """Take back every standing dispute of that address about that customer; returns how many there were."""
    mine = update(DISPUTES).where(
        DISPUTES.c.canonical == canonical(address),
        DISPUTES.c.customer_id.is_not_distinct_from(customer_id),
        DISPUTES.c.revoked_at.is_(None),
    )
    changed = session.execute(mine.values(revoked_by=by, revoked_at=as_utc(at)))
    return int(changed.rowcount)  # type: ignore[attr-defined]


def list_disputes(session: Session, *, query: str = "", before: int = 0, limit: int | None = 50) -> list[Dispute]:
    """The disputes that stand, newest first; `query` is part of an address or customer number."""
    found = behind(_STANDING, DISPUTES.c.id, before, limit)
    if query.strip():
        found = found.where(contains(query, DISPUTES.c.address, DISPUTES.c.customer_id))
    return [_dispute(row) for row in session.execute(found)]


def find_dispute(session: Session, dispute_id: int) -> Dispute:
    """One dispute that stands, locked until the transaction ends. Raises NoSuchPair."""
    row = session.execute(_STANDING.where(DISPUTES.c.id == dispute_id).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchPair(f"there is no dispute {dispute_id}, or it has been taken back")
    return _dispute(row)


def _dispute(row: Row[Any]) -> Dispute:
    return Dispute(row.id, row.address, row.customer_id, row.disputed_by, as_utc(row.disputed_at))
