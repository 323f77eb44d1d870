"""Remembered pairs: what a reviewer has decided on one address for one customer. The source is never told.

No row is changed but to be revoked, and none is removed: of several about one pair, the newest that stands counts
(`core.memory.AddressMemory.standing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, exists, or_, select
from sqlmodel import Session

from mailguard.core.address import canonical
from mailguard.core.errors import NoSuchPair
from mailguard.customers.moments import as_utc
from mailguard.customers.paging import behind, contains
from mailguard.customers.tables.memory import PAIRS, PairRow


@dataclass(frozen=True, slots=True)
class Pair:
    """One remembered decision."""

    id: int
    address: str
    customer_id: str
    approved: bool
    """False: every letter about the customer to the address is held."""
    reasons: tuple[str, ...]
    until: date | None
    """Last day (UTC) of an approval; None: without end."""
    case_id: str | None
    by: str
    at: datetime


def remember(
    session: Session,
    address: str,
    customer_id: str,
    approved: bool,
    reasons: Sequence[str],
    until: date | None,
    case_id: str | None,
    by: str,
    at: datetime,
) -> None:
    """Put a decision on record, inside the caller's transaction. A rejection has no end, whatever `until` says."""
    session.add(
        PairRow(
            canonical=canonical(address),
            address=address,
            customer_id=customer_id,
            approved=approved,
            reasons=list(reasons),
            until=until if approved else None,
            case_id=case_id,
            decided_by=by,
            decided_at=as_utc(at),
        )
    )


def forget(session: Session, pair_id: int, by: str, at: datetime) -> Pair:
    """Take one decision back, inside the caller's transaction; an older one that it had replaced counts again.

    Raises NoSuchPair where there is none of that number, or it has been taken back already.
    """
    row = session.get(PairRow, pair_id, with_for_update=True)
    if row is None or row.revoked_at is not None:
        raise NoSuchPair(f"there is no remembered pair {pair_id}")
    row.revoked_by, row.revoked_at = by, as_utc(at)
    session.add(row)
    return _pair(row)


def pairs_of(session: Session, case_id: str, address: str) -> list[int]:
    """The numbers of what was decided on an address by a case's letter, as far as nobody has taken it back."""
    mine = select(PAIRS.c.id).where(PAIRS.c.canonical == canonical(address), PAIRS.c.case_id == case_id)
    return list(session.scalars(mine.where(PAIRS.c.revoked_at.is_(None)).order_by(PAIRS.c.id)))


def list_pairs(session: Session, day: date, *, query: str = "", before: int = 0, limit: int | None = 50) -> list[Pair]:
    """The decisions that count on that day (UTC), newest first; `query` is part of an address, customer number or case.

    Left out is what has been taken back, an approval that is over, and what a newer decision has replaced. The rule is
    that of `core.memory.AddressMemory.standing`: an approval until its day or a later rejection, a rejection until any
    later decision.
    """
    later = PAIRS.alias("later")
    replaces = exists().where(
        later.c.canonical == PAIRS.c.canonical,
        later.c.customer_id == PAIRS.c.customer_id,
        later.c.id > PAIRS.c.id,
        later.c.revoked_at.is_(None),
        or_(~PAIRS.c.approved, ~later.c.approved),
    )
    counts = or_(~PAIRS.c.approved, PAIRS.c.until.is_(None), PAIRS.c.until >= day)
    found = select(PAIRS).where(PAIRS.c.revoked_at.is_(None), counts, ~replaces)
    if query.strip():
        found = found.where(contains(query, PAIRS.c.address, PAIRS.c.customer_id, PAIRS.c.case_id))
    return [_pair(row) for row in session.execute(behind(found, PAIRS.c.id, before, limit))]


def _pair(row: PairRow | Row[Any]) -> Pair:
    return Pair(
        id=row.id or 0,
        address=row.address,
        customer_id=row.customer_id,
        approved=row.approved,
        reasons=tuple(row.reasons),
        until=row.until,
        case_id=row.case_id,
        by=row.decided_by,
        at=as_utc(row.decided_at),
    )
