"""The customers on record, and the keys by which letters find them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, DateTime, ForeignKey, Index, Table, text
from sqlmodel import Field, SQLModel

_WITHOUT_ROWID: Any = {"sqlite_with_rowid": False}
"""SQLite keeps the row in its primary key's tree: one tree less to fill and to read."""


def _index_of_known(key: str) -> Index:
    # Many registers lack one of them altogether.
    known = text(f"{key} IS NOT NULL")
    return Index(f"ix_customers_{key}", key, sqlite_where=known, postgresql_where=known)


TAGGED = text("tags <> ''")
"""Condition of the index of customers with tags; a query must have it word for word."""


class CustomerRow(SQLModel, table=True):
    """One customer as imported, and the folded keys by which letters find the row (see `customers.keys`)."""

    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_id_key", "id_key"),
        # A hundred bear a common name: whether one of them has the date or the postcode is seen in the index.
        Index("ix_customers_name_key", "name_key", "birth_date", "postcode_key"),
        Index("ix_customers_street_key", "street_key", "postcode_key", "city_key"),
        # Few are protected, and every letter with an address asks whether one of them lives there.
        Index("ix_customers_tagged", "street_key", sqlite_where=TAGGED, postgresql_where=TAGGED),
        *(_index_of_known(key) for key in ("username_key", "national_key", "phone_key")),
    )

    customer_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    former_names: str
    """Several values in one text are parted by `;`, as in the customer file."""
    phone: str
    birth_date: date | None = None
    street: str
    postcode: str
    city: str
    country: str
    username: str
    tags: str
    email_confirmed: bool
    national_id: str
    id_key: str
    name_key: str
    street_key: str
    postcode_key: str
    household_key: str | None = None
    username_key: str | None = None
    national_key: str | None = None
    city_key: str
    phone_key: str | None = None
    source: str = ""
    """Which source the row is from (`register.sources`); empty when a file was imported by hand."""
    row_hash: bytes
    """Digest of the imported row: a row that has not changed is not written again."""


class CustomerEmailRow(SQLModel, table=True):
    """One address of one customer. The canonical form is what is compared, the original what is shown."""

    __tablename__ = "customer_emails"
    __table_args__ = (Index("ix_customer_emails_customer_id", "customer_id"), _WITHOUT_ROWID)

    canonical: str = Field(primary_key=True)
    customer_id: str = Field(
        sa_column=Column(ForeignKey("customers.customer_id", ondelete="CASCADE"), primary_key=True)
    )
    position: int
    address: str
    confirmed: bool
    """The source says that the customer has answered from this address."""
    former: bool
    """Was the customer's and is not any longer."""
    added_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    """When the address came to a record that was there already; None: with the customer."""


class CustomerNameRow(SQLModel, table=True):
    """A further key of a customer's name: half of a double name, one of several given names, a former name."""

    __tablename__ = "customer_other_names"
    __table_args__ = (Index("ix_customer_other_names_customer_id", "customer_id"), _WITHOUT_ROWID)

    name_key: str = Field(primary_key=True)
    customer_id: str = Field(
        sa_column=Column(ForeignKey("customers.customer_id", ondelete="CASCADE"), primary_key=True)
    )


class CustomerDomainRow(SQLModel, table=True):
    """How many addresses of the register are at one domain: a domain that many customers use is no typing error."""

    __tablename__ = "customer_domains"

    domain: str = Field(primary_key=True)
    addresses: int


CUSTOMERS: Table = CustomerRow.__table__  # type: ignore[attr-defined]
EMAILS: Table = CustomerEmailRow.__table__  # type: ignore[attr-defined]
NAMES: Table = CustomerNameRow.__table__  # type: ignore[attr-defined]
DOMAINS: Table = CustomerDomainRow.__table__  # type: ignore[attr-defined]
