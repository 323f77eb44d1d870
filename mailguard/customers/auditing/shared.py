"""One mailbox on the records of customers who live apart."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, func, select

from mailguard.customers.auditing.risk import Risk, RiskKind
from mailguard.customers.auditing.wording import DWELLINGS, HOMELESS
from mailguard.customers.tables.register import CUSTOMERS, EMAILS

_MOST_NAMED = 5
"""Customers of one mailbox that are named; a shop's address may stand on thousands of records."""


def shared_addresses(connection: Connection) -> Iterator[Risk]:
    """Mailboxes of several customers, unless all of them live behind one door."""
    several = (
        select(EMAILS.c.canonical)
        .where(~EMAILS.c.former)
        .group_by(EMAILS.c.canonical)
        .having(func.count() > 1)
        .subquery()
    )
    query = (
        select(EMAILS.c.canonical, EMAILS.c.address, CUSTOMERS.c.customer_id, CUSTOMERS.c.household_key)
        .join(several, several.c.canonical == EMAILS.c.canonical)
        .join(CUSTOMERS, CUSTOMERS.c.customer_id == EMAILS.c.customer_id)
        .where(~EMAILS.c.former)
        .order_by(EMAILS.c.canonical, CUSTOMERS.c.customer_id)
    )
    rows: Iterable[Any] = connection.execution_options(yield_per=5000).execute(query)
    for _, holders in groupby(rows, key=itemgetter(0)):
        yield from _apart(list(holders))


def _apart(holders: list[tuple[str, str, str, str | None]]) -> Iterable[Risk]:
    dwellings = {household for *_, household in holders if household}
    homeless = sum(not household for *_, household in holders)
    if len(dwellings) + homeless < 2:
        return
    named = ", ".join(holder[2] for holder in holders[:_MOST_NAMED])
    more = f" and {len(holders) - _MOST_NAMED} more" if len(holders) > _MOST_NAMED else ""
    why = HOMELESS if homeless else DWELLINGS
    counted = {"customers": len(holders), "homeless": homeless, "dwellings": len(dwellings)}
    yield Risk(RiskKind.SHARED, named + more, holders[0][1], why % counted)
