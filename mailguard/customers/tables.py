"""The tables of the customer register. Their history is in `store/migrations/`."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, ForeignKey, Index, Table, text
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


class DisputeRow(SQLModel, table=True):
    """Somebody said "this is not me": the address is not that customer's, or (no customer) not any customer's."""

    __tablename__ = "disputes"
    __table_args__ = (Index("ix_disputes_canonical", "canonical"),)

    id: int | None = Field(default=None, primary_key=True)
    canonical: str
    address: str
    customer_id: str | None = None
    disputed_by: str
    disputed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    revoked_by: str | None = None
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))


class PairRow(SQLModel, table=True):
    """What a reviewer has said of one customer and one address: remembered until a date, and never told the source."""

    __tablename__ = "remembered_pairs"
    __table_args__ = (Index("ix_remembered_pairs_canonical", "canonical"),)

    id: int | None = Field(default=None, primary_key=True)
    canonical: str
    address: str
    customer_id: str
    approved: bool
    """True: not held again for the same reasons. False: held always."""
    reasons: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Codes of the reasons for which the letter was held."""
    until: date | None = None
    """Last day (UTC) of an approval; None: without end."""
    case_id: str | None = None
    decided_by: str
    decided_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    revoked_by: str | None = None
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))


class ConfirmationRow(SQLModel, table=True):
    """One question "is this your address?" that was mailed. Link and code are kept nowhere: they are made from `seed`
    with the key of the key file (`customers.confirmations`), and compared by their digests.
    """

    __tablename__ = "confirmations"
    __table_args__ = (Index("ix_confirmations_canonical", "canonical"),)

    id: int | None = Field(default=None, primary_key=True)
    seed: str
    """Random, and worth nothing without the key file."""
    link_digest: str = Field(unique=True)
    code_digest: str
    canonical: str
    address: str
    customer_id: str
    language: str
    asked_by: str
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    tries: int = 0
    """Wrong codes so far."""
    answer: str | None = None
    """`confirmed` or `disputed`; `replaced` by a later question of the pair; None while nobody has answered."""
    answered_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))


class BounceRow(SQLModel, table=True):
    """A mail server has said that there is no such mailbox, or a person has said so."""

    __tablename__ = "bounces"
    __table_args__ = (Index("ix_bounces_canonical", "canonical"),)

    id: int | None = Field(default=None, primary_key=True)
    canonical: str
    address: str
    customer_id: str | None = None
    """The customer for whom the address no longer counts; None: for all of them."""
    noted_by: str
    noted_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    revoked_by: str | None = None
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))


class SourceRow(SQLModel, table=True):
    """One source of the register, and how its last sync went."""

    __tablename__ = "register_sources"

    name: str = Field(primary_key=True)
    tried_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    synced_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    """The last sync that came through, whether or not anything had changed."""
    customers: int = 0
    problem: str = ""
    """Why the last sync did not come through; empty when it did."""
    told_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    """When ops was last written to about the problem."""
    claimed_until: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    """Somebody is at it until then; a later one may take over."""


class AuditRunRow(SQLModel, table=True):
    """One run of the register audit. The last one that came to its end is what the desk shows."""

    __tablename__ = "register_audits"

    id: int | None = Field(default=None, primary_key=True)
    started_by: str
    started_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    seen_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    """Last sign of life: a run that was killed is not waited for."""
    done: int = 0
    total: int = 0
    """Progress, in steps of no meaning; 0 of 0 before it is known."""
    finished_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    problem: str = ""
    """Why the run did not come to its end."""
    counts: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    """How many risks of each kind."""


class RiskRow(SQLModel, table=True):
    """One line of the register audit."""

    __tablename__ = "register_risks"
    __table_args__ = (Index("ix_register_risks_audit", "audit_id", "kind", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    audit_id: int = Field(sa_column=Column(ForeignKey("register_audits.id", ondelete="CASCADE"), nullable=False))
    kind: str
    customer_id: str
    """Several are parted by a comma."""
    address: str
    other: str
    """The address or domain that it is taken for, where there is one."""
    text: str


def _table(row: Any) -> Table:
    table: Table = row.__table__
    return table


CUSTOMERS = _table(CustomerRow)
EMAILS = _table(CustomerEmailRow)
NAMES = _table(CustomerNameRow)
DOMAINS = _table(CustomerDomainRow)
DISPUTES = _table(DisputeRow)
PAIRS = _table(PairRow)
CONFIRMATIONS = _table(ConfirmationRow)
BOUNCES = _table(BounceRow)
SOURCES = _table(SourceRow)
AUDITS = _table(AuditRunRow)
RISKS = _table(RiskRow)
