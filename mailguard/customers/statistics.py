"""Counts over the register, for `customers stats` and the desk."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlmodel import col

from mailguard.customers.tables.memory import DisputeRow
from mailguard.customers.tables.register import CustomerEmailRow, CustomerRow


@dataclass(frozen=True, slots=True)
class RegisterStatistics:
    """How large the register is, and how good its addresses are."""

    customers: int
    addresses: int
    """Different mailboxes on record today."""
    without_address: int
    confirmed: int
    """Addresses that the source has seen answered; on several records, counted on each."""
    unconfirmed: int
    """Those that it has not."""
    former: int
    disputed: int
    """Addresses of which somebody said "this is not me"."""
    shared: int
    """Mailboxes on the records of several customers."""


def count_register(connection: Connection) -> RegisterStatistics:
    """Count; reads the address table once."""
    customer_id, canonical = col(CustomerEmailRow.customer_id), col(CustomerEmailRow.canonical)
    today = ~col(CustomerEmailRow.former)
    per_mailbox = select(func.count().label("holders")).where(today).group_by(canonical).subquery()
    mailboxes, shared = connection.execute(
        select(func.count(), func.count().filter(per_mailbox.c.holders > 1)).select_from(per_mailbox)
    ).one()
    customers = connection.scalar(select(func.count()).select_from(CustomerRow)) or 0
    reachable = connection.scalar(select(func.count(customer_id.distinct())).where(today)) or 0
    answered = col(CustomerEmailRow.confirmed)
    confirmed, unconfirmed = connection.execute(
        select(func.count().filter(answered), func.count().filter(~answered)).where(today)
    ).one()
    return RegisterStatistics(
        customers=customers,
        addresses=mailboxes,
        without_address=customers - reachable,
        confirmed=confirmed,
        unconfirmed=unconfirmed,
        former=connection.scalar(select(func.count()).where(~today)) or 0,
        disputed=connection.scalar(
            select(func.count(col(DisputeRow.canonical).distinct())).where(col(DisputeRow.revoked_at).is_(None))
        )
        or 0,
        shared=shared,
    )
