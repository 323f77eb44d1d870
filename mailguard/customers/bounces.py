"""Addresses that bounce: whoever opens a mailbox of that name tomorrow would read the next letter."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from mailguard.core.address import canonical
from mailguard.core.answer import Answer
from mailguard.customers.moments import as_utc
from mailguard.customers.tables.memory import BOUNCES
from mailguard.customers.tables.register import EMAILS

NEXT_HOP = "next hop"
"""Who noted a bounce that no person did."""
_NO_MAILBOX = ("5.1.1 ", "5.1.10 ", "5.2.1 ")
"""RFC 3463: bad destination mailbox, null MX (RFC 7505), mailbox disabled."""

_B = BOUNCES.c
BOUNCED = select(_B.customer_id).where(_B.canonical == bindparam("wanted"), _B.revoked_at.is_(None))
"""Ids of the customers for whom an address (`wanted`, canonical) bounces; null among them means: for all."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """One address that bounces."""

    address: str
    customer_id: str | None
    """None: whoever's address it is."""
    by: str
    at: datetime


def says_no_mailbox(answer: Answer) -> bool:
    """Whether a mail server's answer says that the address has no mailbox (any more)."""
    return answer.permanent and any(line.startswith(_NO_MAILBOX) for line in answer.lines)


def is_on_record(session: Session, address: str) -> bool:
    """Whether the address stands on any customer's record today."""
    mine = select(EMAILS.c.customer_id).where(EMAILS.c.canonical == canonical(address), ~EMAILS.c.former).limit(1)
    return session.execute(mine).first() is not None


def bounce(session: Session, address: str, customer_id: str | None, by: str, at: datetime) -> bool:
    """Note that an address bounces; False when that stands already."""
    if customer_id in bouncing(session, address):
        return False
    row = {"canonical": canonical(address), "address": address, "customer_id": customer_id, "noted_by": by}
    session.execute(insert(BOUNCES).values(**row, noted_at=as_utc(at)))
    return True


def bouncing(session: Session, address: str) -> frozenset[str | None]:
    """The customers for whom the address bounces; None among them means: for all."""
    return frozenset(session.execute(BOUNCED, {"wanted": canonical(address)}).scalars())


def revoke(session: Session, address: str, by: str, at: datetime, *, noted_by: str | None = None) -> int:
    """The address works (again); gives how many bounces stood. `noted_by`: only those of that author."""
    standing = update(BOUNCES).where(_B.canonical == canonical(address), _B.revoked_at.is_(None))
    if noted_by is not None:
        standing = standing.where(_B.noted_by == noted_by)
    ended = session.execute(standing.values(revoked_by=by, revoked_at=as_utc(at)).returning(_B.id))
    return len(ended.all())


def bounces(session: Session) -> list[Bounce]:
    """Every address that bounces, oldest first."""
    rows = session.execute(select(BOUNCES).where(_B.revoked_at.is_(None)).order_by(_B.id))
    return [Bounce(row.address, row.customer_id, row.noted_by, as_utc(row.noted_at)) for row in rows]
