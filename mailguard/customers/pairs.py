"""Remembered pairs: what a reviewer has decided on one address for one customer. The source is never told.

No row is changed but to be revoked, and none is removed: of several about one pair, the newest that stands counts
(`core.memory.AddressMemory.standing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from mailguard.core.address import canonical
from mailguard.core.errors import NoSuchPair
from mailguard.core.memory import AddressMemory, RememberedPair
from mailguard.customers.tables import PairRow


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
            decided_at=at.astimezone(UTC),
        )
    )


def forget(session: Session, pair_id: int, by: str, at: datetime) -> Pair:
    """Take one decision back, inside the caller's transaction; an older one that it had replaced counts again.

    Raises NoSuchPair where there is none of that number, or it has been taken back already.
    """
    row = session.get(PairRow, pair_id, with_for_update=True)
    if row is None or row.revoked_at is not None:
        raise NoSuchPair(f"there is no remembered pair {pair_id}")
    row.revoked_by, row.revoked_at = by, at.astimezone(UTC)
    session.add(row)
    return _pair(row)


def standing_pairs(session: Session, *, query: str = "", day: date | None = None) -> list[Pair]:
    """The decisions that count on that day (None: today, UTC), newest first; `query` is part of an address, customer
    number or case.

    Left out is what has been taken back, an approval that is over, and what a newer decision has replaced.
    """
    found = select(PairRow).where(col(PairRow.revoked_at).is_(None))
    wanted = query.strip()
    if wanted:
        # The newest decision on a mailbox counts, whichever of them is asked for.
        found = found.where(col(PairRow.canonical).in_(select(PairRow.canonical).where(_has(wanted))))
    order = (col(PairRow.canonical), col(PairRow.customer_id), col(PairRow.id).desc())
    rows = session.exec(found.order_by(*order)).all()
    today = day or datetime.now(UTC).date()
    standing = [
        pair
        for _, group in groupby(rows, key=lambda row: (row.canonical, row.customer_id))
        for pair in _standing(list(group), today)
    ]
    shown = [pair for pair in standing if wanted.casefold() in _searched(pair)]
    return sorted(shown, key=lambda pair: pair.id, reverse=True)


def _remembered(row: PairRow) -> RememberedPair:
    return RememberedPair(
        pair_id=row.id or 0,
        customer_id=row.customer_id,
        approved=row.approved,
        reasons=frozenset(row.reasons),
        until=row.until,
        decided_at=_utc(row.decided_at),
        case_id=row.case_id,
    )


def _standing(rows: Sequence[PairRow], day: date) -> list[Pair]:
    memory = AddressMemory(pairs=tuple(map(_remembered, rows)))
    counting = {pair.pair_id for pair in memory.standing(rows[0].customer_id, day)}
    return [_pair(row) for row in rows if row.id in counting]


def _has(wanted: str) -> ColumnElement[bool]:
    columns = (col(PairRow.address), col(PairRow.customer_id), col(PairRow.case_id))
    return or_(*(column.icontains(wanted, autoescape=True) for column in columns))


def _searched(pair: Pair) -> str:
    return f"{pair.address}\n{pair.customer_id}\n{pair.case_id or ''}".casefold()


def _pair(row: PairRow) -> Pair:
    return Pair(
        id=row.id or 0,
        address=row.address,
        customer_id=row.customer_id,
        approved=row.approved,
        reasons=tuple(row.reasons),
        until=row.until,
        case_id=row.case_id,
        by=row.decided_by,
        at=_utc(row.decided_at),
    )


def _utc(moment: datetime) -> datetime:
    # SQLite hands times back without their zone; they are written in UTC.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
