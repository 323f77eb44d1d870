"""The journal: a line for every message, and by whom and about whom it is found. No content."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, false
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class JournalRow(SQLModel, table=True):
    """What became of one message, held or not."""

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_sender", "sender_canonical", "number"),)

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """Grows with time, so that new lines are written side by side."""
    at: datetime = moment(index=True)
    id: str = Field(index=True)
    """Our id of the message, the one in its `Received:` line and in the log."""
    source: str
    """Empty: it came in at the front door. `file`: an old message that was written down afterwards."""
    client: str
    login: str
    reverse_path: str
    sender_canonical: str
    message_id: str = Field(index=True)
    """The field `Message-ID`, with secrets masked."""
    subject_tag: str
    """Keyed digest of the subject: two messages with the same one can be told, and what it says cannot."""
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    fate: str
    """`passed`, `held`, `deferred` or `refused`."""
    reasons: list[str] = Field(sa_column=Column(JSON, nullable=False))
    kinds: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Kinds of what was found in it."""
    case_id: str | None = Field(default=None, index=True)
    answer: str
    """What the client was told; for mail that passed, the next hop's own words."""


class JournalRecipientRow(SQLModel, table=True):
    """One recipient of a message of the journal."""

    __tablename__ = "journal_recipients"
    __table_args__ = (Index("ix_journal_recipients_canonical", "canonical", "number"),)

    number: int = Field(
        sa_column=Column(BigInteger, ForeignKey("journal.number", ondelete="CASCADE"), primary_key=True)
    )
    position: int = Field(primary_key=True)
    canonical: str
    address: str
    relation: str
    """What the recipient is to the customer; empty where that was not judged."""
    passed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Has it, although the message was held for others (`policy.partial`)."""


class JournalCustomerRow(SQLModel, table=True):
    """One customer whom a message of the journal is about."""

    __tablename__ = "journal_customers"

    customer_id: str = Field(primary_key=True)
    number: int = Field(
        sa_column=Column(BigInteger, ForeignKey("journal.number", ondelete="CASCADE"), primary_key=True, index=True)
    )


class FeatureRow(SQLModel, table=True):
    """What the policy was asked about one message of the journal: a replay asks it again under other rules."""

    __tablename__ = "journal_features"

    number: int = Field(
        sa_column=Column(BigInteger, ForeignKey("journal.number", ondelete="CASCADE"), primary_key=True)
    )
    features: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
