"""What is remembered of addresses, page by page: newest first, behind a row's number, so the last page is as fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select
from sqlmodel import Session

from mailguard.core.errors import NoSuchPair
from mailguard.customers.moments import as_utc
from mailguard.customers.pairs import Pair
from mailguard.customers.tables import DISPUTES, PAIRS


@dataclass(frozen=True, slots=True)
class StandingDispute:
    """One dispute that stands, with its number."""

    id: int
    address: str
    customer_id: str | None
    """The customer that the address does not belong to; None: it belongs to no customer."""
    by: str
    at: datetime


def list_pairs(session: Session, day: date, *, query: str = "", before: int = 0, limit: int = 50) -> Sequence[Pair]:
    """The decisions that count on that day; `query` is part of an address, customer number or case.

    The rule is that of `core.memory.AddressMemory.standing`: an approval until its day or a later rejection, a
    rejection until any later decision.
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
    found = _behind(found, PAIRS.c.id, before, limit)
    if query.strip():
        found = found.where(_has(query, PAIRS.c.address, PAIRS.c.customer_id, PAIRS.c.case_id))
    return [_pair(row) for row in session.execute(found)]


def list_disputes(session: Session, *, query: str = "", before: int = 0, limit: int = 50) -> Sequence[StandingDispute]:
    """The disputes that stand; `query` is part of an address or customer number."""
    found = _behind(select(DISPUTES).where(DISPUTES.c.revoked_at.is_(None)), DISPUTES.c.id, before, limit)
    if query.strip():
        found = found.where(_has(query, DISPUTES.c.address, DISPUTES.c.customer_id))
    return [_dispute(row) for row in session.execute(found)]


def find_dispute(session: Session, dispute_id: int) -> StandingDispute:
    """One dispute that stands. Raises NoSuchPair."""
    standing = and_(DISPUTES.c.id == dispute_id, DISPUTES.c.revoked_at.is_(None))
    row = session.execute(select(DISPUTES).where(standing).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchPair(f"there is no dispute {dispute_id}, or it has been taken back")
    return _dispute(row)


def _behind(found: Select[Any], number: ColumnElement[int], before: int, limit: int) -> Select[Any]:
    return (found.where(number < before) if before else found).order_by(number.desc()).limit(limit)


def _has(query: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(*(column.icontains(query.strip(), autoescape=True) for column in columns))


def _dispute(row: Row[Any]) -> StandingDispute:
    return StandingDispute(row.id, row.address, row.customer_id, row.disputed_by, as_utc(row.disputed_at))


def _pair(row: Row[Any]) -> Pair:
    return Pair(
        id=row.id,
        address=row.address,
        customer_id=row.customer_id,
        approved=row.approved,
        reasons=tuple(row.reasons),
        until=row.until,
        case_id=row.case_id,
        by=row.decided_by,
        at=as_utc(row.decided_at),
    )
