"""Which addresses can be asked whether they are their customer's."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from mailguard.core.address import canonical, is_plain
from mailguard.core.errors import CannotAsk
from mailguard.customers.tables.memory import DISPUTES
from mailguard.customers.tables.register import CUSTOMERS, EMAILS


@dataclass(frozen=True, slots=True)
class OnRecord:
    """An address as it stands on a customer's record."""

    address: str
    country: str


def find_askable(session: Session, address: str, customer_id: str) -> OnRecord:
    """The address on that customer's record, locked against a second question at the same moment.

    Raises CannotAsk: the address is not on the record, is disputed, or is on the record of another household too. The
    letter names nobody, so of two customers with one address the reader would answer for the other one.
    """
    form = canonical(address)
    mine = select(EMAILS).where(EMAILS.c.canonical == form, ~EMAILS.c.former).with_for_update()
    rows = {row.customer_id: row for row in session.execute(mine)}
    if customer_id not in rows or not is_plain(rows[customer_id].address):
        raise CannotAsk(f"the address is not on record for customer {customer_id}")
    homes = select(CUSTOMERS.c.household_key).where(CUSTOMERS.c.customer_id.in_(rows)).distinct()
    if len(rows) > 1 and (len(found := session.execute(homes).scalars().all()) > 1 or found == [None]):
        raise CannotAsk(
            f"the address is on record for {len(rows)} customers, and a letter that names nobody cannot ask about one"
        )
    disputes = select(DISPUTES.c.customer_id).where(DISPUTES.c.canonical == form, DISPUTES.c.revoked_at.is_(None))
    if not {None, customer_id}.isdisjoint(session.execute(disputes).scalars()):
        raise CannotAsk("the address is disputed: its reader has said already that this is not them")
    country = select(CUSTOMERS.c.country).where(CUSTOMERS.c.customer_id == customer_id)
    return OnRecord(rows[customer_id].address, session.execute(country).scalar_one())
