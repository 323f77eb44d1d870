"""What is known of addresses beside the sources: disputes, remembered decisions, questions, bounces."""

from datetime import date, datetime

from sqlalchemy import JSON, Column, DateTime, Index, Table
from sqlmodel import Field, SQLModel


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


DISPUTES: Table = DisputeRow.__table__  # type: ignore[attr-defined]
PAIRS: Table = PairRow.__table__  # type: ignore[attr-defined]
CONFIRMATIONS: Table = ConfirmationRow.__table__  # type: ignore[attr-defined]
BOUNCES: Table = BounceRow.__table__  # type: ignore[attr-defined]
