"""Disputed addresses: one wrong reader's "this is not me" holds every later message to that address."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from mailguard.core.address import canonical
from mailguard.customers.moments import as_utc
from mailguard.customers.tables import DisputeRow


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute that stands."""

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


def revoke(session: Session, address: str, customer_id: str | None, by: str, at: datetime) -> int:
    """Take back every standing dispute of that address about that customer; returns how many there were."""
    rows = session.exec(_standing().where(DisputeRow.canonical == canonical(address))).all()
    mine = [row for row in rows if row.customer_id == customer_id]
    for row in mine:
        row.revoked_by, row.revoked_at = by, as_utc(at)
        session.add(row)
    return len(mine)


def disputes(session: Session) -> list[Dispute]:
    """Every dispute that stands, oldest first."""
    rows = session.exec(_standing().order_by(col(DisputeRow.id))).all()
    return [Dispute(row.address, row.customer_id, row.disputed_by, as_utc(row.disputed_at)) for row in rows]


def _standing() -> SelectOfScalar[DisputeRow]:
    return select(DisputeRow).where(col(DisputeRow.revoked_at).is_(None))
